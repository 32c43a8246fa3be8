"""Regular expressions mean what they mean in Go, and end in time whatever they are matched against."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.build.patterns import compile_pattern
from kfinstall.build.patterns.automaton import MAX_WORK
from kfinstall.errors import InputError
from kfinstall.resource import Origin

HERE = Origin("x", 1)

FOUND = [
    ("b", "abc"),
    ("^a.c$", "abc"),
    ("a|^$", ""),
    ("(?i)straße", "STRAßE"),
    ("(?i:k)k", "\u212ak"),
    ("a(?i)b(?-i)c", "aBc"),
    ("(?s)a.b", "a\nb"),
    ("(?m)^b$", "a\nb\nc"),
    (r"\bb\b", "a b-c"),
    (r"\Bb", "ab"),
    (r"a\z", "ba"),
    (r"\Qa.b*\E+$", "a.b**"),
    (r"[\d_]{2,3}$", "a1_2"),
    ("[]a]{2}", "]a"),
    ("[^]a]", "b"),
    ("[a-]", "-"),
    ("[[:alpha:]][[:^alpha:]]", "a1"),
    (r"\p{Lu}\PL", "É1"),
    (r"\x41\x{42}\103\t", "ABC\t"),
    ("(?P<name>a)(?<other>b)", "ab"),
    ("x{,2}", "x{,2}"),
    ("a{0}b", "b"),
    (r"\_\-", "_-"),
]
NOT_FOUND = [
    ("a.b", "a\nb"),
    ("b$", "ab\n"),
    ("^b", "a\nb"),
    ("(?m)^b$", "ab"),
    ("[[:digit:]]", "\u0661"),
    (r"\w", "é"),
    (r"\s", "\u00a0\v"),
    ("a(?i)b(?-i)c", "aBC"),
    ("[^a]", "a"),
]
REFUSED = [
    "(a",
    "a)",
    "[a",
    "*",
    "a|*",
    "(+)",
    "a**",
    "a+?+",
    "a{2}{3}",
    "a{1001}",
    "(a{100}){11}",
    "a{3,2}",
    r"\1",
    r"\Z",
    r"\q",
    "\\",
    "(?=a)",
    "(?<!a)",
    "(?P=a)",
    "(?P<a b>c)",
    "(?x)a",
    "(?i-)a",
    "[b-a]",
    r"[a-\d]",
    "[[:no:]]",
    r"\p{No such}",
    r"\x{110000}",
    r"\x4",
    "(" * 101 + ")" * 101,
    ".a" * 5_001,
    "((a{10}){10}){10}" * 30,
]
SLOW = [
    "(a*)*b",
    "(a|a)*b",
    "(a+a+)+b",
    "(.*a){100}b",
    "a*a*a*a*a*a*a*a*b",
    "(a|aa|aaa)*b",
    "(a?){1000}b",
    "(?i)(a|A)*b",
    r"(\pL*)*b",
    "(" * 90 + "a" + ")*" * 90 + "b",
    "|".join("a" * length for length in range(100, 1, -1)) + "b",
]
"""Each takes a matcher that goes back and tries again longer than anybody waits."""


@pytest.mark.parametrize(("pattern", "text"), FOUND)
def test_what_go_finds_is_found(pattern: str, text: str) -> None:
    assert compile_pattern(pattern, HERE).search(text)


@pytest.mark.parametrize(("pattern", "text"), NOT_FOUND)
def test_what_go_does_not_find_is_not(pattern: str, text: str) -> None:
    assert not compile_pattern(pattern, HERE).search(text)


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_go_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(InputError) as caught:
        compile_pattern(pattern, HERE)
    assert caught.value.origin == HERE
    assert "https://golang.org/s/re2syntax" in caught.value.hint


def test_a_whole_pattern_is_all_of_the_text() -> None:
    pattern = compile_pattern("a|bc", HERE, is_whole=True)
    assert [pattern.search(text) for text in ("a", "bc", "ac", "abc", "")] == [True, True, False, False, False]
    literal = compile_pattern("a-b", HERE, is_whole=True)
    assert [literal.search(text) for text in ("a-b", "xa-b")] == [True, False]


@pytest.mark.parametrize("pattern", SLOW)
def test_no_pattern_is_slow(pattern: str) -> None:
    """That it ends is what is shown."""
    assert not compile_pattern(pattern, HERE, is_whole=True).search("a" * 20_000)
    assert not compile_pattern(pattern, HERE).search("ac" * 10_000)


def test_work_without_bound_is_an_error() -> None:
    pattern = "(?:a|b)*a" + "(?:a|b)" * 1200 + "c"
    text = bin(3**20_000)[2:].replace("0", "a").replace("1", "b")
    assert len(text) * 1200 > MAX_WORK
    with pytest.raises(InputError, match="takes too long on"):
        compile_pattern(pattern, HERE).search(text)


@given(st.text("ab.*[]()|^$\\d+?{}2-,i:P<>=!Qpz", max_size=12), st.text("ab2-\n", max_size=6))
def test_a_pattern_is_read_or_refused_with_a_hint(pattern: str, text: str) -> None:
    try:
        compile_pattern(pattern, HERE).search(text)
    except InputError as error:
        assert error.origin == HERE
        assert error.hint
