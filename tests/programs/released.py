"""Programs built from the sources that their authors released, as Go's module proxy serves them, once a machine.

Each is its module as a whole, held to one checksum; the module's own `go.sum` holds what it needs. What is edited is
where it listens: in a container it may take every address, here it must stay on loopback.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from kfinstall.localplane.cache import keep
from kfinstall.localplane.layout import cache_root
from kfinstall.localplane.progress import Progress, Stopwatch
from tests.programs.building import go

LOOPBACK = "LOOPBACK"
"""The variable that says on which address an edited program listens."""

Edits = Mapping[str, tuple[str, str]]
"""File -> what it says once, and what stands there instead."""


class Release(NamedTuple):
    """A program in the folder of its name below `cmd`: its module, version and checksum, as `go.sum` has that.

    `cgo` says whether it is linked with C, as its authors build it.
    """

    name: str
    module: str
    version: str
    checksum: str
    cgo: bool
    edits: Edits


WORKFLOW_CONTROLLER = Release(
    "workflow-controller",
    "github.com/argoproj/argo-workflows/v4",
    "v4.0.5",
    "h1:/1lru5oXUd+k6KEDUps6rLX5OKfi1jTfabgXTly/VFU=",
    False,
    {
        "cmd/workflow-controller/main.go": (
            'http.ListenAndServe(":6060", nil)',
            f'http.ListenAndServe(os.Getenv("{LOOPBACK}")+":6060", nil)',
        ),
        "util/telemetry/exporter_prometheus.go": (
            'fmt.Sprintf(":%v", m.config.port())',
            f'fmt.Sprintf("%s:%v", os.Getenv("{LOOPBACK}"), m.config.port())',
        ),
    },
)
DEVICE_PLUGIN = Release(
    "nvidia-device-plugin",
    "github.com/NVIDIA/k8s-device-plugin",
    "v0.18.2",
    "h1:aV+9UPJBlNF949hnLdDDgypwPVww3b0L6aPJDmU+3kk=",
    True,
    {},
)
FLAGS = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w -extldflags=-Wl,-z,lazy")
"""NVIDIA's library is looked for when it is needed, not when the program starts: it is on no machine without a GPU."""


def built(release: Release, progress: Progress) -> Path:
    """Give the program, building it when the cache does not have it."""
    parts = (platform.system(), platform.machine(), FLAGS, *release)
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    folder = cache_root().parent / "programs" / f"{release.name}-{release.version}-{digest}"
    what = f"building {release.name} {release.version} from its Go sources"
    keep(folder, what, lambda into, watch: _build(release, into, watch), progress)
    return folder / release.name


def _build(release: Release, into: Path, watch: Stopwatch) -> None:
    with TemporaryDirectory(dir=into.parent, prefix=".partial-") as scratch:
        sources = _sources(release, Path(scratch))
        command = ("build", *FLAGS, "-o", str(into / release.name), f"./cmd/{release.name}")
        go(sources, *command, CGO_ENABLED="1" if release.cgo else "0")
    watch.detail = f"{(into / release.name).stat().st_size >> 20} MB"


def downloaded(module: str, version: str, checksum: str) -> Path:
    """Give the folder of a module's sources, read-only; they must be those that were released."""
    with TemporaryDirectory() as nowhere:
        told = json.loads(go(Path(nowhere), "mod", "download", "-json", f"{module}@{version}"))
    assert told["Sum"] == checksum, f"{module} {version} is {told['Sum']}"
    return Path(told["Dir"])


def _sources(release: Release, scratch: Path) -> Path:
    """Write the released sources and edit them."""
    there = downloaded(release.module, release.version, release.checksum)
    left = shutil.ignore_patterns("docs", "ui", "*_test.go")
    sources = shutil.copytree(there, scratch / "sources", ignore=left)
    for folder in (sources, *(Path(at) / name for at, names, _ in os.walk(sources) for name in names)):
        folder.chmod(0o755)  # the module cache is read-only, and so would the copy be
    for name, (was, instead) in release.edits.items():
        text = (sources / name).read_text()
        assert text.count(was) == 1, f"{was!r} stands {text.count(was)} times in {name} of {release.version}"
        (sources / name).unlink()
        (sources / name).write_text(text.replace(was, instead))
    return sources
