"""A command line as `ks` took it -> ours: what people have in their fingers and scripts goes on working."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile

Words = Sequence[str]

UNSET = ("param", "unset")
OLD_COMMANDS: Mapping[tuple[str, str], Words] = {
    ("param", "delete"): UNSET,
    ("env", "rm"): ("env", "remove"),
    ("component", "rm"): ("component", "remove"),
    ("pkg", "list"): ("component", "list"),
    ("registry", "list"): ("component", "list"),
    ("prototype", "use"): ("generate",),
}
GONE: Mapping[str, str] = {
    "pkg": "a component is added with 'kfinstall component add NAME'; 'kfinstall component list' has them",
    "registry": "the catalogue comes with kfinstall, or from Git with 'kfinstall init --catalog-ref REPOSITORY@REF'",
    "validate": "'kfinstall build --environment NAME' finds mistakes, and 'kfinstall diff' asks the API server",
}
"""Commands without a counterpart, and what is done today instead."""

AFTER_AN_ENVIRONMENT = ("show", "diff", "apply", "delete")
"""What took an environment as its first word."""

TAKE_A_VALUE = ("--param", "--output", "--project")
OWN_OPTIONS = (*TAKE_A_VALUE, "--help")
"""Options of `generate` that are no parameters."""


def in_our_words(words: Words, is_environment: Callable[[str], bool]) -> list[str]:
    """Give a command line in our words; the same where it is in them already.

    In:     `words`, one at least; `is_environment`, says whether a word names an environment, and nothing else, where
            the command is run.
    Source: `ks help`, v0.13.1, of each command.
    """
    known = OLD_COMMANDS.get((words[0], words[1])) if len(words) > 1 else None
    rest = _without_component(words[2:]) if known == UNSET else words[2:]
    new = [*known, *rest] if known else list(words)
    if new[0] == "generate":
        return ["generate", *_parameters(new[1:])]
    if len(new) > 1 and new[0] in AFTER_AN_ENVIRONMENT and is_environment(new[1]):
        new[1:2] = ["--environment", new[1]]
    return new if new[0] == "build" else [*map(_environment_option, new)]


def _without_component(words: Words) -> Words:
    """Leave out the component that `param delete` wanted before the name."""
    names = list(takewhile(lambda word: not word.startswith("-"), words))
    return words[1:] if len(names) == 2 else words


def _environment_option(word: str) -> str:
    name, equals, value = word.partition("=")
    return f"--environment{equals}{value}" if name == "--env" else word


def _parameters(words: Words) -> Iterator[str]:
    """Give what follows `generate`, with `--NAME=VALUE` and `--NAME VALUE` as `--param NAME=VALUE`."""
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if not name.startswith("--") or name in OWN_OPTIONS:
            yield word
            # What follows an option of our own is its value, whatever it looks like.
            yield from [next(rest, "")] if name in TAKE_A_VALUE and not equals else []
        else:
            yield from ("--param", f"{name.removeprefix('--')}={value if equals else next(rest, '')}")
