"""Any overlay goes with any platform, in any namespace: every component on every platform, and all of them together,
are built by us and by stock kustomize to the same bytes.

Ours are built in one process; the judge is asked once for each.
"""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.build import build_resources
from kfinstall.load import load_tree
from kfinstall.manifest import dump_resources
from tests.catalog.manifests import KUBECTL

NAMESPACES = (catalog.NAMESPACE, "team-7")
COMPONENTS = tuple(info.name for info in catalog.components())
OVERLAYS = {**{name: (name,) for name in COMPONENTS}, "everything": COMPONENTS}
AT_ONCE = 4


def write(folder: Path, platform: str, overlay: str, namespace: str) -> Path:
    names = catalog.with_required(OVERLAYS[overlay])
    texts = catalog.overlay_files(platform, names, os.path.relpath(catalog.root(), folder), namespace)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def judge(folder: Path) -> str:
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[tuple[str, str], tuple[Path, str]]]:
    """Give, for a platform, each overlay and namespace with its folder and what stock kustomize makes of it."""
    root = tmp_path_factory.mktemp("product")

    def ask(platform: str) -> dict[tuple[str, str], tuple[Path, str]]:
        cases = list(itertools.product(OVERLAYS, NAMESPACES))
        folders = [
            write(root / platform / namespace / overlay, platform, overlay, namespace) for overlay, namespace in cases
        ]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(cases, zip(folders, pool.map(judge, folders), strict=True), strict=True))

    return ask


def test_every_overlay_on_a_platform_in_any_namespace_is_built_to_the_same_bytes(
    platform: str, judged: Callable[[str], dict[tuple[str, str], tuple[Path, str]]]
) -> None:
    found = judged(platform)
    assert len(found) == len(OVERLAYS) * len(NAMESPACES)
    differing = [
        case for case, (folder, text) in found.items() if dump_resources(build_resources(load_tree(folder))) != text
    ]
    assert differing == []
    for (overlay, namespace), (_, text) in found.items():
        other = catalog.NAMESPACE if namespace != catalog.NAMESPACE else NAMESPACES[1]
        assert f"namespace: {other}\n" not in text, overlay
