"""Control planes for end-to-end tests: each test module has its own, since it changes what all share in a cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kfinstall import localplane
from tests.e2e.sites import Site


@pytest.fixture(scope="module", params=["gke", "aks", "openshift", "minikube"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def site(platform: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a control plane in the platform's shape, for the tests of one module alone."""
    with localplane.up(platform) as plane:
        yield Site(plane.kubeconfig, tmp_path_factory.mktemp(platform))


@pytest.fixture(scope="module")
def plain_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a small control plane for tests that do not care about the platform."""
    with localplane.up("kind") as plane:
        yield Site(plane.kubeconfig, tmp_path_factory.mktemp("kind"))
