"""The released hub, its spawner and its proxy work with the configuration and the rights that we install, and no less.

They run on this machine as their own service account. Nothing runs in the pods it makes; a page on loopback
answers in place of the notebook server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kfinstall import catalog
from tests.e2e.sites import ROOT, Site
from tests.programs.hub import Browser, Hub, running_hub
from tests.programs.notebook import GREETING
from tests.programs.running import NAMESPACE, listed, read, without

IMAGE = "quay.io/jupyter/tensorflow-notebook:cuda-2025-07-07"
OPTIONS = {"image": IMAGE, "cpu": "1.5", "memory": "2Gi", "limits": '{"nvidia.com/gpu": "1"}'}
POD, CLAIM = "jupyter-ada", "claim-ada"

REFUSALS = [("create", "persistentvolumeclaims"), ("create", "pods"), ("list", "pods"), ("list", "events")]
"""What the hub's rights lack, one at a time."""


@pytest.fixture(scope="module")
def hub(installed: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Give a hub that runs with the rights it has when it is installed."""
    with running_hub(installed, tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def ada(hub: Hub) -> Browser:
    """Give a person who has logged in and asked on the start page for a server with a GPU."""
    browser = Browser(hub)
    browser.log_in("ada")
    assert IMAGE in browser.open("/hub/spawn").text
    assert "/hub/spawn-pending/ada" in browser.open("/hub/spawn", OPTIONS).url
    return browser


@pytest.fixture(scope="module")
def pod(installed: Site, hub: Hub, ada: Browser) -> Any:
    """Give the pod that was made of it, once it runs."""
    hub.program.until(lambda: any(pod["status"]["phase"] == "Running" for pod in _pods(installed)))
    return read(installed, "pod", POD)


def _pods(site: Site) -> list[Any]:
    return listed(site, "pods", NAMESPACE, "--selector=component=singleuser-server")


def test_nobody_logs_in_with_another_password(hub: Hub) -> None:
    browser = Browser(hub)
    browser.open("/hub/login")
    assert browser.open("/hub/login", {"username": "eve", "password": "guessed"}).status == 403
    assert "/hub/login" in browser.open("/hub/spawn").url


def test_the_pod_is_what_the_start_page_asked_for(pod: Any) -> None:
    (container,) = pod["spec"]["containers"]
    assert container["image"] == IMAGE
    assert container["args"] == ["jupyterhub-singleuser"]
    assert container["resources"] == {
        "limits": {"nvidia.com/gpu": "1"},
        "requests": {"cpu": "1500m", "memory": "2147483648", "nvidia.com/gpu": "1"},
    }


def test_its_home_is_a_claim_of_its_own_at_the_mount_path_of_the_parameters(installed: Site, pod: Any) -> None:
    (container,) = pod["spec"]["containers"]
    assert {"name": "home", "mountPath": "/home/jovyan/work"} in container["volumeMounts"]
    assert {"name": "home", "persistentVolumeClaim": {"claimName": CLAIM}} in pod["spec"]["volumes"]
    claim = read(installed, "persistentvolumeclaim", CLAIM)
    assert claim["status"]["phase"] == "Bound"
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert claim["spec"]["resources"] == {"requests": {"storage": "10Gi"}}


def test_it_runs_without_rights_of_any_kind(pod: Any) -> None:
    (container,) = pod["spec"]["containers"]
    assert pod["spec"]["serviceAccountName"] == "jupyter-notebook"
    assert not [v for v in pod["spec"]["volumes"] if "projected" in v or "secret" in v]
    assert pod["spec"]["securityContext"] == {
        "fsGroup": 100,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsUser": 1000,
        "runAsGroup": 100,
    }


def test_it_is_put_on_the_node_with_the_gpu(installed: Site, pod: Any) -> None:
    node = read(installed, "node", pod["spec"]["nodeName"])
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "1"


def test_it_would_be_let_onto_the_gpu_nodes_of_other_clouds_too(pod: Any) -> None:
    tolerated = {(each["key"], each.get("value", "")) for each in pod["spec"]["tolerations"]}
    assert {("nvidia.com/gpu", ""), ("sku", "gpu")} <= tolerated


def test_the_hub_sees_it_running_and_sends_its_user_there(hub: Hub, ada: Browser, pod: Any) -> None:
    hub.program.until(lambda: "/user/ada" in hub.routes())
    hub.program.until(lambda: ada.user("ada")["servers"].get("", {}).get("ready"))
    assert any(path.startswith("/user/ada/") for path in hub.asked)
    assert ada.open("/user/ada/lab").text == GREETING.decode()
    assert "forbidden" not in hub.program.said().lower()


def test_the_hub_is_reached_from_this_machine_alone(hub: Hub) -> None:
    for program in (hub.program, hub.proxy):
        listening = [socket for socket in program.sockets() if socket.is_listening]
        assert listening
        assert all(socket.stays_here for socket in listening)


def test_notebook_servers_are_told_to_call_the_hub_by_its_service(installed: Site, pod: Any) -> None:
    (told,) = [each["value"] for each in pod["spec"]["containers"][0]["env"] if each["name"] == "JUPYTERHUB_API_URL"]
    url = urlsplit(told)
    service = read(installed, "service", url.hostname or "")["spec"]
    assert url.port in {each["port"] for each in service["ports"]}


def test_what_is_said_to_be_proven_is_what_runs_here() -> None:
    locked = (ROOT / "requirements" / "programs.txt").read_text()
    hub, spawner = re.findall(r"^jupyterhub(?:-kubespawner)?==(\S+)", locked, re.MULTILINE)
    (proxy,) = json.loads((ROOT / "tests/programs/proxy/package.json").read_text())["dependencies"].values()
    info = catalog.component("jupyter")
    assert f"JupyterHub {hub}, KubeSpawner {spawner} and configurable-http-proxy {proxy}" in info.proven
    assert any(use.image.endswith(f"/configurable-http-proxy:{proxy}") for use in info.images)


def test_a_server_whose_options_are_not_understood_is_not_made(installed: Site, hub: Hub) -> None:
    browser = Browser(hub)
    browser.log_in("bob")
    page = browser.open("/hub/spawn", {**OPTIONS, "limits": "many"})
    assert "extra resource limits are not JSON" in page.text
    assert "jupyter-bob" not in {pod["metadata"]["name"] for pod in _pods(installed)}


def test_a_server_whose_image_cannot_be_pulled_is_not_called_running(installed: Site, hub: Hub) -> None:
    browser = Browser(hub)
    browser.log_in("carl")
    browser.open("/hub/spawn", {**OPTIONS, "image": "fault.local.kfinstall.dev/image-pull", "limits": "{}"})
    hub.program.until(lambda: "ErrImagePull" in str(read_or_none(installed, "jupyter-carl")))
    assert "/user/carl" not in hub.routes()
    assert not browser.user("carl")["servers"].get("", {}).get("ready")


def read_or_none(site: Site, name: str) -> Any:
    return next((pod for pod in _pods(site) if pod["metadata"]["name"] == name), None)


@pytest.mark.parametrize(("verb", "resource"), REFUSALS, ids=[f"{verb}-{what}" for verb, what in REFUSALS])
def test_without_one_of_its_rights_the_hub_is_refused_and_nobody_gets_a_server(
    installed: Site, tmp_path: Path, verb: str, resource: str
) -> None:
    name = f"without-{verb}-{resource}"
    with without(installed, "role/jupyter-role", resource, verb), running_hub(installed, tmp_path) as hub:
        browser = Browser(hub)
        browser.log_in(name)
        browser.open("/hub/spawn", OPTIONS)
        hub.program.until_refused("jupyter-hub", verb, resource)
        assert f"/user/{name}" not in hub.routes()
