"""Break, doctor, fix, doctor is clean: for each check whose finding `--fix` can make good in a cluster."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.fixes.documents import CHANGES
from kfinstall.manifest import dump_manifest
from tests.doctor.faults.pods import with_container
from tests.doctor.faults.rights import role
from tests.doctor.faults.scheduling import deployment
from tests.doctor.faults.storage import DEFAULT, storage_class
from tests.doctor.faults.workloads import config
from tests.doctor.matrix import Fault, Place, documents, make_all
from tests.doctor.test_faults import ALL
from tests.doctor.test_fixing import BROKEN
from tests.e2e.sites import Outcome, Site

PATIENCE_S = 60.0
BY_NAME = {fault.name: fault for fault in ALL}
PLUGIN = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: nvidia-device-plugin}
spec:
  selector: {matchLabels: {app: plugin}}
  template:
    metadata: {labels: {app: plugin}}
    spec: {containers: [{name: plugin, image: "nvcr.io/nvidia/k8s-device-plugin:v0.17.1"}]}
"""
AGENT = PLUGIN.replace("{name: nvidia-device-plugin}", "{name: calico-node, namespace: kube-system}").replace(
    "nvcr.io/nvidia/k8s-device-plugin:v0.17.1", "docker.io/calico/node:v3.30.0"
)
PRIORITY = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {scope: cluster, name: absent}\nvalue: 1\n"
KSONNET = """\
apiVersion: v1
kind: Service
metadata: {name: former, annotations: {ksonnet.io/managed: H4sI, mine: stays}}
spec: {ports: [{port: 80}]}
"""
READS = "envFrom: [{configMapRef: {name: absent}}]"
ABSENT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: absent}\ndata: {a: b}\n"
GPU = '{limits: {nvidia.com/gpu: "1"}}'


def nothing(place: Place) -> None:
    """The fix is enough."""


class Case(NamedTuple):
    """A fault, what is rendered while it is looked for, and what happens after the fix without us."""

    fault: Fault
    rendered: str = ""
    then: Callable[[Place], object] = nothing

    @property
    def check(self) -> str:
        return self.fault.check


def taint_all(place: Place) -> None:
    place.kubectl("taint", "nodes", "--all", "--overwrite", "node-role.kubernetes.io/control-plane:NoSchedule")


def change_by_hand(place: Place) -> None:
    """Another manager than ours has the field now."""
    place.kubectl("patch", "configmap", "settings", "-p", '{"data": {"colour": "red"}}')


def offer_gpus(place: Place) -> None:
    """What the plugin does, once it runs."""
    node = place.kubectl("get", "nodes", "-o", "jsonpath={.items[-1:].metadata.name}")
    amounts = '{"nvidia.com/gpu": "8"}'
    status = f'{{"status": {{"capacity": {amounts}, "allocatable": {amounts}}}}}'
    place.kubectl("patch", "node", node, "--subresource=status", "--type=merge", "-p", status)


STAGES: dict[str, tuple[Case, ...]] = {
    "rendered": (
        Case(BY_NAME["namespace-missing"], BY_NAME["namespace-missing"].rendered),
        Case(BY_NAME["account-missing"], "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n"),
        Case(BY_NAME["hub-without-claims"], role("get, list, create")),
        Case(BY_NAME["class-missing-priority"], PRIORITY),
        Case(Fault("reads-absent", "KF704", "", with_container(READS)), ABSENT),
        Case(BY_NAME["image-by-hand"], BY_NAME["image-by-hand"].rendered),
        Case(Fault("wants-gpu", "KF605", "", deployment("", resources=GPU)), PLUGIN, offer_gpus),
        Case(BY_NAME["selector-changes"], BY_NAME["selector-changes"].rendered),
        Case(BY_NAME["not-rendered-any-more"], BY_NAME["not-rendered-any-more"].rendered),
        Case(Fault("changed-by-kubectl", "KF714", "", config("blue"), make=change_by_hand), config("blue")),
    ),
    "live": (
        Case(BY_NAME["pod-security"]),
        Case(BY_NAME["webhook-without-service"]),
        Case(
            Fault("sandbox", "KF402", "", BY_NAME["sandbox"].manifests + "---\n" + AGENT),
            then=lambda place: place.kubectl("delete", "pod", "web"),
        ),
        Case(Fault("ksonnet", "KF757", "", KSONNET)),
        Case(Fault("telemetry", "KF816", "", deployment("", "spartakus-volunteer"))),
    ),
    "two-defaults": (
        Case(Fault("two-defaults", "KF302", "", storage_class("newest", annotations=f'{DEFAULT}: "true"'))),
    ),
    "dead-api": (Case(BY_NAME["api-without-service"]),),
    "all-cordoned": (Case(BY_NAME["all-cordoned"]),),
    "control-plane-only": (Case(Fault("control-plane-only", "KF104", "", make=taint_all)),),
}
ELSEWHERE = {*BROKEN, "KF256", "KF011"} | set(CHANGES)
"""Fixes that are proven in test_fixing, on OpenShift, and on files."""


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, ApiCluster]]:
    with localplane.up("kind") as started, connect(started.kubeconfig) as cluster:
        yield Site(started.kubeconfig, tmp_path_factory.mktemp("fixes")), cluster


def doctor(site: Site, stage: str, *more: str) -> Outcome:
    checks = ",".join(sorted({case.check for case in STAGES[stage]}))
    source = [str(site.home / stage)] if any(case.rendered for case in STAGES[stage]) else []
    return site.kfinstall("doctor", *source, "--only", checks, "--fail-on", "info", "-o", "json", *more)


def found(done: Outcome) -> set[str]:
    return {one["check"] for one in json.loads(done.out)["findings"]}


def looked(site: Site, stage: str, wanted: set[str]) -> set[str]:
    """Look until this is found, or until it is too late."""
    ends_s = time.monotonic() + PATIENCE_S
    while (seen := found(doctor(site, stage))) != wanted and time.monotonic() < ends_s:
        time.sleep(1)
    return seen


def write_render(site: Site, stage: str) -> None:
    (site.home / stage).mkdir()
    for case in STAGES[stage]:
        manifests = [dump_manifest(one) for one in documents(case.fault, case.rendered)]
        if manifests:
            (site.home / stage / f"{case.fault.name}.yaml").write_text("---\n".join(manifests))


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_broken_is_found_made_good_and_found_no_more(
    plane: tuple[Site, ApiCluster], stage: str, figure: Callable[[str], None]
) -> None:
    site, cluster = plane
    cases = STAGES[stage]
    write_render(site, stage)
    make_all([case.fault for case in cases], site, cluster)
    wanted = {case.check for case in cases}
    assert looked(site, stage, wanted) == wanted

    dry = doctor(site, stage, "--fix", "--dry-run")
    assert found(dry) == wanted
    assert [check for check in wanted if f"{check}: " not in dry.err] == []

    assert "not done" not in doctor(site, stage, "--fix", "--yes").err
    for case in cases:
        case.then(Place(case.fault.namespace, cluster, site))
    assert looked(site, stage, set()) == set()
    figure(f"fixes proven, {stage}: {', '.join(sorted(wanted))}")


def test_every_fix_that_is_declared_is_proven() -> None:
    proven = {case.check for cases in STAGES.values() for case in cases} | ELSEWHERE
    assert {check.id for check in CHECKS if check.fix != "cmd"} == proven
