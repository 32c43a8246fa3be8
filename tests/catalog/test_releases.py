"""Kubernetes 1.29 up to the one that runs here: what is written is served by all of them, and known to the oldest.

The API server of the tests knows every field that is newer; what the oldest does not know stands in a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kfinstall import catalog
from tests.catalog.manifests import Manifest

FOLDERS = ("base", "platforms", "overlays", "prototypes", "samples")
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (catalog.root() / folder).rglob("*.yaml")
    if path.parent.name != "waves"  # patches that only annotate: tests/gitops/test_waves.py
)
NOT_SENT = {"kustomize.config.k8s.io/v1alpha1", "kustomize.config.k8s.io/v1beta1", "config.kubeflow.org/v1beta1"}

SERVED = {
    "v1",
    "apps/v1",
    "batch/v1",
    "rbac.authorization.k8s.io/v1",
    "apiextensions.k8s.io/v1",
    "admissionregistration.k8s.io/v1",
    "networking.k8s.io/v1",
    "node.k8s.io/v1",
    "storage.k8s.io/v1",
}
"""API versions that every release from 1.29 to 1.36 serves. Source: Kubernetes' deprecated API migration guide."""
OWN_KINDS = {
    "argoproj.io/v1alpha1",
    "app.k8s.io/v1beta1",
    "getambassador.io/v3alpha1",
    "kubeflow.org/v1",
    "kubeflow.org/v1beta1",
}
OF_PLATFORMS = {
    "cloud.google.com/v1": "gke",
    "networking.gke.io/v1": "gke",
    "metallb.io/v1beta1": "onprem",
    "route.openshift.io/v1": "openshift",
}

NEWER = {
    "template.spec.evictionResponders",
    "template.spec.hostnameOverride",
    "template.spec.resources",
    "template.spec.schedulingGroup",
    "template.spec.securityContext.appArmorProfile",
    "template.spec.securityContext.seLinuxChangePolicy",
    "template.spec.securityContext.supplementalGroupsPolicy",
    "ontainers[].env[].valueFrom.fileKeyRef",
    "ontainers[].lifecycle.stopSignal",
    "ontainers[].restartPolicyRules",
    "ontainers[].securityContext.appArmorProfile",
    "ontainers[].volumeMounts[].bindMountOptions",
    "ontainers[].volumeMounts[].recursiveReadOnly",
    "httpGet.protocol",
    "grpc.mode",
    "volumes[].image",
    "volumes[].configMap.defaultUser",
    "volumes[].configMap.items[].user",
    "volumes[].downwardAPI.defaultUser",
    "volumes[].downwardAPI.items[].user",
    "volumes[].emptyDir.mode",
    "volumes[].projected.defaultUser",
    "volumes[].projected.sources[].podCertificate",
    "volumes[].secret.defaultUser",
    "volumes[].secret.items[].user",
    "spec.managedBy",
    "spec.scheduling",
    "spec.successPolicy",
    "spec.trafficDistribution",
    "spec.versions[].selectableFields",
}
"""Ends of field paths that 1.29 does not know, in the kinds that are used here; `ontainers` is any list of containers.

Source: the fields of the official Python client 37.0.2 that 29.0.0 has not.
"""
OWN_SUCCESS_POLICY = {"TFJob"}


def manifests(path: Path) -> Iterator[Manifest]:
    for document in yaml.safe_load_all(path.read_text()):
        if isinstance(document, dict) and "apiVersion" in document:
            yield document


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Give the path of every field, list items as `[]`."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield f"{path}.{key}"
            yield from paths(child, f"{path}.{key}")
    elif isinstance(value, list):
        for child in value:
            yield from paths(child, f"{path}[]")


def newer_fields(manifest: Manifest) -> set[str]:
    if manifest["kind"] == "CustomResourceDefinition":
        versions = [{**version, "schema": {}} for version in manifest["spec"]["versions"]]  # not fields of Kubernetes
        manifest = {**manifest, "spec": {**manifest["spec"], "versions": versions}}
    own = {"spec.successPolicy"} if manifest["kind"] in OWN_SUCCESS_POLICY else set()
    return {path for path in paths(manifest) if any(path.endswith(end) for end in NEWER - own)}


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_api_versions_are_used_that_every_release_serves(folder: str) -> None:
    files = [path for path in FILES if path.is_relative_to(catalog.root() / folder)]
    assert files
    used = {(m["apiVersion"], path) for path in files for m in manifests(path)}
    allowed = SERVED | OWN_KINDS | NOT_SENT
    beyond = {
        (version, path)
        for version, path in used
        if version not in allowed and f"platforms/{OF_PLATFORMS.get(version)}/" not in str(path)
    }
    assert beyond == set()


def test_no_field_is_used_that_the_oldest_release_does_not_know() -> None:
    found = {(path, field) for path in FILES for manifest in manifests(path) for field in newer_fields(manifest)}
    assert found == set()


@pytest.mark.parametrize("end", sorted(NEWER))
def test_a_field_that_is_newer_is_found_wherever_it_stands(end: str) -> None:
    words = ("initC" if end.startswith("ontainers") else "") + end
    value: Any = "x"
    for word in reversed(words.split(".")):
        value = {word.removesuffix("[]"): [value] if word.endswith("[]") else value}
    assert newer_fields({"kind": "Any", "spec": value})
