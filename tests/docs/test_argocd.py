"""What docs/gitops/argocd.md says is typed here as written, in a copy of the catalogue."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from kfinstall import catalog
from tests.docs.test_rendered import bash

PAGE = (Path(__file__).parents[2] / "docs" / "gitops" / "argocd.md").read_text()
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def kinds(path: Path) -> list[str]:
    return [one["kind"] for one in yaml.safe_load_all(path.read_text())]


def test_the_page_on_argo_cd_does_what_it_says(tmp_path: Path) -> None:
    for name in ("base", "platforms", "overlays"):
        shutil.copytree(catalog.root() / name, tmp_path / name)
    blocks = BLOCK.findall(PAGE)
    assert len(blocks) == 3
    for block in blocks:
        assert bash(f"set -e\n{block}", tmp_path) == 0, block
    assert kinds(tmp_path / "argocd.yaml") == ["AppProject", "Application"]
    assert kinds(tmp_path / "set.yaml") == ["AppProject", "ApplicationSet"]
    folders = [one for one in (tmp_path / "rendered").iterdir() if one.is_dir()]
    assert kinds(tmp_path / "several.yaml") == ["AppProject", *["Application"] * len(folders)]
