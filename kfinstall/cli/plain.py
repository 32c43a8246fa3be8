"""The front door: `kfinstall build DIR` with nothing but options of the table below needs no command line library.

click declares the command from the same table. What is not plainly well-formed, mistakes and `--help` included, is
click's: nothing is decided here but what it would decide the same.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

BUILD = "build"
FOLDER, HERE = "folder", "."
"""The parameter of the one argument, and its default."""


class Option(NamedTuple):
    """One option of `kfinstall build`: as it is typed, the parameter it sets, and what stands in the help.

    Without `choices` and `metavar` it is a flag.
    """

    spellings: tuple[str, ...]
    parameter: str
    help: str
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    default: str | None = None

    @property
    def is_flag(self) -> bool:
        """Does it stand alone?"""
        return not self.choices and self.metavar is None

    @property
    def absent(self) -> str | bool | None:
        """Give its value where it is not given."""
        return False if self.is_flag else self.default


RESTRICTORS = ("LoadRestrictionsRootOnly", "LoadRestrictionsNone")
BUILD_OPTIONS = (
    Option(("-o", "--output"), "target", "Write to a file, or to a folder that is there.", metavar="PATH"),
    Option(("--format",), "form", "YAML, or one JSON list.", ("yaml", "json"), default="yaml"),
    Option(
        ("--load-restrictor",),
        "load_restrictor",
        "May a kustomization name files outside its folder?",
        RESTRICTORS,
        default=RESTRICTORS[0],
    ),
    Option(("--reorder",), "reorder", "Order by kind, or as read; better: sortOptions.", ("legacy", "none")),
    Option(("--enable-managedby-label",), "managed_by", "Label all with app.kubernetes.io/managed-by."),
    Option(("--origin",), "origin", "Annotate all with the files and lines that shaped them."),
    Option(("--explain",), "explain", "Say which file and line gave this field its last value.", metavar="FIELDPATH"),
    Option(("--no-cache",), "no_cache", "Read every file anew, and keep nothing of it."),
)
BY_SPELLING: Mapping[str, Option] = {spelling: option for option in BUILD_OPTIONS for spelling in option.spellings}


def plain_build(words: Sequence[str]) -> dict[str, Any] | None:
    """Give the parameters of a plainly well-formed `build`; None for all that is click's.

    In: the words of the command line behind the program's name.
    """
    if not words or words[0] != BUILD:
        return None
    given: dict[str, Any] = {}
    left = list(reversed(words[1:]))
    while left:
        parameter, value = _next(left)
        if parameter in given or not value:
            return None
        given[parameter] = value
    return {FOLDER: HERE, **{option.parameter: option.absent for option in BUILD_OPTIONS}, **given}


def _next(left: list[str]) -> tuple[str, str | bool | None]:
    """Take an argument or an option from the end of the words; no value where it is not plain."""
    word = left.pop()
    spelling, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
    option = BY_SPELLING.get(spelling)
    if option is None:
        return FOLDER, None if word.startswith("-") else word
    if option.is_flag:
        return option.parameter, None if equals else True
    if not equals:
        value = left.pop() if left else ""
    is_plain = not value.startswith("-") and (not option.choices or value in option.choices)
    return option.parameter, value if is_plain else None
