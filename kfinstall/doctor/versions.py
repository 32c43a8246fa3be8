"""Which Kubernetes serves which version of an API: removals, and how versions are compared."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias

Minor: TypeAlias = tuple[int, int]
NEWEST: Final[Minor] = (1, 36)
"""The newest Kubernetes that this table knows; what is judged without a cluster is judged for it."""


class Removal(NamedTuple):
    """An API version: since when it is deprecated, in which Kubernetes it is gone, and what stands instead."""

    api_version: str
    kinds: tuple[str, ...]
    deprecated: Minor
    removed: Minor
    instead: str


REMOVALS: Final[tuple[Removal, ...]] = (
    Removal("extensions/v1beta1", ("Deployment", "DaemonSet", "ReplicaSet"), (1, 8), (1, 16), "apps/v1"),
    Removal("extensions/v1beta1", ("NetworkPolicy",), (1, 9), (1, 16), "networking.k8s.io/v1"),
    Removal("extensions/v1beta1", ("PodSecurityPolicy",), (1, 10), (1, 16), "pod security labels of namespaces"),
    Removal("extensions/v1beta1", ("Ingress",), (1, 14), (1, 22), "networking.k8s.io/v1"),
    Removal("apps/v1beta1", ("Deployment", "StatefulSet", "ReplicaSet"), (1, 9), (1, 16), "apps/v1"),
    Removal("apps/v1beta2", ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), (1, 9), (1, 16), "apps/v1"),
    Removal("networking.k8s.io/v1beta1", ("Ingress", "IngressClass"), (1, 19), (1, 22), "networking.k8s.io/v1"),
    Removal(
        "rbac.authorization.k8s.io/v1beta1", ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"),
        (1, 17), (1, 22), "rbac.authorization.k8s.io/v1",
    ),
    Removal(
        "rbac.authorization.k8s.io/v1alpha1", ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"),
        (1, 17), (1, 22), "rbac.authorization.k8s.io/v1",
    ),
    Removal(
        "admissionregistration.k8s.io/v1beta1", ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
        (1, 16), (1, 22), "admissionregistration.k8s.io/v1",
    ),
    Removal("apiextensions.k8s.io/v1beta1", ("CustomResourceDefinition",), (1, 16), (1, 22), "apiextensions.k8s.io/v1"),
    Removal("apiregistration.k8s.io/v1beta1", ("APIService",), (1, 19), (1, 22), "apiregistration.k8s.io/v1"),
    Removal("certificates.k8s.io/v1beta1", ("CertificateSigningRequest",), (1, 19), (1, 22), "certificates.k8s.io/v1"),
    Removal("coordination.k8s.io/v1beta1", ("Lease",), (1, 19), (1, 22), "coordination.k8s.io/v1"),
    Removal("scheduling.k8s.io/v1beta1", ("PriorityClass",), (1, 14), (1, 22), "scheduling.k8s.io/v1"),
    Removal(
        "storage.k8s.io/v1beta1", ("StorageClass", "CSIDriver", "CSINode", "VolumeAttachment"),
        (1, 19), (1, 22), "storage.k8s.io/v1",
    ),
    Removal("storage.k8s.io/v1beta1", ("CSIStorageCapacity",), (1, 24), (1, 27), "storage.k8s.io/v1"),
    Removal("batch/v1beta1", ("CronJob",), (1, 21), (1, 25), "batch/v1"),
    Removal("batch/v2alpha1", ("CronJob",), (1, 8), (1, 21), "batch/v1"),
    Removal("discovery.k8s.io/v1beta1", ("EndpointSlice",), (1, 21), (1, 25), "discovery.k8s.io/v1"),
    Removal("events.k8s.io/v1beta1", ("Event",), (1, 19), (1, 25), "events.k8s.io/v1"),
    Removal("node.k8s.io/v1beta1", ("RuntimeClass",), (1, 20), (1, 25), "node.k8s.io/v1"),
    Removal("policy/v1beta1", ("PodDisruptionBudget",), (1, 21), (1, 25), "policy/v1"),
    Removal("policy/v1beta1", ("PodSecurityPolicy",), (1, 21), (1, 25), "pod security labels of namespaces"),
    Removal("autoscaling/v2beta1", ("HorizontalPodAutoscaler",), (1, 22), (1, 25), "autoscaling/v2"),
    Removal("autoscaling/v2beta2", ("HorizontalPodAutoscaler",), (1, 23), (1, 26), "autoscaling/v2"),
    Removal(
        "flowcontrol.apiserver.k8s.io/v1beta1", ("FlowSchema", "PriorityLevelConfiguration"),
        (1, 23), (1, 26), "flowcontrol.apiserver.k8s.io/v1",
    ),
    Removal(
        "flowcontrol.apiserver.k8s.io/v1beta2", ("FlowSchema", "PriorityLevelConfiguration"),
        (1, 26), (1, 29), "flowcontrol.apiserver.k8s.io/v1",
    ),
    Removal(
        "flowcontrol.apiserver.k8s.io/v1beta3", ("FlowSchema", "PriorityLevelConfiguration"),
        (1, 29), (1, 32), "flowcontrol.apiserver.k8s.io/v1",
    ),
    Removal("resource.k8s.io/v1beta1", ("ResourceClaim", "ResourceClaimTemplate", "DeviceClass", "ResourceSlice"),
            (1, 33), (1, 37), "resource.k8s.io/v1"),
)  # fmt: skip
"""Source: https://kubernetes.io/docs/reference/using-api/deprecation-guide/"""

FORMER_CUSTOM: Final = {
    "kubeflow.org/v1alpha1": "kubeflow.org/v1",
    "kubeflow.org/v1alpha2": "kubeflow.org/v1",
    "kubeflow.org/v1beta1": "kubeflow.org/v1",
    "kubeflow.org/v1beta2": "kubeflow.org/v1",
}
"""Versions of training jobs that their operators do not serve any more, and the one that they do."""


def minor_of(version: str) -> Minor | None:
    """Give the major and minor number of a version such as `v1.36.3-gke.1`; None where it has none."""
    match = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(match[1]), int(match[2])) if match else None


def find_removal(api_version: str, kind: str) -> Removal | None:
    """Give what is known of an API version that goes or went away."""
    return next((one for one in REMOVALS if one.api_version == api_version and kind in one.kinds), None)


def words(minor: Minor) -> str:
    """Give `1.22`."""
    return f"{minor[0]}.{minor[1]}"
