"""`vars`: `$(NAME)` in the fields of varReference, replaced by the value of a field of some resource."""

from __future__ import annotations

from kfinstall.build.field_paths import lookup, parse_field_path
from kfinstall.build.field_specs import PathError, chooser, write_fields
from kfinstall.build.ids import (
    CLUSTER,
    CLUSTER_SCOPED,
    DEFAULT,
    BuildId,
    all_ids,
    map_resources,
    with_manifest,
    with_notes,
)
from kfinstall.build.keyed_lists import MISSING
from kfinstall.build.places import index_places
from kfinstall.errors import InputError, Premise, about, collect, raise_all
from kfinstall.light import TYPE_CHECKING, lazy_pattern
from kfinstall.manifest.scalar import (
    INT64,
    INTEGER,
    QuotedValue,
    SourceText,
    SpelledBool,
    Unquoted,
    Untyped,
    source_text,
)
from kfinstall.resource import Resource, parse_api_version

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from kfinstall.build.kustomization import FieldSpec, Var, VarTarget

    Count: TypeAlias = "Callable[[str], str]"

NO_TEXTS = (SourceText, QuotedValue, Unquoted)
"""Types of texts that stand for something else."""

MAX_EXPANDED = 64 * 1024 * 1024
"""Characters that the vars of one build may come to, in all the places they stand in."""

DEFAULT_PATH = "metadata.name"
_SLICE = lazy_pattern(r"(?a)(.*)\[([0-9]{1,18})\]\Z")


def mark_vars(resources: Sequence[Resource], variables: Iterable[Var]) -> tuple[Resource, ...]:
    """Note on resources which vars read them, as long as their ids are those that the vars name.

    Raises: InputError when one fits several.
    """
    done = list(resources)
    by_name = index_places(done).by_name
    for var in variables:
        found = [at for at in sorted(by_name.get(var.objref.name, ())) if _is_target(done[at], var.objref)]
        if len(found) > 1:
            places = ", ".join(str(done[at].origin) for at in found)
            message = f"the var '{var.name}' fits several resources: {places}"
            raise InputError(
                message,
                origin=var.origin,
                hint="say the namespace in its objref",
                premise=about(var.objref.kind, var.objref.name),
            )
        for at in found:
            notes = done[at].notes
            done[at] = with_notes(done[at], notes._replace(vars=(*notes.vars, var.name)))
    return tuple(done)


def _is_target(resource: Resource, target: VarTarget) -> bool:
    group, version = parse_api_version(target.api_version) if target.api_version else (target.group, target.version)
    api_version = f"{group}/{version}" if group else version
    is_clustered = f"{api_version} {target.kind}" in CLUSTER_SCOPED
    namespace = CLUSTER if is_clustered else target.namespace or DEFAULT
    wanted = BuildId(group, version, target.kind, namespace, target.name)
    if target.namespace or is_clustered:
        return wanted in all_ids(resource)
    return any(one._replace(namespace=namespace) == wanted for one in all_ids(resource))


def merge_vars(variables: Sequence[Var], more: Iterable[Var]) -> tuple[Var, ...]:
    """Give both as one.

    Raises: InputError, or a group of them, for names that come twice.
    """
    merged = {var.name: var for var in variables}
    errors = []
    for var in more:
        if var.name in merged:
            hint = f"the other is at {merged[var.name].origin}; give one another name"
            errors.append(InputError(f"the var '{var.name}' is there twice", origin=var.origin, hint=hint))
        merged.setdefault(var.name, var)
    raise_all(errors)
    return tuple(merged.values())


def resolve_vars(
    resources: Sequence[Resource], variables: Sequence[Var], specs: Sequence[FieldSpec]
) -> tuple[Resource, ...]:
    """Replace `$(NAME)` in the fields that the field specs lead to; unknown names stay as they are.

    Raises: InputError when a var names no resource, or a field that is not there.
    Source: kustomize v5.8.1, api/filters/refvar.
    """
    if not variables:
        return tuple(resources)
    by_var = {name: resource for resource in reversed(resources) for name in resource.notes.vars}
    values = dict(collect(sorted(variables), lambda var: (var.name, _value(var, by_var.get(var.name)))))
    choose, setter = chooser(specs), _setter(values, _counting())

    def change(resource: Resource) -> Resource:
        return with_manifest(resource, write_fields(resource, choose(resource), setter))

    return map_resources(resources, change)


def _value(var: Var, resource: Resource | None) -> Any:
    if resource is None:
        wanted = f"{var.objref.kind} {var.objref.name}"
        hint = "its objref must have the apiVersion, kind and name of a resource"
        message = f"the var '{var.name}' names no resource: {wanted}"
        raise InputError(message, origin=var.origin, hint=hint, premise=about(var.objref.kind, var.objref.name))
    path = var.fieldref.field_path or DEFAULT_PATH
    try:
        value = lookup(resource.manifest, _with_slices(parse_field_path(path)))
    except PathError:
        value = MISSING
    if value is MISSING:
        hint = f"the resource is from {resource.origin}"
        message, premise = f"the var '{var.name}' names no field: '{path}'", Premise(field=tuple(path.split(".")))
        raise InputError(message, origin=var.origin, hint=hint, premise=premise)
    if value is None and tuple(path.split(".")) in resource.notes.empty_nulls:
        return ""
    try:
        return _as_read(value)
    except ValueError:
        message = f"the var '{var.name}' cannot be read: '{path}' is {source_text(value)}"
        hint = f"write it as a decimal number, or in quotes; the resource is from {resource.origin}"
        raise InputError(message, origin=var.origin, hint=hint) from None


def _as_read(value: Any) -> Any:
    """Give a value as kustomize reads it for a var: dates and nulls are text, integers decimal (`010` is ten).

    Raises: ValueError for a number that is written in another way.
    Source: kustomize v5.8.1, kyaml/yaml/rnode.go, GetFieldValue.
    """
    text = source_text(value)
    if value is None or isinstance(value, SourceText):
        return text
    if isinstance(value, SpelledBool):
        return value.value
    if isinstance(value, QuotedValue):
        return _as_read(value.value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return _decimal(text) if INTEGER.match(text.replace("_", "")) else value


def _decimal(text: str) -> int:
    if "_" in text or int(text) not in INT64:
        raise ValueError(text)
    return int(text)


def _with_slices(path: Iterable[str]) -> tuple[str, ...]:
    """Split `ports[0]` into `ports` and `0`."""
    parts: list[str] = []
    for part in path:
        found = _SLICE.match(part)
        parts += [one for one in found.groups() if one] if found else [part]
    return tuple(parts)


def _counting() -> Count:
    """Give what counts the texts that vars are replaced by, and stops where they come to too much."""
    counted = 0

    def count(text: str) -> str:
        nonlocal counted
        counted += len(text)
        if counted > MAX_EXPANDED:
            raise PathError(f"the vars of this build come to more than {MAX_EXPANDED} characters")
        return text

    return count


def _setter(values: Mapping[str, Any], count: Count) -> Callable[[Any], Any]:
    def expanded(text: str) -> Any:
        return expand(str(text) if isinstance(text, Untyped) else text, values, count)

    def expand_item(item: Any) -> Any:
        if not _is_text(item):
            raise PathError(f"{item!r} is no text")
        return expanded(item)

    def setter(old: Any) -> Any:
        if isinstance(old, dict):
            new: Any = {key: expanded(value) if _is_text(value) else value for key, value in old.items()}
        elif isinstance(old, list):
            new = [expand_item(item) for item in old]
        else:
            new = expanded(old) if _is_text(old) else old
        return old if new == old and not _has_untyped(old) else new

    return setter


def _is_text(value: Any) -> bool:
    """Is it text, or what has no type yet?"""
    return isinstance(value, Untyped) or (isinstance(value, str) and not isinstance(value, NO_TEXTS))


def _has_untyped(value: Any) -> bool:
    """Does text without a type stand in it? That is text, once a var might have been there."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
    return any(isinstance(one, Untyped) for one in inner)


_VARIABLE = lazy_pattern(r"\$(?:(\$)|\(([^)]*)\))")


def expand(text: str, values: Mapping[str, Any], count: Count = str) -> Any:
    """Give text with its variables replaced; `$$` is a dollar. Text that is one variable takes the value's type.

    In:     `count` is told each text that is put in.
    Source: kustomize v5.8.1, api/filters/refvar/expand.go.
    """
    whole = _VARIABLE.fullmatch(text)
    if whole and whole[2] is not None:
        return _scalar(values, whole[2], text)

    def replace(found: re.Match[str]) -> str:
        return "$" if found[1] else count(_as_text(_scalar(values, found[2], found[0])))

    return _VARIABLE.sub(replace, text) if "$" in text else text


def _as_text(value: Any) -> str:
    """Give a scalar within text; a number as Go prints it, not as it was written."""
    if isinstance(value, float):
        return repr(float(value))
    return str(int(value)) if isinstance(value, int) and not isinstance(value, bool) else source_text(value)


def _scalar(values: Mapping[str, Any], name: str, text: str) -> Any:
    value = values.get(name)
    return text if value is None or isinstance(value, dict | list) else value
