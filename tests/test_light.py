"""What stands in for parts of the standard library does what they do."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from kfinstall.light import NamedTuple, lazy_pattern, remembered


class Ours(NamedTuple):
    """A class."""

    name: str
    size: int = 3

    def doubled(self) -> int:
        return self.size * 2


class Theirs(typing.NamedTuple):
    """A class."""

    name: str
    size: int = 3

    def doubled(self) -> int:
        return self.size * 2


@pytest.mark.parametrize(
    "look",
    [
        lambda cls: cls("a"),
        lambda cls: cls("a", size=4),
        lambda cls: cls(size=5, name="b"),
        lambda cls: cls("a").doubled(),
        lambda cls: cls("a")._replace(size=9),
        lambda cls: cls("a")._asdict(),
        lambda cls: cls._make(["x", 1]),
        lambda cls: (cls._fields, cls._field_defaults, cls.__match_args__, cls.__doc__, cls.__slots__),
        lambda cls: (hash(cls("a")), cls("a") < cls("b"), cls("a") == ("a", 3)),
        lambda cls: copy.deepcopy(cls("a")),
        lambda cls: repr(cls("a")).replace("Theirs", "Ours"),
    ],
)
def test_a_light_named_tuple_is_as_that_of_typing(look):
    assert look(Ours) == look(Theirs)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda cls: cls(),
        lambda cls: cls("a", 1, 2),
        lambda cls: cls("a", wrong=1),
        lambda cls: cls("a", name="b"),
        lambda cls: setattr(cls("a"), "other", 1),
        lambda cls: setattr(cls("a"), "name", 1),
        lambda cls: cls("a")._replace(wrong=1),
    ],
)
def test_it_refuses_what_that_of_typing_refuses(misuse):
    with pytest.raises((TypeError, AttributeError, ValueError)) as theirs:
        misuse(Theirs)
    with pytest.raises((TypeError, AttributeError, ValueError)) as ours:
        misuse(Ours)
    assert ours.type in (theirs.type, TypeError)


def test_it_can_be_pickled():
    assert pickle.loads(pickle.dumps(Ours("a"))) == Ours("a")


def test_a_pattern_is_compiled_when_it_is_used_first():
    word = lazy_pattern(r"(?i)[a-z]+")
    assert [word.match("Ab1")[0], word.fullmatch("a1"), word.sub("-", "ab1c")] == ["Ab", None, "-1-"]


def test_results_are_remembered_up_to_a_number():
    asked = []

    @remembered(2)
    def double(number):
        asked.append(number)
        return number * 2

    assert [double(n) for n in (1, 1, 2, 2, 3, 1)] == [2, 2, 4, 4, 6, 2]
    assert asked == [1, 2, 3, 1]
