"""The installers to compare with, built by the Go toolchain from their pinned modules and kept in kfinstall's cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from kfinstall.localplane.cache import keep
from kfinstall.localplane.layout import cache_root
from kfinstall.localplane.making import digest_of
from kfinstall.localplane.progress import Step, Stopwatch

MODULES = Path(__file__).resolve().parent / "peers"
FLAGS = ("-trimpath", "-buildvcs=false", "-ldflags", "-s -w")
KUSTOMIZE_CONTROLLER = "github.com/fluxcd/kustomize-controller"
SOURCE_DEFINITIONS = "github.com/fluxcd/source-controller@v1.9.6"
"""Only its definitions are wanted: kustomize-controller watches their kinds."""


def helm() -> Path:
    """Give Helm, after building it where it is not there yet."""
    return _built("helm") / "helm"


def kustomize_controller() -> Path:
    """Give Flux's kustomize-controller."""
    return _built("flux") / "kustomize-controller"


def flux_definitions() -> str:
    """Give the CustomResourceDefinitions that kustomize-controller needs, as YAML."""
    own = _go(MODULES / "flux", "list", "-m", "-json", KUSTOMIZE_CONTROLLER)
    sources = _go(MODULES / "flux", "mod", "download", "-json", SOURCE_DEFINITIONS)
    folders = [Path(json.loads(answer)["Dir"]) / "config" / "crd" / "bases" for answer in (own, sources)]
    return "".join(file.read_text() for folder in folders for file in sorted(folder.glob("*.yaml")))


def _built(name: str) -> Path:
    module = MODULES / name
    folder = cache_root(os.environ).parent / "benchmarks" / f"{name}-{digest_of(module)}"

    def fill(into: Path, watch: Stopwatch) -> None:
        _go(module, "build", *FLAGS, "-o", f"{into}/", "tool")

    keep(folder, f"building {name} from its Go sources, which takes some minutes", fill, _tell)
    return folder


def _tell(step: Step) -> None:
    if step.status == "started":
        print(step.name, flush=True)


def _go(module: Path, *arguments: str) -> str:
    go = shutil.which("go")
    if go is None:
        raise SystemExit("error: 'go' is not in PATH\n  hint: install Go; the benchmark builds what it compares with")
    done = subprocess.run([go, *arguments], cwd=module, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"error: 'go {' '.join(arguments)}' failed in {module}")
    return done.stdout
