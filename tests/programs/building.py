"""The training operator, built from the Go modules that `training-operator/go.mod` pins, once a machine.

It is the released program but for two lines that fit it to a container of its own: there it listens for webhooks on
all addresses and looks for its certificate under /tmp. Here it must stay on loopback and within a test's folder.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from kfinstall.localplane.cache import keep
from kfinstall.localplane.layout import cache_root
from kfinstall.localplane.progress import Progress, Stopwatch

MODULE = Path(__file__).parent / "training-operator"
UPSTREAM = "github.com/kubeflow/training-operator"
VERSION = "v1.8.1"
NAME = "training-operator"
EDITS = {
    "cmd/training-operator.v1/main.go": ("Port: webhookServerPort,", 'Host: "127.0.0.1", Port: webhookServerPort,'),
    "pkg/cert/cert.go": ('"/tmp/k8s-webhook-server/serving-certs"', '"k8s-webhook-server/serving-certs"'),
}
"""File -> what it says once, and what stands there instead. A relative folder lies in the working directory."""


def training_operator(progress: Progress) -> Path:
    """Give the program, building it when the cache does not have it; that takes two minutes on two cores."""
    folder = cache_root().parent / "programs" / f"{NAME}-{VERSION}-{_digest()}"
    keep(folder, f"building the training operator {VERSION} from its Go sources", _build, progress)
    return folder / NAME


def _digest() -> str:
    parts = (platform.system(), platform.machine(), EDITS, *((MODULE / n).read_text() for n in ("go.mod", "go.sum")))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _build(into: Path, watch: Stopwatch) -> None:
    go(MODULE, "mod", "download", UPSTREAM)
    released = Path(go(MODULE, "list", "-m", "-f", "{{.Dir}}", UPSTREAM).strip())
    with TemporaryDirectory(dir=into.parent, prefix=".partial-") as folder:
        module = _edited(released, Path(folder))
        flags = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w", f"-modfile={module}")
        go(MODULE, "build", *flags, "-o", str(into / NAME), f"{UPSTREAM}/cmd/training-operator.v1")
    watch.detail = f"{(into / NAME).stat().st_size >> 20} MB"


def _edited(released: Path, folder: Path) -> Path:
    """Write the edited sources; give a `go.mod` that has them in place of the released ones, and all else as it was."""
    for file in (released / "go.mod", *released.glob("cmd/**/*.go"), *released.glob("pkg/**/*.go")):
        copy = folder / "source" / file.relative_to(released)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    for name, (there, instead) in EDITS.items():
        text = (released / name).read_text()
        assert text.count(there) == 1, f"{there!r} stands {text.count(there)} times in {name} of {VERSION}"
        (folder / "source" / name).write_text(text.replace(there, instead))
    shutil.copy(MODULE / "go.sum", folder)
    text = (MODULE / "go.mod").read_text()
    (folder / "go.mod").write_text(f"{text}\nreplace {UPSTREAM} => {folder / 'source'}\n")
    return folder / "go.mod"


def go(folder: Path, *arguments: str, **variables: str) -> str:
    """Give what Go prints in a module's folder, which holds every dependency to its checksum; it must succeed."""
    assert shutil.which("go"), "there is no 'go' on PATH, and the program is built from source"
    environment = {**os.environ, "GOFLAGS": "-mod=readonly", **variables}
    done = subprocess.run(["go", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"'go {arguments[0]}' failed: {done.stderr[-2000:]}"
    return done.stdout
