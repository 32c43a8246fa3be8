from __future__ import annotations

import pytest

from kfinstall import catalog
from tests.catalog.manifests import Manifest, build, build_all

PLATFORMS = tuple(info.name for info in catalog.platforms())
COMPONENTS = tuple(info.name for info in catalog.components())


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def overlay(platform: str) -> tuple[Manifest, ...]:
    """What stock kustomize builds from a platform's overlay."""
    return build(catalog.overlay(platform))


@pytest.fixture
def wide(platform: str) -> tuple[Manifest, ...]:
    """What stock kustomize builds from an overlay of every component there is, on one platform."""
    return build_all(platform)


@pytest.fixture(params=COMPONENTS)
def component(request: pytest.FixtureRequest) -> catalog.ComponentInfo:
    return catalog.component(request.param)


@pytest.fixture
def base(component: catalog.ComponentInfo) -> tuple[Manifest, ...]:
    """What stock kustomize builds from a component's base."""
    return build(catalog.root() / "base" / component.name)
