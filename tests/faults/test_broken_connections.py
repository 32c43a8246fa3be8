"""Every request of an install, an upgrade and a delete goes wrong once, in each of these ways; the run succeeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.resource import ResourceId
from tests.faults.breaking import FAULTS, REQUEST_TIMEOUT_S, Once
from tests.faults.installers import run_to_the_end
from tests.faults.judge import check_converged, uids, undisturbed
from tests.faults.subjects import ACTS, small
from tests.proxy import open_proxy


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
            with connect(plane.kubeconfig) as its_own:
                check_converged(its_own, subject, act, reference[act], {})

    with ThreadPoolExecutor(len(FAULTS)) as pool:
        list(pool.map(work, FAULTS))
    assert all(made[kind] >= 5 for kind in FAULTS), made
    assert uids(cluster, bystanders) == bystanders
    kinds = ", ".join(f"{kind} {number}" for kind, number in made.items())
    figure(f"requests that went wrong: {made.total()} ({kinds}); every run succeeded")
