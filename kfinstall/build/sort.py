"""The order of the result: as read (`fifo`), or by kind (`legacy`), which is the default of the command line."""

from __future__ import annotations

from kfinstall.build.ids import current_id, namespace_of, require_unique
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kfinstall.build.kustomization import LegacySortOptions, SortOptions
    from kfinstall.resource import Resource

ORDER_FIRST = (
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
)
ORDER_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
"""Source: kustomize v5.8.1, SortOrderTransformer, defaultOrderFirst and defaultOrderLast."""


def _ranks(first: Sequence[str], last: Sequence[str]) -> Mapping[str, int]:
    ranks = {kind: place - len(first) for place, kind in enumerate(first)}
    return {**ranks, **{kind: 1 + place for place, kind in enumerate(last)}}


DEFAULT_RANKS = _ranks(ORDER_FIRST, ORDER_LAST)


def kind_rank(group: str, version: str, kind: str) -> tuple[int, str]:
    """Give the place of a kind among kinds: its rank, then its name as kustomize compares it."""
    return DEFAULT_RANKS.get(kind, 0), _gvk_text(group, version, kind)


def _gvk_text(group: str, version: str, kind: str) -> str:
    return f"{group or '~G'}_{version or '~V'}_{kind or '~K'}"


def sort_resources(resources: Sequence[Resource], options: SortOptions | None) -> tuple[Resource, ...]:
    """Put the resources in the order that was asked for.

    In:     `options`: what `sortOptions` says; None is the legacy order.
    Raises: InputError when the options make no sense, or when two resources have one id (in the legacy order; the
            other does not look, as in kustomize).
    """
    if options is not None:
        _check(options)
        if options.order == "fifo":
            return tuple(resources)
    legacy = options.legacy_sort_options if options else None
    require_unique(resources)
    return _legacy(resources, _ranks_of(legacy))


def _check(options: SortOptions) -> None:
    if options.order not in ("fifo", "legacy"):
        raise InputError(
            f"sortOptions.order is '{options.order}'", origin=options.origin, hint="it is one of: fifo, legacy"
        )
    if options.order == "fifo" and options.legacy_sort_options is not None:
        hint = "set order to legacy, or remove legacySortOptions"
        raise InputError("legacySortOptions have no meaning for the order fifo", origin=options.origin, hint=hint)


def _ranks_of(legacy: LegacySortOptions | None) -> Mapping[str, int]:
    return DEFAULT_RANKS if legacy is None else _ranks(legacy.order_first or (), legacy.order_last or ())


def _legacy(resources: Sequence[Resource], ranks: Mapping[str, int]) -> tuple[Resource, ...]:
    keyed = [(_key(resource, ranks), resource) for resource in resources]
    if len({key.kind for key, _ in keyed if key.name == "Namespace"}) > 1:
        from functools import cmp_to_key

        order = cmp_to_key(_compare)
        keyed.sort(key=lambda pair: order(pair[0]))
    else:
        keyed.sort(key=lambda pair: pair[0])
    return tuple(resource for _, resource in keyed)


class _Key(NamedTuple):
    rank: int
    kind: str
    id: str
    name: str
    is_core: bool


def _key(resource: Resource, ranks: Mapping[str, int]) -> _Key:
    group, version, kind, _, name = current_id(resource)
    gvk = f"{kind or '[noKind]'}.{version or '[noVer]'}.{group or '[noGrp]'}"
    one = f"{gvk}|{namespace_of(resource) or '~X'}|{name or '~N'}"
    return _Key(ranks.get(kind, 0), _gvk_text(group, version, kind), one, kind, not group)


def _compare(one: _Key, other: _Key) -> int:
    """Compare where there are Namespaces of several groups: the core one comes before those of other groups."""
    if one.rank != other.rank or one.kind == other.kind:
        return -1 if one < other else int(one > other)
    is_turned = one.name == other.name == "Namespace" and (one.is_core or other.is_core)
    return -1 if (one.kind < other.kind) != is_turned else 1
