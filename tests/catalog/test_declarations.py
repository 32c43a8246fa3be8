"""What component.yaml and platform.yaml say is true of the manifests beside them, and mistakes in them are found."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.catalog.declaration import read_declaration
from kfinstall.catalog.model import ComponentInfo, PlatformInfo
from kfinstall.errors import InputError
from tests.catalog.manifests import CLUSTER_SCOPED, Manifest, of_kind, pods, strings_of

REGISTRIES = "docker.io|ghcr.io|gcr.io/tfx-oss-public|quay.io|nvcr.io|registry.k8s.io"
IMAGE = re.compile(rf"(?<![\w./-])((?:{REGISTRIES})/[\w./-]+:[\w.-]+)")
APART = re.compile(rf'"((?:{REGISTRIES})/[^"]+)",\s*"defaultImageVersion": "([^"]+)"')
GOOD = """\
name: demo
description: what it is for
version: "1"
status: stable
proven: it ran
source: https://example.org
images:
- image: docker.io/library/busybox:1.37
  use: everything
"""


def test_every_base_declares_itself() -> None:
    folders = {path.parent.name for path in (catalog.root() / "base").glob("*/kustomization.yaml")}
    assert folders == {info.name for info in catalog.components()}


def test_every_platform_declares_itself_and_has_an_overlay() -> None:
    folders = {path.parent.name for path in (catalog.root() / "platforms").glob("*/kustomization.yaml")}
    overlays = {path.name for path in (catalog.root() / "overlays").iterdir()}
    assert folders == overlays == {info.name for info in catalog.platforms()}


def test_the_images_declared_are_those_the_manifests_name(component: ComponentInfo, base: tuple[Manifest, ...]) -> None:
    folder = catalog.root() / "base" / component.name
    written = [path.read_text() for path in (folder / "params.yaml", *folder.glob("options/*/*.yaml")) if path.exists()]
    texts = [*(text for manifest in base for text in strings_of(manifest)), *written]
    named = {image for text in texts for image in IMAGE.findall(text)}
    named |= {f"{name}:{version}" for text in texts for name, version in APART.findall(text)}
    run = {container["image"] for pod in pods(base) for container in pod.containers}
    # Images that a parameter's description mentions are not run.
    assert run <= named
    assert {use.image for use in component.images} == named


def test_the_ports_declared_are_those_of_the_services(component: ComponentInfo, base: tuple[Manifest, ...]) -> None:
    served = {
        (service["metadata"]["name"], port["port"])
        for service in of_kind(base, "Service")
        for port in service["spec"]["ports"]
    }
    assert {(port.service, port.port) for port in component.ports} == served


def test_the_claims_declared_are_those_of_the_manifests(component: ComponentInfo, base: tuple[Manifest, ...]) -> None:
    claims = {claim["metadata"]["name"]: claim["spec"] for claim in of_kind(base, "PersistentVolumeClaim")}
    for owner in of_kind(base, "StatefulSet"):
        for claim in owner["spec"].get("volumeClaimTemplates", ()):
            claims[f"{claim['metadata']['name']}-{owner['metadata']['name']}-0"] = claim["spec"]
    made_later = {"claim-USER"}  # by the hub, one per user
    declared = {stored.claim: stored for stored in component.stores}
    assert declared.keys() - made_later == claims.keys()
    for name, spec in claims.items():
        assert spec["resources"]["requests"]["storage"] == declared[name].size
        assert spec["accessModes"] == [declared[name].access]


def test_the_secrets_declared_are_those_its_jobs_make(component: ComponentInfo, base: tuple[Manifest, ...]) -> None:
    annotations = [pod.template["metadata"].get("annotations") or {} for pod in pods(base)]
    made = [json.loads(found.get("kfinstall.dev/generates", "[]")) for found in annotations]
    assert set(component.secrets) == {secret["name"] for secrets in made for secret in secrets}


def test_what_a_component_requires_exists(component: ComponentInfo) -> None:
    assert set(component.requires) <= {info.name for info in catalog.components()}


def test_a_component_that_uses_a_secret_of_another_requires_that_other(
    component: ComponentInfo, base: tuple[Manifest, ...]
) -> None:
    owners = {secret: info.name for info in catalog.components() for secret in info.secrets}
    text = "\n".join(text for manifest in base for text in strings_of(manifest))
    used = {owner for secret, owner in owners.items() if re.search(rf"\b{secret}\b", text)}
    assert used - {component.name} <= set(component.requires)


def test_a_components_own_namespace_is_where_its_manifests_are(
    component: ComponentInfo, base: tuple[Manifest, ...]
) -> None:
    held = [m for m in base if m["kind"] not in CLUSTER_SCOPED]
    assert {m["metadata"].get("namespace", "") for m in held} <= {component.namespace}


def test_where_upstream_is_gone_the_description_says_so_and_a_page_names_what_to_take(component: ComponentInfo) -> None:
    page = catalog.root() / "base" / component.name / "README.md"
    if component.upstream == "alive":
        return
    assert component.successor
    assert component.upstream in component.description
    assert f"**{component.upstream}**" in page.read_text()


def test_the_names_of_parameters_are_unique_in_the_catalogue() -> None:
    names = [parameter.name for info in catalog.components() for parameter in info.parameters]
    assert len(names) == len(set(names))


def test_images_gives_each_image_once_and_sorted() -> None:
    assert list(catalog.images()) == sorted(set(catalog.images()))
    assert "docker.io/library/python:3.13-alpine" in catalog.images()


def test_a_good_declaration_is_read_whole() -> None:
    info = read_declaration(ComponentInfo, GOOD + "ports: [{service: demo, port: 80, use: web}]\n", "c.yaml")
    assert info.name == "demo"
    assert info.version == "1"
    assert info.ports[0].port == 80
    assert replace(info, ports=()) == read_declaration(ComponentInfo, GOOD, "c.yaml")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (GOOD + "requries: []\n", 10, "unknown field 'requries'"),
        (GOOD + "name: again\n", 10, "field 'name' stands here twice"),
        (GOOD.replace("status: stable", "status: solid"), 4, "'solid' is not one of stable, experimental"),
        (GOOD.replace("  use: everything\n", ""), 8, "field 'use' is missing"),
        (GOOD + "requires: minio\n", 10, "this is a value, and must be a list"),
        (GOOD + "requires: [[minio]]\n", 10, "this is a list, and must be a value"),
        (GOOD + "ports: [{service: a, port: many, use: b}]\n", 10, "'many' is not a whole number"),
        (GOOD + "ports: [80]\n", 10, "this is a value, and must be a mapping"),
        (GOOD + "? [a]\n: b\n", 10, "the name of a field is a list"),
        ("", 1, "this is nothing, and must be a mapping"),
    ],
)
def test_a_mistake_in_a_declaration_is_named_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(ExceptionGroup) as group:
        read_declaration(ComponentInfo, text, "c.yaml")
    error = group.value.exceptions[0]
    assert isinstance(error, InputError)
    assert (str(error.origin), error.message) == (f"c.yaml:{line}", message)


def test_a_mistyped_field_gets_a_hint() -> None:
    with pytest.raises(ExceptionGroup) as group:
        read_declaration(PlatformInfo, "name: a\ndescripton: b\n", "p.yaml")
    assert [error.hint for error in group.value.exceptions] == ["did you mean 'description'?", ""]


def test_a_declaration_that_is_not_yaml_says_where() -> None:
    with pytest.raises(InputError, match=r"c\.yaml:2: not YAML"):
        read_declaration(ComponentInfo, "name: a\n  b: [", "c.yaml")


def test_a_declaration_in_a_folder_of_another_name_is_refused(tmp_path: Path) -> None:
    from kfinstall.catalog.folders import read_info

    path = tmp_path / "other" / "component.yaml"
    path.parent.mkdir()
    path.write_text(GOOD)
    with pytest.raises(InputError, match="name 'demo' stands in the folder 'other'"):
        read_info(ComponentInfo, path)
