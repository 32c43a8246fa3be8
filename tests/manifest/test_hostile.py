"""Whatever the bytes: values, or an InputError with a line; never another exception."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfinstall.errors import InputError
from kfinstall.manifest import dump_resources, parse_documents, parse_node, parse_resources

YAML = "a¦b: ¦- ¦\n¦\n  ¦\n---\n¦{¦}¦[¦]¦, ¦: ¦&x ¦*x¦<<: ¦'¦\"¦|\n¦>-\n¦!!int ¦!!binary ¦! ¦? ¦# c¦%YAML 1.1\n¦...\n"
ODD = "\t¦\r\n¦\ufeff¦\x85¦\u2028¦\\x41¦1e999¦0x¦2001-01-01¦null¦😀¦\ud800¦\x00"
RESOURCES = "kind: A\nmetadata: {name: x}\n¦kind: List\nitems:\n"
TOKENS = st.sampled_from("¦".join([YAML, ODD, RESOURCES]).split("¦"))


def survives(read, text):
    try:
        return read(text, "a.yaml")
    except InputError as error:
        assert error.origin is not None
        assert 1 <= error.origin.line <= len(text.splitlines()) + 1
        return None


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.lists(TOKENS, max_size=25).map("".join))
def test_scrambled_yaml_is_read_or_refused(text):
    survives(parse_documents, text)
    survives(parse_node, text)
    resources = survives(parse_resources, text)
    if resources:
        try:
            printed = dump_resources(resources)
        except InputError as error:
            assert error.origin is not None
        else:
            assert dump_resources(parse_resources(printed, "a.yaml")) == printed


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(content):
    survives(parse_documents, content)
    survives(parse_node, content)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "1" * 100_000,
        "a: " + "0" * 100_000,
        "a: 1." + "0" * 100_000,
        "a: '" + " " * 100_000 + "\x85'",
        "a: 0x" + "f" * 9999,
    ],
    ids=["digits", "zeros", "fraction", "spaces", "hex"],
)
def test_long_scalars_are_read_in_time(text):
    (document,) = parse_documents(text, "a.yaml")
    assert document.manifest


def test_a_long_run_of_spaces_before_a_next_line_is_printed_in_time():
    (resource,) = parse_resources(f'kind: A\nmetadata: {{name: x}}\na: "b{" " * 100_000}\\x85c"\n', "a.yaml")
    assert dump_resources([resource]).startswith("a: b c\n")
