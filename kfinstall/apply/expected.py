"""Which custom resources will have a status: until theirs is written, nothing can be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kfinstall.apply.protocols import Cluster
from kfinstall.errors import ClusterError
from kfinstall.health import HEALTH_BY_KIND, writes_conditions
from kfinstall.plan.model import Change
from kfinstall.resource import GVK, GroupKind, Manifest, ResourceId, gvk_of

CRD: Final = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")


@dataclass(frozen=True, slots=True)
class Expected:
    """Asks the definition of a kind, that of the set or else the cluster's, once, and only for a resource that matters:
    one without a status, of a kind that has no rule of its own.
    """

    cluster: Cluster
    changes: Mapping[ResourceId, Change] = field(default_factory=dict)
    _known: dict[GVK, bool] = field(default_factory=dict)

    def has_status(self, live: Manifest) -> bool:
        """Is a status to come that is not there yet?"""
        gvk = gvk_of(live)
        if live.get("status") or "." not in gvk.group or gvk.group_kind in HEALTH_BY_KIND:
            return False
        if gvk not in self._known:
            self._known[gvk] = self._asks(gvk)
        return self._known[gvk]

    def _asks(self, gvk: GVK) -> bool:
        info = self.cluster.kinds().get(gvk.group_kind)
        definition = self._definition(ResourceId(*CRD, "", f"{info.plural}.{gvk.group}")) if info else None
        return definition is not None and writes_conditions(definition, gvk.version)

    def _definition(self, id: ResourceId) -> Manifest | None:
        change = self.changes.get(id)
        if change is not None and change.resource is not None:
            return change.resource.manifest
        try:
            return self.cluster.get(id)
        except ClusterError:
            return None  # who may not read definitions does not learn what to expect
