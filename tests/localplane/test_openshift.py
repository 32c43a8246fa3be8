"""The policy that stands in for OpenShift's SCC admission: what a pod asks for, its service account must be allowed."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.errors import ClusterError
from kfinstall.localplane import Plane
from kfinstall.resource import Manifest, ResourceId
from tests.catalog.manifests import KUBECTL
from tests.localplane.waiting import eventually

Container = dict[str, Any]


@pytest.fixture(scope="module")
def openshift(planes: Callable[[str], Plane]) -> Iterator[ApiCluster]:
    with connect(planes("openshift").kubeconfig) as cluster:
        yield cluster


@pytest.fixture
def project(openshift: ApiCluster) -> Iterator[str]:
    name = f"test-{secrets.token_hex(4)}"
    openshift.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    account = ResourceId("", "ServiceAccount", name, "default")
    eventually(lambda: openshift.get(account))
    yield name
    openshift.delete(ResourceId("", "Namespace", "", name))


def pod(namespace: str, container: Container | None = None, **spec: Any) -> Manifest:
    containers = [{"name": "main", "image": "example/main:1", "securityContext": container or {}}]
    metadata = {"name": "pod", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers, **spec}}


def allow(cluster: ApiCluster, namespace: str, constraint: str) -> None:
    """Bind the default service account to the ClusterRole of a constraint, as `oc adm policy` does."""
    cluster.create(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": constraint, "namespace": namespace},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": f"system:openshift:scc:{constraint}",
            },
            "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": namespace}],
        }
    )


def is_admitted(cluster: ApiCluster, manifest: Manifest) -> bool:
    try:
        cluster.create(manifest, dry_run=True)
    except ClusterError as error:
        assert error.status == 403
        assert "unable to validate against any security context constraint" in error.message
        return False
    return True


HOST_PATH = [{"name": "host", "hostPath": {"path": "/var/lib"}}]
ASKED = [
    pytest.param({"runAsUser": 1000}, {}, "anyuid", id="a user id"),
    pytest.param({"runAsUser": 0}, {}, "anyuid", id="root"),
    pytest.param({"runAsUser": 1000}, {}, "nonroot-v2", id="a user id that is not root's"),
    pytest.param({"runAsGroup": 0}, {}, "anyuid", id="a group id"),
    pytest.param({}, {"securityContext": {"runAsUser": 1000}}, "anyuid", id="a user id of the pod"),
    pytest.param({}, {"securityContext": {"fsGroup": 100}}, "anyuid", id="a file system group"),
    pytest.param({}, {"securityContext": {"supplementalGroups": [5]}}, "anyuid", id="more groups"),
    pytest.param({}, {"volumes": HOST_PATH}, "hostmount-anyuid", id="a path of the host"),
    pytest.param({}, {"volumes": HOST_PATH}, "privileged", id="a path of the host, privileged"),
    pytest.param({}, {"hostNetwork": True}, "hostnetwork-v2", id="the host's network"),
    pytest.param({}, {"hostPID": True}, "hostaccess", id="the host's processes"),
    pytest.param({"privileged": True}, {}, "privileged", id="privilege"),
    pytest.param({"capabilities": {"add": ["SYS_ADMIN"]}}, {}, "privileged", id="a capability"),
    pytest.param({"allowPrivilegeEscalation": True}, {}, "anyuid", id="privilege escalation"),
]


@pytest.mark.parametrize(("container", "spec", "constraint"), ASKED)
def test_what_a_pod_asks_for_is_refused_until_its_account_may_use_the_constraint(
    openshift: ApiCluster, project: str, container: Container, spec: dict[str, Any], constraint: str
):
    wanted = pod(project, container, **spec)
    assert not is_admitted(openshift, wanted)
    allow(openshift, project, constraint)
    eventually(lambda: is_admitted(openshift, wanted))


@pytest.mark.parametrize(
    ("container", "spec", "constraint"),
    [
        pytest.param({"runAsUser": 0}, {}, "nonroot-v2", id="root under nonroot"),
        pytest.param({"privileged": True}, {}, "anyuid", id="privilege under anyuid"),
        pytest.param({}, {"volumes": HOST_PATH}, "anyuid", id="a path of the host under anyuid"),
        pytest.param({"runAsUser": 1000}, {}, "hostnetwork-v2", id="a user id under hostnetwork"),
        pytest.param({}, {"hostNetwork": True}, "hostmount-anyuid", id="the host's network under hostmount"),
    ],
)
def test_a_constraint_allows_no_more_than_it_says(
    openshift: ApiCluster, project: str, container: Container, spec: dict[str, Any], constraint: str
):
    allow(openshift, project, constraint)
    account = f"system:serviceaccount:{project}:default"
    eventually(lambda: may_use(openshift, project, account, constraint))
    assert not is_admitted(openshift, pod(project, container, **spec))


def may_use(cluster: ApiCluster, namespace: str, user: str, constraint: str) -> bool:
    attributes = {
        "verb": "use",
        "group": "security.openshift.io",
        "resource": "securitycontextconstraints",
        "name": constraint,
        "namespace": namespace,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "LocalSubjectAccessReview",
        "metadata": {"namespace": namespace},
        "spec": {"user": user, "resourceAttributes": attributes},
    }
    return bool(cluster.create(review)["status"]["allowed"])


def test_a_pod_that_asks_for_nothing_is_admitted(openshift: ApiCluster, project: str):
    restricted = {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
    }
    assert is_admitted(openshift, pod(project, restricted))


def test_an_init_container_is_looked_at_too(openshift: ApiCluster, project: str):
    init = [{"name": "init", "image": "example/init:1", "securityContext": {"runAsUser": 0}}]
    assert not is_admitted(openshift, pod(project, initContainers=init))


def test_a_binding_of_another_account_does_not_help(openshift: ApiCluster, project: str):
    allow(openshift, project, "anyuid")
    openshift.create(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "other", "namespace": project}}
    )
    eventually(lambda: is_admitted(openshift, pod(project, {"runAsUser": 1})))
    assert not is_admitted(openshift, pod(project, {"runAsUser": 1}, serviceAccountName="other"))


def test_the_platforms_own_namespaces_are_exempt(openshift: ApiCluster):
    assert is_admitted(openshift, pod("kube-system", {"privileged": True}))


def test_a_refused_pod_of_a_deployment_is_told_where_people_look(openshift: ApiCluster, project: str):
    labels = {"app": "web"}
    containers = [{"name": "web", "image": "example/web:1", "securityContext": {"runAsUser": 8888}}]
    openshift.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": project},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
            },
        }
    )
    id = ResourceId("apps", "Deployment", project, "web")
    failure = eventually(lambda: condition(openshift.get(id), "ReplicaFailure"))
    assert failure["reason"] == "FailedCreate"
    assert "service account default may not use anyuid" in failure["message"]


def condition(manifest: Manifest | None, type: str) -> dict[str, Any]:
    conditions = ((manifest or {}).get("status") or {}).get("conditions") or []
    return next((dict(c) for c in conditions if c["type"] == type), {})


def test_who_makes_what_belongs_to_another_must_be_allowed_its_finalizers(
    planes: Callable[[str], Plane], openshift: ApiCluster, project: str
):
    owner = openshift.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner", "namespace": project}}
    )
    belongs = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    manifest = pod(project)
    manifest["metadata"]["ownerReferences"] = [{**belongs, "controller": True, "blockOwnerDeletion": True}]

    def create() -> str:
        """Create the pod as the project's account, as a dry run; gives what the server has against it."""
        who = f"--as=system:serviceaccount:{project}:default"
        command = [str(KUBECTL), f"--kubeconfig={planes('openshift').kubeconfig}", "create", "--dry-run=server", who]
        done = subprocess.run([*command, "-f", "-"], input=json.dumps(manifest), capture_output=True, text=True)
        return done.stderr

    grant(openshift, project, "pods", "create")
    eventually(lambda: "blockOwnerDeletion" in create())
    grant(openshift, project, "configmaps/finalizers", "update")
    eventually(lambda: create() == "")


def grant(cluster: ApiCluster, namespace: str, resource: str, verb: str) -> None:
    """Allow the default service account one verb."""
    name = f"{verb}-{resource.replace('/', '-')}"
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name, "namespace": namespace}}
    cluster.create({**rbac, "kind": "Role", "rules": [{"apiGroups": [""], "resources": [resource], "verbs": [verb]}]})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": namespace}
    cluster.create({**rbac, "kind": "RoleBinding", "roleRef": role, "subjects": [subject]})
