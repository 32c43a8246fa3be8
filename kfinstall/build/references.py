"""Name references: where a resource names another, and that other was renamed, the name is corrected.

Every resource that a name could mean is found through an index by the names it had; from there on the rules are
kustomize's: same kind, a namespace that can be seen, and, where several are left, the same prefixes and suffixes.

Source: kustomize v5.8.1, api/filters/nameref and api/resmap, SubsetThatCouldBeReferencedByResource.
"""

from __future__ import annotations

from kfinstall.build.field_specs import Path, PathError, is_absent, matches, split_path, write
from kfinstall.build.ids import (
    CLUSTER,
    BuildId,
    current_id,
    effective_namespace,
    is_cluster_scoped,
    kind_of,
    map_resources,
    name_of,
    namespace_of,
    original_id,
    previous_ids,
    text_of,
    with_manifest,
)
from kfinstall.build.kustomization import FieldSpec, NameReference
from kfinstall.errors import InputError, about
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.scalar import Unquoted, source_text
from kfinstall.manifest.styled import put_untyped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from kfinstall.resource import Resource


class Candidate(NamedTuple):
    """A resource that was renamed, and so may be meant by an old name."""

    resource: Resource
    previous: tuple[BuildId, ...]
    name: str
    namespace: str
    effective: str
    is_account: bool


class Index(NamedTuple):
    """What names can mean.

    `by_name`: a name that resources had before -> those resources, in order. `moved`: a namespace that resources were
    in first -> the namespaces those are in now, as they effectively are and as they say.
    """

    by_name: Mapping[str, Sequence[Candidate]]
    moved: Mapping[str, frozenset[tuple[str, str]]]


Rule: TypeAlias = "tuple[NameReference, FieldSpec, Path]"


def fix_references(resources: Sequence[Resource], references: Sequence[NameReference]) -> tuple[Resource, ...]:
    """Correct all fields that hold the name of a resource which has another one now.

    They are looked at even where nothing was renamed: what is wrong then is wrong at any time.

    Raises: InputError when a name may mean several resources, or a field that should hold a name is of another shape.
    """
    index = _index(resources)
    rules = [(one, spec, split_path(spec.path)) for one in references for spec in one.field_specs]
    known: dict[tuple[str, str, str], list[Rule]] = {}

    def change(resource: Resource) -> Resource:
        first = original_id(resource)[:3]
        if first not in known:
            known[first] = [rule for rule in rules if matches(rule[1], *first)]
        return _fixed(resource, known[first], index)

    return map_resources(resources, change)


def _index(resources: Iterable[Resource]) -> Index:
    by_name: dict[str, list[Candidate]] = {}
    moved: dict[str, set[tuple[str, str]]] = {}
    for resource in resources:
        previous = tuple(previous_ids(resource))
        effective, namespace = effective_namespace(resource), namespace_of(resource)
        moved.setdefault(previous[0].namespace if previous else effective, set()).add((effective, namespace))
        is_account = kind_of(resource) == "ServiceAccount"
        one = Candidate(resource, previous, name_of(resource), namespace, effective, is_account)
        for name in dict.fromkeys(old.name for old in previous):
            by_name.setdefault(name, []).append(one)
    return Index(by_name, {namespace: frozenset(places) for namespace, places in moved.items()})


class Referrer(NamedTuple):
    """The resource a name stands in, and what it can see."""

    resource: Resource
    is_cluster_scoped: bool
    effective: str
    account_namespaces: frozenset[str]


def _referrer(resource: Resource) -> Referrer:
    return Referrer(
        resource,
        is_cluster_scoped(resource),
        effective_namespace(resource),
        _account_namespaces(resource) if kind_of(resource) == "RoleBinding" else frozenset(),
    )


def _account_namespaces(resource: Resource) -> frozenset[str]:
    """Give the namespaces that a RoleBinding names service accounts of."""
    subjects = resource.manifest.get("subjects")
    namespaces = []
    for subject in subjects if isinstance(subjects, list) else ():
        if isinstance(subject, dict) and "namespace" in subject and not isinstance(subject.get("kind", ""), str):
            message = f"a subject of {current_id(resource)} has no kind that is text"
            raise InputError(message, origin=resource.origin, hint="write ServiceAccount, User or Group")
        if isinstance(subject, dict) and subject.get("kind") == "ServiceAccount" and "namespace" in subject:
            if not isinstance(subject["namespace"], str):
                message = f"a subject of {current_id(resource)} has a namespace that is no text"
                raise InputError(message, origin=resource.origin, hint="give it one, or leave the field out")
            namespaces.append(subject["namespace"])
    return frozenset(namespaces)


def _fixed(resource: Resource, rules: Sequence[Rule], index: Index) -> Resource:
    if not rules:
        return resource
    _require_version(resource)
    referrer = _referrer(resource)
    manifest = resource.manifest
    for reference, spec, path in rules:
        if is_absent(manifest, path):
            continue
        setter = _setter(referrer, reference, spec, index)
        try:
            manifest = write(manifest, path, setter)
        except PathError as error:
            message = f"field '{spec.path}' of {current_id(resource)} holds no name: {error}"
            hint = "write the name of a resource there, as text"
            raise InputError(message, origin=resource.origin, hint=hint) from None
    return with_manifest(resource, manifest)


def _require_version(resource: Resource) -> None:
    """Refuse a resource that may name others, and whose apiVersion is null."""
    version = resource.manifest.get("apiVersion")
    if isinstance(version, Unquoted) and version.value is None:
        hint = "write one, such as v1"
        raise InputError(f"the apiVersion of {current_id(resource)} is null", origin=resource.origin, hint=hint)


def _setter(referrer: Referrer, reference: NameReference, spec: FieldSpec, index: Index) -> Callable[[Any], Any]:
    role = _role_of(referrer.resource) if spec.path.endswith("roleRef/name") else None

    def choose(name: str, namespace: str | None = None, *, with_namespace: bool = False) -> Candidate | None:
        found = index.by_name.get(name)
        if not found:
            return None
        seen = [one for one in found if _is_named(one, reference, role) and _is_seen(one, referrer)]
        if namespace is not None:
            seen = _in_namespace(seen, namespace, index, referrer)
        return _select(seen, referrer, name, with_namespace=with_namespace)

    def setter(value: Any) -> Any:
        if isinstance(value, list):
            items = [_item(item) for item in value]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        return _item(value)

    def _item(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, dict):
            return _named_mapping(value, choose)
        if isinstance(value, list):
            raise PathError(f"{value!r} is neither a name nor a mapping with one")
        found = choose(source_text(value))
        return value if found is None or found.name == source_text(value) else put_untyped(value, found.name)

    return setter


def _named_mapping(value: dict[str, Any], choose: Callable[..., Candidate | None]) -> dict[str, Any]:
    """Correct the name, and the namespace along with it, in a mapping such as a subject."""
    if "name" not in value:
        raise PathError("it is a mapping without 'name'")
    name = text_of(value["name"])
    namespace = text_of(value["namespace"]) if "namespace" in value else None
    found = choose(name, namespace, with_namespace=True)
    if found is None or (found.name == name and not found.namespace):
        return value
    fields = {"name": put_untyped(value["name"], found.name)}
    if found.namespace:
        fields["namespace"] = _put(value, "namespace", found.namespace)
    is_same = all(value.get(key) == text and type(value.get(key)) is type(text) for key, text in fields.items())
    return value if is_same else {**value, **fields}


def _put(mapping: dict[str, Any], name: str, text: str) -> str:
    return put_untyped(mapping[name], text) if name in mapping else text


def _is_named(one: Candidate, reference: NameReference, role: tuple[str, str] | None) -> bool:
    """Was the candidate of the kind that the field names, and of the one that `roleRef` says?"""
    pattern = FieldSpec(*reference[:3])
    if not any(matches(pattern, *old[:3]) for old in one.previous):
        return False
    return role is None or any(matches(FieldSpec(role[0], "", role[1]), *old[:3]) for old in one.previous)


def _role_of(resource: Resource) -> tuple[str, str] | None:
    role = resource.manifest.get("roleRef")
    if not isinstance(role, dict) or "apiGroup" not in role or "kind" not in role:
        return None
    return text_of(role["apiGroup"]), text_of(role["kind"])


def _is_seen(one: Candidate, referrer: Referrer) -> bool:
    """Can the referrer name the candidate? Across namespaces only service accounts of a RoleBinding can be."""
    if referrer.is_cluster_scoped or one.effective in (CLUSTER, referrer.effective):
        return True
    return one.is_account and one.namespace in referrer.account_namespaces


def _in_namespace(seen: Sequence[Candidate], namespace: str, index: Index, referrer: Referrer) -> list[Candidate]:
    """Give those in a namespace: the one they had first, or, where nothing in sight had it, the one they have now."""
    if namespace == CLUSTER:
        return []
    is_first = any(
        referrer.is_cluster_scoped or effective in (CLUSTER, referrer.effective) or said in referrer.account_namespaces
        for effective, said in index.moved.get(namespace, ())
    )
    if is_first:
        return [one for one in seen if one.previous[0].namespace == namespace]
    return [one for one in seen if one.effective == namespace]


def _select(seen: Sequence[Candidate], referrer: Referrer, name: str, *, with_namespace: bool) -> Candidate | None:
    """Give the one that is meant; None when there is none."""
    if len(seen) == 1:
        return seen[0]
    left = [one for one in seen if _is_akin(one.resource, referrer.resource, allow_empty=True)]
    if len(left) > 1:
        left = [one for one in left if _is_akin(one.resource, referrer.resource, allow_empty=False)]
    if not left:
        return None
    if len({(one.name, one.namespace if with_namespace else "") for one in left}) > 1:
        places = ", ".join(f"{current_id(one.resource)} ({one.resource.origin})" for one in left)
        message = f"'{name}' in {current_id(referrer.resource)} may mean several resources: {places}"
        hint = "give them different names, or different prefixes or namespaces"
        raise InputError(message, origin=referrer.resource.origin, hint=hint, premise=about(name=name))
    return left[0]


def _is_akin(one: Resource, other: Resource, *, allow_empty: bool) -> bool:
    """Did both get the same prefixes and suffixes, as far as the shorter history goes?"""
    return all(
        (allow_empty and not (mine and yours)) or _ends_alike(mine, yours)
        for mine, yours in (
            (one.notes.prefixes, other.notes.prefixes),
            (one.notes.suffixes, other.notes.suffixes),
        )
    )


def _ends_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    shortest = min(len(one), len(other))
    return len(one) == len(other) if not shortest else one[-shortest:] == other[-shortest:]
