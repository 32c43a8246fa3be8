"""The cases taken from kustomize's own tests: the same bytes where it succeeds, a refusal where it refuses.

The cases stand beside the repository, and are never copied into it.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from pathlib import Path

import pytest
from rendering import build_text, errors_of, require_actionable

CASES = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "kustomize"

NOTHING_WRITTEN = {"TestTargetMustHaveKustomizationFile": "there is no file in the folder that was asked for"}
"""Refusals that can name no file, and why."""


def _cases() -> list[str]:
    if not CASES.is_dir():
        if os.environ.get("CI"):
            raise FileNotFoundError(f"the conformance cases are not at {CASES}")
        warnings.warn(
            f"NO CONFORMANCE CASES: {CASES} is not there; nothing is compared with kustomize's own tests", stacklevel=1
        )
        return []
    return sorted(path.parent.name for path in CASES.glob("*/case.json"))


@pytest.mark.parametrize("name", _cases())
def test_a_build_gives_what_kustomize_gives(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = json.loads((CASES / name / "case.json").read_text())
    shutil.copytree(CASES / name / "tree", tmp_path / "tree")
    monkeypatch.chdir(tmp_path / "tree")
    options = {
        "reorder": "none" if "--reorder=none" in case["flags"] else "legacy",
        "managed_by": "--enable-managedby-label" in case["flags"],
        "load_restrictor": "none" if "--load-restrictor=LoadRestrictionsNone" in case["flags"] else "rootOnly",
    }
    wanted = CASES / name / "expected.yaml"
    if wanted.exists():
        assert build_text(Path(case["dir"]), **options) == wanted.read_text()
        return
    with pytest.raises(Exception) as caught:
        build_text(Path(case["dir"]), **options)
    for error in errors_of(caught.value):
        if name not in NOTHING_WRITTEN:
            require_actionable(error)
        assert error.hint
