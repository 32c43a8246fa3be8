"""The text of a patch -> what it is."""

import pytest

from kfinstall.build.patchtext import read_operations, read_patch
from kfinstall.errors import InputError
from kfinstall.resource import Origin

HERE = Origin("k.yaml", 4)
MERGE = "kind: A\nmetadata: {name: a}\n"


def test_a_resource_is_a_merge_patch_and_several_are_several():
    patch = read_patch(f"{MERGE}---\n{MERGE}", HERE)
    assert [one.origin.line for one in patch.resources] == [4, 7]
    assert patch.operations is None


@pytest.mark.parametrize(
    "text", ['[{"op": "remove", "path": "/a"}]', "- op: remove\n  path: /a\n", "# c\n---\n- {op: remove, path: /a}\n"]
)
def test_a_list_is_operations(text):
    patch = read_patch(text, HERE)
    assert patch.operations == ({"op": "remove", "path": "/a"},)
    assert patch.resources is None


@pytest.mark.parametrize("text", ["", "# c\n", "[]", "{}"])
def test_a_text_without_content_is_no_patch(text):
    assert read_patch(text, HERE).resources == ()


def test_of_operations_in_yaml_the_first_document_counts():
    assert len(read_operations("- {op: remove, path: /a}\n---\n- {op: remove, path: /b}\n", HERE).operations) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: A\n", "k.yaml:4: the A has no 'metadata.name'"),
        ("hello", "k.yaml:4: a resource must be a mapping of fields"),
        ('[\n{"op": "add",}]', "k.yaml:5: not JSON: "),
        ("a: [\n", "k.yaml:4: not YAML: did not find expected node content"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, message):
    with pytest.raises(InputError) as caught:
        read_patch(text, HERE)
    assert str(caught.value).startswith(message)


def test_operations_must_be_a_list():
    with pytest.raises(InputError, match=r"k\.yaml:4: a JSON 6902 patch must be a list"):
        read_operations("op: remove\n", HERE)
