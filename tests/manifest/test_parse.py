"""YAML text -> values, in the dialect of resources."""

import pytest

from kfinstall.errors import InputError
from kfinstall.manifest import BareKey, parse_documents
from kfinstall.manifest.anchors import MAX_EXPANDED
from kfinstall.manifest.events import MAX_DEPTH


def parse(text, **options):
    return [document.manifest for document in parse_documents(text, "a.yaml", **options)]


def refusal(text):
    with pytest.raises(InputError) as caught:
        parse(text)
    return str(caught.value).split("\n")[0]


def test_documents_are_cut_at_lines_that_start_with_three_dashes():
    documents = parse_documents("# c\na: 1\n---\n\n--- # c\nb: 2\n---\n", "a.yaml")
    assert [(document.manifest, document.line) for document in documents] == [({"a": 1}, 2), ({"b": 2}, 6)]


def test_three_dashes_inside_a_block_of_text_do_not_cut_when_they_are_indented():
    assert parse("a: |\n  x\n  ---\n  y\n") == [{"a": "x\n---\ny\n"}]


@pytest.mark.parametrize("text", ["", "\n", "# c\n", "---\n", "---\n---\n", "null\n", "~"])
def test_a_file_without_content_has_no_documents(text):
    assert parse(text) == []


def test_lines_count_from_where_the_text_starts_in_its_file():
    assert parse_documents("\na: 1\n---\nb: 2\n", "a.yaml", 10)[1].line == 13


def test_windows_line_ends_and_a_byte_order_mark_are_read():
    assert parse("\ufeffa: |\r\n  x\r\n  y\r\n---\r\nb: 1\r\n") == [{"a": "x\ny\n"}, {"b": 1}]
    assert parse("a: 1\n---\n\ufeffb: 2\n") == [{"a": 1}, {"b": 2}]


def test_json_is_read():
    assert parse('{"a": [1, 2.5, null, "y"], "b": {"c":true}}') == [{"a": [1, 2.5, None, "y"], "b": {"c": True}}]
    assert parse('{\n\t"a": 1\n}\n') == [{"a": 1}]


def test_aliases_are_expanded():
    assert parse("a: &x {b: [1]}\nc: *x\nd: &y 5\ne: *y\n") == [{"a": {"b": [1]}, "c": {"b": [1]}, "d": 5, "e": 5}]


def test_an_anchor_may_be_given_twice():
    assert parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n") == [{"a": 1, "b": 1, "c": 2, "d": 2}]


def test_anchors_end_with_their_document():
    assert refusal("a: &x 1\n---\nb: *x\n") == "a.yaml:3: unknown anchor"


def test_merge_keys_fill_in_what_is_not_there():
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 0\nd: {<<: {e: 1}}\n"
    assert parse(text)[0]["c"] == {"x": 0, "y": 1, "z": 2}
    assert parse(text)[0]["d"] == {"e": 1}


def test_a_value_left_empty_between_braces_is_text_and_elsewhere_null():
    assert parse("a: {b: , c}\nd:\ne: [f, ~]\n") == [{"a": {"b": "", "c": ""}, "d": None, "e": ["f", None]}]


def test_fields_left_empty_are_told_from_those_that_are_null():
    (document,) = parse_documents("a:\nb: null\nc:\n- d:\n-\n", "a.yaml")
    assert document.empty_nulls == (("a",), ("c", 0, "d"), ("c", 1))
    assert document.manifest == {"a": None, "b": None, "c": [{"d": None}, None]}


def test_tags_are_honoured_as_far_as_json_goes():
    text = "a: !!str 5\nb: !!int '3'\nc: !!float 2\nd: !!binary aGk=\ne: !foo 5\nf: ! 5\ng: !!timestamp 2001-01-01\n"
    assert parse(text) == [{"a": "5", "b": 3, "c": 2, "d": "hi", "e": "5", "f": 5, "g": "2001-01-01T00:00:00Z"}]


def test_folded_text_comes_out_as_kustomize_prints_and_reads_it():
    assert parse("a: >\n  x\n  y\n\n  z\n") == [{"a": "x y\nz\n"}]
    assert parse("a: >-\n  x\n   y\n  z\n") == [{"a": "x\n\n y\nz"}]


def test_keys_that_are_no_text_are_text_at_the_top_of_a_document():
    assert parse("1: x\ntrue: y\n") == [{"1": "x", "true": "y"}]


def test_keys_that_are_no_text_are_marked_in_patches():
    (document,) = parse_documents("a: {6443: x, b: y}\n", "a.yaml", is_patch=True)
    assert document.manifest == {"a": {"6443": "x", "b": "y"}}
    assert document.has_bare_keys
    assert [type(key) for key in document.manifest["a"]] == [BareKey, str]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: {c: 1, c: 2}\n", "a.yaml:2: the key 'c' is already defined"),
        ("a: 1\n'a': 2\n", "a.yaml:2: the key 'a' is already defined"),
        ("a:\n  8080: x\n", "a.yaml:2: the key 8080 is not text"),
        ("a:\n- {true: x}\n", "a.yaml:2: the key true is not text"),
        ("a: {2001-01-01: x}\n", "a.yaml:1: the key 2001-01-01 is not text"),
        ("a: {? : x}\n", "a.yaml:1: the key null is not text"),
        ("a: {[b]: c}\n", "a.yaml:1: a key is a mapping or a list"),
        ("a: {{ .Values.x }}\n", "a.yaml:1: a key is a mapping or a list"),
        ("a:\n  '<<': {b: 1}\n", "a.yaml:2: the key '<<' in quotes is lost in kustomize"),
        ("a:\n  <<: x\n", "a.yaml:2: the key '<<' takes a mapping or a list of mappings"),
        ("a: &x {b: *x}\n", "a.yaml:1: anchor 'x' contains itself"),
        ("a: *x\n", "a.yaml:1: unknown anchor"),
        ("a: !!int x\n", "a.yaml:1: 'x' cannot be read as !!int"),
        ("a: !!binary '*'\n", "a.yaml:1: a !!binary value is not base64"),
        ("a: 1\n--- b: 2\nc: 3\n", "a.yaml:2: invalid document separator '--- b: 2'"),
        ("a:\n\t- b\n", "a.yaml:2: not YAML: found character that cannot start any token"),
        ("a: b: c\n", "a.yaml:1: not YAML: mapping values are not allowed in this context"),
        ("a: 1\nb: [\n", "a.yaml:2: not YAML: did not find expected node content"),
        ("a: 1\n---\nb: \x01\n", "a.yaml:3: not YAML: control characters are not allowed"),
        ("a: 1\n---\nb: 'x\n", "a.yaml:3: not YAML: found unexpected end of stream"),
        (b"a: 1\nb: \xff\n", "a.yaml:2: not UTF-8 text"),
        ("a: 1\nb: \ud800\n", "a.yaml:2: not UTF-8 text"),
        ("a: 1\r---\rb: 2\r", "a.yaml:3: a second document begins without a line '---'"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, message):
    assert refusal(text) == message


def test_a_hint_says_what_to_do_about_tabs():
    with pytest.raises(InputError) as caught:
        parse("a:\n\tb: 1\n")
    assert caught.value.hint == "indent with spaces, not with tabs"


def test_nesting_is_bounded():
    assert "nested deeper" in refusal("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def test_deeply_nested_blocks_are_bounded():
    assert "nested deeper" in refusal("\n".join("  " * i + "a:" for i in range(MAX_DEPTH + 5)))


def test_aliases_that_stand_for_too_much_are_refused():
    levels = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30))
    assert refusal(f"a0: &a0 [x]\n{levels}\n") == f"a.yaml:7: aliases stand for more than {MAX_EXPANDED} values"
