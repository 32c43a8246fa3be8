"""Strategic merge patches: a resource and an example of what it should be like.

Mappings are merged; lists of kinds that Kubernetes knows are merged by their merge keys, items of the patch first; any
other list is replaced. `$patch: delete|replace|merge` says otherwise. As in kustomize, whose behaviour this is to the
byte, `$setElementOrder`, `$retainKeys` and `$deleteFromPrimitiveList` have no meaning and are kept as fields.

Source: kustomize v5.8.1, kyaml/yaml/merge2 and kyaml/yaml/walk.
"""

from __future__ import annotations

from kfinstall.build.keyed_lists import MISSING, NOTHING, MergeError, Value, is_found, merge_items
from kfinstall.build.merge_keys import ANY_FIELD, MergeKeys, MergeList, Type
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.scalar import source_text
from kfinstall.manifest.schema_comments import DescribedKey
from kfinstall.manifest.styled import put_over, settled

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    from kfinstall.resource import Manifest

    Path: TypeAlias = "tuple[str | int, ...]"

DIRECTIVE = "$patch"


class Known(NamedTuple):
    """What is known about a value: all merge keys, and the type of this one (None: nothing).

    `has_schemas`: keys may hold a schema, which then counts.
    """

    keys: MergeKeys
    type: Type | MergeList | None
    has_schemas: bool = False

    def field(self, name: str) -> Known:
        """Give the same for a field of a mapping."""
        found = (self.type.get(name) or self.type.get(ANY_FIELD)) if isinstance(self.type, dict) else None
        return Known(self.keys, self.keys.types.get(found) if isinstance(found, str) else found, self.has_schemas)

    def items(self) -> Known:
        """Give the same for the items of a list."""
        found = self.keys.types.get(self.type.items) if isinstance(self.type, MergeList) else None
        return Known(self.keys, found, self.has_schemas)

    def described(self, name: str, *holders: Value) -> Known:
        """Give the same for a field whose key may hold a schema in one of the mappings; the first counts."""
        keys = (key for holder in holders if isinstance(holder, dict) for key in holder if key == name)
        schema = next((key.schema for key in keys if isinstance(key, DescribedKey)), None)
        if not schema:
            return self.field(name)
        from kfinstall.build.schemas import describe

        found, known = describe(schema, self.keys)
        return Known(known, found, has_schemas=True)


def merge(
    resource: Value,
    patch: Value,
    keys: MergeKeys,
    *,
    has_schemas: bool = False,
    empties: Iterable[Path] = (),
    patch_empties: Iterable[Path] = (),
) -> Value:
    """Give the resource as the patch wants it; MISSING when the patch deletes it. Copies along the path only.

    In:     `has_schemas`: keys of the two hold schemas; `empties`, `patch_empties`: the paths of their fields that
            were written with nothing behind them.
    Raises: MergeError when the patch has another shape than the resource, or an unknown directive.
    """
    if isinstance(patch, dict) and patch.get(DIRECTIVE) == "replace":
        return resource  # kustomize forgets what it made
    if empties or patch_empties:
        type_ = keys.of_kind(resource)
        resource = _with_nothings(resource, empties, type_, keys)
        patch = _with_nothings(patch, patch_empties, type_, keys)
    return _merge(resource, patch, Known(keys, None, has_schemas))


def _shape(value: Value) -> type | None:
    if value is None or value is MISSING:
        return None
    return type(value) if isinstance(value, dict | list) else str


def _merge(old: Value, patch: Value, known: Known) -> Value:
    is_nothing, old = old is NOTHING, MISSING if old is NOTHING else old
    patch = None if patch is NOTHING else patch
    shape, patch_shape = _shape(old), _shape(patch)
    if shape and patch_shape and shape is not patch_shape:
        raise MergeError(f"the patch has {_named(patch_shape)} where there is {_named(shape)}")
    shape = shape or patch_shape
    if shape is list:
        return _merge_list(old, patch, known)
    if shape is str:
        return _merge_scalar(None if is_nothing else old, patch)
    return _merge_mapping(old, patch, known)


def _named(shape: type) -> str:
    return "a mapping" if shape is dict else "a list" if shape is list else "a scalar"


def _merge_scalar(old: Value, patch: Value) -> Value:
    if patch is MISSING or patch is old:
        return settled(old)
    if patch is None:
        return MISSING
    return settled(patch) if old is MISSING else put_over(old, patch)


def _merge_mapping(old: Value, patch: Value, known: Known) -> Value:
    if known.type is None:
        known = known._replace(type=_type_of(old, patch, known.keys))
    if patch is MISSING and old is None:
        return None
    start, patch = _start_mapping(old, patch)
    if not isinstance(start, dict):
        return MISSING
    result = start
    for name in sorted(start.keys() | patch.keys()) if isinstance(patch, dict) else sorted(start):
        if not name:
            raise MergeError("a key is empty text, which kustomize does not merge")
        before = start.get(name, MISSING)
        inner = known.described(name, start, patch) if known.has_schemas else known.field(name)
        after = _merge_field(name, before, patch.get(name, MISSING) if isinstance(patch, dict) else MISSING, inner)
        if after is not before:
            result = dict(result) if result is start else result
            _set(result, name, after)
    return result


def _set(mapping: dict[str, Any], name: str, value: Value) -> None:
    if value is MISSING:
        mapping.pop(name, None)
    else:
        mapping[str(name) if type(name) is DescribedKey else name] = value  # a key that is there stays the same


def _merge_field(name: str, old: Value, patch: Value, known: Known) -> Value:
    try:
        merged = _merge(old, patch, known)
    except MergeError as error:
        error.path.append(name)
        raise
    # A null stays only where the resource has it and the patch says nothing.
    return MISSING if merged is None and patch is not MISSING else merged


def _type_of(old: Value, patch: Value, keys: MergeKeys) -> Type | None:
    """Give the type of a whole object, by its kind; it may stand within another."""
    for value in (old, patch):
        if isinstance(value, dict) and value.get("kind") and value.get("apiVersion"):
            found = keys.of_kind(value)
            if found is not None:
                return found
    return None


def _start_mapping(old: Value, patch: Value) -> tuple[Value, Value]:
    """Give the mapping that fields are merged into, and the patch without its directive."""
    if old is MISSING or old is None:
        if not isinstance(patch, dict):
            return MISSING, MISSING
        directive = patch.get(DIRECTIVE)
        if directive == "delete":
            return MISSING, MISSING
        patch = _without_directive(patch) if directive in ("replace", "merge") else patch
        return patch, patch
    if patch is MISSING:
        return old, MISSING
    if patch is None:
        return MISSING, MISSING
    is_new = old is patch  # a part of the patch that is merged with itself
    directive = _directive(patch)
    if directive == "delete":
        return MISSING, MISSING
    patch = _without_directive(patch)
    return (patch, patch) if directive == "replace" or is_new else (old, patch)


def _directive(patch: dict[str, Any]) -> str:
    return _checked(source_text(patch[DIRECTIVE])) if DIRECTIVE in patch else "merge"


def _checked(directive: str) -> str:
    if directive not in ("delete", "replace", "merge"):
        raise MergeError(f"$patch is '{directive}'; it is one of: delete, replace, merge")
    return directive


def _without_directive(patch: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in patch.items() if name != DIRECTIVE} if DIRECTIVE in patch else patch


def _merge_list(old: Value, patch: Value, known: Known) -> Value:
    if not isinstance(known.type, MergeList):
        return _merge_scalar(old, patch)
    start, patch = _start_list(old, patch)
    if not isinstance(start, list):
        return MISSING
    return merge_items(start, patch, known.type.keys, lambda one, other: _merge(one, other, known.items()))


def _start_list(old: Value, patch: Value) -> tuple[Value, Value]:
    if old is MISSING or old is None:
        return patch, patch
    if patch is None:
        return MISSING, MISSING
    if patch is MISSING:
        return old, MISSING
    directive = next((item[DIRECTIVE] for item in patch if isinstance(item, dict) and DIRECTIVE in item), None)
    holder = next((item for item in patch if isinstance(item, dict) and DIRECTIVE in item), {})
    if directive is None or len(holder) > 1:
        return old, patch
    checked = _checked(source_text(directive))
    if checked == "delete":
        return MISSING, MISSING
    rest = [item for item in patch if not _is_directive(item, checked)]
    return (rest, rest) if checked == "replace" or old is patch else (old, rest)


def _is_directive(item: Value, directive: str) -> bool:
    """Is the item dropped with the directive? Nulls and empty mappings go with it."""
    return item is None or item == {} or (isinstance(item, dict) and item.get(DIRECTIVE) == directive)


def _with_nothings(manifest: Manifest, paths: Iterable[Path], type_: Type | None, keys: MergeKeys) -> Manifest:
    """Mark the fields that were written with nothing behind them, where a merge comes by and drops them.

    It goes through mappings and through lists with merge keys; other lists are not looked into.
    """
    for path in paths:
        manifest = _settled(manifest, path, Known(keys, type_))
    return manifest


def _settled(node: Value, path: Path, known: Known) -> Value:
    at = path[0]
    if isinstance(node, list) and isinstance(at, int) and isinstance(known.type, MergeList) and at < len(node):
        new = _settled(node[at], path[1:], known.items()) if len(path) > 1 else node[at]
        if new is node[at]:
            return node
        items = [*node[:at], new, *node[at + 1 :]]
        return items if is_found(items, new, known.type.keys) else node
    if not isinstance(node, dict) or at not in node:
        return node
    if len(path) == 1:
        return {**node, at: NOTHING} if node[at] in (None, "") else node
    new = _settled(node[at], path[1:], known.field(str(at)))
    return node if new is node[at] else {**node, at: new}
