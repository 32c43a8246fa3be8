"""The page of training jobs, run as the process it is in its pod."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from kfinstall import catalog
from tests.catalog.apiserver import Api, serving

DASHBOARD = catalog.root() / "base" / "tf-job-dashboard" / "dashboard.py"
TFJOBS = "/apis/kubeflow.org/v1/tfjobs"


@pytest.fixture
def api() -> Iterator[Api]:
    with serving() as api:
        yield api


@pytest.fixture
def page(api: Api, tmp_path: Path) -> Iterator[str]:
    """The address of a running dashboard."""
    with running(api, tmp_path) as url:
        yield url


@contextmanager
def running(api: Api, account: Path) -> Iterator[str]:
    (account / "token").write_text("a-token")
    port = free_port()
    environment = {
        "API_SERVER": api.url,
        "SERVICE_ACCOUNT_DIR": str(account),
        "PORT": str(port),
        "HOST": "127.0.0.1",
    }
    with subprocess.Popen([sys.executable, "-I", str(DASHBOARD)], env=environment) as process:
        try:
            until_it_listens(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def until_it_listens(port: int) -> None:
    for _ in range(1000):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise AssertionError("the dashboard does not listen")


def get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()


def job(name: str, created: str, **status: Any) -> dict[str, Any]:
    metadata = {"namespace": "kubeflow", "name": name, "creationTimestamp": created}
    return {"kind": "TFJob", "metadata": metadata, "status": status}


def test_jobs_are_shown_with_their_last_condition_and_the_newest_first(api: Api, page: str) -> None:
    running = {"conditions": [{"type": "Created"}, {"type": "Running", "message": "is at work"}]}
    counts = {"replicaStatuses": {"Worker": {"active": 2, "selector": "a=b"}, "PS": {"active": 1}}}
    items = [job("old", "2026-01-01T00:00:00Z"), job("new", "2026-01-02T00:00:00Z", **running, **counts)]
    api.held[TFJOBS] = {"items": items}
    status, text = get(f"{page}/tfjobs/api")
    new, old = json.loads(text)
    assert status == 200
    assert (new["name"], new["state"], new["message"]) == ("new", "Running", "is at work")
    assert new["replicas"] == "PS 1 active; Worker 2 active"
    assert (old["name"], old["state"]) == ("old", "Unseen")


def test_kinds_that_are_not_installed_are_no_error(page: str) -> None:
    status, text = get(f"{page}/tfjobs/")
    assert status == 200
    assert "There are no training jobs." in text


def test_what_a_job_says_is_text_on_the_page_and_no_markup(api: Api, page: str) -> None:
    said = {"conditions": [{"type": "Failed", "message": "<script>alert(1)</script>"}]}
    api.held[TFJOBS] = {"items": [job("evil", "2026-01-01T00:00:00Z", **said)]}
    text = get(f"{page}/tfjobs/")[1]
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_refusal_of_the_api_server_is_said_and_the_token_is_not(api: Api, page: str) -> None:
    api.refuse["GET", TFJOBS] = 403
    status, text = get(f"{page}/tfjobs/")
    assert status == 502
    assert "the API server gave no jobs: HTTP Error 403" in text
    assert "a-token" not in text
    assert {authorization for _, _, authorization in api.seen} == {"Bearer a-token"}


def test_health_needs_no_api_server(api: Api, page: str) -> None:
    assert get(f"{page}/healthz") == (200, "ok")
    assert api.seen == []


def test_an_unknown_path_is_not_found(page: str) -> None:
    assert get(f"{page}/tfjobs/../secret")[0] == 404
