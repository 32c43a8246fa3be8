"""The program that makes missing credentials, run as the process it is in its pod."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kfinstall import catalog
from tests.catalog.apiserver import Api, serving
from tests.catalog.manifests import build, find

SECRETS = "/api/v1/namespaces/kubeflow/secrets"
MINIO = f"{SECRETS}/minio-credentials"
TOKEN = "a-token-nobody-may-see"


@pytest.fixture
def api() -> Iterator[Api]:
    with serving() as api:
        yield api


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """What the kubelet mounts for the pod's service account."""
    (tmp_path / "namespace").write_text("kubeflow")
    (tmp_path / "token").write_text(TOKEN)
    return tmp_path


def run(base: str, job: str, url: str, account: Path) -> subprocess.CompletedProcess[str]:
    """Run the container as its manifest says: command, arguments, environment."""
    built = build(catalog.root() / "base" / base)
    template = find(built, "Job", job)["spec"]["template"]
    (container,) = template["spec"]["containers"]
    program = account / "make_secrets.py"
    program.write_text(find(built, "ConfigMap", job)["data"]["make_secrets.py"])
    fields = {
        "metadata.annotations['kfinstall.dev/generates']": template["metadata"]["annotations"][
            "kfinstall.dev/generates"
        ],
        "metadata.labels['batch.kubernetes.io/job-name']": job,
    }
    environment = {
        entry["name"]: entry.get("value") or fields[entry["valueFrom"]["fieldRef"]["fieldPath"]]
        for entry in container["env"]
    }
    environment |= {"API_SERVER": url, "SERVICE_ACCOUNT_DIR": str(account)}
    assert container["args"] == ["/etc/kfinstall/make_secrets.py"]
    command = [sys.executable, *container["command"][1:], str(program)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def value(secret: dict[str, dict[str, str]], key: str) -> str:
    return base64.b64decode(secret["data"][key]).decode()


def test_a_missing_secret_is_made_with_a_random_value_for_each_key(api: Api, account: Path) -> None:
    done = run("minio", "minio-credentials", api.url, account)
    assert (done.returncode, done.stdout, done.stderr) == (0, "secret minio-credentials made\n", "")
    made = api.held[MINIO]
    assert made["data"].keys() == {"accesskey", "secretkey"}
    assert all(re.fullmatch("[0-9a-f]{64}", value(made, key)) for key in made["data"])
    assert value(made, "accesskey") != value(made, "secretkey")
    assert made["metadata"]["labels"]["kfinstall.dev/generated-by"] == "minio-credentials"


def test_the_hub_gets_all_its_credentials(api: Api, account: Path) -> None:
    assert run("jupyter", "jupyter-hub-credentials", api.url, account).returncode == 0
    made = api.held[f"{SECRETS}/jupyter-hub-credentials"]
    assert made["data"].keys() == {"proxy-token", "cookie-secret", "password"}
    assert len(bytes.fromhex(value(made, "cookie-secret"))) == 32


def test_a_second_run_changes_nothing(api: Api, account: Path) -> None:
    run("minio", "minio-credentials", api.url, account)
    before = json.dumps(api.held)
    done = run("minio", "minio-credentials", api.url, account)
    assert (done.returncode, done.stdout) == (0, "secret minio-credentials exists\n")
    assert json.dumps(api.held) == before
    assert [method for method, _, _ in api.seen] == ["GET", "POST", "GET"]


def test_a_secret_that_someone_brought_is_left_alone(api: Api, account: Path) -> None:
    api.held[MINIO] = {"metadata": {"name": "minio-credentials"}, "data": {"accesskey": "bWU=", "secretkey": "bWU="}}
    assert run("minio", "minio-credentials", api.url, account).returncode == 0
    assert api.held[MINIO]["data"] == {"accesskey": "bWU=", "secretkey": "bWU="}


def test_a_secret_that_lacks_a_key_is_an_error_that_names_the_key(api: Api, account: Path) -> None:
    api.held[MINIO] = {"metadata": {"name": "minio-credentials"}, "data": {"accesskey": "bWU="}}
    done = run("minio", "minio-credentials", api.url, account)
    assert done.returncode == 1
    assert done.stderr.startswith("secret minio-credentials exists but lacks secretkey;")


def test_losing_a_race_to_another_run_is_no_error(api: Api, account: Path) -> None:
    api.late[MINIO] = {"data": {"accesskey": "bWU=", "secretkey": "bWU="}}
    done = run("minio", "minio-credentials", api.url, account)
    assert (done.returncode, done.stdout) == (0, "secret minio-credentials exists\n")
    assert [method for method, _, _ in api.seen] == ["GET", "POST", "GET"]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_refusal_fails_the_job_with_the_servers_words(api: Api, account: Path, status: int) -> None:
    api.refuse["GET", MINIO] = status
    done = run("minio", "minio-credentials", api.url, account)
    assert done.returncode == 1
    assert done.stderr.startswith(f"secret minio-credentials: the API server answered {status}: ")


def test_an_api_server_that_is_away_fails_the_job_in_one_line(account: Path) -> None:
    done = run("minio", "minio-credentials", "http://127.0.0.1:9", account)
    assert done.returncode == 1
    assert done.stderr.startswith("the API server cannot be reached: ")
    assert "Traceback" not in done.stderr


def test_no_value_and_no_token_is_ever_printed(api: Api, account: Path) -> None:
    done = run("minio", "minio-credentials", api.url, account)
    api.held[MINIO]["data"].pop("secretkey")
    failed = run("minio", "minio-credentials", api.url, account)
    printed = done.stdout + done.stderr + failed.stdout + failed.stderr
    hidden = [TOKEN, value(api.held[MINIO], "accesskey"), api.held[MINIO]["data"]["accesskey"]]
    assert not [text for text in hidden if text in printed]
    assert {authorization for _, _, authorization in api.seen} == {f"Bearer {TOKEN}"}


def test_all_jobs_run_the_same_program() -> None:
    programs = {
        manifest["data"]["make_secrets.py"]
        for base in ("minio", "jupyter")
        for manifest in build(catalog.root() / "base" / base)
        if "make_secrets.py" in manifest.get("data", {})
    }
    assert len(programs) == 1
