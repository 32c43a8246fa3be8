"""Read what is there and plan, without writing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from kfinstall.apply.checks import check_record, check_timeouts
from kfinstall.apply.model import DEFAULTS, Installation, Options
from kfinstall.apply.observe import observe, observe_companions
from kfinstall.apply.protocols import Clock, Cluster
from kfinstall.apply.record import Record, is_unchanged, read_record
from kfinstall.apply.unserved import out_of_reach
from kfinstall.build.collector import no_collector
from kfinstall.plan import make_plan, normalise
from kfinstall.plan.kinds import kinds_from_crds
from kfinstall.plan.model import Kinds, Plan
from kfinstall.resource import Resource

FRESH_S: Final = 2.0
"""For so long a view is as good as a new one, if the record proves that no installer worked meanwhile."""

_NO_KEY = b"no digests are known yet"


class View(NamedTuple):
    """The record of an installation and the plan made from it; `at_s`: when that was, by the clock of the run."""

    record: Record
    plan: Plan
    at_s: float = float("-inf")

    def dated(self, clock: Clock) -> View:
        """Give the same as seen now."""
        return self._replace(at_s=clock.monotonic())


def is_current(view: View, cluster: Cluster, clock: Clock) -> bool:
    """May a view that was taken without the lock be worked from, now that we have it?

    Every run that writes has written the record first. So where the record is the one of the view, nothing but what
    is no installer can have changed anything since, and of that the view is as free as one that is as old.
    """
    return clock.monotonic() - view.at_s <= FRESH_S and is_unchanged(view.record, cluster)


def look(
    resources: Sequence[Resource],
    target: Installation,
    cluster: Cluster,
    options: Options = DEFAULTS,
) -> View:
    """Read what is there and plan; writes nothing.

    Raises:  an ExceptionGroup of InputErrors for kinds that nothing serves and the like; ClusterError.
    """
    with no_collector():
        record = read_record(target, cluster)
        kinds = _kinds(resources, record, cluster)
        normal = normalise(resources, kinds, cluster.broken_groups())
        check_timeouts(normal)
        check_record(normal, target)
        observed = dict(observe(normal, record.known, cluster))
        desired = {resource.id for resource in normal}
        obsolete = (member.id for member in record.known.members if member.id not in desired)
        observed |= observe_companions(observed, obsolete, cluster)
        plan = make_plan(
            normal,
            observed,
            record.known,
            kinds,
            digest_key=record.key or _NO_KEY,
            prune=options.prune,
            delete_data=options.delete_data,
            component=options.component,
            adopt=options.adopt,
            out_of_reach=out_of_reach(record.known, desired, cluster),
        )
        return View(record, plan)


def _kinds(resources: Sequence[Resource], record: Record, cluster: Cluster) -> Kinds:
    """Give what is served; asked anew where it was asked before somebody brought what is wanted now."""
    kinds = cluster.kinds()
    brought = kinds_from_crds(resources)
    wanted = {one.gvk.group_kind for one in resources} - brought.keys()
    known = {member.id.group_kind for member in record.known.members}
    return kinds if wanted | known <= kinds.keys() else cluster.kinds(refresh=True)
