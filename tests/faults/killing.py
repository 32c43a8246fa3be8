"""Kill an installer at one moment of its run, run it again, and see that all is well."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kfinstall.cluster.api import ApiCluster
from tests.faults.installers import run_to_the_end, start
from tests.faults.judge import Seen, check_converged, check_nothing_is_orphaned
from tests.faults.subjects import Act, Subject
from tests.proxy import Asked, Fault, Proxy


class Moment(NamedTuple):
    """When to kill: after the server did the n-th request, before it answers; or before it gets the n-th write."""

    number: int
    is_before_a_write: bool = False

    def fault(self, kill: Callable[[], None]) -> Callable[[Asked], Fault | None]:
        """Give what a proxy is to do."""
        numbers = itertools.count(1)
        then = Fault(then=kill, hang_up=True, is_before=self.is_before_a_write)

        def choose(asked: Asked) -> Fault | None:
            counts = asked.method != "GET" or not self.is_before_a_write
            return then if counts and next(numbers) == self.number else None

        return choose


class Scene(NamedTuple):
    """Where it happens: the way past the proxy and the one through it, and what is there after undisturbed runs."""

    kubeconfig: Path
    cluster: ApiCluster
    proxy: Proxy
    folder: Path
    reference: dict[Act, Seen]


def is_survived(scene: Scene, subject: Subject, act: Act, moment: Moment) -> bool:
    """Kill at a moment of an act, and check that the next run converges; False where the act has no such moment."""
    is_killed = _is_killed(scene, subject, act, moment)
    before = check_nothing_is_orphaned(scene.cluster, subject) if is_killed else {}
    if is_killed:
        run_to_the_end(scene.kubeconfig, subject, act, scene.folder)
    check_converged(scene.cluster, subject, act, scene.reference[act], before)
    return is_killed


def _is_killed(scene: Scene, subject: Subject, act: Act, moment: Moment) -> bool:
    scene.proxy.fault = moment.fault(lambda: installer.kill())
    installer = start(scene.proxy.kubeconfig, subject, act, scene.folder)
    code = installer.join()
    scene.proxy.end_watches()
    assert code in {0, -signal.SIGKILL}, installer.said.read_text()
    return code != 0
