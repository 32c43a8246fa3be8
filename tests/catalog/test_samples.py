"""The workloads that a user submits afterwards."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from kfinstall import catalog
from tests.catalog.manifests import Manifest, build, of_kind, values_of
from tests.catalog.test_overlays import DEAD_HOSTS, TAGGED

FILES = sorted((catalog.root() / "samples").glob("*.yaml"))


def read(path: Path) -> Manifest:
    (manifest,) = yaml.safe_load_all(path.read_text())
    return manifest


def test_no_two_samples_make_pods_of_the_same_names() -> None:
    """Jobs of both operators name their pods JOB-ROLE-INDEX: two jobs of one name block each other."""
    named = Counter(read(path)["metadata"].get("name", path.stem) for path in FILES)
    assert not [name for name, times in named.items() if times > 1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_is_of_a_kind_that_the_core_set_installs(path: Path) -> None:
    installed = {m["spec"]["names"]["kind"] for m in of_kind(build(catalog.overlay("gke")), "CustomResourceDefinition")}
    assert read(path)["kind"] in installed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_names_images_by_tag_on_hosts_that_live_and_asks_for_resources(path: Path) -> None:
    manifest = read(path)
    images = [image for image in values_of(manifest, "image") if isinstance(image, str)]
    assert images
    assert all(TAGGED.fullmatch(image) and not DEAD_HOSTS.search(image) for image in images)
    assert all({"cpu", "memory"} <= resources["requests"].keys() for resources in values_of(manifest, "resources"))
