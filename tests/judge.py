"""kubectl's kustomize, the judge of what a folder must build to."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

KUBECTL = Path(sys.executable).with_name("kubectl")


def write_tree(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def judge(folder: Path, *flags: str) -> str | None:
    """What kubectl prints for a kustomization, None when it refuses."""
    run = subprocess.run([KUBECTL, "kustomize", *flags, folder], capture_output=True, check=False)
    return run.stdout.decode() if run.returncode == 0 else None
