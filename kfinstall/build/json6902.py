"""JSON patches (RFC 6902) as kustomize's library applies them.

It differs from the RFC: an index may count from the end (`-1`), a `test` for null passes where nothing is there, a
missing `value` is null, and `replace` of a key that is not there adds it.

Source: github.com/evanphx/json-patch v4, as in kustomize v5.8.1.
"""

from __future__ import annotations

from kfinstall.errors import InputError, did_you_mean
from kfinstall.light import TYPE_CHECKING, lazy_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from kfinstall.resource import Origin

Operation: TypeAlias = "Mapping[str, Any]"
_INDEX = lazy_pattern(r"(?a)[-+]?[0-9]{1,18}\Z")


MAX_COPIED = 100_000


class JsonPatchError(Exception):
    """An operation does not apply to a document; `pointer` is where."""

    pointer = ""


def check_operations(operations: Iterable[Any], origin: Origin) -> tuple[Operation, ...]:
    """Give the operations of a patch after a look at their form.

    Raises: InputError when one is no mapping with a known `op` and the pointers it needs.
    """
    checked = []
    for number, operation in enumerate(operations):
        if not isinstance(operation, dict):
            hint = "write each as {op: replace, path: /spec/replicas, value: 2}"
            raise InputError(f"operation {number} of the JSON patch is no mapping", origin=origin, hint=hint)
        op = operation.get("op")
        if not isinstance(op, str) or op not in OPERATIONS:
            hint = did_you_mean(str(op), OPERATIONS) or f"it is one of: {', '.join(OPERATIONS)}"
            raise InputError(f"operation {number} of the JSON patch has op '{op}'", origin=origin, hint=hint)
        for field in ("path", "from") if op in ("move", "copy") else ("path",):
            if not isinstance(operation.get(field), str):
                hint = f"add '{field}:' with a path such as /metadata/labels/app"
                raise InputError(f"operation {number} of the JSON patch has no '{field}'", origin=origin, hint=hint)
        checked.append(operation)
    return tuple(checked)


def apply_operations(document: Any, operations: Iterable[Operation]) -> Any:
    """Give the document after the operations, in order; copies along the paths only.

    Raises: JsonPatchError when one does not apply.
    """
    for operation in operations:
        try:
            document = OPERATIONS[operation["op"]](document, operation)
        except JsonPatchError as error:
            error.pointer = operation.get("from") or operation["path"]
            raise
    return document


def parse_pointer(pointer: str) -> tuple[str, ...]:
    """Give the keys of a JSON pointer; what stands before its first slash is not looked at.

    Raises: JsonPatchError when there is no slash.
    """
    keys = pointer.split("/")[1:]
    if not keys:
        raise JsonPatchError(f"'{pointer}' is no path; it starts with '/'")
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in keys)


def _position(key: str, length: int, *, for_insert: bool = False) -> int:
    if not _INDEX.match(key):
        raise JsonPatchError(f"'{key}' is no index of a list")
    index, size = int(key), length + 1 if for_insert else length
    if not -size <= index < size:
        raise JsonPatchError(f"there is no index {key} in a list of {length}")
    return index + size if index < 0 else index


def _child(node: Any, key: str) -> Any:
    if isinstance(node, dict):
        return node.get(key)
    return node[_position(key, len(node))]


Change: TypeAlias = "Callable[[Any, str], Any]"


def _at(node: Any, keys: tuple[str, ...], change: Change, pointer: str) -> Any:
    """Apply a change to the container that a pointer's last key is in."""
    if not isinstance(node, dict | list):
        raise JsonPatchError(f"there is nothing at '{pointer}'")
    if len(keys) == 1:
        return change(node, keys[0])
    child = _child(node, keys[0])
    new = _at(child, keys[1:], change, pointer)
    return node if new is child else _set(node, keys[0], new)


def _set(node: Any, key: str, value: Any) -> Any:
    if isinstance(node, dict):
        return {**node, key: value}
    at = _position(key, len(node))
    return [*node[:at], value, *node[at + 1 :]]


def _insert(node: Any, key: str, value: Any) -> Any:
    if isinstance(node, dict):
        return {**node, key: value}
    at = len(node) if key == "-" else _position(key, len(node), for_insert=True)
    return [*node[:at], value, *node[at:]]


def _delete(node: Any, key: str) -> Any:
    if isinstance(node, dict):
        if key not in node:
            raise JsonPatchError(f"there is no '{key}' to remove")
        return {name: value for name, value in node.items() if name != key}
    at = _position(key, len(node))
    return [*node[:at], *node[at + 1 :]]


def _read(document: Any, pointer: str) -> Any:
    found: list[Any] = []

    def look(node: Any, key: str) -> Any:
        found.append(_child(node, key))
        return node

    _at(document, parse_pointer(pointer), look, pointer)
    return found[0]


def _add(document: Any, operation: Operation) -> Any:
    pointer, value = operation["path"], operation.get("value")
    return _at(document, parse_pointer(pointer), lambda node, key: _insert(node, key, value), pointer)


def _remove(document: Any, operation: Operation) -> Any:
    pointer = operation["path"]
    return _at(document, parse_pointer(pointer), _delete, pointer)


def _replace(document: Any, operation: Operation) -> Any:
    pointer, value = operation["path"], operation.get("value")
    if not pointer:
        if not isinstance(value, dict | list):
            raise JsonPatchError("the whole can be replaced by a mapping or a list only")
        return value
    return _at(document, parse_pointer(pointer), lambda node, key: _set(node, key, value), pointer)


def _move(document: Any, operation: Operation) -> Any:
    value = _read(document, operation["from"])
    document = _remove(document, {"path": operation["from"]})
    return _add(document, {"path": operation["path"], "value": value})


def _copy(document: Any, operation: Operation) -> Any:
    value = _read(document, operation["from"])
    if _weight(value, {}) > MAX_COPIED:
        raise JsonPatchError(f"it copies more than {MAX_COPIED} values")
    return _add(document, {"path": operation["path"], "value": value})


def _weight(value: Any, known: dict[int, int]) -> int:
    """Give how many values are in a value; what is shared is counted each time, and looked at once."""
    if not isinstance(value, dict | list):
        return 1
    found = known.get(id(value))
    if found is None:
        children = value.values() if isinstance(value, dict) else value
        found = known[id(value)] = 1 + sum(_weight(child, known) for child in children)
    return found


def _test(document: Any, operation: Operation) -> Any:
    pointer, wanted = operation["path"], operation.get("value")
    value = _read(document, pointer) if pointer else document
    if not _equal(value, wanted):
        raise JsonPatchError(f"the test of '{pointer}' failed")
    return document


def _equal(one: Any, other: Any) -> bool:
    """Are they the same? True is not 1 here, as in JSON, and 1.0 is not 1, as it is spelled otherwise."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return all(isinstance(one, kind) == isinstance(other, kind) for kind in (bool, float)) and bool(one == other)


OPERATIONS: Mapping[str, Callable[[Any, Operation], Any]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
