"""What docs/gitops/argocd.md says is typed here as written, in a copy of the catalogue."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from kfinstall import catalog
from tests.catalog.manifests import stock_text
from tests.docs.test_rendered import bash

PLUGIN = Path(__file__).parents[2] / "docs" / "gitops" / "plugin"
PAGE = (Path(__file__).parents[2] / "docs" / "gitops" / "argocd.md").read_text()
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def kinds(path: Path) -> list[str]:
    return [one["kind"] for one in yaml.safe_load_all(path.read_text())]


def test_the_page_on_argo_cd_does_what_it_says(tmp_path: Path) -> None:
    for name in ("base", "platforms", "overlays"):
        shutil.copytree(catalog.root() / name, tmp_path / name)
    blocks = BLOCK.findall(PAGE)
    assert len(blocks) == 5
    for block in blocks:
        assert bash(f"set -e\n{block}", tmp_path) == 0, block
    assert kinds(tmp_path / "argocd.yaml") == ["AppProject", "Application"]
    assert kinds(tmp_path / "plugin.yaml") == ["AppProject", "Application"]
    assert kinds(tmp_path / "health.yaml") == ["ConfigMap"]
    assert kinds(tmp_path / "set.yaml") == ["AppProject", "ApplicationSet"]
    folders = [one for one in (tmp_path / "rendered").iterdir() if one.is_dir()]
    assert kinds(tmp_path / "several.yaml") == ["AppProject", *["Application"] * len(folders)]


REPO_SERVER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-repo-server}
spec:
  template:
    spec:
      containers: [{name: argocd-repo-server, image: argocd}]
      volumes: [{name: plugins, emptyDir: {}}, {name: var-files, emptyDir: {}}]
"""


def test_the_plugin_is_added_to_the_repo_server_of_an_argo_cd(tmp_path: Path) -> None:
    shutil.copytree(PLUGIN, tmp_path / "plugin")
    (tmp_path / "repo-server.yaml").write_text(REPO_SERVER)
    top = "namespace: argocd\nresources: [repo-server.yaml]\ncomponents: [plugin]\n"
    (tmp_path / "kustomization.yaml").write_text(top)
    settings, server = sorted(yaml.safe_load_all(stock_text(tmp_path)), key=lambda one: str(one["kind"]))
    assert yaml.safe_load(settings["data"]["plugin.yaml"])["kind"] == "ConfigManagementPlugin"
    pod = server["spec"]["template"]["spec"]
    volumes = {one["name"]: one for one in pod["volumes"]}
    assert volumes["kfinstall-plugin"]["configMap"]["name"] == settings["metadata"]["name"]
    (added,) = (one for one in pod["containers"] if one["name"] == "kfinstall")
    assert {one["name"] for one in added["volumeMounts"]} <= volumes.keys()
