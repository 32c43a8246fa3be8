"""`kfinstall open` leads through API server and kubelet to what stands for a pod, and nowhere where nothing does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from kfinstall.localplane import Plane
from tests.fake_portforward import say
from tests.localplane.waiting import eventually
from tests.servers import serve

KFINSTALL = Path(sys.executable).with_name("kfinstall")
KUBECTL = Path(sys.executable).with_name("kubectl")
NS = "opened"

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "minio-service", "namespace": NS},
    "spec": {"selector": {"app": "minio"}, "ports": [{"port": 9001, "targetPort": "console"}]},
}


def pod(annotations: dict[str, str]) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "minio", "namespace": NS, "labels": {"app": "minio"}, "annotations": annotations},
        "spec": {
            "containers": [
                {"name": "c", "image": "i.example/i:1", "ports": [{"name": "console", "containerPort": 9001}]}
            ]
        },
    }


@pytest.fixture
def environment(plane: Plane) -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": str(plane.kubeconfig)}


def install(environment: dict[str, str], folder: Path, annotations: dict[str, str]) -> None:
    """Put up the Service and its pod, which is another one each time."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}}
    (folder / "all.yaml").write_text(yaml.safe_dump_all([namespace, SERVICE, pod(annotations)]))
    for words in (
        ["delete", "pod", "minio", "-n", NS, "--ignore-not-found"],
        ["apply", "-f", folder / "all.yaml"],
        ["wait", "--for=condition=Ready", "pod/minio", "-n", NS],
    ):
        subprocess.run([KUBECTL, *words], env=environment, check=True, capture_output=True)


@contextmanager
def opened(environment: dict[str, str], folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Give the address that is printed, and the program, which goes on."""
    command = [KFINSTALL, "open", "minio", "--in", NS, *options]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
        process.kill()


def test_a_page_is_answered_by_what_stands_for_the_pod_until_it_is_interrupted(
    environment: dict[str, str], tmp_path: Path
) -> None:
    page = b"the console\n" * 20_000
    with serve({"/": page}) as web:
        install(environment, tmp_path, {"local.kfinstall.dev/backend": web.url.removeprefix("http://")})
        with opened(environment, tmp_path, "--no-browser") as (address, process):
            assert address.startswith("http://127.0.0.1:")
            for _ in range(2):
                with urllib.request.urlopen(address, timeout=30) as answer:
                    assert answer.read() == page
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"leads to minio in {NS} until Ctrl-C" in said
    assert said.endswith("closed\n")
    assert "Traceback" not in said


def test_a_pod_that_nothing_stands_for_answers_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    install(environment, tmp_path, {})
    with opened(environment, tmp_path, "--no-browser") as (address, _):
        port = urlsplit(address).port or 0
        assert say(("127.0.0.1", port), b"GET / HTTP/1.1\r\n\r\n") == b""


def test_a_browser_is_sent_to_the_address_where_there_is_a_screen(environment: dict[str, str], tmp_path: Path) -> None:
    install(environment, tmp_path, {})
    script = tmp_path / "browser"
    script.write_text(f"#!/bin/sh\necho $1 > {tmp_path}/went.new && mv {tmp_path}/went.new {tmp_path}/went\n")
    script.chmod(0o755)
    with opened({**environment, "DISPLAY": ":0", "BROWSER": f"{script} %s"}, tmp_path) as (address, _):
        eventually((tmp_path / "went").exists)
        assert (tmp_path / "went").read_text() == f"{address}\n"


def test_what_is_not_installed_is_said(environment: dict[str, str], tmp_path: Path) -> None:
    command = [KFINSTALL, "open", "jupyter", "--no-browser", "--in", "nowhere"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3
    assert "there is no Service tf-hub-lb in the namespace nowhere" in done.stderr
    assert "hint:" in done.stderr


def test_a_page_that_is_not_known_is_refused() -> None:
    done = subprocess.run([KFINSTALL, "open", "jupiter"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "'jupyter', 'argo', 'minio', 'dashboard'" in done.stderr
