"""Resources and what the cluster has -> Plan: edges, changes, prune. Pure."""

from kfinstall.plan.companions import companions
from kfinstall.plan.compare import changed_fields
from kfinstall.plan.diff import diff_text
from kfinstall.plan.digest import answered, digest, is_as_recorded
from kfinstall.plan.edges import external_waits, find_edges
from kfinstall.plan.graph import order, reverse, waves
from kfinstall.plan.inventory import PART_OF, applyset_id, union
from kfinstall.plan.kinds import BUILTIN_KINDS, assumed_kinds, kinds_from_crds
from kfinstall.plan.make import make_plan
from kfinstall.plan.mask import mask
from kfinstall.plan.model import Change, Edge, Inventory, KindInfo, Kinds, Member, Observed, Plan
from kfinstall.plan.normalise import normalise
from kfinstall.plan.owned import owned_fields
from kfinstall.plan.prune import foreign_owner

__all__ = [
    "BUILTIN_KINDS",
    "PART_OF",
    "Change",
    "Edge",
    "Inventory",
    "KindInfo",
    "Kinds",
    "Member",
    "Observed",
    "Plan",
    "answered",
    "applyset_id",
    "assumed_kinds",
    "changed_fields",
    "companions",
    "diff_text",
    "digest",
    "external_waits",
    "find_edges",
    "foreign_owner",
    "is_as_recorded",
    "kinds_from_crds",
    "make_plan",
    "mask",
    "normalise",
    "order",
    "owned_fields",
    "reverse",
    "union",
    "waves",
]
