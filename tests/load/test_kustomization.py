"""The text of a kustomization file -> Kustomization."""

import pytest

from kfinstall.build.kustomization import (
    FieldSpec,
    Generator,
    GeneratorOptions,
    Image,
    Label,
    Patch,
    PatchOptions,
    Replica,
    Selector,
    SortOptions,
)
from kfinstall.build.reading.kustomization import read_kustomization
from kfinstall.resource import Origin

PATH = "base/kustomization.yaml"


def read(text):
    errors = []
    result = read_kustomization(text.encode(), PATH, errors)
    assert errors == []
    return result.kustomization


def mistakes(text):
    errors = []
    read_kustomization(text.encode(), PATH, errors)
    return [str(error).replace("\n  hint: ", " | ") for error in errors]


def warnings(text):
    return read_kustomization(text.encode(), PATH, []).warnings


def at(line):
    return Origin(PATH, line)


def test_the_fields_of_a_kustomization_get_their_types():
    got = read(
        """
namePrefix: p-
commonAnnotations: {a: b}
labels:
- pairs: {x: "1"}
  includeSelectors: true
  fields:
  - {path: spec/x, kind: A, create: true}
images:
- {name: a, newName: b, newTag: "1", digest: d, tagSuffix: s}
replicas:
- {name: a, count: 3}
patches:
- path: p.yaml
  target: {kind: A.*, labelSelector: a=b}
  options: {allowNameChange: true}
configMapGenerator:
- name: c
  files: [a=b]
  env: e.env
  options: {labels: {l: m}, disableNameSuffixHash: true}
sortOptions: {order: fifo}
buildMetadata: [originAnnotations]
"""
    )
    assert got.name_prefix == "p-"
    assert got.common_annotations == {"a": "b"}
    spec = FieldSpec(path="spec/x", kind="A", create=True)
    assert got.labels == (Label({"x": "1"}, True, False, (spec,), at(5)),)
    assert got.images == (Image("a", "b", "s", "1", "d", at(10)),)
    assert got.replicas == (Replica("a", 3, at(12)),)
    selector = Selector(kind="A.*", label_selector="a=b", origin=at(15))
    assert got.patches == (Patch("p.yaml", "", selector, PatchOptions(True), at(14)),)
    options = GeneratorOptions({"l": "m"}, None, True)
    generator = Generator(name="c", files=("a=b",), envs=("e.env",), options=options, origin=at(18))
    assert got.config_map_generator == (generator,)
    assert got.sort_options == SortOptions("fifo", None, at(22))
    assert got.build_metadata == ("originAnnotations",)


def test_every_place_knows_its_line():
    got = read("resources:\n- a\n- b\nimages:\n- name: x\n  newTag: z\n")
    assert got.origin_of("resources", 1) == at(3)
    assert got.origin_of("images", 0, "newTag") == at(6)
    assert got.origin_of("images", 0, "digest") == at(5)
    assert got.origin_of("namespace") == at(1)


def test_fields_match_whatever_their_case():
    assert read("NAMEPREFIX: p-\nimages: [{NewTag: '1'}]\n").images[0].new_tag == "1"


def test_null_is_the_zero_value():
    got = read("namePrefix: ~\nresources:\nlabels: [{pairs: {a: ~}}]\nnamespace: x\nimages: [~]\n")
    assert (got.name_prefix, got.resources, got.labels[0].pairs) == ("", (), {"a": ""})
    assert got.images == (Image(origin=at(5)),)


def test_deprecated_fields_stand_at_the_end_of_those_that_took_their_place():
    got = read("bases: [b]\nresources: [a]\nimageTags: [{name: z}]\nimages: [{name: x}]\n")
    assert got.resources == ("a", "b")
    assert [image.name for image in got.images] == ["x", "z"]
    assert got.origin_of("resources", 1) == at(1)
    assert got.origin_of("images", 1, "name") == at(3)


def test_kind_and_version_have_defaults():
    assert read("resources: []").kind == "Kustomization"
    assert read("kind: Component\nresources: []").api_version == "kustomize.config.k8s.io/v1alpha1"


@pytest.mark.parametrize(
    ("field", "warning"),
    [
        ("bases: [x]", "# Warning: 'bases' is deprecated. Please use 'resources' instead. Run"),
        ("commonLabels: {a: b}", "# Warning: 'commonLabels' is deprecated. Please use 'labels' instead. Run"),
        ("vars: []", "# Warning: 'vars' is deprecated. Please use 'replacements' instead. [EXPERIMENTAL] Run"),
        (
            "patchesStrategicMerge: []",
            "# Warning: 'patchesStrategicMerge' is deprecated. Please use 'patches' instead.",
        ),
        ("patchesJson6902: []", "# Warning: 'patchesJson6902' is deprecated. Please use 'patches' instead."),
    ],
)
def test_deprecated_fields_are_warned_of_in_kustomize_s_words(field, warning):
    (got,) = warnings(f"{field}\nnamespace: x\n")
    assert got.startswith(warning)


def test_a_repeated_key_and_a_second_document_are_warned_of():
    twice = "# Warning: base/kustomization.yaml:2: 'namespace' is given twice; the last one counts"
    assert warnings("namespace: x\nnamespace: y\n") == (twice,)
    unread = "# Warning: base/kustomization.yaml:3: a second document is not read"
    assert warnings("namespace: x\n---\nnamespace: y\n") == (unread,)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("resorces: [a]\n", f"{PATH}:1: unknown field 'resorces' | did you mean 'resources'?"),
        ("namespace: x\nimages:\n- name: a\n  newtagg: b\n", f"{PATH}:4: unknown field 'newtagg' in images[0] |"),
        ("namePrefix: yes\n", f'{PATH}:1: namePrefix must be text, not a boolean yes | put it in quotes: "yes"'),
        ("namespace: 123\n", f'{PATH}:1: namespace must be text, not a number 123 | put it in quotes: "123"'),
        ("images: [{newTag: 1.10}]\n", f"{PATH}:1: images[0].newTag must be text, not a number 1.10 |"),
        ("labels: [{pairs: {x: y}}]\n", f"{PATH}:1: labels[0].pairs.x must be text, not a boolean y |"),
        ("commonLabels: {a: 1e3}\n", f"{PATH}:1: commonLabels.a must be text, not a number 1e3 |"),
        ("resources: a\n", f"{PATH}:1: resources must be a list, not text | begin each entry with '- '"),
        ("resources:\n- {a: b}\n", f"{PATH}:2: resources[0] must be text, not a mapping"),
        ("replicas: [{name: a, count: '3'}]\n", f"{PATH}:1: replicas[0].count must be a number, not text"),
        ("replicas: [{name: a, count: 1.5}]\n", f"{PATH}:1: replicas[0].count must be a number, not a number 1.5"),
        ("generatorOptions: {immutable: 'x'}\n", f"{PATH}:1: generatorOptions.immutable must be a boolean, not text"),
        ("metadata: []\n", f"{PATH}:1: metadata must be a mapping, not a list"),
        ("- a\n", f"{PATH}:1: the file must be a mapping, not a list"),
        ("kind: Kustomisation\nnamespace: x\n", f"{PATH}:1: unknown kind 'Kustomisation' | use Kustomization or Comp"),
        ("apiVersion: v1\nnamespace: x\n", f"{PATH}:1: the apiVersion of a Kustomization is not 'v1' | use kustomize"),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\n", f"{PATH}:1: the kustomization is empty |"),
        ("namePrefix: ''\nbases: []\n", f"{PATH}:1: the kustomization is empty |"),
        ("openapi: {pth: x}\n", f"{PATH}:1: unknown field 'pth' in openapi | did you mean 'path'?"),
        ("configMapGenerator: [{name: a, type: b}]\n", f"{PATH}:1: unknown field 'type' in configMapGenerator[0] |"),
        ("helmCharts: [{nam: a}]\n", f"{PATH}:1: unknown field 'nam' in helmCharts[0] | did you mean 'name'?"),
        (
            "helmChartInflationGenerator: [{chartNam: a}]\n",
            f"{PATH}:1: unknown field 'chartNam' in helmChartInflationGenerator[0] | did you mean 'chartName'?",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text, mistake):
    (got,) = mistakes(text)
    assert got.startswith(mistake)


def test_all_mistakes_of_a_file_are_found():
    got = mistakes("namePrefx: a\nnamespace: 5\nimages: {}\nresources: [1]\n")
    assert [one.split(": ")[0] for one in got] == [f"{PATH}:{line}" for line in (3, 1, 2, 4)]


def test_an_empty_list_is_not_empty():
    assert mistakes("resources: []\n") == []
    assert mistakes("commonLabels: {}\n") == []


def test_a_behavior_that_is_none_is_warned_of():
    errors = []
    text = b"configMapGenerator:\n- name: a\n- name: b\n  behavior: append\n- name: c\n  behavior: merge\n"
    found = read_kustomization(text, "k.yaml", errors)
    assert not errors
    (warning,) = found.warnings
    assert warning == "# Warning: k.yaml:3: behavior 'append' is none of create, merge, replace; it means create"
