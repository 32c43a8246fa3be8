"""Manifests as text."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kfinstall.errors import InputError
from kfinstall.manifest import dump_documents, dump_manifest, dump_resources, parse_documents
from kfinstall.manifest.emit import float_text
from kfinstall.manifest.print_json import dump_json, dump_json_list
from kfinstall.manifest.scalar import unquoted
from kfinstall.resource import Origin, Resource

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer())
    | st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029\ufffe\uffff"))
    | st.sampled_from(["yes", "8080", "a: b", "a\nb\n", " a", "1e3", "2001-01-01", "x " * 60])
)
# kustomize prints the key `<<` plain, and it reads back as a merge.
KEYS = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=8).filter("<<".__ne__)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_what_is_printed_reads_back_the_same(manifest):
    text = dump_manifest({"a": manifest})
    (document,) = parse_documents(text, "a.yaml")
    assert document.manifest == {"a": manifest}
    assert dump_manifest(document.manifest) == text


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.dictionaries(KEYS, SCALARS, min_size=2), st.randoms(use_true_random=False))
def test_the_order_keys_came_in_does_not_matter(manifest, random):
    keys = [key for key in manifest if not any(char.isdigit() for char in key)]
    shuffled = random.sample(keys, len(keys))
    assert dump_manifest({key: manifest[key] for key in keys}) == dump_manifest(
        {key: manifest[key] for key in shuffled}
    )


def test_lists_stand_below_their_key_without_indent():
    text = "a:\n- b: 1\n  c:\n  - 2\n- - 3\n  - - 4\n- {}\n- []\nd: {}\n"
    assert dump_manifest({"d": {}, "a": [{"c": [2], "b": 1}, [3, [4]], {}, []]}) == text


def test_documents_are_separated_by_a_line_between_them_only():
    assert dump_documents([{"a": 1}, {"b": 2}]) == "a: 1\n---\nb: 2\n"
    assert dump_documents([]) == ""


def test_a_key_of_more_than_128_bytes_is_written_with_a_question_mark():
    key = "k" * 129
    assert dump_manifest({key: "x"}) == f"? {key}\n: x\n"
    assert dump_manifest({key: {"a": {"b": 1}}}) == f"? {key}\n: a:\n    b: 1\n"
    assert dump_manifest({key: ["a", "b"]}) == f"? {key}\n: - a\n  - b\n"
    assert dump_manifest({"é" * 64: "x"}) == f"{'é' * 64}: x\n"


def test_a_key_of_several_lines_is_a_block_behind_a_question_mark():
    assert dump_manifest({"a\nb": {"c": 1}}) == "? |-\n  a\n  b\n: c: 1\n"
    assert dump_manifest({"a \nb": "c"}) == '? "a \\nb"\n: c\n'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.1, "1.1"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (123456.5, "123456.5"),
        (1234567.5, "1.2345675e+06"),
        (-1e21, "-1e+21"),
        (5e-324, "5e-324"),
        (1e6, "1000000"),
        (5.718807590790037e16, "57188075907900370"),
        (1.5e300, "1.5e+300"),
        (100.0, "100"),
        (0.0, "0"),
    ],
)
def test_floats_have_the_shortest_digits_in_go_s_format(value, text):
    assert float_text(value) == text


def test_a_value_that_yaml_cannot_hold_is_refused_where_its_resource_was_written():
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"b": "\x7f"}}
    with pytest.raises(InputError, match=r"base/a.yaml:7: ConfigMap a: .*control character"):
        dump_resources([Resource(manifest, Origin("base/a.yaml", 7))])


def test_infinity_is_refused():
    with pytest.raises(InputError, match="infinite"):
        dump_manifest({"a": float("inf")})


THREE = [
    Resource({"kind": "A", "metadata": {"name": name}}, Origin("a.yaml", line)) for line, name in enumerate("xyz", 1)
]


@pytest.mark.parametrize(("dump", "most"), [(dump_resources, 60), (dump_json_list, 130)])
def test_what_is_printed_is_bounded(dump, most):
    with pytest.raises(InputError, match="what is printed has more than 0 MiB: A z is one too many") as caught:
        dump(THREE, most=most)
    assert caught.value.origin == Origin("a.yaml", 3)
    assert dump(THREE, most=most + 60) == dump(THREE)


def test_a_json_list_is_laid_out_as_one():
    value = {"apiVersion": "v1", "kind": "List", "items": [one.manifest for one in THREE]}
    assert dump_json_list(THREE) == json.dumps(value, indent=2) + "\n"
    assert dump_json_list([]) == json.dumps({**value, "items": []}, indent=2) + "\n"


def test_json_has_the_values_of_yaml():
    (document,) = parse_documents("a: .5\nb: [1e3, yes, 0x10, 2001-01-01]\n", "a.yaml")
    manifest = {**document.manifest, "c": unquoted(5), "d": {"e": unquoted(True)}}
    assert json.loads(dump_json(manifest)) == yaml.safe_load(dump_manifest(manifest))
    assert '"c": 5' in dump_json(manifest)


def test_json_cannot_hold_infinity():
    with pytest.raises(InputError, match=r"A x: a number is infinite") as caught:
        dump_json_list([Resource({"kind": "A", "metadata": {"name": "x"}, "a": [float("inf")]}, Origin("a.yaml", 4))])
    assert caught.value.origin == Origin("a.yaml", 4)
