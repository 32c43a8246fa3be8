"""What only a real API server and real controllers can show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kfinstall.apply import Installation, Options, install, read_inventory, status, uninstall
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.errors import ClusterError, UnhealthyError
from kfinstall.localplane import Plane
from kfinstall.plan.inventory import PART_OF
from kfinstall.resource import GroupKind, ResourceId, id_of
from tests.apply.real import CLOCK, WEB, apply, delete, placed, versions
from tests.apply.sets import Outcome
from tests.cluster.scripted import write_kubeconfig

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: "GROUP"}
spec:
  group: NAME.example.com
  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: NAME.example.com/v1
kind: Thing
metadata: {name: one}
spec: {size: 1}
"""


def test_a_set_gets_healthy_and_a_second_run_writes_nothing(cluster: ApiCluster, namespace: str):
    web = placed(WEB, namespace)
    first = apply(cluster, namespace, web)
    assert first.errors == []
    before = versions(cluster, namespace)
    second = apply(cluster, namespace, web)
    assert second.summary == "nothing to do: 4 resources are as wanted"
    assert versions(cluster, namespace) == before
    assert all(row.health.status == "Current" and not row.drifted for row in rows(cluster, namespace))


def test_a_custom_resource_and_its_definition_go_in_one_run(cluster: ApiCluster, namespace: str):
    text = CRD.replace("GROUP", f"things.{namespace}.example.com").replace("NAME", namespace)
    resources = placed(text, namespace)
    assert apply(cluster, namespace, resources).errors == []
    assert apply(cluster, namespace, resources).summary.startswith("nothing to do")
    assert delete(cluster, namespace).errors == []
    assert cluster.get(id_of(resources[0].manifest)) is None


def test_the_pods_of_a_custom_resource_go_with_it_also_when_its_kind_is_new(cluster: ApiCluster, namespace: str):
    text = CRD.replace("GROUP", f"things.{namespace}.example.com").replace("NAME", namespace)
    resources = placed(text, namespace)
    assert apply(cluster, namespace, resources).errors == []
    thing = cluster.get(id_of(resources[1].manifest))
    assert thing is not None
    owner = {"apiVersion": thing["apiVersion"], "kind": "Thing", "name": "one", "uid": thing["metadata"]["uid"]}
    metadata = {"name": "owned", "namespace": namespace, "ownerReferences": [{**owner, "blockOwnerDeletion": True}]}
    spec = {"containers": [{"name": "web", "image": "example.com/web:1"}], "terminationGracePeriodSeconds": 0}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    assert delete(cluster, namespace).errors == []
    assert cluster.get(ResourceId("", "Pod", namespace, "owned")) is None


def test_an_image_that_cannot_be_pulled_fails_before_its_deadline_and_says_why(cluster: ApiCluster, namespace: str):
    broken = placed(WEB.replace("image: web:1", "image: fault.local.kfinstall.dev/image-pull"), namespace)
    outcome = apply(cluster, namespace, broken, Options(timeout_s=300))
    [error] = outcome.errors
    assert isinstance(error, UnhealthyError)
    assert error.id == ResourceId("apps", "Deployment", namespace, "web")
    assert "image" in error.message
    assert str(error.origin) == "set.yaml:3"
    assert outcome.events[-1].at_s < 200


def test_what_never_gets_ready_fails_at_its_deadline_with_the_probable_cause(cluster: ApiCluster, namespace: str):
    broken = placed(WEB.replace("image: web:1", "image: fault.local.kfinstall.dev/never-ready"), namespace)
    outcome = apply(cluster, namespace, broken, Options(timeout_s=6))
    [error] = outcome.errors
    assert isinstance(error, UnhealthyError)
    assert "not healthy after 6 s" in error.message
    assert "pod 'web-" in error.message


def test_a_conflict_with_kubectl_names_the_field(cluster: ApiCluster, namespace: str):
    web = placed(WEB, namespace)
    apply(cluster, namespace, web)
    cluster.update({**cluster.get(ResourceId("", "ConfigMap", namespace, "settings")), "data": {"colour": "green"}})
    changed = placed(WEB.replace("blue", "red"), namespace)
    live = cluster.get(ResourceId("", "ConfigMap", namespace, "settings"))
    assert live["data"] == {"colour": "green"}
    outcome = apply(cluster, namespace, changed)
    assert ".data.colour" in outcome.texts
    assert apply(cluster, namespace, changed, Options(on_conflict="force", timeout_s=60)).errors == []


def test_what_someone_changed_is_told_with_who_did(cluster: ApiCluster, plane: Plane, namespace: str):
    assert apply(cluster, namespace, placed(WEB, namespace)).errors == []
    kubectl = [str(Path(sys.executable).parent / "kubectl"), "--kubeconfig", str(plane.kubeconfig), "-n", namespace]
    subprocess.run([*kubectl, "set", "image", "deployment/web", "web=web:2", "--field-manager=team"], check=True)
    subprocess.run([*kubectl, "scale", "deployment/web", "--replicas=1"], check=True)
    [row] = [row for row in rows(cluster, namespace) if row.drifted]
    assert [str(one) for one in row.drift] == [
        "spec.replicas (by kubectl)",
        "spec.template.spec.containers[name=web].image (by team)",
    ]


def test_a_field_that_cannot_be_changed_is_named_and_recreated_only_when_allowed(cluster: ApiCluster, namespace: str):
    job = """
apiVersion: batch/v1
kind: Job
metadata: {name: once, annotations: {A: "B"}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: once, image: "once:1"}]}}}
"""
    assert apply(cluster, namespace, placed(job, namespace)).errors == []
    newer = job.replace("once:1", "once:2")
    refused = apply(cluster, namespace, placed(newer, namespace))
    assert "spec.template cannot be changed once it is created" in refused.texts
    assert "kfinstall.dev/on-immutable: recreate" in refused.texts
    allowed = placed(newer.replace('A: "B"', "kfinstall.dev/on-immutable: recreate"), namespace)
    assert apply(cluster, namespace, allowed).errors == []


def test_an_unknown_field_is_refused_by_name_and_where_it_was_written(cluster: ApiCluster, namespace: str):
    outcome = apply(cluster, namespace, placed(WEB.replace("replicas: 2", "replcas: 2"), namespace))
    assert "set.yaml:3: " in outcome.texts
    assert "unknown field 'spec.replcas'" in outcome.texts


def test_a_namespace_being_deleted_is_one_clear_error_and_nothing_is_recorded(cluster: ApiCluster, namespace: str):
    doomed = f"{namespace}-doomed"
    finalizer = {"name": doomed, "finalizers": ["example.com/hold"]}
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": finalizer})
    cluster.delete(ResourceId("", "Namespace", "", doomed))
    outcome = apply(cluster, namespace, placed(WEB, doomed))
    live = cluster.get(ResourceId("", "Namespace", "", doomed))
    cluster.update({**live, "metadata": {**live["metadata"], "finalizers": []}})
    assert f"namespace '{doomed}' is being deleted" in outcome.texts
    assert [error.exit_code for error in outcome.errors] == [3]
    assert read_inventory(Installation("test", namespace), cluster) is None


def test_pruning_waits_for_finalizers_and_names_them(cluster: ApiCluster, namespace: str):
    held = placed(WEB.replace("name: settings", "name: settings, finalizers: [example.com/hold]", 1), namespace)
    id = ResourceId("", "ConfigMap", namespace, "settings")
    assert apply(cluster, namespace, held).errors == []
    outcome = delete(cluster, namespace, Options(timeout_s=3))
    live = cluster.get(id)
    metadata = {key: value for key, value in live["metadata"].items() if key != "finalizers"}
    cluster.update({**live, "metadata": {**metadata, "finalizers": []}})
    assert "it waits for example.com/hold" in outcome.texts
    assert read_inventory(Installation("test", namespace), cluster) is not None
    assert delete(cluster, namespace).errors == []
    assert read_inventory(Installation("test", namespace), cluster) is None


def test_delete_leaves_the_namespace_as_it_was(cluster: ApiCluster, namespace: str):
    before = set(versions(cluster, namespace))
    apply(cluster, namespace, placed(WEB, namespace))
    assert delete(cluster, namespace).errors == []
    assert {id for id in versions(cluster, namespace) if id.kind != "ServiceAccount"} <= before | furniture(namespace)
    assert cluster.list(GroupKind("", "Pod"), namespace) == []


def test_the_namespace_of_the_record_is_made_first_and_removed_last(cluster: ApiCluster, namespace: str):
    home = f"{namespace}-home"
    target = Installation("test", home)
    assert Outcome(install(placed(WEB, namespace), target, cluster, CLOCK)).errors == []
    assert cluster.get(ResourceId("", "Namespace", "", home)) is not None
    assert Outcome(uninstall(target, cluster, CLOCK)).errors == []
    assert cluster.get(ResourceId("", "Namespace", "", home)) is None


def test_the_record_can_be_read_with_plain_kubectl_and_is_an_apply_set(cluster: ApiCluster, namespace: str):
    apply(cluster, namespace, placed(WEB, namespace))
    parent = cluster.get(ResourceId("", "ConfigMap", namespace, "test"))
    label = parent["metadata"]["labels"]["applyset.kubernetes.io/id"]
    members = cluster.list(GroupKind("", "ConfigMap"), namespace, f"{PART_OF}={label}")
    assert [member["metadata"]["name"] for member in members] == ["settings"]
    assert '"Deployment"' in parent["data"]["members"]
    assert "Xq9-secret-value" not in str(parent)


def test_who_may_do_nothing_is_told_which_right_is_missing(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    with connect(token_kubeconfig(cluster, plane, namespace, tmp_path)) as poor:
        outcome = apply(poor, namespace, placed(WEB, namespace))
    [error] = outcome.errors
    assert isinstance(error, ClusterError)
    assert f"user 'system:serviceaccount:{namespace}:poor' may not" in error.message
    assert f"--serviceaccount={namespace}:poor" in error.hint


def test_rights_in_one_namespace_are_enough(cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path):
    binding = f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: all, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}}
subjects: [{{kind: ServiceAccount, name: poor, namespace: {namespace}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: leases, namespace: {namespace}}}
rules: [{{apiGroups: [coordination.k8s.io], resources: [leases], verbs: ["*"]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: leases, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: leases}}
subjects: [{{kind: ServiceAccount, name: poor, namespace: {namespace}}}]
"""
    for resource in placed(binding, namespace):
        cluster.create(resource.manifest)
    with connect(token_kubeconfig(cluster, plane, namespace, tmp_path)) as poor:
        web = placed(WEB, namespace)
        assert apply(poor, namespace, web).errors == []
        assert apply(poor, namespace, web).summary.startswith("nothing to do")
        assert delete(poor, namespace).errors == []


def test_a_server_that_does_not_know_us_says_the_credentials_are_not_accepted(plane: Plane, tmp_path: Path):
    path = write_kubeconfig(
        tmp_path / "config", plane.server, {"token": "expired"}, **{"insecure-skip-tls-verify": True}
    )
    with connect(path) as stranger, pytest.raises(ClusterError, match="does not accept the credentials"):
        stranger.list(GroupKind("", "Pod"))


def rows(cluster: ApiCluster, namespace: str):
    return status(Installation("test", namespace), cluster, CLOCK)


def furniture(namespace: str) -> set[ResourceId]:
    return {ResourceId("", "ConfigMap", namespace, "kube-root-ca.crt")}


def token_kubeconfig(cluster: ApiCluster, plane: Plane, namespace: str, folder: Path) -> Path:
    """Give a kubeconfig for a service account `poor` of the namespace, which has no rights yet."""
    cluster.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "poor", "namespace": namespace}})
    kubectl = Path(sys.executable).parent / "kubectl"
    command = [str(kubectl), "--kubeconfig", str(plane.kubeconfig), "-n", namespace, "create", "token", "poor"]
    token = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return write_kubeconfig(folder / "poor", plane.server, {"token": token}, **{"insecure-skip-tls-verify": True})
