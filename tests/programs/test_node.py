"""The node that runs pods as processes says of them what they did: it is believed where the walkthrough is proven."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kfinstall import localplane
from tests.e2e.sites import Site
from tests.localplane.waiting import eventually
from tests.programs.containers import Disk, command_of
from tests.programs.node import running_node
from tests.programs.running import read

SERVER = Path(__file__).parent / "images" / "model_server.py"
IMAGES = {"python.example/python:1": [sys.executable], "serving.example/server:1": [sys.executable, str(SERVER)]}
PROBE = {"httpGet": {"path": "/v1/models/m", "port": "rest"}}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("node")
    trained = home / "claims" / "default" / "models" / "trained" / "1"
    trained.mkdir(parents=True)
    (trained / "model.json").write_text(json.dumps({"slope": 2, "offset": 1}))
    with localplane.up("kind") as plane:
        site = Site(plane.kubeconfig, home)
        eventually(lambda: "default" in site.kubectl("get", "serviceaccounts", "-n", "default", "-o", "name"))
        with running_node(site, IMAGES, home):
            yield site


def start(site: Site, name: str, **container: Any) -> None:
    spec = {"restartPolicy": "Never", "containers": [{"name": "c", **container}]}
    if "volumeMounts" in container:
        site.kubectl("apply", "-f", "-", stdin=json.dumps(CLAIM))
        spec["volumes"] = [{"name": "models", "persistentVolumeClaim": {"claimName": "models"}}]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
    site.kubectl("create", "-f", "-", stdin=json.dumps(pod))


CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "models"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def pod(site: Site, name: str) -> Any:
    return read(site, "pod", name, "default")


def is_ready(site: Site, name: str) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod(site, name)["status"].get("conditions", []))


@pytest.mark.parametrize(("code", "phase"), [(0, "Succeeded"), (3, "Failed")])
def test_a_pod_ends_as_its_process_does_and_its_log_is_what_that_said(site: Site, code: int, phase: str) -> None:
    name = f"ends-{code}"
    program = f"import os; print(os.environ['WORD']); raise SystemExit({code})"
    start(
        site,
        name,
        image="python.example/python:1",
        command=["python", "-c", program],
        env=[{"name": "WORD", "value": "hello"}],
    )
    eventually(lambda: pod(site, name)["status"]["phase"] == phase)
    (status,) = pod(site, name)["status"]["containerStatuses"]
    assert status["state"]["terminated"]["exitCode"] == code
    assert site.kubectl("logs", name) == "hello\n"


def serve(site: Site, model: str) -> None:
    start(
        site,
        model,
        image="serving.example/server:1",
        command=["tensorflow_model_server"],
        args=["--rest_api_port=8500", "--model_name=m", f"--model_base_path=/models/{model}"],
        ports=[{"name": "rest", "containerPort": 8500}],
        readinessProbe=PROBE,
        volumeMounts=[{"name": "models", "mountPath": "/models"}],
    )


def test_a_model_server_is_ready_when_it_has_a_model_and_without_one_it_is_not(site: Site) -> None:
    serve(site, "untrained")
    eventually(lambda: pod(site, "untrained")["status"]["phase"] == "Running")
    serve(site, "trained")
    eventually(lambda: is_ready(site, "trained"))
    question = site.home / "question.json"
    question.write_text('{"instances": [3]}')
    path = "/api/v1/namespaces/default/pods/trained:8500/proxy/v1/models/m:predict"
    assert json.loads(site.kubectl("create", "--raw", path, "-f", question)) == {"predictions": [7.0]}
    assert not is_ready(site, "untrained")


def test_a_pod_that_is_deleted_takes_its_process_with_it(site: Site) -> None:
    wait = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    start(site, "waits", image="python.example/python:1", command=["python", "-c", wait])
    eventually(lambda: pod(site, "waits")["status"]["phase"] == "Running")
    log = site.home / pod(site, "waits")["metadata"]["uid"] / "log"
    number = int(eventually(log.read_text))
    assert Path(f"/proc/{number}").exists()
    site.kubectl("delete", "pod", "waits", "--timeout=60s")
    assert not Path(f"/proc/{number}").exists()


def test_paths_and_names_in_a_command_lead_to_this_machine(tmp_path: Path) -> None:
    container = {
        "name": "c",
        "image": "i",
        "command": ["program"],
        "args": ["--save=/train", "--other=/training", "--deep=/train/a/b"],
        "env": [{"name": "PEERS", "value": "ps-0.team.svc:2222"}],
        "volumeMounts": [{"name": "data", "mountPath": "/train", "subPath": "mine"}],
    }
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "shared"}}]
    manifest = {
        "metadata": {"name": "ps-0", "namespace": "team"},
        "spec": {"containers": [container], "volumes": volumes},
    }
    found = command_of(manifest, ["run"], Disk(tmp_path, tmp_path / "own", lambda *_: {}))
    folder = tmp_path / "team" / "shared" / "mine"
    assert found.words == ["run", f"--save={folder}", "--other=/training", f"--deep={folder}/a/b"]
    assert found.variables["PEERS"] == f"{found.variables['POD_ADDRESS']}:2222"
    assert found.variables["POD_ADDRESS"].startswith("127.")
