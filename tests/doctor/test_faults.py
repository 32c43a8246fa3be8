"""Faults made on one control plane, all at once, each in a namespace of its own; `doctor` looks at all of it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.doctor import Finding
from kfinstall.doctor.checks import CHECKS
from tests.doctor.faults import (
    admission,
    apis,
    clouds,
    cluster,
    components,
    gitops,
    gpu,
    images,
    network,
    pods,
    rights,
    scheduling,
    storage,
    workloads,
)
from tests.doctor.local_faults import LOCAL_FAULTS
from tests.doctor.matrix import Fault, everything, false_findings, found_apart, look, make_all, table, take_back
from tests.e2e.sites import Site

ALL: tuple[Fault, ...] = (
    *admission.FAULTS,
    *apis.FAULTS,
    *clouds.FAULTS,
    *components.FAULTS,
    *cluster.FAULTS,
    *rights.FAULTS,
    *gitops.FAULTS,
    *gpu.FAULTS,
    *images.FAULTS,
    *network.FAULTS,
    *pods.FAULTS,
    *scheduling.FAULTS,
    *storage.FAULTS,
    *workloads.FAULTS,
)
CHOSEN = os.environ.get("KFINSTALL_FAULTS", "").split(",")
FAULTS = tuple(fault for fault in ALL if CHOSEN == [""] or fault.name in CHOSEN)
PATIENCE_S = 75
LOOK_EVERY_S = 2
SETTLING_S = 20


class Matrix(NamedTuple):
    before: tuple[Finding, ...]
    found: dict[Fault, bool]
    false: list[Finding]
    told: list[Finding]


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    together = [fault for fault in FAULTS if fault.undo is None]
    matrix = Matrix((), {}, [], [])
    with localplane.up("gke") as plane, connect(plane.kubeconfig) as cluster:
        matrix = matrix._replace(before=settled(cluster))
        site = Site(plane.kubeconfig, tmp_path_factory.mktemp("faults"))
        make_all(together, site, cluster)
        add(matrix, together, cluster)
        for fault in FAULTS:
            if fault.undo is not None:
                make_all([fault], site, cluster)
                add(matrix, [fault], cluster)
                take_back(fault, site, cluster)
    return matrix


def settled(cluster: ApiCluster) -> tuple[Finding, ...]:
    """Give what is found before anything is broken, as soon as that is nothing: nodes become ready after the start."""
    ends_s = time.monotonic() + SETTLING_S
    while (found := look(cluster)[1].findings) and time.monotonic() < ends_s:
        time.sleep(LOOK_EVERY_S)
    return found


def add(matrix: Matrix, faults: Sequence[Fault], cluster: ApiCluster) -> None:
    """Look until each of the faults is found and nothing is told that no fault explains, or until it is too late."""
    ends_s = time.monotonic() + PATIENCE_S
    found: dict[Fault, bool] = {}
    while True:
        snapshot, report = look(cluster)
        told = everything(report)
        now = {f: f.is_found_by(found_apart(f, snapshot) if f.is_apart else told) for f in faults}
        found = {f: is_found or found.get(f, False) for f, is_found in now.items()}  # some pass by themselves
        false = false_findings(report, FAULTS)
        if (all(found.values()) and not false) or time.monotonic() > ends_s:
            break
        time.sleep(LOOK_EVERY_S)
    matrix.found.update(found)
    matrix.false.extend(one for one in false if one not in matrix.false)
    matrix.told.extend(told)


def test_a_cluster_without_a_fault_has_no_finding(matrix: Matrix) -> None:
    assert matrix.before == ()


def test_every_fault_is_found_with_its_object_and_nothing_else(matrix: Matrix, capsys: pytest.CaptureFixture) -> None:
    with capsys.disabled():
        print(table(matrix.found, matrix.false))
    missed = [fault for fault, is_found in matrix.found.items() if not is_found]
    assert [(fault.name, [one for one in matrix.told if fault.explains(one)]) for fault in missed] == []
    assert matrix.false == []


def test_what_is_called_proven_has_a_fault() -> None:
    made = {fault.check for fault in (*ALL, *LOCAL_FAULTS)}
    assert {check.id for check in CHECKS if check.is_proven} - made <= FROM_REAL_PROGRAMS


def test_what_has_a_fault_is_called_proven() -> None:
    assert {fault.check for fault in (*ALL, *LOCAL_FAULTS)} <= {check.id for check in CHECKS if check.is_proven}


FROM_REAL_PROGRAMS = {"KF008", "KF201", "KF202", "KF251", "KF254", "KF256", "KF257", "KF613", "KF756"}
"""Checks that are proven otherwise: by another user or manager (test_asking), on OpenShift, AKS or Autopilot
(test_clouds), or on manifests alone."""
