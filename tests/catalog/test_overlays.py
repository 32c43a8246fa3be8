"""What every packaged overlay must be, whatever the platform."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.errors import InputError
from tests.catalog.manifests import CLUSTER_SCOPED, Manifest, build, find, names, of_kind, pods, strings_of

TAGGED = re.compile(r"[a-z0-9.]+\.[a-z]+/[a-z0-9./_-]+:[\w.-]+")
DEAD_HOSTS = re.compile(
    r"(gcr\.io/(kubeflow|kubeflow-images-public|kubeflow-images-staging|ml-pipeline|google_containers"
    r"|google-containers|kubebuilder)|k8s\.gcr\.io|docker\.io/minio|quay\.io/datawire)/"
)
LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/part-of", "kfinstall.dev/component")


def test_a_packaged_overlay_is_what_overlay_files_writes(platform: str) -> None:
    folder = catalog.overlay(platform)
    written = catalog.overlay_files(platform, catalog.packaged_set(platform), "../..")
    found = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert {name: text for name, text in found.items() if not name.startswith("waves/")} == written


def test_an_overlay_holds_the_core_set_and_what_the_platform_brings(
    platform: str, overlay: tuple[Manifest, ...]
) -> None:
    held = {m["metadata"]["labels"]["kfinstall.dev/component"] for m in overlay if m["kind"] != "Namespace"}
    assert held == {*catalog.CORE, *catalog.platform(platform).brings}


def test_every_resource_says_which_component_it_belongs_to(wide: tuple[Manifest, ...]) -> None:
    bare = [
        f"{m['kind']}/{m['metadata']['name']}"
        for m in wide
        if m["kind"] != "Namespace" and not all(label in m["metadata"].get("labels", {}) for label in LABELS)
    ]
    assert bare == []


def test_everything_namespaced_is_in_the_platforms_namespace_but_the_device_plugin(
    overlay: tuple[Manifest, ...],
) -> None:
    elsewhere = [
        (m["metadata"].get("namespace"), m["metadata"]["name"])
        for m in overlay
        if m["kind"] not in CLUSTER_SCOPED and m["metadata"].get("namespace") != catalog.NAMESPACE
    ]
    assert set(elsewhere) <= {("kube-system", "nvidia-device-plugin-daemonset")}


def test_the_namespace_enforces_pod_security_and_warns_of_what_is_not_restricted(
    overlay: tuple[Manifest, ...],
) -> None:
    labels = find(overlay, "Namespace", catalog.NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert labels["pod-security.kubernetes.io/warn"] == "restricted"


def test_every_image_has_a_tag_and_none_is_on_a_dead_host(wide: tuple[Manifest, ...]) -> None:
    images = {container["image"] for pod in pods(wide) for container in pod.containers}
    assert all(TAGGED.fullmatch(image) for image in images), images
    assert not [text for m in wide for text in strings_of(m) if DEAD_HOSTS.search(text)]


def test_no_credential_stands_in_an_overlay(wide: tuple[Manifest, ...]) -> None:
    secrets = of_kind(wide, "Secret")
    assert secrets
    assert not [m["metadata"]["name"] for m in secrets if m.get("data") or m.get("stringData")]


def test_no_two_services_reach_the_same_name_with_other_pods(wide: tuple[Manifest, ...]) -> None:
    selected = {
        service["metadata"]["name"]: [
            p.name for p in pods(wide) if service["spec"]["selector"].items() <= p.labels.items()
        ]
        for service in of_kind(wide, "Service")
    }
    assert {name: len(found) for name, found in selected.items()} == dict.fromkeys(selected, 1)


def test_every_component_can_be_added_to_every_platform(wide: tuple[Manifest, ...]) -> None:
    for info in catalog.components():
        mine = [m for m in wide if m["metadata"]["labels"].get("kfinstall.dev/component") == info.name]
        namespace = info.namespace or catalog.NAMESPACE
        assert mine
        assert all(m["metadata"].get("namespace", namespace) == namespace for m in mine)


def test_adding_a_component_that_is_there_gives_the_packaged_overlay() -> None:
    with catalog.composed("gke", ["argo"]) as folder:
        assert folder == catalog.overlay("gke")


def test_a_composed_overlay_is_gone_when_its_block_ends() -> None:
    with catalog.composed("gke", ["spartakus"]) as folder:
        assert (folder / "kustomization.yaml").is_file()
    assert not folder.exists()


def test_an_unknown_platform_names_the_nearest_one() -> None:
    with pytest.raises(InputError, match="there is no platform 'gkee'") as error:
        catalog.overlay("gkee")
    assert error.value.hint == "did you mean 'gke'?"


def test_the_name_of_a_platform_that_is_gone_says_what_took_its_place() -> None:
    with pytest.raises(InputError, match="there is no platform 'acsengine'") as error:
        catalog.platform("acsengine")
    assert "is aks today: --platform aks" in error.value.hint


def test_an_unknown_component_names_the_nearest_one() -> None:
    with (
        pytest.raises(InputError, match="there is no component 'spartacus'") as error,
        catalog.composed("gke", ["spartacus"]),
    ):
        pass
    assert error.value.hint == "did you mean 'spartakus'?"


def test_a_name_outside_the_platforms_never_reaches_another_folder() -> None:
    with pytest.raises(InputError):
        catalog.overlay("../base/argo")


def test_the_demo_has_eight_components() -> None:
    with catalog.composed("gke", ["spartakus"]) as folder:
        built = build(Path(folder))
    found = {m["metadata"]["labels"].get("kfinstall.dev/component") for m in built} - {None}
    assert len(found) == 8
    assert ("kube-system", "nvidia-device-plugin-daemonset") not in names(built, "DaemonSet")
