"""A cluster in which `kfinstall apply` installed what the real programs work with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kfinstall import catalog, localplane
from kfinstall.localplane.progress import Step
from tests.e2e.sites import Site
from tests.programs import building, released

COMPONENTS = (
    "argo",
    "jupyter",
    "minio",
    *(f"{kind}-operator" for kind in ("mpi", "paddle", "pytorch", "tf", "xgboost")),
)


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give what prints a line past pytest's capturing."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def print_line(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True)

    return print_line


@pytest.fixture(scope="session")
def tell(say: Callable[[str], None]) -> Callable[[Step], None]:
    """Give what says how long a build took."""

    def tell(step: Step) -> None:
        if step.status != "running":
            say(f"{step.name}: {step.status} after {step.elapsed_s:.0f} s {step.detail}")

    return tell


@pytest.fixture(scope="session")
def training_operator(tell: Callable[[Step], None]) -> Path:
    """Give the training operator's program."""
    return building.training_operator(tell)


@pytest.fixture(scope="session")
def workflow_controller(tell: Callable[[Step], None]) -> Path:
    """Give the program that runs workflows."""
    return released.built(released.WORKFLOW_CONTROLLER, tell)


@pytest.fixture(scope="session")
def device_plugin(tell: Callable[[Step], None]) -> Path:
    """Give NVIDIA's device plugin."""
    return released.built(released.DEVICE_PLUGIN, tell)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a control plane in the shape of GKE on which the components were applied."""
    home = tmp_path_factory.mktemp("programs")
    folder = home / "overlay"
    for name, text in catalog.overlay_files("gke", COMPONENTS, os.path.relpath(catalog.root(), folder)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with localplane.up("gke") as plane:
        site = Site(plane.kubeconfig, home)
        done = site.kfinstall("apply", folder, "--name", "programs", "--yes")
        assert done.code == 0, done
        yield site
