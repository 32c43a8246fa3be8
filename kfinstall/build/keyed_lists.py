"""Merging two lists whose items are told apart by some of their fields, or by their text.

The result must be the same as kustomize's to the byte, and so follows what it does step by step, also where keys are
missing or come twice.

Source: kustomize v5.8.1, kyaml/yaml/walk/associative_sequence.go and ElementSetter in kyaml/yaml/fns.go.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import Untyped, source_text
from kfinstall.manifest.styled import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final, TypeAlias


class _Missing:
    pass


class _Nothing:
    text = ""


MISSING: Final = _Missing()
"""Stands for a value that is not there, where None is a null that was written."""


NOTHING: Final = _Nothing()
"""Stands for the null of a field that was written with nothing behind it: as a key its text is empty."""


class MergeError(Exception):
    """The patch does not fit; `path` is where, from the top."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.path: list[str] = []

    def __str__(self) -> str:
        where = ".".join(reversed(self.path))
        return f"{where}: {self.args[0]}" if where else str(self.args[0])


Value: TypeAlias = "Any"
Keys: TypeAlias = "Sequence[str]"
Values: TypeAlias = "Sequence[str]"
"""The texts that an item has at its keys; an empty one where it has none."""

Merge: TypeAlias = "Callable[[Value, Value], Value]"

SCALARS: Keys = ("",)
"""The key of lists of scalars: their own text."""


def merge_items(old: list[Value], patch: Value, keys: Keys, merge: Merge) -> Value:
    """Give the list with the items of the patch merged in; they come first.

    In:  `patch`, a list or MISSING; `keys`, none for a list of scalars; `merge`, for two items with the same keys.
    """
    both = [one for one in (patch, old) if isinstance(one, list)]
    if keys:
        wanted = _values(both, keys)
        wanted = _completed(wanted) if len(keys) > 1 else wanted
    else:
        keys = SCALARS
        wanted = [[text] for text in dict.fromkeys(text_of_item(item) for one in both for item in one)]
    if not wanted:
        return old
    used = _used(wanted, keys)
    merged, rest = _merge_wanted(old, patch, wanted, used, keys, merge)
    return _append_rest(merged, rest, used)


def is_found(items: list[Value], item: Value, keys: Keys) -> bool:
    """Is an item the first one with its keys, and so the one that a merge comes by?"""
    used = [keys[at] for at in _used(_values([items], keys), keys)]
    return _find(items, used or SCALARS, [_at(item, key) for key in used]) is item


def text_of_item(item: Value) -> str:
    """Give the text of an item; collections have none."""
    return source_text(item)


def _at(item: Value, key: str) -> str:
    """Give the text of a field of an item; none where the field is not there, or empty."""
    value = item.get(key) if isinstance(item, dict) else None
    return "" if value is None or value == {} or value == [] else source_text(value)


def _values(lists: Sequence[list[Value]], keys: Keys) -> list[list[str]]:
    """Give the values of all items, each once, in order."""
    seen = dict.fromkeys(tuple(_at(item, key) for key in keys) for one in lists for item in one)
    return [list(values) for values in seen]


def _completed(wanted: list[list[str]]) -> list[list[str]]:
    """Give the values with gaps filled from those that differ in the gaps only."""
    wanted = list(wanted)
    for i, one in enumerate(wanted):
        for j, other in enumerate(wanted):
            same = _overlay(one, other)
            if same is not None:
                wanted[i] = wanted[j] = same
    return wanted


def _overlay(one: Values, other: Values) -> list[str] | None:
    is_common = any(a == b for a, b in zip(one, other, strict=True))
    differ = any(a != b and a and b for a, b in zip(one, other, strict=True))
    return None if differ or not is_common else [a or b for a, b in zip(one, other, strict=True)]


def _used(wanted: Sequence[Values], keys: Keys) -> list[int]:
    """Give the positions of the keys that any item has; all where no item has any."""
    used = [at for at in range(len(keys)) if any(values[at] for values in wanted)]
    return used or list(range(len(keys)))


def _merge_wanted(
    old: list[Value], patch: Value, wanted: Sequence[Values], used: Sequence[int], keys: Keys, merge: Merge
) -> tuple[list[Value], tuple[list[Value], Keys]]:
    """Merge what has the same values in both lists; give those, and what is left of the old one."""
    names = [keys[at] for at in used]
    merged: list[Value] = []
    is_new = old is patch  # a list of the patch that is merged with itself
    for values in wanted:
        chosen = [values[at] for at in used]
        before, change = _find(old, names, chosen), _find(patch, names, chosen)
        item = merge(before, change)
        if item is MISSING or item is None or item == {}:
            old = set_item(old, MISSING, names, chosen)
            patch = old if is_new else patch
            continue
        item = _with_keys(item, names, chosen)
        merged = set_item(merged, item, names, chosen)
        if before is not MISSING and (before is change or not _replaces(change)):
            old = [item if one is before else one for one in old]
            patch = old if is_new else patch
    return merged, (old, names)


def _replaces(change: Value) -> bool:
    """Does the item of the patch ask to stand in place of the old one? It does not: that one comes back at the end."""
    return isinstance(change, dict) and change.get("$patch") == "replace"


def _with_keys(item: Value, keys: Keys, values: Values) -> Value:
    if not isinstance(item, dict):
        return item
    pairs = zip(keys, values, strict=True)
    absent = {key: settled(Untyped(value)) for key, value in pairs if value and key not in item}
    return {**item, **absent} if absent else item


def _find(items: Value, keys: Keys, values: Values) -> Value:
    """Give the first item with these values; MISSING when there is none."""
    if not isinstance(items, list):
        return MISSING
    if not keys[0]:
        return next((item for item in items if text_of_item(item) == values[0]), MISSING)
    pairs = [(key, value) for key, value in zip(keys, values, strict=True) if value]
    pairs = pairs or list(zip(keys, values, strict=True))
    return next((item for item in items if isinstance(item, dict) and _has(item, pairs)), MISSING)


def _has(item: dict[str, Value], pairs: Sequence[tuple[str, str]]) -> bool:
    return all(key in item and source_text(item[key]) == value for key, value in pairs)


def set_item(items: list[Value], new: Value, keys: Keys, values: Values) -> list[Value]:
    """Give the list with `new` in place of what has these values, at its end where nothing has.

    In:  `new`, or MISSING to drop what has these values; `values` may be fewer than `keys`: the rest is not looked at.
    Out: never holds nulls and empty mappings; without any values only `new` is left.
    """
    result: list[Value] = []
    is_found = False
    for item in items:
        if item is None or item == {}:
            continue
        if not isinstance(item, dict) and keys[0] and values and values[0]:
            result.append(item)
        elif not _matches(item, keys, values):
            result += [item] if values else []
        else:
            is_found = True
            result += [] if new is MISSING else [new]
    return result if is_found or new is MISSING or new is None else [*result, new]


def _matches(item: Value, keys: Keys, values: Values) -> bool:
    """Has the item these values? An empty one asks only that the field is there."""
    if not keys[0]:
        if isinstance(item, dict | list):
            raise MergeError("items are told apart by their text, and one of them is no scalar")
        return text_of_item(item) == values[0]
    pairs = list(zip(keys, values, strict=False))
    if not pairs or not isinstance(item, dict):
        return False
    return all(key in item and (not value or source_text(item[key]) == value) for key, value in pairs)


def _append_rest(merged: list[Value], rest: tuple[list[Value], Keys], used: Sequence[int]) -> list[Value]:
    """Put the items of the old list into the merged one: each in the place of what has its values, or at the end."""
    items, keys = rest
    for item in items:
        if not keys[0]:
            merged = set_item(merged, item, keys, [text_of_item(item)])
            continue
        if not isinstance(item, dict | None):
            raise MergeError(f"items are told apart by '{keys[0]}', and one of them is no mapping")
        values = []
        for key in keys:
            if isinstance(item, dict) and key in item:
                values.append(source_text(item[key]))
            else:
                merged = [*merged, item]
        if len(keys) > 1:
            merged = set_item(merged, MISSING, keys, values)
        merged = set_item(merged, item, keys, values)
    return merged
