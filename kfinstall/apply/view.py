"""Read what is there and plan, without writing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kfinstall.apply.checks import check_timeouts
from kfinstall.apply.model import DEFAULTS, Installation, Options
from kfinstall.apply.observe import observe, observe_companions
from kfinstall.apply.protocols import Cluster
from kfinstall.apply.record import Record, read_record
from kfinstall.plan import make_plan, normalise
from kfinstall.plan.model import Plan
from kfinstall.resource import Resource

_NO_KEY = b"no digests are known yet"


class View(NamedTuple):
    """The record of an installation and the plan made from it."""

    record: Record
    plan: Plan


def look(
    resources: Sequence[Resource],
    target: Installation,
    cluster: Cluster,
    options: Options = DEFAULTS,
) -> View:
    """Read what is there and plan; writes nothing.

    Raises:  an ExceptionGroup of InputErrors for kinds that nothing serves and the like; ClusterError.
    """
    kinds = cluster.kinds()
    record = read_record(target, cluster)
    normal = normalise(resources, kinds)
    check_timeouts(normal)
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
    )
    return View(record, plan)
