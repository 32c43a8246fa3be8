"""What is particular to a cloud: GPU drivers, storage drivers, identities, what Autopilot does not run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kfinstall.doctor.containers import containers_of, template_specs
from kfinstall.doctor.grouping import ids, names, place
from kfinstall.doctor.kinds import CSI_DRIVER, DAEMON_SET, NODE, SERVICE_ACCOUNT, STORAGE_CLASS
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.podsecurity import violations
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Manifest, ResourceId, id_of

_GPU = "nvidia.com/gpu"
_ACCELERATOR = "cloud.google.com/gke-accelerator"
_DRIVER = "cloud.google.com/gke-gpu-driver-version"
_IDENTITY = "iam.gke.io/gcp-service-account"
_AUTOPILOT = "gk3-"
_AZURE_GPU = ("accelerator", "nvidia")
_PLUGIN = "nvidia-device-plugin"


class _Driver(NamedTuple):
    csi: str
    check: str
    how: str


_IN_TREE: Mapping[str, _Driver] = {
    "kubernetes.io/azure-disk": _Driver("disk.csi.azure.com", "KF255", "az aks update --enable-disk-driver"),
    "kubernetes.io/azure-file": _Driver("file.csi.azure.com", "KF255", "az aks update --enable-file-driver"),
    "disk.csi.azure.com": _Driver("disk.csi.azure.com", "KF255", "az aks update --enable-disk-driver"),
    "file.csi.azure.com": _Driver("file.csi.azure.com", "KF255", "az aks update --enable-file-driver"),
    "kubernetes.io/aws-ebs": _Driver(
        "ebs.csi.aws.com", "KF261", "aws eks create-addon --addon-name aws-ebs-csi-driver --cluster-name NAME"
    ),
    "ebs.csi.aws.com": _Driver(
        "ebs.csi.aws.com", "KF261", "aws eks create-addon --addon-name aws-ebs-csi-driver --cluster-name NAME"
    ),
}
"""A class's provisioner -> the driver that serves it today: those that were in Kubernetes itself are gone.

Source: kubernetes.io/blog/2022/09/26/storage-in-tree-to-csi-migration-status-update-1.25.
"""


def _find_no_driver(snapshot: Snapshot) -> Iterator[Found]:
    for node in snapshot.of(NODE):
        labels, name = part(node["metadata"], "labels"), node["metadata"]["name"]
        if _ACCELERATOR in labels and labels.get(_DRIVER, "disabled") == "disabled" and not _gpus(node):
            yield Found(
                id_of(node),
                f"GPU node '{name}' has no driver: its node pool was made without one",
                f"make the node pool with it: gcloud container node-pools create NAME --cluster CLUSTER --accelerator "
                f"type={labels[_ACCELERATOR]},count=1,gpu-driver-version=default",
            )


def _gpus(node: Manifest) -> int:
    return int(parse_quantity(part(part(node, "status"), "allocatable").get(_GPU)) or 0)


def _find_not_for_autopilot(snapshot: Snapshot) -> Iterator[Found]:
    nodes = snapshot.of(NODE)
    if not nodes or not all(str(node["metadata"]["name"]).startswith(_AUTOPILOT) for node in nodes):
        return
    for written in snapshot.written():
        found = [words for spec in template_specs(written.manifest) for words in violations(spec, "baseline")]
        if found and (written.origin is not None or written.id.namespace != "kube-system"):
            yield Found(
                written.id,
                f"Autopilot does not run what has {names(found)}",
                "use a GKE Standard cluster for it, or leave the component out",
                origin=written.origin,
            )


def _find_no_identity(snapshot: Snapshot) -> Iterator[Found]:
    if snapshot.platform.platform != "gke":
        return
    for written in snapshot.written():
        for spec in template_specs(written.manifest):
            account = str(spec.get("serviceAccountName") or "default")
            id = ResourceId(*SERVICE_ACCOUNT, written.id.namespace, account)
            if _reads_bucket(spec) and not _has_key(spec) and not _has_identity(id, snapshot):
                yield Found(
                    id,
                    f"{written.id.kind} '{written.id.name}' reads gs:// and has neither a key nor an identity",
                    f"kubectl {place(id)}annotate serviceaccount {account} {_IDENTITY}=ACCOUNT",
                    (written.id,),
                    origin=written.origin,
                )


def _reads_bucket(spec: Mapping[str, Any]) -> bool:
    return any("gs://" in str(text) for container in containers_of(spec) for text in _texts(container))


def _texts(container: Mapping[str, Any]) -> Iterator[object]:
    yield from container.get("command") or ()
    yield from container.get("args") or ()
    yield from (variable.get("value") for variable in container.get("env") or ())


def _has_key(spec: Mapping[str, Any]) -> bool:
    variables = (variable for one in containers_of(spec) for variable in one.get("env") or ())
    return any(variable.get("name") == "GOOGLE_APPLICATION_CREDENTIALS" for variable in variables)


def _has_identity(id: ResourceId, snapshot: Snapshot) -> bool:
    rendered = next((one.manifest for one in snapshot.rendered or () if one.id == id), None)
    account = rendered or snapshot.find(id) or {}
    return _IDENTITY in part(part(account, "metadata"), "annotations")


def _find_no_plugin(snapshot: Snapshot) -> Iterator[Found]:
    key, value = _AZURE_GPU
    without = [n for n in snapshot.of(NODE) if part(n["metadata"], "labels").get(key) == value and not _gpus(n)]
    has_plugin = any(_PLUGIN in one["metadata"]["name"] for one in snapshot.of(DAEMON_SET))
    if snapshot.platform.platform == "aks" and without and not has_plugin:
        yield Found(
            id_of(without[0]),
            f"{len(without)} GPU nodes offer no GPU: AKS does not install the device plugin",
            "kfinstall apply --platform aks, which brings it with a toleration for sku=gpu",
            ids(without),
        )


def _find_absent_drivers(check: str, snapshot: Snapshot) -> Iterator[Found]:
    there = {driver["metadata"]["name"] for driver in snapshot.of(CSI_DRIVER)}
    for storage_class in snapshot.of(STORAGE_CLASS):
        provisioner = str(storage_class.get("provisioner"))
        driver = _IN_TREE.get(provisioner)
        if driver and driver.check == check and driver.csi not in there:
            name = storage_class["metadata"]["name"]
            yield Found(
                id_of(storage_class),
                f"StorageClass '{name}' makes no volumes: {provisioner} needs the driver {driver.csi}",
                driver.how,
            )


def _find_absent_on_azure(snapshot: Snapshot) -> Iterator[Found]:
    return _find_absent_drivers("KF255", snapshot)


def _find_absent_on_aws(snapshot: Snapshot) -> Iterator[Found]:
    return _find_absent_drivers("KF261", snapshot)


CHECKS = (
    Check(
        "KF250",
        "A GPU node of GKE has no driver",
        Severity.WARNING,
        _find_no_driver,
        remedy="Make the node pool with gpu-driver-version=default.",
        docs="""GKE installs the driver on a node pool that was made with `gpu-driver-version`; it does so by itself
only since 1.30.1-gke.1156000. Without it the nodes carry the accelerator's label and offer no GPU.""",
        reads=(NODE,),
        is_proven=True,
    ),
    Check(
        "KF251",
        "GKE Autopilot does not run this",
        Severity.WARNING,
        _find_not_for_autopilot,
        remedy="Use a Standard cluster, or leave it out.",
        docs="""Autopilot refuses privileged containers, host namespaces, ports and paths: what Pod Security baseline
forbids. An Autopilot cluster shows in the names of its nodes (`gk3-`).""",
        reads=(NODE,),
        is_proven=True,
    ),
    Check(
        "KF253",
        "Something reads a bucket without an identity",
        Severity.WARNING,
        _find_no_identity,
        remedy="Annotate its ServiceAccount for Workload Identity, or mount a key.",
        docs="""On GKE a pod reads `gs://` as the Google account that its ServiceAccount is annotated with, or with a
key that GOOGLE_APPLICATION_CREDENTIALS names. Whether the Google account may read the bucket is not known here.""",
        reads=(SERVICE_ACCOUNT,),
        is_proven=True,
    ),
    Check(
        "KF254",
        "GPU nodes of AKS have no device plugin",
        Severity.WARNING,
        _find_no_plugin,
        remedy="Apply the aks overlay, which brings the plugin.",
        docs="""AKS labels GPU nodes `accelerator=nvidia` and installs the driver, but not the device plugin. Without it
no pod can ask for a GPU, and its taint `sku=gpu` must be tolerated by the plugin too.""",
        reads=(NODE, DAEMON_SET),
        is_proven=True,
    ),
    Check(
        "KF255",
        "A StorageClass of Azure has no driver",
        Severity.ERROR,
        _find_absent_on_azure,
        remedy="Enable the CSI driver, or name another class.",
        docs="""The drivers that were part of Kubernetes (`kubernetes.io/azure-disk`, `azure-file`) are gone; their
classes work only where the CSI driver of Azure is installed.""",
        reads=(STORAGE_CLASS, CSI_DRIVER),
        is_proven=True,
    ),
    Check(
        "KF261",
        "A StorageClass of AWS has no driver",
        Severity.WARNING,
        _find_absent_on_aws,
        remedy="Add the EBS CSI add-on.",
        docs="""EKS has a class gp2 whose driver was part of Kubernetes until 1.23. Claims stay pending until the add-on
aws-ebs-csi-driver is installed.""",
        reads=(STORAGE_CLASS, CSI_DRIVER),
        is_proven=True,
    ),
)
