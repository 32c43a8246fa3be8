"""What the hub's configuration makes of the parameters: its file is run with the environment that the manifests give.

What JupyterHub does with it is seen where the real program runs; here only the file's own lines are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from kfinstall import catalog
from tests.catalog.manifests import build, find
from tests.catalog.parameters import write_layer

FILE = catalog.root() / "base" / "jupyter" / "jupyterhub_config.py"


def configured(folder: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> Any:
    """Give the settings of the spawner that the file makes in an overlay with these parameters."""
    hub = find(build(write_layer(folder, "openshift", catalog.component("jupyter"), values)), "StatefulSet", "tf-hub")
    for entry in hub["spec"]["template"]["spec"]["containers"][0]["env"]:
        monkeypatch.setenv(entry["name"], entry.get("value") or "from elsewhere")
    for name in ("notebookStorageClass", "notebookGpuRuntimeClass"):
        if not values.get(name):
            monkeypatch.setenv(re.sub("([A-Z])", r"_\1", name).upper(), "")
    settings: dict[str, Any] = defaultdict(SimpleNamespace)

    class Config:
        def __getattr__(self, name: str) -> SimpleNamespace:
            return settings[name]

    text = FILE.read_text().replace("from tornado.web import HTTPError", "HTTPError = ValueError")
    exec(compile(text, str(FILE), "exec"), {"get_config": Config})
    return settings["KubeSpawner"]


def test_without_disks_a_notebook_has_its_home_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spawner = configured(tmp_path, monkeypatch, {})
    assert spawner.volumes == [{"name": "home", "persistentVolumeClaim": {"claimName": "claim-{user_server}"}}]
    assert spawner.volume_mounts == [{"name": "home", "mountPath": "/home/jovyan/work"}]
    assert not hasattr(spawner, "storage_class")


def test_each_disk_is_mounted_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spawner = configured(tmp_path, monkeypatch, {"disks": "data,models", "jupyterNotebookPVCMount": "/home/jovyan"})
    assert [volume["persistentVolumeClaim"]["claimName"] for volume in spawner.volumes[1:]] == ["data", "models"]
    mounted = {mount["name"]: mount["mountPath"] for mount in spawner.volume_mounts}
    assert mounted == {"home": "/home/jovyan", "disk-data": "/mnt/data", "disk-models": "/mnt/models"}


def test_the_size_and_class_of_homes_and_the_images_are_those_that_were_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"notebookStorage": "7Gi", "notebookStorageClass": "fast", "notebookImage": "registry.example/a:1"}
    spawner = configured(tmp_path, monkeypatch, values)
    assert (spawner.storage_capacity, spawner.storage_class) == ("7Gi", "fast")
    assert "registry.example/a:1" in spawner.options_form(None)


def spawned(settings: Any, limits: str) -> Any:
    """Give the spawner after a user asked for these extra limits on the start page."""
    spawner = SimpleNamespace()
    settings.apply_user_options(spawner, {"limits": limits})
    return spawner


SHAPES = catalog.root() / "localplane" / "shapes"
TAINTS = {
    path.parent.name: taint
    for path in sorted(SHAPES.glob("*/20-nodes.yaml"))
    for node in yaml.safe_load_all(path.read_text())
    for taint in node.get("spec", {}).get("taints", ())
    if not taint["key"].startswith("node-role.")
}
"""The taint of GPU nodes, as each cloud writes it."""


@pytest.mark.parametrize("platform", TAINTS)
def test_a_server_with_a_gpu_is_let_onto_the_gpu_nodes_of_each_cloud_and_one_without_is_not(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configured(tmp_path, monkeypatch, {})
    for limits in ('{"nvidia.com/gpu": "1"}', '{"nvidia.com/mig-1g.5gb": "1"}'):
        assert any(tolerates(one, TAINTS[platform]) for one in spawned(settings, limits).tolerations), limits
    assert spawned(settings, "{}").tolerations == []


def tolerates(toleration: dict[str, str], taint: dict[str, str]) -> bool:
    """Source: Kubernetes' page on taints and tolerations."""
    same = all(toleration[field] == taint[field] for field in ("key", "effect"))
    return same and (toleration["operator"] == "Exists" or toleration["value"] == taint["value"])


def test_every_cloud_with_a_tainted_gpu_pool_is_among_them() -> None:
    assert set(TAINTS) == {"aks", "eks", "gke"}


def test_a_server_with_a_gpu_runs_in_the_runtime_class_that_was_set_and_others_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configured(tmp_path, monkeypatch, {"notebookGpuRuntimeClass": "nvidia"})
    assert spawned(settings, '{"nvidia.com/gpu": "1"}').extra_pod_config["runtimeClassName"] == "nvidia"
    assert "runtimeClassName" not in spawned(settings, "{}").extra_pod_config
