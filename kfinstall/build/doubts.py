"""Going on after a mistake, so that those behind it are found too, but for those that may merely follow from it.

A mistake leaves doubts: resources that may not be there, or not under their names, and fields that were not written.
What is wrong later rests on a premise, such as that the field it reads is as it should be. Where that is in doubt it is
not told; it shows when the first mistake is gone.
"""

from __future__ import annotations

from kfinstall.build.ids import metadata_of
from kfinstall.build.state import LEFT_BY
from kfinstall.errors import (
    ALL_IN_DOUBT,
    RESOURCES_IN_DOUBT,
    Doubts,
    InputError,
    KfinstallError,
    mistakes_in,
)
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeAlias

    from kfinstall.build.tree import PatchText, Tree

    Field: TypeAlias = "tuple[str, ...]"

MOST_FIELDS = 10_000
DEEPEST = 8
NAMING = (("kind",), ("metadata", "name"), ("metadata", "namespace"))


def note(mistakes: list[KfinstallError], problem: Exception, doubts: Doubts) -> None:
    """Keep the mistakes that cannot be the consequence of one before them."""
    mistakes += [mistake for mistake in mistakes_in(problem) if not _may_follow(mistake, doubts)]


def _may_follow(mistake: KfinstallError, doubts: Doubts) -> bool:
    if not isinstance(mistake, InputError):
        return False
    resources, field = mistake.premise
    if any(_may_be(wanted, other) for wanted in resources for other in doubts.resources):
        return True
    return field is not None and any(_is_within(_names(field), other) for other in doubts.fields)


def _may_be(wanted: tuple[str, str], other: tuple[str, str]) -> bool:
    """Could what is wanted be what is in doubt? Its name may have got prefixes and suffixes."""
    (kind, name), (its_kind, its_name) = wanted, other
    return (not kind or not its_kind or kind == its_kind) and (not name or its_name in name)


def _is_within(one: Field, other: Field) -> bool:
    """Is one the other, or in it, or the other in it?"""
    return all(mine == yours for mine, yours in zip(one, other, strict=False))


def _names(path: Iterable[str]) -> Field:
    """Give the names of fields in a path, without what tells items of a list apart."""
    return tuple(part.removesuffix("[]") for part in path if not _is_item(part))


def _is_item(part: str) -> bool:
    return part in ("-", "*", "") or part[:1] == "[" or part.lstrip("-+").isdecimal()


def left_by(kind: str, tree: Tree) -> Doubts:
    """Give what is in doubt where a transformer went wrong; `tree` is the kustomization, with no other of its kind."""
    if kind in LEFT_BY:
        return LEFT_BY[kind]
    left = _unwritten(FIELDS_OF[kind](tree))
    may_rename = kind == "PatchTransformer" and any(patch.options for patch in tree.kustomization.patches)
    return left | RESOURCES_IN_DOUBT if may_rename else left


def _replaced(tree: Tree) -> Iterator[Field]:
    for target in (target for replacement in tree.replacements for target in replacement.targets):
        for path in target.field_paths or ("metadata.name",):
            yield _names(path.replace("[", ".[").split("."))


def _patched(texts: Iterable[PatchText]) -> Iterator[Field]:
    return (field for text in texts for field in _written(text))


FIELDS_OF: dict[str, Callable[[Tree], Iterator[Field]]] = {
    "PatchStrategicMergeTransformer": lambda tree: _patched(tree.patches_strategic_merge),
    "PatchTransformer": lambda tree: _patched(tree.patches),
    "PatchJson6902Transformer": lambda tree: _patched(tree.patches_json6902),
    "ReplacementTransformer": _replaced,
}
"""What each of these would have written."""


def _unwritten(fields: Iterable[Field]) -> Doubts:
    found: set[Field] = set()
    for field in fields:
        found.add(field)
        if len(found) > MOST_FIELDS:
            return ALL_IN_DOUBT
    left = Doubts(fields=frozenset(found))
    may_rename = any(_is_within(naming, field) for naming in NAMING for field in found)
    return left | RESOURCES_IN_DOUBT if may_rename else left


def _written(text: PatchText) -> Iterator[Field]:
    """Give the fields that a patch writes."""
    for operation in text.operations or ():
        for key in ("path", "from"):
            pointer = operation.get(key) if isinstance(operation, dict) else None
            if isinstance(pointer, str):
                yield _names(pointer.split("/")[1:])
    for patch in text.resources or ():
        manifest = patch.manifest
        yield from ((),) if "$patch" in manifest else ()
        metadata = {key: value for key, value in metadata_of(manifest).items() if key not in ("name", "namespace")}
        rest = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")}
        yield from _leaves({"metadata": metadata, **rest} if metadata else rest, ())


def _leaves(value: Any, path: Field) -> Iterator[Field]:
    inner = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for key, child in inner:
        here = path if key is None else (*path, key)
        if isinstance(child, dict | list) and child and len(here) < DEEPEST:
            yield from _leaves(child, here)
        else:
            yield here
