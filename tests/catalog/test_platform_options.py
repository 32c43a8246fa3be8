"""What a platform offers beyond what it always changes: each option is listed as its page says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.build import build_resources
from kfinstall.load import load_tree
from kfinstall.manifest import dump_resources
from tests.catalog.manifests import Manifest, build, find, of_kind, pods, stock_text

PLATFORMS = catalog.root() / "platforms"
NAMESPACES = {info.namespace for info in catalog.components()}
OPTIONS = sorted(
    str(path.parent.relative_to(PLATFORMS))
    for path in PLATFORMS.glob("*/*/kustomization.yaml")
    if path.parent.name not in NAMESPACES
)
Write = Callable[[str], Path]


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Give, for an option, the overlay that its README shows."""

    def write(option: str) -> Path:
        folder = tmp_path_factory.mktemp(option.replace("/", "-"))
        text = (PLATFORMS / option / "README.md").read_text().split("```yaml\n")[1].split("```")[0]
        root = os.path.relpath(catalog.root(), folder)
        (folder / "kustomization.yaml").write_text(text.replace("- ../", f"- {root}/"))
        return folder

    return write


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_is_listed_as_its_page_says_and_built_to_the_same_bytes(option: str, listed: Write) -> None:
    folder = listed(option)
    text = stock_text(folder)
    assert dump_resources(build_resources(load_tree(folder))) == text
    assert text != stock_text(catalog.overlay(option.split("/")[0]))


@pytest.mark.parametrize("option", OPTIONS)
def test_the_page_on_platforms_leads_to_every_option(option: str) -> None:
    assert f"(../platforms/{option}/README.md)" in (catalog.root() / "docs" / "platforms.md").read_text()


def test_the_page_on_platforms_has_every_platform(platform: str) -> None:
    assert f"\n## {platform}\n" in (catalog.root() / "docs" / "platforms.md").read_text()


def test_workload_identity_gives_every_account_of_users_work_the_google_account_that_was_named(listed: Write) -> None:
    built = build(listed("gke/workload-identity"))
    annotated = {
        account["metadata"]["name"]: account["metadata"]["annotations"]["iam.gke.io/gcp-service-account"]
        for account in of_kind(built, "ServiceAccount")
        if "iam.gke.io/gcp-service-account" in account["metadata"].get("annotations", {})
    }
    wanted = "ml@mine.iam.gserviceaccount.com"
    assert annotated == dict.fromkeys(("argo-workflow", "jupyter-notebook", "tf-serving"), wanted)
    server = find(built, "Deployment", "tf-serving")["spec"]["template"]["spec"]
    assert server["serviceAccountName"] == "tf-serving"
    assert server["automountServiceAccountToken"] is False


def test_the_hub_and_the_controllers_get_no_google_account(listed: Write) -> None:
    built = build(listed("gke/workload-identity"))
    for name in ("jupyter-hub", "argo", "ambassador", "tf-job-operator"):
        assert "annotations" not in find(built, "ServiceAccount", name)["metadata"]


@pytest.mark.parametrize("system", ["cos", "ubuntu"])
def test_each_kind_of_node_gets_the_installer_of_its_system_and_a_node_with_googles_driver_none(
    system: str, listed: Write
) -> None:
    built = build(listed("gke/gpu-drivers"))
    bare = {"cloud.google.com/gke-accelerator": "nvidia-tesla-t4", "cloud.google.com/gke-os-distribution": system}
    assert installers(built, bare) == [f"nvidia-driver-installer-{system}"]
    assert installers(built, {**bare, "cloud.google.com/gke-gpu-driver-version": "default"}) == []
    assert installers(built, {"cloud.google.com/gke-os-distribution": system}) == []


def installers(built: tuple[Manifest, ...], labels: dict[str, str]) -> list[str]:
    """Give which DaemonSets a node with these labels would get."""
    return [
        pod.owner["metadata"]["name"]
        for pod in pods(of_kind(built, "DaemonSet"))
        if pod.spec["nodeSelector"].items() <= labels.items() and affine(pod.spec["affinity"], labels)
    ]


def affine(affinity: Manifest, labels: dict[str, str]) -> bool:
    (term,) = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    return all((e["key"] in labels) == (e["operator"] == "Exists") for e in term["matchExpressions"])


def test_the_installers_stay_in_kube_system_and_their_images_are_not_pulled(listed: Write) -> None:
    for pod in pods(of_kind(build(listed("gke/gpu-drivers")), "DaemonSet")):
        assert pod.owner["metadata"]["namespace"] == "kube-system"
        (install,) = pod.spec["initContainers"]
        assert install["imagePullPolicy"] == "Never"


def test_on_aks_the_load_balancer_can_be_internal(listed: Write) -> None:
    service = find(build(listed("aks/internal-load-balancer")), "Service", "ambassador")
    assert service["spec"]["type"] == "LoadBalancer"
    annotations = service["metadata"]["annotations"]
    assert annotations["service.beta.kubernetes.io/azure-load-balancer-internal"] == "true"


def test_on_machines_of_ones_own_metallb_gives_ambassador_an_address(listed: Write) -> None:
    built = build(listed("onprem/metallb"))
    service = find(built, "Service", "ambassador")
    assert service["spec"]["type"] == "LoadBalancer"
    pool = find(built, "IPAddressPool", service["metadata"]["annotations"]["metallb.io/address-pool"])
    assert pool["spec"]["addresses"] == ["10.0.0.240-10.0.0.250"]
    (advertised,) = of_kind(built, "L2Advertisement")
    assert advertised["spec"]["ipAddressPools"] == [pool["metadata"]["name"]]
    assert {pool["metadata"]["namespace"], advertised["metadata"]["namespace"]} == {"metallb-system"}
