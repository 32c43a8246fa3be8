"""YAML text -> nodes with lines, in the dialect of kustomization files."""

import pytest

from kfinstall.errors import InputError
from kfinstall.manifest import locate_document, locate_field, parse_node, parse_plain
from kfinstall.resource import Origin


def test_every_value_knows_its_line_and_its_key_s():
    node = parse_node("# c\na:\n  b:\n  - 1\n  - c: |\n      x\n", "k.yaml").node
    assert (node.line, node.value["a"].key_line, node.value["a"].line) == (2, 2, 3)
    first, second = node.value["a"].value["b"].value
    assert (first.line, second.line) == (4, 5)
    text = second.value["c"]
    assert (text.value, text.line, text.content_line, text.style) == ("x\n", 5, 6, "|")


def test_a_scalar_keeps_its_text():
    node = parse_node("a: 1.10\nb: yes\n", "k.yaml").node
    assert [(child.value, child.text) for child in node.value.values()] == [(1.1, "1.10"), (True, "yes")]


def test_of_a_repeated_key_the_last_counts_and_is_told():
    document = parse_node("a: 1\nb: 2\na: 3\n", "k.yaml")
    assert document.node.value["a"].value == 3
    assert document.repeated == (("a", Origin("k.yaml", 3)),)


def test_a_second_document_is_told():
    assert parse_node("a: 1\n---\nb: 2\n", "k.yaml").unread == Origin("k.yaml", 3)
    assert parse_node("a: 1\n---\n", "k.yaml").unread is None


def test_keys_become_text_as_in_json():
    assert parse_plain("{1: a, true: b, 1.5: c, 2001-01-01: d, yes: e}", "k.yaml") == {
        "1": "a",
        "true": "e",
        "1.5": "c",
        "2001-01-01": "d",
    }


def test_a_merge_key_wins_over_what_stands_before_it_as_in_go_yaml_v2():
    text = "x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz:\n  a: 0\n  <<: [*x, *y]\n  b: 3\n"
    assert parse_plain(text, "k.yaml")["z"] == {"a": 1, "b": 3}


def test_an_empty_file_is_nothing():
    assert parse_plain("", "k.yaml") is None
    assert parse_plain("# c\n", "k.yaml") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n~: 2\n", "k.yaml:2: a key is no text"),
        ("a: 1\n? [b]\n: 2\n", "k.yaml:2: a key is no text"),
        ("a: *x\n", "k.yaml:1: unknown anchor"),
        ("a: &x [*x]\n", "k.yaml:1: anchor 'x' contains itself"),
        ("a: !!int b\n", "k.yaml:1: 'b' cannot be read as !!int"),
        ("a:\n  <<: 5\n", "k.yaml:2: the key '<<' takes a mapping or a list of mappings"),
        ("[" * 300, "k.yaml:1: nested deeper than 200"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, message):
    with pytest.raises(InputError) as caught:
        parse_node(text, "k.yaml")
    assert str(caught.value).split("\n")[0] == message


def test_aliases_that_stand_for_too_much_are_refused():
    levels = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30))
    with pytest.raises(InputError, match="aliases stand for more than"):
        parse_node(f"a0: &a0 [x]\n{levels}\n", "k.yaml")


def test_a_field_of_a_document_is_located_on_demand():
    text = "a: 1\n---\n# c\nkind: A\nspec:\n  list:\n  - b: 1\n  - b: 2\n---\nkind: B\n"
    node = locate_document(text, "a.yaml", 4)
    assert locate_field(node, "spec", "list", 1, "b").key_line == 8
    assert locate_field(node, "spec", "list", 7, "b").key_line == 6
    assert locate_field(node, "spec", "none").key_line == 5
