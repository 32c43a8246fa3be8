"""MetalLB's released kinds take the addresses and the advertisement of the option for machines of one's own."""

from __future__ import annotations

import copy
import json
import subprocess

import pytest
import yaml

from kfinstall import catalog
from tests.catalog.manifests import KUBECTL, Manifest
from tests.e2e.sites import Site
from tests.programs.released import downloaded

KINDS = ("ipaddresspools", "l2advertisements")
POOL = catalog.root() / "platforms" / "onprem" / "metallb" / "pool.yaml"


@pytest.fixture(scope="module")
def ours(installed: Site) -> list[Manifest]:
    """Give the objects of the option, on a cluster that has MetalLB's kinds."""
    folder = downloaded("go.universe.tf/metallb", "v0.16.1", "h1:iVtjCslcUFMOEvuNeAyW2ygZxyW+6YjnNcEuCTOZezc=")
    installed.kubectl("create", "namespace", "metallb-system")
    for kind in KINDS:
        installed.kubectl("apply", "--server-side", "-f", folder / f"config/crd/bases/metallb.io_{kind}.yaml")
    installed.kubectl("wait", "--for=condition=Established", *(f"crd/{kind}.metallb.io" for kind in KINDS))
    return list(yaml.safe_load_all(POOL.read_text()))


def refused(site: Site, manifest: Manifest) -> str:
    """Give what the API server has against a manifest, checked strictly."""
    command = [str(KUBECTL), f"--kubeconfig={site.kubeconfig}", "create", "--validate=strict", "--dry-run=server"]
    done = subprocess.run(
        [*command, "-f", "-"], input=json.dumps(manifest), capture_output=True, text=True, check=False
    )
    return done.stderr


def test_its_kinds_take_our_pool_and_our_advertisement(installed: Site, ours: list[Manifest]) -> None:
    assert {manifest["kind"] for manifest in ours} == {"IPAddressPool", "L2Advertisement"}
    assert [refused(installed, manifest) for manifest in ours] == ["", ""]


def test_a_field_that_they_do_not_have_is_refused(installed: Site, ours: list[Manifest]) -> None:
    for manifest in ours:
        wrong = copy.deepcopy(manifest)
        wrong["spec"]["adresses"] = []
        assert 'unknown field "spec.adresses"' in refused(installed, wrong)
