"""A kustomization a person may have edited: read with line numbers, changed in place, comments and order kept.

ruamel.yaml hangs the comment lines between two entries on the entry before them; what is added or removed here moves
them along, so that a comment stays above what it was written for.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark, MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import CommentToken

from kfinstall.errors import InputError
from kfinstall.resource import Origin

INDENTED_LISTS = re.compile(r"^[\w-]+:[ \t]*(#.*)?\n(#.*\n)*[ ]+- ", re.MULTILINE)
MEND = "mend that line, or bring the file back from version control"
WIDE = 4096
"""No line is ever folded."""


def read_document(text: str, path: str) -> CommentedMap:
    """Give the one mapping that a file holds.

    Raises: InputError with the line, where it is no YAML or no mapping.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # an anchor's name used twice is good YAML
            document = _yaml(text).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise InputError(f"not YAML: {error.problem or error.context}", origin=Origin(path, line), hint=MEND) from None
    except YAMLError as error:
        raise InputError(f"not YAML: {str(error).splitlines()[0]}", origin=Origin(path, 1), hint=MEND) from None
    if not isinstance(document, CommentedMap):
        raise InputError("this is no kustomization", origin=Origin(path, 1), hint="it must be a mapping")
    return document


def dump_document(document: CommentedMap, text: str) -> str:
    """Give the document as text, its lists indented as they are in `text`, the file it was read from."""
    out = io.StringIO()
    _yaml(text).dump(document, out)
    return out.getvalue()


def _yaml(text: str) -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDE
    if INDENTED_LISTS.search(text):
        yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def line_of(container: CommentedMap | CommentedSeq, key: Any) -> int:
    """Give the line a key or an entry stands on, counted from 1."""
    try:
        at = container.lc.key(key) if isinstance(container, CommentedMap) else container.lc.item(key)
    except (KeyError, IndexError, TypeError):
        return int(container.lc.line or 0) + 1
    return int(at[0]) + 1


def insert(document: CommentedMap, field: str, entry: Any, position: Callable[[CommentedSeq], int]) -> None:
    """Put an entry into a list of the document, which is made where it is missing."""
    if not document.get(field):
        after = _take_after(document, field) if field in document else ""
        document[field] = CommentedSeq()
        document[field].append(entry)
        _put_after(document, field, after)
        return
    entries = document[field]
    at = position(entries)
    after = _take_after(entries, at - 1) if at else ""
    entries.insert(at, entry)
    _put_after(entries, at, after)


def remove(document: CommentedMap, field: str, at: int) -> None:
    """Take an entry out of a list of the document, and the list where that was the last one."""
    entries = document[field]
    if len(entries) == 1:
        _remove_key(document, field)
        return
    after = _take_after(entries, at)
    del entries[at]
    if at:
        _put_after(entries, at - 1, after)
    elif after:
        _put_before_first(document, field, after)


def _remove_key(document: CommentedMap, key: str) -> None:
    keys = list(document)
    after = _take_after(document, key)
    at = keys.index(key)
    del document[key]
    if at:
        _put_after(document, keys[at - 1], after)


def _last_leaf(container: Any, key: Any) -> tuple[Any, Any]:
    """Give the container and key of the last scalar in what stands at `key`."""
    value = container[key]
    while isinstance(value, CommentedMap | CommentedSeq) and value and not value.fa.flow_style():
        container, key = value, (len(value) - 1 if isinstance(value, CommentedSeq) else list(value)[-1])
        value = container[key]
    return container, key


def _slot(container: Any) -> int:
    return 2 if isinstance(container, CommentedMap) else 0


def _take_after(container: Any, key: Any) -> str:
    """Take away the comment lines behind an entry; what stands on its own line stays."""
    container, key = _last_leaf(container, key)
    tokens = container.ca.items.get(key)
    token = tokens[_slot(container)] if tokens else None
    if token is None:
        return ""
    own, newline, after = token.value.partition("\n")
    if own:
        token.value = own + newline
    else:
        tokens[_slot(container)] = None
    return str(after)


def _put_after(container: Any, key: Any, text: str) -> None:
    if not text:
        return
    container, key = _last_leaf(container, key)
    tokens = container.ca.items.setdefault(key, [None, None, None, None])
    token = tokens[_slot(container)]
    if token is None:
        tokens[_slot(container)] = _token("\n" + text)
    else:
        token.value = token.value.rstrip("\n") + "\n" + text


def _put_before_first(document: CommentedMap, field: str, text: str) -> None:
    tokens = document.ca.items.setdefault(field, [None, None, None, None])
    tokens[3] = [*(tokens[3] or ()), _token(text)]


def _token(text: str) -> CommentToken:
    return CommentToken(text, CommentMark(0), None)
