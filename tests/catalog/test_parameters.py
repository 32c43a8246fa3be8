"""Parameters: what is declared is what the manifests have, and each reaches what it is for.

What each value changes is in tests/golden/parameters.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from kfinstall import catalog
from kfinstall.catalog.model import ComponentInfo, Parameter
from kfinstall.catalog.values import CHECKS, WORDS
from kfinstall.errors import InputError
from tests.catalog.manifests import build, find
from tests.catalog.parameters import other_values, write_layer

BASES = catalog.root() / "base"


def test_the_params_of_a_component_are_those_it_declares(component: ComponentInfo) -> None:
    path = BASES / component.name / "params.yaml"
    if not component.parameters:
        assert not path.exists()
        return
    manifest = yaml.safe_load(path.read_text())
    assert manifest["metadata"]["name"] == f"{component.name}-params"
    assert manifest["metadata"]["annotations"] == {"config.kubernetes.io/local-config": "true"}
    assert manifest["data"] == {parameter.name: parameter.default for parameter in component.parameters}


def test_a_default_is_good_for_its_own_type(component: ComponentInfo) -> None:
    for parameter in component.parameters:
        assert parameter.default == "" or CHECKS[parameter.type](parameter.default, parameter) == "", parameter.name
        assert (parameter.type == "enum") == bool(parameter.allowed)


def test_an_old_name_is_not_also_a_new_one() -> None:
    parameters = [parameter for info in catalog.components() for parameter in info.parameters]
    names = [name for parameter in parameters for name in (parameter.name, *parameter.formerly)]
    assert len(names) == len(set(names))


def kustomizations(component: ComponentInfo) -> list[Path]:
    folder = BASES / component.name
    return sorted([*folder.glob("parameters/kustomization.yaml"), *folder.glob("options/*/kustomization.yaml")])


def replacements(path: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(path.read_text()).get("replacements") or []


def test_every_parameter_is_the_source_of_a_replacement_or_chooses_an_option(component: ComponentInfo) -> None:
    carried = {one["source"]["fieldPath"] for path in kustomizations(component) for one in replacements(path)}
    chosen = {one.name for one in component.parameters if "{value}" in one.adds or (one.adds and one.type == "boolean")}
    assert {f"data.{parameter.name}" for parameter in component.parameters if parameter.name not in chosen} == carried


def test_every_option_is_chosen_by_a_parameter(component: ComponentInfo) -> None:
    folder = BASES / component.name
    there = {str(path.parent.relative_to(folder)) for path in folder.glob("options/*/kustomization.yaml")}
    asked = {
        parameter.adds.format(value=value)
        for parameter in component.parameters
        for value in other_values(parameter)
        if parameter.adds
    }
    assert asked == there


def brought(kustomization: Path) -> set[tuple[str, str]]:
    """Give kind and name of what an option brings along."""
    files = yaml.safe_load(kustomization.read_text()).get("resources", ())
    manifests = [m for file in files for m in yaml.safe_load_all((kustomization.parent / file).read_text())]
    return {(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests}


def test_no_target_of_a_replacement_is_missing_on_any_platform(platform: str, tmp_path: Path) -> None:
    infos = catalog.components()
    for path, text in catalog.overlay_files(
        platform, [info.name for info in infos], os.path.relpath(catalog.root(), tmp_path)
    ).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    built = build(tmp_path)
    for info in infos:
        # What a component changes is its own or of what it requires: nothing else is sure to be there.
        owners = catalog.with_required([info.name])
        there = {
            (m["kind"], m["metadata"]["name"])
            for m in built
            if m["metadata"]["labels"].get("kfinstall.dev/component") in owners
        }
        there.add(("ConfigMap", f"{info.name}-params"))
        for kustomization in kustomizations(info):
            for target in [target for one in replacements(kustomization) for target in one["targets"]]:
                assert set(target["select"]) == {"kind", "name"}, "say both, so that this test sees what is meant"
                selected = (target["select"]["kind"], target["select"]["name"])
                assert selected in there | brought(kustomization), kustomization


def test_a_platform_sets_parameters_that_are_there_to_values_that_are_good(platform: str) -> None:
    known = {one.name: one for info in catalog.components() for one in info.parameters}
    for path in sorted((catalog.root() / "platforms" / platform).glob("*-params.yaml")):
        manifest = yaml.safe_load(path.read_text())
        owner = catalog.component(manifest["metadata"]["name"].removesuffix("-params"))
        for name, value in manifest["data"].items():
            assert known[name] in owner.parameters
            assert catalog.check_value(known[name], value) != known[name].default
            assert not known[name].adds, "nobody would list its option"


def test_what_a_platform_changes_in_other_namespaces_sets_no_parameter(platform: str) -> None:
    """It comes after the values of a person's own, and would overwrite them."""
    folder = catalog.root() / "platforms" / platform
    inside = [path for path in folder.rglob("*.yaml") if path.parent != folder]
    assert not [path for path in inside if "-params" in path.read_text()]


def test_a_value_of_ones_own_outranks_the_platforms(tmp_path: Path) -> None:
    layer = write_layer(tmp_path, "gke", catalog.component("ambassador"), {"ambassadorServiceType": "NodePort"})
    assert find(build(layer), "Service", "ambassador")["spec"]["type"] == "NodePort"


def parameter(**fields: Any) -> Parameter:
    return Parameter(**{"name": "p", "type": "string", "description": "what it is for", "default": "d", **fields})


GOOD = [
    ("boolean", "true"),
    ("enum", "b"),
    ("folder", "bucket/mnist/1"),
    ("image", "registry.example:5000/a/b:1.0"),
    ("image", f"quay.io/a/b@sha256:{'0' * 64}"),
    ("integer", "3"),
    ("integers", "1,4"),
    ("json", '{"instances": [1.0]}'),
    ("location", "gs://bucket/mnist"),
    ("location", "/models/mnist"),
    ("name", "standard-rwo"),
    ("names", "a,b-c"),
    ("numbers", "0.1,1e-4,2"),
    ("path", "/home/jovyan"),
    ("quantity", "500m"),
    ("quantity", "1.5Gi"),
    ("schedule", "*/5 0-6 1,15 * MON"),
    ("string", "any text: at all"),
    ("url", "http://host:8080/path"),
]
BAD = [
    ("boolean", "yes", "true or false"),
    ("enum", "c", "one of a, b"),
    ("folder", "../other", "a bucket and folders"),
    ("folder", "/models", "a bucket and folders"),
    ("image", "busybox", "with a tag or a digest"),
    ("image", "busybox:", "with a tag or a digest"),
    ("image", "quay.io/Upper/case:1", "with a tag or a digest"),
    ("integer", "0", "a whole number, 1 to 4"),
    ("integer", "5", "a whole number, 1 to 4"),
    ("integer", "1.5", "a whole number, 1 to 4"),
    ("integer", "-1", "a whole number, 1 to 4"),
    ("integer", "03", "a whole number, 1 to 4"),
    ("integers", "1,5", "whole numbers separated by commas, each 1 to 4"),
    ("integers", "1,", "whole numbers separated by commas, each 1 to 4"),
    ("json", "{", "JSON (Expecting property name"),
    ("location", "models", "an absolute path"),
    ("location", '/a" }', "an absolute path"),
    ("name", "Upper", "a name of small letters"),
    ("name", "", "a name of small letters"),
    ("names", "a,,b", "names separated by commas"),
    ("numbers", "0.1;0.2", "numbers above 0"),
    ("numbers", "0", "numbers above 0"),
    ("numbers", "1e9999", "numbers above 0"),
    ("path", "relative", "an absolute path"),
    ("path", "/a/../b", "an absolute path"),
    ("quantity", "10 Gi", "an amount such as"),
    ("quantity", "10GB", "an amount such as"),
    ("quantity", "0", "an amount such as"),
    ("quantity", "-1Gi", "an amount such as"),
    ("schedule", "daily", "the five fields of cron"),
    ("string", "two\nlines", "text on one line"),
    ("url", "ftp://host", "an address such as"),
    ("url", "https://user:word@host", "without a password in it"),
    ("url", "https://host:port", "an address such as"),
]


def made(kind: str) -> Parameter:
    return parameter(type=kind, allowed=("a", "b") if kind == "enum" else (), minimum=1, maximum=4)


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_a_good_value_is_taken(kind: str, value: str) -> None:
    assert catalog.check_value(made(kind), value) == value


@pytest.mark.parametrize(("kind", "value", "wanted"), BAD)
def test_a_bad_value_is_refused_with_what_may_stand_there(kind: str, value: str, wanted: str) -> None:
    with pytest.raises(InputError, match="p is '") as error:
        catalog.check_value(made(kind), value)
    assert wanted in error.value.message


def test_every_type_has_good_and_bad_values_here() -> None:
    assert {kind for kind, _ in GOOD} == {kind for kind, *_ in BAD} == set(CHECKS) == set(WORDS)


def test_a_mistyped_value_of_an_enumeration_gets_a_hint() -> None:
    with pytest.raises(InputError) as error:
        catalog.check_value(parameter(type="enum", allowed=("ClusterIP", "LoadBalancer")), "Loadbalancer")
    assert error.value.hint == "did you mean 'LoadBalancer'?"


def test_the_default_is_always_good() -> None:
    assert catalog.check_value(parameter(type="name", default=""), "") == ""
