"""`replacements`: copies a value from one resource, or a given one, into fields of others.

Source: kustomize v5.8.1, api/filters/replacement.
"""

from __future__ import annotations

from kfinstall.build.field_paths import CREATED, lookup, parse_field_path, replace_all
from kfinstall.build.field_specs import Path, PathError
from kfinstall.build.ids import DEFAULT, all_ids, current_id, namespace_of, previous_ids, with_manifest, with_untyped
from kfinstall.build.keyed_lists import MISSING
from kfinstall.build.places import Places, find_places, index_places, note_place
from kfinstall.build.scalars import TypeMismatchError, mistyped, typed_as
from kfinstall.build.selectors import Matcher, make_matcher, matches_kind, matches_labels
from kfinstall.build.structured import write_structured
from kfinstall.errors import InputError, Premise, about, collect, did_you_mean
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import Untyped, source_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    from kfinstall.build.kustomization import FieldOptions, Replacement, ReplacementSource, ReplacementTarget, Selector
    from kfinstall.resource import Manifest, Resource

Mistake: TypeAlias = "Callable[[object], InputError]"
"""A reason -> the mistake, at its place."""

MAX_TEXT = 2 * 1024 * 1024
DEFAULT_PATH = "metadata.name"


def replace(resources: Sequence[Resource], replacements: Sequence[Replacement]) -> tuple[Resource, ...]:
    """Carry out the replacements, one after the other.

    Raises: InputError, or a group of them, when a source is not there, or is not one, or a target's fields are not
            there.
    """
    done = list(resources)
    places = index_places(done)

    def carry_out(replacement: Replacement) -> None:
        value = _value(done, places, replacement)
        collect(replacement.targets, lambda target: _write_target(done, places, target, value))

    collect(replacements, carry_out)
    return tuple(done)


def _value(resources: Sequence[Resource], places: Places, replacement: Replacement) -> Any:
    source = replacement.source
    if not replacement.targets or (source is None and replacement.source_value is None):
        hint = "it needs 'source' or 'sourceValue', and 'targets'"
        raise InputError("a replacement has no source or no target", origin=replacement.origin, hint=hint)
    if source is None:
        return Untyped(replacement.source_value or "")
    if replacement.source_value is not None:
        message = "a replacement has both 'source' and 'sourceValue'"
        raise InputError(message, origin=replacement.origin, hint="remove one of them")
    resource = _source(resources, places, source)
    path = source.field_path or DEFAULT_PATH
    try:
        value = lookup(resource.manifest, parse_field_path(path))
        if value is MISSING or value is None or value == {} or value == []:
            raise PathError("nothing is there")
        return _part(value, source.options)
    except InputError as error:  # of a pattern, which does not know its place
        raise InputError(error.message, origin=source.origin, hint=error.hint) from None
    except PathError as error:
        message = f"the source '{path}' of {current_id(resource)} cannot be read: {error}"
        hint, premise = f"the resource is from {resource.origin}", Premise(field=parse_field_path(path))
        raise InputError(message, origin=source.origin, hint=hint, premise=premise) from None


def _source(resources: Sequence[Resource], places: Places, source: ReplacementSource) -> Resource:
    near = places.by_name.get(source.name, ()) if source.name else places.by_kind.get(source.kind, ())
    seen = sorted(near) if source.name or source.kind else range(len(resources))
    found = [resources[at] for at in seen if _is_source(resources[at], source)]
    if len(found) == 1:
        return found[0]
    wanted = " ".join(f"{name} '{value}'" for name, value in zip(source._fields[:5], source[:5], strict=False) if value)
    if found:
        there = ", ".join(f"{current_id(one)} ({one.origin})" for one in found)
        message = f"the source of a replacement, {wanted}, is several resources: {there}"
        hint = "say more of it: group, kind, name, namespace"
        raise InputError(message, origin=source.origin, hint=hint, premise=about(source.kind, source.name))
    names = {one.name for resource in resources for one in all_ids(resource)}
    hint = did_you_mean(source.name, names) or "no resource here has, or had, that kind, name and namespace"
    message = f"there is no source of a replacement, {wanted}"
    raise InputError(message, origin=source.origin, hint=hint, premise=about(source.kind, source.name))


def _is_source(resource: Resource, source: ReplacementSource) -> bool:
    ids = [(*one[:3], one.name, namespace) for one, namespace in _ids(resource, default=DEFAULT)]
    wanted = (source.group, source.version, source.kind, source.name, source.namespace)
    return any(all(not want or want == have for want, have in zip(wanted, one, strict=True)) for one in ids)


def _ids(resource: Resource, default: str = "") -> list[tuple[Any, str]]:
    """Give the ids with their namespaces as replacements see them; the present one first."""
    return [
        (current_id(resource), namespace_of(resource) or default),
        *((one, one.namespace) for one in previous_ids(resource)),
    ]


def _part(value: Any, options: FieldOptions | None) -> Any:
    if options is None or not options.delimiter:
        return value
    if isinstance(value, dict | list):
        raise PathError("a delimiter is for scalars")
    parts = source_text(value).split(options.delimiter)
    if not 0 <= options.position < len(parts):
        raise PathError(f"there is no index {options.position} among {len(parts)} parts")
    part = parts[options.position]
    return part if isinstance(value, str) else Untyped(part)


def _write_target(resources: list[Resource], places: Places, target: ReplacementTarget, value: Any) -> None:
    if target.select is None:
        raise InputError("a target of a replacement has no 'select'", origin=target.origin, hint="say what to change")
    select = make_matcher(target.select)
    rejects = [(reject, make_matcher(reject)) for reject in target.reject]
    for at in find_places(places, target.select.name, target.select.kind):
        if _is_target(resources[at], select, rejects):
            resources[at] = with_untyped(with_manifest(resources[at], _written(resources[at], target, value)))
            note_place(places, at, resources[at])


def _is_target(resource: Resource, select: Matcher, rejects: Sequence[tuple[Selector, Matcher]]) -> bool:
    if not matches_labels(select, resource):
        return False
    ids = _ids(resource)
    if not any(_matches_id(select, *one) for one in ids):
        return False
    return not any(
        (_is_on_labels(reject) and matches_labels(matcher, resource))
        or (matcher.is_on_ids and any(_matches_id(matcher, *one) for one in ids))
        for reject, matcher in rejects
    )


def _is_on_labels(reject: Selector) -> bool:
    return bool(reject.label_selector or reject.annotation_selector)


def _matches_id(matcher: Matcher, one: Any, namespace: str) -> bool:
    return (
        matches_kind(matcher, one.group, one.version, one.kind)
        and (matcher.name is None or matcher.name(one.name))
        and (matcher.namespace is None or matcher.namespace(namespace))
    )


def _written(resource: Resource, target: ReplacementTarget, value: Any) -> Manifest:
    manifest = resource.manifest
    for text in target.field_paths or (DEFAULT_PATH,):

        def mistake(reason: object, text: str = text) -> InputError:
            message = f"the target '{text}' of {current_id(resource)} cannot be written: {reason}"
            hint = f"the resource is from {resource.origin}; 'create: true' in options makes a field that is missing"
            premise = Premise(field=parse_field_path(text))
            return InputError(message, origin=target.origin, hint=hint, premise=premise)

        try:
            manifest = _write_path(manifest, parse_field_path(text), target.options, value, mistake)
        except InputError as error:  # of a pattern, which does not know its place
            raise InputError(error.message, origin=target.origin, hint=error.hint) from None
        except PathError as error:
            raise mistake(error) from None
    return manifest


def _write_path(manifest: Manifest, path: Path, options: FieldOptions | None, value: Any, mistake: Mistake) -> Manifest:
    created = _shape(value) if options and options.create else None
    structured = write_structured(manifest, path, value, create=created is not None)
    if structured is not None:
        return structured

    def setter(old: Any) -> Any:
        try:
            return _new_value(old, value, options)
        except TypeMismatchError as error:  # a mistake only if it stays there
            return mistyped(old, _new_text(old, value, options), mistake(error))

    new, count = replace_all(manifest, path, setter, created)
    if not count:
        raise PathError("nothing is there")
    result: Manifest = new
    return result


def _shape(value: Any) -> type:
    return type(value) if isinstance(value, dict | list) else str


def _new_value(old: Any, value: Any, options: FieldOptions | None) -> Any:
    if isinstance(old, dict | list):
        if options is not None and options.delimiter:
            raise PathError("a delimiter is for scalars")
        return value
    text = _new_text(old, value, options)
    return Untyped(text) if old is CREATED else typed_as(old, text)


def _new_text(old: Any, value: Any, options: FieldOptions | None) -> str:
    if options is None or not options.delimiter:
        return source_text(value)
    return _joined("" if old is CREATED else source_text(old), source_text(value), options)


def _joined(old: str, value: str, options: FieldOptions) -> str:
    if len(old) + len(value) > MAX_TEXT:
        raise PathError(f"the text would be longer than {MAX_TEXT} characters")
    parts = old.split(options.delimiter)
    if options.position < 0:
        parts = [value, *parts]
    elif options.position >= len(parts):
        parts = [*parts, value]
    else:
        parts[options.position] = value
    return options.delimiter.join(parts)
