"""Images: none is missing from the table, and a mirror's Component leaves none behind."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kfinstall import catalog
from kfinstall.build import build_resources
from kfinstall.catalog.mirror import canonical, check_registry, find_images, mirror_component, mirrored, split
from kfinstall.catalog.model import ComponentInfo
from kfinstall.errors import InputError
from kfinstall.load import load_tree
from kfinstall.manifest import parse_resources
from tests.catalog.manifests import Manifest, build, find, pods, strings_of

REGISTRY = "mirror.example/"


def table() -> set[str]:
    return set(catalog.images())


def images_in(manifests: tuple[Manifest, ...]) -> set[str]:
    return {found.image for manifest in manifests for found in find_images(manifest)}


def test_no_image_of_any_overlay_is_missing_from_the_table(wide: tuple[Manifest, ...]) -> None:
    assert images_in(wide) <= table()
    assert {container["image"] for pod in pods(wide) for container in pod.containers} <= table()


def test_a_component_declares_exactly_the_images_that_are_found_in_it(
    component: ComponentInfo, base: tuple[Manifest, ...]
) -> None:
    declared = {use.image for use in component.images}
    assert images_in(base) <= declared


def test_every_image_that_a_parameter_brings_by_default_is_in_the_table() -> None:
    defaults = {p.default for info in catalog.components() for p in info.parameters if p.type == "image"}
    assert defaults - {""} <= table()


@pytest.fixture(scope="session")
def everything_mirrored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Component for the whole catalogue, as `kfinstall images --registry` writes it."""
    folders = [catalog.root() / "base" / info.name for info in catalog.components()]
    resources = [resource for folder in folders for resource in build_resources(load_tree(folder))]
    folder = tmp_path_factory.mktemp("mirror")
    component = mirror_component(resources, REGISTRY, catalog.images())
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(component))
    return folder


def around(platform: str, mirror: Path, home: Path) -> Path:
    """Write what a person writes: an overlay of everything, and the mirror around it."""
    names = [info.name for info in catalog.components()]
    inner = home / "inner"
    for name, text in catalog.overlay_files(platform, names, os.path.relpath(catalog.root(), inner)).items():
        (inner / name).parent.mkdir(parents=True, exist_ok=True)
        (inner / name).write_text(text)
    outer = home / "outer"
    outer.mkdir()
    lists = {"resources": ["../inner"], "components": [os.path.relpath(mirror, outer)]}
    (outer / "kustomization.yaml").write_text(yaml.safe_dump(lists))
    return outer


def test_the_mirror_of_the_catalogue_takes_every_image_of_every_platform(
    platform: str, wide: tuple[Manifest, ...], everything_mirrored: Path, tmp_path: Path
) -> None:
    built = build(around(platform, everything_mirrored, tmp_path))
    assert images_in(built) == {mirrored(image, REGISTRY) for image in images_in(wide)}
    left = [text for m in built for text in strings_of(m) if any(image in text for image in table())]
    assert all(REGISTRY in text for text in left)
    assert len(built) == len(wide)


HASH = re.compile(r"-[2456789bcdfghkmt]{10}\b")
"""What kustomize puts behind the name of a ConfigMap that it generates; it follows from the content."""


def test_a_mirror_changes_nothing_but_images(everything_mirrored: Path, tmp_path: Path) -> None:
    built = build(around("gke", everything_mirrored, tmp_path))
    assert without_hashes(built) == without_hashes(build(tmp_path / "inner"))


def without_hashes(manifests: tuple[Manifest, ...]) -> list[str]:
    return sorted(HASH.sub("-HASH", json.dumps(manifest)).replace(REGISTRY, "") for manifest in manifests)


def test_a_text_that_is_no_longer_the_one_that_was_seen_fails_the_build(
    everything_mirrored: Path, tmp_path: Path
) -> None:
    outer = around("gke", everything_mirrored, tmp_path)
    text = (outer / "kustomization.yaml").read_text()
    newer = """\
patches:
- target: {kind: Deployment, name: workflow-controller}
  patch: |
    - {op: replace, path: /spec/template/spec/containers/0/args/1, value: "quay.io/argoproj/argoexec:v9"}
"""
    middle = tmp_path / "middle"
    middle.mkdir()
    (middle / "kustomization.yaml").write_text("resources: [../inner]\n" + newer)
    (outer / "kustomization.yaml").write_text(text.replace("../inner", "../middle"))
    with pytest.raises(AssertionError, match="test"):
        build(outer)


CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  text: |
    start quay.io/a/b:1.0. Then ghcr.io/c/d@sha256:%s and see https://example.org/x:1, not a.example/b or c:2
  json: '{"image": "docker.io/seldonio/server", "defaultImageVersion": "1.17"}'
"""


def test_images_are_found_in_texts_and_addresses_are_not() -> None:
    (resource,) = parse_resources(CONFIG % ("0" * 64), "c.yaml")
    found = [one.image for one in find_images(resource.manifest)]
    assert found == ["quay.io/a/b:1.0", f"ghcr.io/c/d@sha256:{'0' * 64}", "docker.io/seldonio/server:1.17"]


def test_a_container_of_a_custom_resource_counts_as_one_and_a_field_called_image_elsewhere_only_with_a_host() -> None:
    text = """\
apiVersion: example.org/v1
kind: Robot
metadata: {name: r}
spec:
  image: picture
  sidecar: {image: quay.io/a/side:1}
  template: {spec: {initContainers: [{name: a, image: nginx}]}}
"""
    (resource,) = parse_resources(text, "r.yaml")
    found = [(one.image, one.is_container) for one in find_images(resource.manifest)]
    assert found == [("quay.io/a/side:1", False), ("nginx", True)]


def test_an_image_that_is_never_pulled_is_left_alone() -> None:
    text = """\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - {name: a, image: "on-the-node:fixed", imagePullPolicy: Never}
  - {name: b, image: "quay.io/a/b:1"}
"""
    (resource,) = parse_resources(text, "p.yaml")
    assert [one.image for one in find_images(resource.manifest)] == ["quay.io/a/b:1"]


@pytest.mark.parametrize(
    ("image", "wanted"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("grafana/grafana:11", "docker.io/grafana/grafana:11"),
        ("localhost:5000/a", "localhost:5000/a:latest"),
        ("quay.io/a/b:1", "quay.io/a/b:1"),
        (f"quay.io/a/b:1@sha256:{'0' * 64}", f"quay.io/a/b:1@sha256:{'0' * 64}"),
    ],
)
def test_an_image_is_copied_under_its_whole_name(image: str, wanted: str) -> None:
    assert canonical(image) == wanted
    assert mirrored(image, REGISTRY) == REGISTRY + wanted
    assert "".join(split(wanted)) == wanted


@pytest.mark.parametrize("text", ["mirror.example", "mirror.example/", "localhost:5000", "m.example:443/team/x/"])
def test_a_registry_ends_in_one_slash(text: str) -> None:
    assert check_registry(text) == text.rstrip("/") + "/"


@pytest.mark.parametrize("text", ["https://mirror.example", "", "mirror.example/a b", "user@mirror.example"])
def test_what_is_no_registry_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no registry"):
        check_registry(text)


def test_images_without_a_host_are_mirrored_too() -> None:
    pod: dict[str, Any] = {"containers": [{"name": "a", "image": "nginx"}]}
    text = yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod})
    component = mirror_component(parse_resources(text, "p.yaml"), REGISTRY)
    assert component["images"] == [{"name": "nginx", "newName": "mirror.example/docker.io/library/nginx"}]
    assert "patches" not in component


def test_seldons_settings_are_still_json_behind_a_mirror(everything_mirrored: Path, tmp_path: Path) -> None:
    built = build(around("gke", everything_mirrored, tmp_path))
    servers = yaml.safe_load(find(built, "ConfigMap", "seldon-config")["data"]["predictor_servers"])
    image = servers["SKLEARN_SERVER"]["protocols"]["seldon"]["image"]
    assert image == "mirror.example/docker.io/seldonio/sklearnserver"
