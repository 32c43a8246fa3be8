"""Strings as YAML: quotes, blocks, folding."""

import pytest

from kfinstall.errors import InputError
from kfinstall.manifest import dump_manifest

WORDS = ("word " * 30).strip()


def printed(value):
    """What stands behind `a:`, with the lines that follow."""
    return dump_manifest({"a": value}).removeprefix("a: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("text", "yaml"),
    [
        ("", '""'),
        ("yes", '"yes"'),
        ("8080", '"8080"'),
        ("1:30", '"1:30"'),
        ("2001-01-01", '"2001-01-01"'),
        ("9e999", "9e999"),
        ("0x10000000000000000", "0x10000000000000000"),
        ("<<", "<<"),
        ("=", "="),
        ("a b", "a b"),
        (" a", "' a'"),
        ("a ", "'a '"),
        ("a: b", "'a: b'"),
        ("a:b", "a:b"),
        ("a:", "'a:'"),
        ("a #b", "'a #b'"),
        ("a#b", "a#b"),
        ("- a", "'- a'"),
        ("-a", "-a"),
        ("-", "'-'"),
        ("---", "'---'"),
        ("...", "'...'"),
        ("?a", "?a"),
        ("? a", "'? a'"),
        ("it's", "it's"),
        ("'it", "'''it'"),
        ("*a", "'*a'"),
        ("@a", "'@a'"),
        ("%a", "'%a'"),
        ("a\tb", '"a\\tb"'),
        ('a"b', 'a"b'),
        ('"a', "'\"a'"),
        ("é", "é"),
        ("a\u00a0b", "a\u00a0b"),
        ("😀", '"\\U0001F600"'),
        ('a\x00\x07\x1b\\"', '"a\\0\\a\\e\\\\\\""'),
        ("a\ufeffb", '"a\\uFEFFb"'),
        ("\ufeffab", '"\\uFEFF\\x61\\x62"'),
        ("a\x85b", "a b"),
        ("a\u2028b", "'a\u2028  b'"),
        ("a\u2028 b", '"a\\L b"'),
    ],
)
def test_a_line_of_text_is_quoted_as_it_needs(text, yaml):
    assert printed(text) == yaml


@pytest.mark.parametrize(
    ("text", "yaml"),
    [
        ("a\nb", "|-\n  a\n  b"),
        ("a\nb\n", "|\n  a\n  b"),
        ("a\nb\n\n", "|+\n  a\n  b\n"),
        ("\n", "|2+\n"),
        ("\na", "|2-\n\n  a"),
        (" a\nb", "|2-\n   a\n  b"),
        ("a\n\n b\n", "|\n  a\n\n   b"),
        ("a \nb", '"a \\nb"'),
        ("a\nb ", '"a\\nb "'),
        ("a\tb\n", '"a\\tb\\n"'),
        (f"a\n{WORDS}\n", f"|\n  a\n  {WORDS}"),
    ],
)
def test_lines_of_text_are_a_block_where_they_can_be(text, yaml):
    assert printed(text) == yaml


def test_text_is_broken_at_the_first_space_behind_column_80():
    first, second = printed(WORDS).split("\n")
    assert first == "word " * 15 + "word" and second.startswith("  word")


def test_text_without_a_space_behind_column_80_is_not_broken():
    assert "\n" not in printed("a " + "b" * 200)


def test_two_spaces_are_no_place_to_break_at():
    assert "\n" not in printed("x" * 90 + "  y")


def test_quoted_text_is_broken_too():
    assert printed(": " + WORDS).count("\n") == 1
    assert printed("\t " + WORDS).count("\n") == 1


def test_a_break_before_a_space_in_double_quotes_escapes_it():
    assert printed("\t" + "x" * 90 + " y  z").endswith('\n  y  z"')
    assert printed("\t" + "x" * 90 + "  z").endswith('\n  \\ z"')


def test_keys_are_never_broken():
    assert dump_manifest({WORDS[:119]: "x"}) == f"{WORDS[:119]}: x\n"


@pytest.mark.parametrize(("key", "yaml"), [("y", '"y"'), ("8080", '"8080"'), ("a b", "a b")])
def test_keys_are_quoted_like_text(key, yaml):
    assert dump_manifest({key: "x"}) == f"{yaml}: x\n"


@pytest.mark.parametrize("text", ["\x7f", "a\x80b", "\ufffe"])
def test_a_control_character_that_yaml_cannot_hold_is_refused(text):
    with pytest.raises(InputError, match="control character"):
        printed(text)
