"""Taking over what kubectl or Helm applied: no field that is asked for conflicts, none that is not stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from kfinstall.apply import Options
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.plan.owned import owned_fields
from kfinstall.resource import Resource, ResourceId
from tests.apply.real import WEB, apply, placed, versions

OPTIONS = Options(timeout_s=60)
OLDER = (
    WEB.replace("replicas: 2", "replicas: 1")
    .replace("data: {colour: blue}", "data: {colour: green, shape: round}")
    .replace('- {name: EMPTY, value: ""}', '- {name: EMPTY, value: ""}\n        - {name: OLD, value: "yes"}')
)


def kubectl(plane: Plane, manifests: tuple[Resource, ...], *words: str) -> None:
    command = [str(Path(sys.executable).parent / "kubectl"), "--kubeconfig", str(plane.kubeconfig), *words, "-f", "-"]
    items = [resource.manifest for resource in manifests]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    subprocess.run(command, input=text, check=True, capture_output=True, text=True)


def assert_is_as_wanted(cluster: ApiCluster, namespace: str) -> None:
    settings = cluster.get(ResourceId("", "ConfigMap", namespace, "settings"))
    web = cluster.get(ResourceId("apps", "Deployment", namespace, "web"))
    assert settings is not None
    assert web is not None
    assert settings["data"] == {"colour": "blue"}
    assert web["spec"]["replicas"] == 2
    [container] = web["spec"]["template"]["spec"]["containers"]
    assert [one["name"] for one in container["env"]] == ["COLOUR", "WORD", "EMPTY"]
    for manifest in (settings, web):
        assert "last-applied-configuration" not in str(manifest["metadata"].get("annotations"))
        assert owned_fields(manifest)


def test_what_kubectl_applied_on_the_clients_side_is_taken_over(cluster: ApiCluster, plane: Plane, namespace: str):
    kubectl(plane, placed(OLDER, namespace), "apply")
    outcome = apply(cluster, namespace, placed(WEB, namespace), OPTIONS)
    assert outcome.errors == []
    assert_is_as_wanted(cluster, namespace)
    before = versions(cluster, namespace)
    assert apply(cluster, namespace, placed(WEB, namespace), OPTIONS).summary.startswith("nothing to do")
    assert versions(cluster, namespace) == before


def test_what_kubectl_applied_on_the_servers_side_is_taken_over(cluster: ApiCluster, plane: Plane, namespace: str):
    kubectl(plane, placed(OLDER, namespace), "apply", "--server-side")
    assert apply(cluster, namespace, placed(WEB, namespace), OPTIONS).errors == []
    assert_is_as_wanted(cluster, namespace)


def test_what_someone_set_beside_kubectl_is_not_taken_over(cluster: ApiCluster, plane: Plane, namespace: str):
    kubectl(plane, placed(OLDER, namespace), "apply")
    kubectl(plane, placed(OLDER.replace("colour: green", "colour: red"), namespace), "replace", "--field-manager=team")
    outcome = apply(cluster, namespace, placed(WEB, namespace), OPTIONS)
    assert ".data.colour" in outcome.texts
    assert "team" in outcome.texts


def test_what_kubectl_applies_to_ours_is_a_conflict_and_no_take_over(cluster: ApiCluster, plane: Plane, namespace: str):
    assert apply(cluster, namespace, placed(WEB, namespace), OPTIONS).errors == []
    kubectl(plane, placed(WEB.replace("blue", "red"), namespace), "apply")
    outcome = apply(cluster, namespace, placed(WEB.replace("blue", "grey"), namespace), OPTIONS)
    assert "kubectl-client-side-apply" in outcome.texts


def test_a_helm_release_is_taken_over_only_when_told(cluster: ApiCluster, plane: Plane, namespace: str):
    marks = "annotations: {meta.helm.sh/release-name: web}, labels: {app.kubernetes.io/managed-by: Helm}"
    released = OLDER.replace("name: settings}", f"name: settings, {marks}}}", 1)
    kubectl(plane, placed(released, namespace), "apply", "--server-side", "--field-manager=helm")
    refused = apply(cluster, namespace, placed(WEB, namespace), OPTIONS)
    assert "ConfigMap" in refused.texts
    assert "belongs to the Helm release 'web'" in refused.texts
    assert apply(cluster, namespace, placed(WEB, namespace), Options(timeout_s=60, adopt=True)).errors == []
    assert_is_as_wanted(cluster, namespace)
    settings = cluster.get(ResourceId("", "ConfigMap", namespace, "settings"))
    assert settings is not None
    assert "helm" not in str(settings["metadata"]).lower()
