"""What stands around an apply: checks before its first write, and the cause of what does not become healthy."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

from kfinstall.apply import SystemClock
from kfinstall.cli import output
from kfinstall.errors import ClusterError, raise_all

if TYPE_CHECKING:
    from kfinstall.apply.diagnosis import Diagnose, Diagnosis
    from kfinstall.cluster.api import ApiCluster
    from kfinstall.doctor import Finding
    from kfinstall.doctor.preflight import Facts
    from kfinstall.plan.model import Plan
    from kfinstall.resource import ResourceId


def begin_preflight(plan: Plan, cluster: ApiCluster, known: Facts) -> Callable[[], None]:
    """Look ahead of a plan while something else is done; give what waits for that, warns, and stops what is hopeless.

    The result raises a ClusterError, or a group of them: one for each thing that would surely fail.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="kfinstall-preflight")
    ahead = pool.submit(_look_ahead, plan, cluster, known)
    pool.shutdown(wait=False)

    def finish() -> None:
        _tell(ahead.result())

    return finish


def _look_ahead(plan: Plan, cluster: ApiCluster, known: Facts) -> tuple[Finding, ...]:
    from kfinstall.doctor.preflight import look_ahead

    return look_ahead(plan, cluster, SystemClock().now(), known)


def _tell(found: tuple[Finding, ...]) -> None:
    from kfinstall.doctor.preflight import is_certain

    for finding in found:
        if not is_certain(finding):
            output.warning(f"{finding.check}: {finding.message}")
    raise_all(_error(finding) for finding in found if is_certain(finding))


def _error(finding: Finding) -> ClusterError:
    hint = f"{finding.hint}; to begin all the same: --skip-preflight"
    return ClusterError(f"{finding.check}: {finding.message}", origin=finding.origin, hint=hint, reason="Preflight")


def diagnose_in(cluster: ApiCluster, plan: Plan) -> Diagnose:
    """Give what finds out why something of a plan is not healthy; nothing is loaded or read before it is asked."""
    made: list[Diagnose] = []
    lock = Lock()

    def diagnose(id: ResourceId) -> Diagnosis | None:
        from kfinstall.doctor.diagnosis import make_diagnose

        with lock:
            if not made:
                made.append(make_diagnose(cluster, SystemClock(), {change.id.namespace for change in plan.changes}))
        return made[0](id)

    return diagnose
