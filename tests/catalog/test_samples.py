"""The workloads that a user submits afterwards."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from kfinstall import catalog
from kfinstall.prototypes import generate, parse_request, prototypes
from tests.catalog.manifests import Manifest, build, of_kind, values_of
from tests.catalog.test_overlays import DEAD_HOSTS, TAGGED

FILES = sorted((catalog.root() / "samples").glob("*.yaml"))


BUILT_IN = {"ConfigMap", "Deployment", "Job", "Service"}


def read(path: Path) -> list[Manifest]:
    return list(yaml.safe_load_all(path.read_text()))


def test_no_two_samples_make_resources_of_the_same_names() -> None:
    """Not of other kinds either: jobs name their pods JOB-ROLE-INDEX, and two jobs of one name block each other."""
    named = Counter(name for path in FILES for name in {one["metadata"].get("name", path.stem) for one in read(path)})
    assert not [name for name, times in named.items() if times > 1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_is_of_a_kind_that_the_core_set_installs(path: Path) -> None:
    installed = {m["spec"]["names"]["kind"] for m in of_kind(build(catalog.overlay("gke")), "CustomResourceDefinition")}
    assert {one["kind"] for one in read(path)} <= installed | BUILT_IN


@pytest.mark.parametrize("kind", [found.name for found in prototypes()])
def test_there_is_a_sample_of_every_prototype_as_its_first_line_makes_it(kind: str) -> None:
    text = (catalog.root() / "samples" / f"{kind}.yaml").read_text()
    request = parse_request(text)
    assert request is not None
    assert request.prototype == kind
    assert generate(request) == text, "a prototype has changed: generate the sample anew, and review what changed"


def test_the_sample_of_a_training_job_has_every_role_gpus_and_a_folder_of_a_claim() -> None:
    (job,) = read(catalog.root() / "samples" / "tf-job.yaml")
    assert list(job["spec"]["tfReplicaSpecs"]) == ["Chief", "PS", "Worker", "Evaluator"]
    assert list(values_of(job, "nvidia.com/gpu")) == [1, 1, 1]
    assert set(values_of(job, "subPath")) == {"runs/sample"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_names_images_by_tag_on_hosts_that_live_and_asks_for_resources(path: Path) -> None:
    manifest = read(path)
    images = [image for image in values_of(manifest, "image") if isinstance(image, str)]
    assert images
    assert all(TAGGED.fullmatch(image) and not DEAD_HOSTS.search(image) for image in images)
    assert all({"cpu", "memory"} <= resources["requests"].keys() for resources in values_of(manifest, "resources"))
