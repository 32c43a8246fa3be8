"""Jsonnet objects as far as they are literals: params.libsonnet has little else. Nothing is evaluated.

Source: the Jsonnet specification, lexing; ksonnet v0.13.1, what `ks param set` writes.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kfinstall.errors import InputError
from kfinstall.resource import Origin

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)"""
    r"""|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"""
    r"""|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<mark>\|\|\|.*?\|\|\||.)""",
    re.DOTALL,
)
ESCAPES = {"n": "\n", "t": "\t"}
OPENING, CLOSING = ("{", "[", "("), ("}", "]", ")")


class Token(NamedTuple):
    """A piece of text, what it is, and its line, counted from 1."""

    kind: str
    text: str
    line: int


class Value(NamedTuple):
    """What a field is set to, as text, and its line; `is_literal` is false for what would have to be evaluated."""

    text: str
    line: int
    is_literal: bool = True


Fields = Mapping[str, Mapping[str, Value]]
"""Component -> its parameters."""


def read_components(text: str, path: str) -> Fields:
    """Give the fields of the object `components` in a file; none where there is no such object.

    Raises: InputError where its braces do not close, or a key is none.
    """
    tokens = _tokens(text)
    for at, token in enumerate(tokens):
        start = _object_at(tokens, at + 1) if _name(token) == "components" else None
        if start is not None:
            found, _ = _components(tokens, start, path)
            return found
    return {}


def _tokens(text: str) -> Sequence[Token]:
    tokens, line = [], 1
    for match in TOKEN.finditer(text):
        if match.lastgroup != "space":
            tokens.append(Token(str(match.lastgroup), match[0], line))
        line += match[0].count("\n")
    return tokens


def _name(token: Token) -> str:
    return _plain(token.text) if token.kind == "string" else token.text if token.kind == "word" else ""


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), quoted[1:-1], flags=re.DOTALL)


def _object_at(tokens: Sequence[Token], at: int) -> int | None:
    """Give the place behind `: {` or `+: {`; None when anything else stands there."""
    at = _behind_colon(tokens, at)
    return at + 1 if at and at < len(tokens) and tokens[at].text == "{" else None


def _behind_colon(tokens: Sequence[Token], at: int) -> int:
    """Give the place behind `:`, `+:` or `::`; 0 when anything else stands there."""
    start = at + 1 if at < len(tokens) and tokens[at].text == "+" else at
    at = start
    while at < len(tokens) and tokens[at].text == ":":
        at += 1
    return at if at > start else 0


def _components(tokens: Sequence[Token], at: int, path: str) -> tuple[Fields, int]:
    found: dict[str, Mapping[str, Value]] = {}
    while (key := _key(tokens, at, path)) is not None:
        start = _object_at(tokens, at + 1)
        if start is None:
            _, at = _value(tokens, _behind_colon(tokens, at + 1) or at + 1, path)
        else:
            found[key], at = _fields(tokens, start, path)
        at = _behind_comma(tokens, at)
    return found, at + 1


def _fields(tokens: Sequence[Token], at: int, path: str) -> tuple[Mapping[str, Value], int]:
    found: dict[str, Value] = {}
    while (key := _key(tokens, at, path)) is not None:
        found[key], at = _value(tokens, _behind_colon(tokens, at + 1) or at + 1, path)
        at = _behind_comma(tokens, at)
    return found, at + 1


def _behind_comma(tokens: Sequence[Token], at: int) -> int:
    return at + 1 if at < len(tokens) and tokens[at].text == "," else at


def _key(tokens: Sequence[Token], at: int, path: str) -> str | None:
    """Give the key of the next field; None at the end of the object."""
    if at >= len(tokens):
        raise _unreadable(tokens, path, "a brace is not closed")
    if tokens[at].text == "}":
        return None
    if name := _name(tokens[at]):
        return name
    raise _unreadable(tokens[: at + 1], path, f"'{tokens[at].text}' is no name of a field")


def _value(tokens: Sequence[Token], at: int, path: str) -> tuple[Value, int]:
    """Give what stands up to the next comma or brace, and the place of that."""
    end, depth = at, 0
    while end < len(tokens) and (depth or tokens[end].text not in (",", "}")):
        depth += (tokens[end].text in OPENING) - (tokens[end].text in CLOSING)
        end += 1
    if end >= len(tokens) or end == at:
        raise _unreadable(tokens[: end + 1], path, "a value or a brace is missing")
    return _read(tokens[at:end]), end


def _read(tokens: Sequence[Token]) -> Value:
    first = tokens[0]
    if len(tokens) == 1 and first.kind == "string":
        return Value(_plain(first.text), first.line)
    if len(tokens) == 1 and (first.kind == "number" or first.text in ("true", "false", "null")):
        return Value(first.text, first.line)
    inner = [token for token in tokens[1:-1] if token.text != ","]
    if first.text == "[" and all(token.kind in ("string", "number") for token in inner):
        words = [_plain(token.text) if token.kind == "string" else token.text for token in inner]
        return Value(shlex.join(words), first.line)
    return Value(" ".join(token.text for token in tokens), first.line, is_literal=False)


def _unreadable(tokens: Sequence[Token], path: str, message: str) -> InputError:
    line = tokens[-1].line if tokens else 1
    hint = "only literals are read: mend that line, or take it out"
    return InputError(message, origin=Origin(path, line), hint=hint)
