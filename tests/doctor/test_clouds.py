"""What only clusters of one cloud show: a control plane in the shape of AKS, then with nodes of GKE Autopilot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.doctor import Finding, Severity
from kfinstall.manifest import parse_documents
from tests.doctor.faults.scheduling import deployment
from tests.doctor.matrix import look
from tests.e2e.sites import Site
from tests.localplane.waiting import eventually

NODE = """\
apiVersion: v1
kind: Node
metadata: {{name: {name}, annotations: {{kwok.x-k8s.io/node: fake}}, labels: {{{labels}}}}}
status: {{capacity: {amounts}, allocatable: {amounts}}}
"""
AMOUNTS = '{cpu: "8", memory: 32Gi, pods: "110", ephemeral-storage: 100Gi}'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a control plane of its own: its nodes are exchanged."""
    with localplane.up("aks") as plane:
        yield Site(plane.kubeconfig, tmp_path_factory.mktemp("clouds"))


def make(site: Site, text: str) -> None:
    with connect(site.kubeconfig) as cluster:
        for document in parse_documents(text, "fault.yaml"):
            cluster.apply(document.manifest)


def find(site: Site, check: str) -> list[Finding]:
    """Look until there is a finding of the check; no other that is more than a remark may stand beside it then."""
    with connect(site.kubeconfig) as cluster:
        told = eventually(lambda: _told(look(cluster)[1].findings, check))
    assert {one.check for one in told} == {check}
    return told


def _told(findings: tuple[Finding, ...], check: str) -> list[Finding]:
    told = [one for one in findings if one.severity is not Severity.INFO]
    return told if {one.check for one in told} == {check} else []


def test_gpu_nodes_of_aks_without_a_device_plugin_are_found(site: Site) -> None:
    (finding,) = find(site, "KF254")
    assert [id.name for id in finding.affects] == ["aks-gpunp-31415926-vmss000000"]
    assert "kfinstall apply --platform aks" in finding.hint


def test_what_autopilot_does_not_run_is_found(site: Site, tmp_path: Path) -> None:
    site.kubectl("delete", "nodes", "--all")
    labels = "cloud.google.com/gke-nodepool: default"
    make(site, NODE.format(name="gk3-ml-pool-1-2f5b8c1d-x7kp", labels=labels, amounts=AMOUNTS))
    logs = "volumes: [{name: logs, hostPath: {path: /var/log}}], "
    make(site, deployment(logs).replace("{name: web}", "{name: web, namespace: default}", 1))
    (finding,) = find(site, "KF251")
    assert (finding.subject.kind, finding.subject.name) == ("Deployment", "web")
    assert "hostPath" in finding.message
