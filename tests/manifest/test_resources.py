"""YAML text -> resources."""

import pytest

from kfinstall.errors import InputError
from kfinstall.manifest import dump_resources, parse_resources
from kfinstall.resource import NO_BOOKKEEPING, Origin, ResourceId


def printed(text):
    return dump_resources(parse_resources(text, "a.yaml"))


def test_a_resource_knows_where_its_first_key_stands():
    first, second = parse_resources("# c\nkind: A\nmetadata: {name: x}\n---\nkind: B\nmetadata: {name: y}\n", "a.yaml")
    assert (first.origin, second.origin) == (Origin("a.yaml", 2), Origin("a.yaml", 5))
    assert first.notes is NO_BOOKKEEPING


@pytest.mark.parametrize("text", ["", "{}", "[]", "---\n", "kind: List\nitems: []\n", "kind: List\nitems:\n- null\n"])
def test_what_holds_nothing_gives_no_resources(text):
    assert parse_resources(text, "a.yaml") == ()


def test_the_items_of_a_list_stand_at_the_end_each_with_its_line():
    text = "kind: FooList\nitems:\n- kind: A\n  metadata: {name: x}\n---\nkind: B\nmetadata: {name: b}\n"
    assert [(str(one.id), one.origin.line) for one in parse_resources(text, "a.yaml")] == [("B b", 6), ("A x", 3)]


def test_lists_in_lists_are_opened_last():
    inner = "- kind: BList\n  items: [{kind: C, metadata: {name: c}}]\n"
    text = f"kind: List\nitems:\n{inner}- kind: D\n  metadata: {{name: d}}\n"
    assert [one.gvk.kind for one in parse_resources(text, "a.yaml")] == ["D", "C"]


def test_a_list_without_items_is_a_resource_and_needs_no_name():
    assert printed("kind: FooList\n") == "kind: FooList\nmetadata: {}\n"


def test_numbers_in_annotations_stay_numbers_until_they_are_printed():
    text = "kind: A\nmetadata:\n  name: x\n  annotations: {a: 1.10, b: True, c: null, d: , f: text, g: ~}\n"
    annotations = parse_resources(text, "a.yaml")[0].manifest["metadata"]["annotations"]
    assert annotations == {"a": 1.1, "b": "True", "c": "null", "d": "", "f": "text", "g": "~"}


def test_annotations_of_a_later_document_are_found_in_the_source_too():
    text = "kind: A\nmetadata: {name: x}\n---\n\nkind: B\nmetadata:\n  name: y\n  annotations:\n    a: TRUE\n    b:\n"
    assert parse_resources(text, "a.yaml")[1].manifest["metadata"]["annotations"] == {"a": "TRUE", "b": ""}


@pytest.mark.parametrize("annotations", ["{}", "", "5", "{config.kubernetes.io/index: '1'}"])
def test_annotations_that_come_to_nothing_go(annotations):
    assert (
        printed(f"kind: A\nmetadata:\n  name: x\n  annotations: {annotations}\n") == "kind: A\nmetadata:\n  name: x\n"
    )


def test_null_in_a_patch_s_annotations_stays_for_it_deletes():
    text = "kind: A\nmetadata:\n  name: x\n  annotations: {a: null, b: 1.0}\n"
    (patch,) = parse_resources(text, "a.yaml", is_patch=True)
    assert patch.manifest["metadata"]["annotations"] == {"a": None, "b": 1.0}


def test_kustomize_s_own_annotations_become_fields():
    text = (
        "apiVersion: g/v1\nkind: A\nmetadata:\n  name: x\n  annotations:\n    kept: k\n"
        "    internal.config.kubernetes.io/previousNames: a,b\n"
        "    internal.config.kubernetes.io/previousKinds: K,L\n"
        "    internal.config.kubernetes.io/previousNamespaces: default,_non_namespaceable_\n"
        "    internal.config.kubernetes.io/prefixes: p-,q-\n"
        "    internal.config.kubernetes.io/needsHashSuffix: enabled\n"
    )
    (resource,) = parse_resources(text, "a.yaml")
    assert resource.manifest["metadata"] == {"name": "x", "annotations": {"kept": "k"}}
    assert resource.former_ids == (ResourceId("g", "K", "default", "a"), ResourceId("g", "L", "", "b"))
    assert resource.notes.prefixes == ("p-", "q-")
    assert resource.notes.needs_hash


def test_an_id_written_as_numbers_is_text_and_prints_as_written():
    (resource,) = parse_resources("apiVersion: v1\nkind: 5\nmetadata: {name: 007, namespace: true}\n", "a.yaml")
    assert resource.id == ResourceId("", "5", "true", "007")
    assert dump_resources([resource]) == "apiVersion: v1\nkind: 5\nmetadata:\n  name: 7\n  namespace: true\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: A\nmetadata: {name: x}\n---\nmetadata: {name: x}\n", "a.yaml:4: the resource has no 'kind'"),
        ("kind: A\n", "a.yaml:1: the A has no 'metadata.name'"),
        ("kind: A\nmetadata: {generateName: x-}\n", "a.yaml:1: the A has no 'metadata.name'"),
        ("kind: A\nmetadata: {name: [x]}\n", "a.yaml:1: the A has no 'metadata.name'"),
        ("kind: A\nmetadata: x\n", "a.yaml:1: the A has no 'metadata.name'"),
        ("- kind: A\n", "a.yaml:1: a resource must be a mapping of fields"),
        ("hello\n", "a.yaml:1: a resource must be a mapping of fields"),
        ("kind: List\nitems: {a: b}\n", "a.yaml:1: 'items' of the List must be a list"),
        ("kind: List\nitems:\n- kind: A\n", "a.yaml:3: the A has no 'metadata.name'"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, message):
    with pytest.raises(InputError) as caught:
        parse_resources(text, "a.yaml")
    assert str(caught.value).split("\n")[0] == message
    assert caught.value.hint or "items" in message


SCHEMA = '{"type":"array", "x-kubernetes-patch-strategy": "merge"}'


@pytest.mark.parametrize(
    "items", [f"items: # {SCHEMA}\n  - a", f"a: 1\n  # {SCHEMA}\n  items:\n  - a", f"items: [a] ## {SCHEMA}"]
)
def test_a_schema_in_a_comment_goes_with_the_key_of_its_field(items):
    text = f"kind: A\nmetadata: {{name: x}}\n---\nkind: B\nmetadata: {{name: y}}\nspec:\n  {items}\n"
    first, second = parse_resources(text, "a.yaml")
    assert first.notes is NO_BOOKKEEPING
    assert second.notes.has_schemas
    (key,) = (key for key in second.manifest["spec"] if key == "items")
    assert key.schema["x-kubernetes-patch-strategy"] == "merge"


def test_a_schema_goes_with_the_items_of_a_list():
    text = f"kind: List\nitems:\n- kind: A\n  metadata: {{name: x}}\n  list: # {SCHEMA}\n  - a\n"
    (resource,) = parse_resources(text, "a.yaml")
    assert resource.notes.has_schemas


@pytest.mark.parametrize("comment", ["# x-kubernetes-y", '# {"x-kubernetes-y": }', "# {}", '# {"type": 5}', "#{a"])
def test_other_comments_are_not(comment):
    (resource,) = parse_resources(f"kind: A\nmetadata: {{name: x}}\na: 1 {comment}\n", "a.yaml")
    assert resource.notes is NO_BOOKKEEPING
