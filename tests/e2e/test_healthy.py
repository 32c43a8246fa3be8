"""On the platforms whose whole life is not told: an install becomes healthy, and `doctor` has nothing to say of it."""

from __future__ import annotations

import json

import pytest

from tests.e2e.sites import ROOT, Site


@pytest.fixture(scope="module", params=["kind", "docker-desktop", "eks", "onprem"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_doctor_finds_nothing_in_a_healthy_install(site: Site, platform: str) -> None:
    folder = ROOT / "overlays" / platform
    done = site.kfinstall("apply", folder, "--name", "story", "--yes")
    assert done.code == 0, done
    for asked in ((), ("--pre", "--platform", platform), ("--pre", folder), ("--rendered", folder)):
        told = site.kfinstall("doctor", *asked, "-o", "json", "--fail-on", "warning")
        assert [one for one in json.loads(told.out)["findings"] if one["severity"] != "info"] == [], asked
        assert told.code == 0, told
