"""Text and how it stands in a manifest: kustomize keeps quotes where another value comes in the place of one in quotes.

Text that is no `Quoted`, `Bare` or `Untyped` is in quotes where it could not do without: so it is written, and so it is
printed and read again.

Source: kyaml v0.21.1, FieldSetter in yaml/fns.go, and go.yaml.in/yaml/v3, encode.go.
"""

from __future__ import annotations

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, remembered
from kfinstall.manifest.quote import needs_quotes
from kfinstall.manifest.scalar import (
    Bare,
    Mistyped,
    Quoted,
    QuotedValue,
    SourceText,
    SpelledBool,
    Tagged,
    Unquoted,
    Untyped,
    Written,
    kustomization_scalar,
    source_text,
)

if TYPE_CHECKING:
    from typing import Any

STRUCTURE = "[{#&*!|>%@`\"' \t-?."
"""What text that is something else than a plain scalar for YAML may begin with."""


def is_quoted(value: Any) -> bool:
    """Does a value stand in quotes, or as a block?"""
    if not isinstance(value, str) or isinstance(value, Bare | Mistyped | Unquoted | SourceText):
        return False
    if isinstance(value, Written):
        return "\n" in value or is_ambiguous(str(value))
    return isinstance(value, Quoted) or "\n" in value or _needs_quotes(str(value))


def as_quoted(text: str) -> str:
    """Give text as it is between quotes."""
    text = str(text)
    return text if "\n" in text or _needs_quotes(text) else Quoted(text)


def as_bare(text: str) -> str:
    """Give text as it is without quotes, but for good text."""
    text = str(text)
    return Bare(text) if "\n" in text or _needs_quotes(text) else text


def put_text(old: Any, text: str) -> str:
    """Give text in the place of a value, with the quotes that are there."""
    return as_quoted(text) if is_quoted(old) else as_bare(text)


def put_untyped(old: Any, text: str) -> str:
    """Give text without a type in the place of a value: it is text between the quotes that are there."""
    return as_quoted(text) if is_quoted(old) else Untyped(text)


def put_over(old: Any, new: Any) -> Any:
    """Give a scalar in the place of another, whose quotes it gets."""
    if is_quoted(old):
        return _between_quotes(new)
    return as_bare(new) if isinstance(new, str) and not isinstance(new, SourceText | Unquoted) else new


def _between_quotes(new: Any) -> str:
    is_text = isinstance(new, str) and not isinstance(new, SourceText | SpelledBool | QuotedValue)
    if is_text or new is None or isinstance(new, dict | list):
        return as_quoted(source_text(new))
    found = QuotedValue(source_text(new))
    found.value = new.value if isinstance(new, QuotedValue | SpelledBool) else new
    return found


def written(text: str) -> str:
    """Give text as it stands where kustomize wrote it: without quotes where YAML 1.1 reads text without them."""
    return as_quoted(text) if "\n" in text or is_ambiguous(text) else as_bare(text)


def settled(value: Any) -> Any:
    """Give a scalar as it is once a merge came by: what would be no text for YAML 1.1 is put in quotes."""
    is_bare = isinstance(value, Bare | Untyped) and not isinstance(value, Tagged)
    return as_quoted(value) if is_bare and is_ambiguous(str(value)) else value


def is_ambiguous(text: str) -> bool:
    """Is text, as it stands, something else than text for YAML 1.1?"""
    if not text or "\n" in text:
        return False
    if text[0] in STRUCTURE or ":" in text:
        return _is_structure(text)
    return type(kustomization_scalar(str(text))) is not str


@remembered(4096)
def _is_structure(text: str) -> bool:
    """Is text something else than text once it is read as YAML? What is no YAML is text."""
    from kfinstall.manifest.nodes import parse_plain

    try:
        return not isinstance(parse_plain(text, "text"), str)
    except InputError:
        return False


@remembered(4096)
def _needs_quotes(text: str) -> bool:
    return needs_quotes(text)
