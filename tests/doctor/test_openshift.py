"""Pods that OpenShift's constraints keep from being made, on a control plane in its shape."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator

import pytest

from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.doctor import Finding
from kfinstall.localplane import Plane
from kfinstall.manifest import parse_documents
from kfinstall.resource import ResourceId
from tests.doctor.faults.scheduling import deployment
from tests.doctor.matrix import everything, look

PATIENCE_S = 60


@pytest.fixture(scope="module")
def openshift(planes: Callable[[str], Plane]) -> Iterator[ApiCluster]:
    with connect(planes("openshift").kubeconfig) as cluster:
        yield cluster


@pytest.fixture
def project(openshift: ApiCluster) -> Iterator[str]:
    name = f"test-{secrets.token_hex(4)}"
    openshift.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    openshift.delete(ResourceId("", "Namespace", "", name))


def find(cluster: ApiCluster, project: str, check: str) -> list[Finding]:
    """Look until there is a finding of the check in the project, or until it is too late."""
    ends_s = time.monotonic() + PATIENCE_S
    while True:
        found = [one for one in everything(look(cluster)[1]) if (one.check, one.subject.namespace) == (check, project)]
        if found or time.monotonic() > ends_s:
            return found
        time.sleep(1)


def test_an_account_without_the_constraint_is_found_and_the_fix_lets_its_pods_in(
    openshift: ApiCluster, project: str
) -> None:
    openshift.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "hub", "namespace": project}})
    text = deployment("serviceAccountName: hub, securityContext: {runAsUser: 0}, ")
    (document,) = parse_documents(text, "web.yaml")
    openshift.apply({**document.manifest, "metadata": {"name": "web", "namespace": project}})

    (finding,) = find(openshift, project, "KF256")
    assert finding.subject.name == "hub"
    assert f"oc -n {project} adm policy add-scc-to-user anyuid -z hub" in finding.hint

    for step in finding.fix:
        openshift.apply(step.manifest, force=True)
    assert [one for one in everything(look(openshift)[1]) if one.check == "KF256"] == []


def test_a_gateway_that_no_route_leads_to_is_found_until_there_is_one(openshift: ApiCluster, project: str) -> None:
    labels = {"kfinstall.dev/component": "ambassador"}
    named = {"name": "ambassador", "namespace": project}
    spec = {"ports": [{"port": 80}], "selector": {"app": "ambassador"}}
    openshift.apply({"apiVersion": "v1", "kind": "Service", "metadata": {**named, "labels": labels}, "spec": spec})
    (finding,) = find(openshift, project, "KF257")
    assert f"oc -n {project} create route edge ambassador --service=ambassador" in finding.hint

    to = {"kind": "Service", "name": "ambassador"}
    openshift.apply(
        {"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": named, "spec": {"to": to, "host": "a.b"}}
    )
    assert [one for one in everything(look(openshift)[1]) if one.check == "KF257"] == []
