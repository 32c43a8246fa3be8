"""Desired against live, field by field: paths, never values.

What the server merely spells otherwise is no difference: quantities, nulls, empty mappings it drops. It is for
showing; whether something is sent is decided by digests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from kfinstall.plan.owned import owned_fields
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest

Path: TypeAlias = tuple[str, ...]

MERGE_KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "containers": (("name",),),
    "initContainers": (("name",),),
    "ephemeralContainers": (("name",),),
    "env": (("name",),),
    "volumes": (("name",),),
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    "imagePullSecrets": (("name",),),
    "resourceClaims": (("name",),),
    "hostAliases": (("ip",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "ports": (("containerPort", "protocol"), ("port", "protocol")),
    "conditions": (("type",),),
    "ownerReferences": (("uid",),),
    "webhooks": (("name",),),
    "versions": (("name",),),
    "secrets": (("name",),),
}
"""Field -> the keys that tell its items apart, in the order tried.

Source: x-kubernetes-list-map-keys in the OpenAPI of kube-apiserver v1.36; `versions` of a CRD by experience.
"""

_KEY_DEFAULTS = {"protocol": "TCP"}
_OF_QUANTITIES = frozenset(
    {"requests", "limits", "capacity", "hard", "allocatable", "default", "defaultRequest", "min", "max", "overhead"}
)
_QUANTITIES = frozenset({"sizeLimit", "divisor", "averageValue"})
_EMPTY_VARIABLE = ("value", "")
"""An environment variable without a value is the same as with an empty one, and the server prints it so."""
_ALWAYS_THERE = frozenset({"apiVersion", "kind"})


def changed_fields(desired: Manifest, live: Manifest) -> tuple[str, ...]:
    """Give the dotted paths whose value an apply of `desired` would change, sorted, without any value.

    Out: also what we own in `live` and no longer ask for, since the server removes that. Items of keyed lists read
         `containers[name=web]`, of others `args[0]`; a key with a dot in it `annotations[a.b/c]`.
    """
    wanted = {dotted(path) for path in _differing(desired, live, ())}
    dropped = {dotted(path) for path in _dropped(owned_fields(live), desired, ())}
    return tuple(sorted(wanted | dropped))


def differing_paths(desired: Manifest, live: Manifest) -> tuple[Path, ...]:
    """Give the paths of what is desired whose live value is another, or missing; items as `[name=web]` or `[0]`."""
    return tuple(sorted(_differing(desired, live, ())))


def key_labels(keys: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the steps by which a path may name the item of a keyed list that has these keys."""
    known = {names for alternatives in MERGE_KEYS.values() for names in alternatives if set(names) == set(keys)}
    return tuple(_label(name_of(keys, names), names) for names in known)


def _differing(desired: Any, live: Any, path: Path) -> Iterator[Path]:
    if isinstance(desired, dict) and isinstance(live, dict):
        for key, value in desired.items():
            if key in live:
                yield from _differing(value, live[key], (*path, key))
            elif not _is_nothing(value) and (key, value) != _EMPTY_VARIABLE:
                yield (*path, key)
    elif isinstance(desired, list) and isinstance(live, list):
        yield from _differing_items(desired, live, path)
    elif not same_value(desired, live, path):
        yield path


def _differing_items(desired: list[Any], live: list[Any], path: Path) -> Iterator[Path]:
    keys = merge_keys(path, (*desired, *live))
    if not keys:
        if len(desired) != len(live):
            yield path
            return
        for place, (one, other) in enumerate(zip(desired, live, strict=True)):
            yield from _differing(one, other, (*path, f"[{place}]"))
        return
    by_name = {name_of(item, keys): item for item in live}
    for item in desired:
        step = (*path, _label(name_of(item, keys), keys))
        if name_of(item, keys) in by_name:
            yield from _differing(item, by_name[name_of(item, keys)], step)
        else:
            yield step


def _dropped(owned: Any, desired: Any, path: Path) -> Iterator[Path]:
    if isinstance(owned, dict) and isinstance(desired, dict):
        for key, value in owned.items():
            if key in desired:
                yield from _dropped(value, desired[key], (*path, key))
            elif path or key not in _ALWAYS_THERE:
                yield (*path, key)
    elif isinstance(owned, list) and isinstance(desired, list):
        keys = merge_keys(path, (*owned, *desired))
        by_name = {name_of(item, keys): item for item in desired} if keys else {}
        for item in owned if keys else ():
            step = (*path, _label(name_of(item, keys), keys))
            if name_of(item, keys) in by_name:
                yield from _dropped(item, by_name[name_of(item, keys)], step)
            else:
                yield step


def same_value(desired: Any, live: Any, path: Path) -> bool:
    """Are two values at a path the same to the server? `1000m` is `1` where a quantity stands, `"80"` is never 80."""
    if is_quantity(path):
        amounts = parse_quantity(desired), parse_quantity(live)
        if None not in amounts:
            return amounts[0] == amounts[1]
    if isinstance(desired, bool) or isinstance(live, bool):
        return desired is live
    numbers = isinstance(desired, (int, float)) and isinstance(live, (int, float))
    texts = isinstance(desired, str) and isinstance(live, str)
    is_alike = numbers or texts or type(desired) is type(live)
    return bool(desired == live) if is_alike else _is_nothing(desired) and _is_nothing(live)


def is_quantity(path: Path) -> bool:
    """Does a quantity stand at this path?

    Source:  fields of type Quantity in the OpenAPI of kube-apiserver v1.36.
    """
    return bool(path) and (path[-1] in _QUANTITIES or (len(path) > 1 and path[-2] in _OF_QUANTITIES))


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, (dict, list)) and not any(not _is_nothing(v) for v in _values(value)))


def _values(value: Any) -> Sequence[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def merge_keys(path: Path, items: Sequence[Any]) -> tuple[str, ...]:
    """Give the keys that tell the items of the list at a path apart; none when it is compared by place."""
    for keys in MERGE_KEYS.get(path[-1] if path else "", ()):
        names = [name_of(item, keys) for item in items if isinstance(item, dict)]
        if len(names) == len(items) and all(name[0] is not None for name in names):
            return keys
    return ()


def name_of(item: Mapping[str, Any], keys: Sequence[str]) -> tuple[Any, ...]:
    """Give the values of an item's keys, with the defaults the server fills in."""
    return tuple(item.get(key, _KEY_DEFAULTS.get(key)) for key in keys)


def _label(name: tuple[Any, ...], keys: Sequence[str]) -> str:
    shown = [f"{key}={value}" for key, value in zip(keys, name, strict=True) if value != _KEY_DEFAULTS.get(key)]
    return f"[{','.join(shown)}]"


def dotted(path: Path) -> str:
    """Give a path as people write it: `spec.containers[name=web].image`."""
    text = ""
    for step in path:
        if step.startswith("["):
            text += step
        elif "." in step or "/" in step:
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
