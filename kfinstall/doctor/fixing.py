"""Making good what was found: which changes a report proposes, how each looks, and doing it.

Nothing that gives rights, removes data or takes finalizers away is ever done without a person's yes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from typing import Final, NamedTuple

from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.doctor.fixes.live import steps_of
from kfinstall.doctor.kinds import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, POD, ROLE, ROLE_BINDING, SECRET
from kfinstall.doctor.model import Check, Finding, Report, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.errors import ClusterError
from kfinstall.manifest import dump_manifest
from kfinstall.plan.mask import mask_pair
from kfinstall.resource import Manifest, gvk_of, id_of

GIVES_RIGHTS: Final = frozenset({ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING})
GONE_WITHIN_S: Final = 60.0
_NOT_SHOWN = ("managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink")


class Repair(NamedTuple):
    """One change, the finding that it makes good, what is live now, and whether it may be made without asking."""

    step: Step
    finding: Finding
    live: Manifest | None
    is_automatic: bool


def repairs(report: Report, checks: Sequence[Check], snapshot: Snapshot) -> tuple[Repair, ...]:
    """Give the changes that a report proposes, the most important first; each resource is changed once a run."""
    automatic = {check.id for check in checks if check.fix == "auto"}
    found: dict[object, Repair] = {}
    for finding in _all(report):
        for step in steps_of(finding, snapshot):
            if step.action == "update" and gvk_of(step.manifest).group_kind == SECRET:
                continue  # its values were not collected, and would be lost
            live = snapshot.find(id_of(step.manifest))
            is_automatic = finding.check in automatic and is_safe(step, live)
            found.setdefault(id_of(step.manifest), Repair(step, finding, live, is_automatic))
    return tuple(found.values())


def _all(report: Report) -> Iterator[Finding]:
    for finding in report.findings:
        yield finding
        yield from finding.symptoms


def is_safe(step: Step, live: Manifest | None) -> bool:
    """May a change be made without a yes: a pod that has ended is removed, or something harmless is created?"""
    kind = gvk_of(step.manifest).group_kind
    if step.action == "delete":
        return kind == POD and live is not None and (live.get("status") or {}).get("phase") in ("Failed", "Succeeded")
    return step.action == "apply" and live is None and kind not in GIVES_RIGHTS


def diff_of(repair: Repair) -> Iterator[str]:
    """Give a change as a unified diff of YAML, without values of Secrets and without what the server adds."""
    wanted = {} if repair.step.action == "delete" else repair.step.manifest
    before, after = mask_pair(repair.live or {}, wanted)
    old, new = (dump_manifest(_shown(one)).splitlines() if one else [] for one in (before, after))
    id = id_of(repair.step.manifest)
    yield from unified_diff(old, new, f"live/{id}", f"fixed/{id}", lineterm="")


def _shown(manifest: Manifest) -> Manifest:
    metadata = {key: value for key, value in manifest.get("metadata", {}).items() if key not in _NOT_SHOWN}
    return {**{key: value for key, value in manifest.items() if key != "status"}, "metadata": metadata}


def carry_out(repair: Repair, cluster: Cluster, clock: Clock) -> None:
    """Make one change, as an apply would: on the server's side, or at the version that was looked at.

    What was shown and agreed to is ours then, whoever managed it before; what is done without asking takes nothing from
    anybody.

    Raises: ClusterError when the server refuses, or when the resource was changed since (status 409).
    """
    step = repair.step
    if step.action == "apply":
        cluster.apply(step.manifest, force=not repair.is_automatic)
    elif step.action == "recreate":
        _make_anew(step.manifest, repair.live or {}, cluster, clock)
    elif step.action == "update":
        # without managedFields the server keeps those it has; lists give them in part only
        metadata = {key: value for key, value in step.manifest["metadata"].items() if key != "managedFields"}
        cluster.update({**step.manifest, "metadata": metadata})
    else:
        cluster.delete(id_of(step.manifest), uid=str(step.manifest["metadata"].get("uid") or ""))


def _make_anew(manifest: Manifest, live: Manifest, cluster: Cluster, clock: Clock) -> None:
    """Delete a resource, wait until it is gone, and create it."""
    id = id_of(manifest)
    cluster.delete(id, uid=str((live.get("metadata") or {}).get("uid") or ""))
    ends_s = clock.monotonic() + GONE_WITHIN_S
    while cluster.get(id) is not None:
        if clock.monotonic() > ends_s:
            hint = "see what holds it: its finalizers, or its pods; then do the same again"
            raise ClusterError(f"{id} was deleted, and is still there after {GONE_WITHIN_S:.0f} s", hint=hint)
        clock.sleep(0.5)
    cluster.apply(manifest)
