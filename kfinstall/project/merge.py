"""Change what kfinstall keeps in a file, and nothing else: the difference of before and after, put onto what is there.

A three-way merge: `before` is what kfinstall would have written, `after` what it would write now, the file has what a
person made of it. What they took out stays out, what they added stays, in their order and with their comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from kfinstall.project.document import dump_document, insert, read_document, remove
from kfinstall.project.layout import Owned
from kfinstall.project.model import Values

GENERATOR = "configMapGenerator"
LITERALS = "literals"
SUFFIX = "-params"
OWN = "catalogue/"
LAST = "changes"


def merge_owned(text: str, path: str, before: Owned, after: Owned) -> str:
    """Give a file with the difference of two states of what kfinstall keeps in it.

    In:     `text`, the file as it is; `path`, for errors.
    Out:    the same text where the two do not differ.
    Raises: InputError when it is no YAML.
    """
    if before == after:
        return text
    document = read_document(text, path)
    if after.namespace and after.namespace != before.namespace:
        _set_namespace(document, after.namespace)
    for field in dict.fromkeys((*before.lists, *after.lists)):
        _merge_list(document, field, before.lists.get(field, ()), after.lists.get(field, ()))
    for component in dict.fromkeys((*before.values, *after.values)):
        _merge_values(document, component, before.values.get(component, {}), after.values.get(component, {}))
    return dump_document(document, text)


def _set_namespace(document: CommentedMap, namespace: str) -> None:
    if "namespace" in document:
        document["namespace"] = namespace
    else:
        document.insert(list(document).index("kind") + 1 if "kind" in document else 0, "namespace", namespace)


def _merge_list(document: CommentedMap, field: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    for entry in before:
        if entry not in after and entry in (document.get(field) or ()):
            remove(document, field, list(document[field]).index(entry))
    for entry in after:
        if entry not in before and entry not in (document.get(field) or ()):
            insert(document, field, entry, lambda entries, entry=entry: _position(entries, entry))  # type: ignore[misc]


def _position(entries: CommentedSeq, entry: str) -> int:
    """Give where an entry goes: in order among kfinstall's own, else before the changes of a person's own, or last."""
    own = [at for at, other in enumerate(entries) if OWN in str(other)]
    greater = [at for at in own if str(entries[at]) > entry and "shared/" not in str(entries[at])]
    if greater:
        return greater[0]
    if own:
        return own[-1] + 1
    last = [at for at, other in enumerate(entries) if str(other).rpartition("/")[2] == LAST]
    return last[0] if last else len(entries)


def _merge_values(document: CommentedMap, component: str, before: Values, after: Values) -> None:
    for key in before:
        if key not in after:
            _unset(document, component, key)
    for key, value in after.items():
        if before.get(key) != value:
            _set(document, component, key, value)


def _set(document: CommentedMap, component: str, key: str, value: str) -> None:
    literal = f"{key}={_quoted(value)}"
    for _, entry, at in _literals(document, component):
        if _key(entry[LITERALS][at]) == key:
            entry[LITERALS][at] = literal
            return
    generators = [entry for entry in document.get(GENERATOR) or () if _is_of(entry, component)]
    if generators:
        insert(generators[0], LITERALS, literal, len)
        return
    new = CommentedMap(name=component + SUFFIX, behavior="merge")
    new[LITERALS] = CommentedSeq([literal])
    insert(document, GENERATOR, new, len)


def _unset(document: CommentedMap, component: str, key: str) -> None:
    for at_generator, entry, at in list(_literals(document, component)):
        if _key(entry[LITERALS][at]) != key:
            continue
        if len(entry[LITERALS]) > 1:
            remove(entry, LITERALS, at)
        else:
            remove(document, GENERATOR, at_generator)
        return


def _literals(document: CommentedMap, component: str) -> Iterator[tuple[int, CommentedMap, int]]:
    """Give each literal of a component: the generator's place, the generator, the literal's place."""
    for at_generator, entry in enumerate(document.get(GENERATOR) or ()):
        if _is_of(entry, component):
            for at in range(len(entry.get(LITERALS) or ())):
                yield at_generator, entry, at


def _is_of(entry: Any, component: str) -> bool:
    return isinstance(entry, Mapping) and entry.get("name") == component + SUFFIX


def _key(literal: Any) -> str:
    return str(literal).partition("=")[0]


def _quoted(value: str) -> str:
    """Give a value so that kustomize, which takes one pair of quotes off a literal, gives it back."""
    return f'"{value}"' if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def unquoted(value: str) -> str:
    """Give what kustomize makes of the value of a literal.

    Source: kustomize v5.8.1, api/kv/kv.go, parseLiteralSource.
    """
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
