"""Every request of an install, an upgrade and a delete goes wrong once, in each of these ways; the run succeeds."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.resource import ResourceId
from tests.faults.installers import run_to_the_end
from tests.faults.judge import check_converged, uids, undisturbed
from tests.faults.subjects import ACTS, small
from tests.proxy import Asked, Fault, open_proxy

REQUEST_TIMEOUT_S: Final = 4.0


def wait_s(seconds: float) -> Callable[[], None]:
    """Give what is slow."""
    return lambda: threading.Event().wait(seconds) and None


FAULTS: Final[Mapping[str, Fault]] = {
    "429": Fault(status=429, retry_after_s=1),
    "500": Fault(status=500),
    "503": Fault(status=503),
    "504": Fault(status=504),
    "lost before": Fault(hang_up=True, is_before=True),
    "lost after": Fault(hang_up=True),
    "cut off": Fault(cut=True),
    "slow": Fault(then=wait_s(0.5)),
    "too late": Fault(then=wait_s(REQUEST_TIMEOUT_S + 1)),
    "closed": Fault(closes=True),
    "410": Fault(status=410),
    "gone": Fault(is_gone=True),
}
"""What an API server, a load balancer or the way to them does. `closed` is what GOAWAY is without HTTP/2, which we do
not speak; the last two are for watches: a version that is too old, when one is opened and while it is open."""
OF_WATCHES: Final = frozenset({"410", "gone"})
EVERY: Final = {"429": 4, "too late": 8}
"""What costs seconds each time happens to every so many requests only."""


class Once:
    """Makes each request go wrong the first time it is sent, or every so many of them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.made = 0
        self._seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Fault | None:
        key = asked.method, asked.path.partition("resourceVersion=")[0]
        if self.kind in OF_WATCHES and not asked.is_watch:
            return None
        with self._lock:
            if key in self._seen:
                return None
            self._seen.add(key)
            if len(self._seen) % EVERY.get(self.kind, 1):
                return None
            self.made += 1
        return FAULTS[self.kind]


def test_each_request_may_fail_in_every_way_and_the_run_succeeds(
    plane: Plane,
    cluster: ApiCluster,
    bystanders: Mapping[ResourceId, str],
    tmp_path: Path,
    figure: Callable[[str], None],
):
    reference = undisturbed(plane.kubeconfig, cluster, small("undisturbed"), tmp_path)
    made: Counter[str] = Counter()

    def work(kind: str) -> None:
        subject = small(f"broken{list(FAULTS).index(kind)}")
        folder = tmp_path / subject.prefix
        folder.mkdir()
        for act in ACTS:
            with open_proxy(plane.kubeconfig, folder) as proxy:
                proxy.fault = once = Once(kind)
                run_to_the_end(proxy.kubeconfig, subject, act, folder, REQUEST_TIMEOUT_S)
            made[kind] += once.made
            check_converged(cluster, subject, act, reference[act], {})

    with ThreadPoolExecutor(len(FAULTS)) as pool:
        list(pool.map(work, FAULTS))
    assert all(made[kind] >= 5 for kind in FAULTS), made
    assert uids(cluster, bystanders) == bystanders
    kinds = ", ".join(f"{kind} {number}" for kind, number in made.items())
    figure(f"requests that went wrong: {made.total()} ({kinds}); every run succeeded")
