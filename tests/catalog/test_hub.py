"""What the hub's configuration makes of the parameters: its file is run with the environment that the manifests give.

What JupyterHub does with it is seen where the real program runs; here only the file's own lines are.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kfinstall import catalog
from tests.catalog.manifests import build, find
from tests.catalog.parameters import write_layer

FILE = catalog.root() / "base" / "jupyter" / "jupyterhub_config.py"


def configured(folder: Path, monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> Any:
    """Give the settings of the spawner that the file makes in an overlay with these parameters."""
    hub = find(build(write_layer(folder, "openshift", catalog.component("jupyter"), values)), "StatefulSet", "tf-hub")
    for entry in hub["spec"]["template"]["spec"]["containers"][0]["env"]:
        monkeypatch.setenv(entry["name"], entry.get("value") or "from elsewhere")
    if not values.get("notebookStorageClass"):
        monkeypatch.setenv("NOTEBOOK_STORAGE_CLASS", "")
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
