"""The comments of a YAML text, and what each belongs to: what stands below it, beside it, or above it.

Source: go.yaml.in/yaml/v3 v3.0.3, yaml_parser_scan_comments in scannerc.go.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DOCUMENT = 0
"""Stands for the line of the document as a whole."""


class Token(NamedTuple):
    """Where a key, an item or a scalar begins, lines from 0; of a scalar, `span`: from line, column to line, column."""

    line: int
    column: int
    span: tuple[int, int, int, int] | None = None


class Comments(NamedTuple):
    """Line of a key or an item, from 1 -> the comments above it, beside it and below it."""

    heads: Mapping[int, Sequence[str]]
    beside: Mapping[int, str]
    feet: Mapping[int, Sequence[str]]


NO_COMMENTS = Comments({}, {}, {})


class _Group(NamedTuple):
    """Comments in lines that follow each other; lines from 0, `end` is the line after the last."""

    start: int
    end: int
    column: int
    lines: tuple[str, ...]


def find_comments(text: str, tokens: Sequence[Token]) -> Comments:
    """Give the comments of a text."""
    lines = text.split("\n")
    found = {at: column for at, line in enumerate(lines) if (column := _column(line, at, tokens)) is not None}
    alone = [at for at, column in found.items() if not lines[at][:column].strip()]
    beside = {at + 1: lines[at][column:].rstrip() for at, column in found.items() if at not in alone}
    heads: dict[int, tuple[str, ...]] = {}
    feet: dict[int, tuple[str, ...]] = {}
    for group in _groups(lines, found, alone):
        place, is_head = _owner(group, lines, tokens)
        kept = heads if is_head else feet
        kept[place] = (*kept.get(place, ()), *group.lines)
    return Comments(heads, beside, feet)


def _column(line: str, at: int, tokens: Sequence[Token]) -> int | None:
    """Give where the comment of a line begins; None where it has none."""
    column = line.find("#")
    while column >= 0:
        if (column == 0 or line[column - 1] in " \t") and not any(_covers(one, at, column) for one in tokens):
            return column
        column = line.find("#", column + 1)
    return None


def _covers(token: Token, line: int, column: int) -> bool:
    return token.span is not None and token.span[:2] <= (line, column) < token.span[2:]


def _groups(lines: Sequence[str], columns: Mapping[int, int], alone: Sequence[int]) -> Iterator[_Group]:
    start = 0
    for at, line in enumerate(alone):
        is_last = at + 1 == len(alone) or alone[at + 1] != line + 1 or columns[alone[at + 1]] != columns[line]
        if is_last:
            rows = alone[start : at + 1]
            texts = tuple(lines[row].strip() for row in rows)
            yield _Group(rows[0], line + 1, columns[rows[0]], texts)
            start = at + 1


def _owner(group: _Group, lines: Sequence[str], tokens: Sequence[Token]) -> tuple[int, bool]:
    """Give the line, from 1, of what a group of comments belongs to, and whether it stands above it."""
    after = next((one for one in tokens if one.line >= group.end), None)
    before = [one for one in tokens if one.line < group.start]
    if after is not None and after.line == group.end and group.column <= after.column:
        return after.line + 1, True
    if not before:
        return DOCUMENT, True
    is_apart = not lines[group.start - 1].strip()
    if after is None and is_apart and group.column == 0:
        return DOCUMENT, False
    fitting = [one for one in before if one.column == group.column] or before
    return fitting[-1].line + 1, False
