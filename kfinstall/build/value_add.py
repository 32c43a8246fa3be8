"""The ValueAddTransformer: writes one value into fields of many resources, or into paths that stand in them.

Source: kustomize v5.8.1, api/filters/valueadd and kyaml/filesys, InsertPathPart.
"""

from __future__ import annotations

from kfinstall.build.decode import decode_plain
from kfinstall.build.field_paths import CREATED, replace_all
from kfinstall.build.field_specs import PathError, split_path
from kfinstall.build.ids import current_id, with_manifest, with_untyped
from kfinstall.build.namespace import set_namespace
from kfinstall.build.selectors import make_matcher, selects
from kfinstall.build.tree import content_of
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest import parse_plain, source_text
from kfinstall.manifest.styled import put_untyped
from kfinstall.resource import Origin, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kfinstall.build.kustomization import Selector
    from kfinstall.build.tree import Tree


class ValueTarget(NamedTuple):
    """Where the value goes; from 1, `file_path_position` is its place among the parts of a path."""

    selector: Selector | None = None
    field_path: str = ""
    file_path_position: int = 0


class ValueTargets(NamedTuple):
    """What a file of targets holds."""

    targets: tuple[ValueTarget, ...] = ()


class ValueAdd(NamedTuple):
    """What the ValueAddTransformer is told."""

    value: str = ""
    targets: tuple[ValueTarget, ...] = ()
    target_file_path: str = ""


def add_value(resources: tuple[Resource, ...], told: ValueAdd, tree: Tree, origin: Origin) -> tuple[Resource, ...]:
    """Write the value; without one, the name of the folder.

    Raises: InputError when there is no target, or one is wrong.
    """
    value = told.value.strip() or tree.root.rstrip("/").rpartition("/")[2]
    targets = list(_targets(told, tree, origin))
    if not targets:
        raise InputError("the ValueAddTransformer has no targets", origin=origin, hint="add 'targets:'")
    for target in targets:
        if not target.field_path or target.file_path_position < 0:
            hint = "it needs 'fieldPath', and no filePathPosition below 0"
            raise InputError("a target of the ValueAddTransformer is wrong", origin=origin, hint=hint)
        resources = tuple(_added(resource, target, value, origin) for resource in resources)
    return resources


def _targets(told: ValueAdd, tree: Tree, origin: Origin) -> Iterator[ValueTarget]:
    yield from told.targets
    if told.target_file_path:
        shown = tree.show(told.target_file_path)
        plain = parse_plain(content_of(tree.files, told.target_file_path, origin), shown)
        yield from decode_plain(plain, ValueTargets, Origin(shown)).targets


def _added(resource: Resource, target: ValueTarget, value: str, origin: Origin) -> Resource:
    if target.selector is not None and not selects(make_matcher(target.selector), resource):
        return resource
    if target.field_path == "metadata/namespace":
        (moved,) = set_namespace([resource], value, (), origin)
        return with_manifest(resource, moved.manifest)

    def setter(old: Any) -> Any:
        if isinstance(old, dict | list):
            raise PathError(f"{old!r} is no scalar")
        before = "" if old is None or old is CREATED else source_text(old)
        at = target.file_path_position
        text = insert_part(before, at - 1, value) if at else value
        return put_untyped(old, text)

    try:
        manifest, _ = replace_all(resource.manifest, split_path(target.field_path), setter, str)
    except PathError as error:
        message = f"'{target.field_path}' of {current_id(resource)} cannot be written: {error}"
        raise InputError(message, origin=origin, hint=f"the resource is from {resource.origin}") from None
    return with_untyped(with_manifest(resource, manifest))


def insert_part(path: str, position: int, part: str) -> str:
    """Give a path with one more part at a position, or at its end when it is shorter; a leading slash stays first."""
    lead = "/" if path.startswith("/") else ""
    parts = [one for one in path.split("/") if one]
    return lead + "/".join([*parts[:position], part, *parts[position:]])
