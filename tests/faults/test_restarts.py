"""The API server, or etcd under it, is killed and started again while installers work: the next run makes it right."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from tests.faults.installers import Installer, run_to_the_end, start
from tests.faults.judge import check_converged, undisturbed
from tests.faults.restarting import restart
from tests.faults.subjects import ACTS, Act, Subject, small
from tests.proxy import Proxy, open_proxy

SUBJECTS: Final[Sequence[Subject]] = [small(f"restarted{number}") for number in range(4)]
APART: Final = 12
"""So many requests each installer is ahead of the next one."""


@pytest.fixture
def plane() -> Iterator[Plane]:
    """Give a control plane whose programs may be killed."""
    with localplane.up("kind") as plane:
        yield plane


@pytest.fixture
def cluster(plane: Plane) -> Iterator[ApiCluster]:
    with connect(plane.kubeconfig) as connection:
        yield connection


def at_request(proxy: Proxy, number: int) -> threading.Event:
    """Give an event that a proxy sets at the n-th request from now."""
    reached = threading.Event()
    last = len(proxy.asked) + number
    proxy.fault = lambda asked: reached.set() if asked.number >= last else None
    return reached


def start_apart(proxies: Sequence[Proxy], act: Act, folder: Path) -> list[Installer]:
    """Start an installer for each proxy, so that each is at another point of its work."""
    started = []
    for subject, proxy in zip(SUBJECTS, proxies, strict=True):
        reached = at_request(proxy, APART)
        started.append(start(proxy.kubeconfig, subject, act, folder))
        assert reached.wait(60)
    return started


def test_after_a_restart_of_the_api_server_or_etcd_the_next_run_converges(
    plane: Plane, cluster: ApiCluster, tmp_path: Path, figure: Callable[[str], None]
):
    reference = undisturbed(plane.kubeconfig, cluster, small("undisturbed"), tmp_path)
    again: list[subprocess.Popen[bytes]] = []
    points, failed = 0, 0
    with ExitStack() as stack:
        folders = [tmp_path / subject.prefix for subject in SUBJECTS]
        for folder in folders:
            folder.mkdir()
        proxies = [stack.enter_context(open_proxy(plane.kubeconfig, folder)) for folder in folders]
        for act, program in zip(ACTS, ("kube-apiserver", "etcd", "kube-apiserver"), strict=True):
            installers = start_apart(proxies, act, tmp_path)
            again.append(restart(plane, program))
            failed += sum(installer.join() != 0 for installer in installers)
            with ThreadPoolExecutor(len(SUBJECTS)) as pool:
                list(pool.map(lambda one, act=act: run_to_the_end(plane.kubeconfig, one, act, tmp_path), SUBJECTS))
            for subject in SUBJECTS:
                check_converged(cluster, subject, act, reference[act], {})
            points += len(SUBJECTS)
    for process in again:
        process.kill()
        process.wait()
    figure(f"API server or etcd killed in mid-run: {points} runs, {failed} failed, all converged on the next run")
