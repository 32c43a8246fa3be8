"""What plain scalars are, remembered while one file is read: the same few keys and words come again and again."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.quote import is_typed
from kfinstall.manifest.scalar import Bare, SourceText, resource_scalar
from kfinstall.manifest.styled import as_quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class BareKey(str):
    """The text of a key that was written as a number, a boolean, a date or null: kustomize cannot print it."""


class Mark:
    """Stands for what is not yet, or not, a value."""


MERGE, NOT_TEXT, EMPTY, EMPTY_IN_BRACES = Mark(), Mark(), Mark(), Mark()


class Keys(dict[str, "str | Mark"]):
    """Plain keys -> what they are in a mapping; fills itself. `bare` says what a key is that would be no text."""

    __slots__ = ("bare",)

    def __init__(self, bare: Callable[[str], str | Mark]) -> None:
        super().__init__()
        self.bare = bare

    def __missing__(self, text: str) -> str | Mark:
        is_text = type(resource_scalar(text)) is str
        self[text] = key = MERGE if text == "<<" else text if is_text else self.bare(text)
        return key


def refused_keys() -> Keys:
    """Give the keys of resources: those that are no text are refused."""
    return Keys(lambda _: NOT_TEXT)


def patch_keys() -> Keys:
    """Give the keys of patches: one that is no text may stand for one that is."""
    return Keys(BareKey)


def top_keys() -> Keys:
    """Give the keys at the top of a document: all are text, but for null."""
    return Keys(lambda text: NOT_TEXT if resource_scalar(text) is None else text)


class Values(dict[str, "Any"]):
    """Plain scalars -> their values; fills itself. `empty` is what stands for nothing at all."""

    __slots__ = ("empty",)

    def __init__(self, empty: Mark) -> None:
        super().__init__()
        self.empty = empty

    def __missing__(self, text: str) -> Any:
        value = resource_scalar(text) if text else self.empty
        if type(value) is SourceText and ":" in text and self.empty is EMPTY_IN_BRACES:
            value = as_quoted(text)  # kustomize prints it in quotes before it reads it again
        self[text] = value = Bare(text) if value is text and is_typed(text) else value
        return value


class Styled(dict[str, "str"]):
    """Texts in quotes, or in blocks -> their values; fills itself."""

    __slots__ = ()

    def __missing__(self, text: str) -> str:
        self[text] = value = as_quoted(text)
        return value
