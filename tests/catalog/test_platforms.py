"""What each platform changes, seen in what its overlay builds."""

from __future__ import annotations

import pytest

from kfinstall import catalog
from tests.catalog.manifests import Manifest, build, find, of_kind

OPENED = {
    "gke": "LoadBalancer",
    "aks": "LoadBalancer",
    "eks": "LoadBalancer",
    "docker-desktop": "LoadBalancer",
    "minikube": "NodePort",
    "kind": "NodePort",
    "onprem": "NodePort",
    "openshift": "ClusterIP",
}
CLASSES = {"aks": "managed-csi", "eks": "gp2"}


def test_ambassador_is_opened_as_the_platform_can(platform: str, overlay: tuple[Manifest, ...]) -> None:
    assert find(overlay, "Service", "ambassador")["spec"]["type"] == OPENED[platform]


def test_nothing_but_ambassador_is_reached_from_outside(overlay: tuple[Manifest, ...]) -> None:
    outside = {
        s["metadata"]["name"] for s in of_kind(overlay, "Service") if s["spec"].get("type", "ClusterIP") != "ClusterIP"
    }
    assert outside <= {"ambassador"}


def test_claims_name_a_class_only_where_the_default_is_not_sure(platform: str, overlay: tuple[Manifest, ...]) -> None:
    claims = [claim["spec"] for claim in of_kind(overlay, "PersistentVolumeClaim")]
    for owner in of_kind(overlay, "StatefulSet"):
        claims += [claim["spec"] for claim in owner["spec"]["volumeClaimTemplates"]]
    assert len(claims) == 2
    assert {claim.get("storageClassName") for claim in claims} == {CLASSES.get(platform)}


@pytest.mark.parametrize("platform", ["aks", "eks", "onprem"])
def test_the_device_plugin_comes_where_the_platform_brings_none(platform: str) -> None:
    plugin = find(build(catalog.overlay(platform)), "DaemonSet", "nvidia-device-plugin-daemonset")
    tolerated = {toleration["key"] for toleration in plugin["spec"]["template"]["spec"]["tolerations"]}
    assert tolerated == {"nvidia.com/gpu", *(["sku"] if platform == "aks" else [])}


@pytest.mark.parametrize("platform", ["gke", "openshift"])
def test_the_device_plugin_stays_away_where_the_platform_has_its_own(platform: str) -> None:
    assert of_kind(build(catalog.overlay(platform)), "DaemonSet") == []
