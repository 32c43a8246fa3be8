"""The fields that transformers write when a kustomization says nothing else.

A row is `[+]path [Kind[.version[.group]]]`: `+` creates what is missing, `*` matches any version, and a row without a
kind is for all resources. A path may go through lists; `name[]` insists on one.

Source: kustomize v5.8.1, api/internal/konfig/builtinpluginconsts.
"""

from __future__ import annotations

from kfinstall.build.kustomization import FieldSpec, NameReference, TransformerConfig
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WORKLOADS = ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job")

POD_SPECS: Mapping[str, str] = {
    **dict.fromkeys((*WORKLOADS, "ReplicationController"), "spec/template/spec"),
    "CronJob": "spec/jobTemplate/spec/template/spec",
    "Pod": "spec",
    "Pod.v1": "spec",
    "PodTemplate": "template/spec",
}
"""Kind -> where its pod spec is."""

AFFINITY_SELECTORS = (
    "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "topologySpreadConstraints/labelSelector/matchLabels",
)

TEMPLATE_LABELS = (
    "+metadata/labels",
    "+spec/template/metadata/labels ReplicationController.v1",
    "+spec/template/metadata/labels Deployment",
    "+spec/template/metadata/labels ReplicaSet",
    "+spec/template/metadata/labels DaemonSet",
    "+spec/template/metadata/labels StatefulSet.*.apps",
    "+spec/template/metadata/labels Job.*.batch",
    "+spec/jobTemplate/metadata/labels CronJob.*.batch",
    "+spec/jobTemplate/spec/template/metadata/labels CronJob.*.batch",
    "+spec/volumeClaimTemplates[]/metadata/labels StatefulSet.*.apps",
)

SELECTORS = (
    "+spec/selector Service.v1",
    "+spec/selector ReplicationController.v1",
    "+spec/selector/matchLabels Deployment",
    *(f"spec/template/spec/{path} Deployment.*.apps" for path in AFFINITY_SELECTORS),
    "+spec/selector/matchLabels ReplicaSet",
    "+spec/selector/matchLabels DaemonSet",
    "+spec/selector/matchLabels StatefulSet.*.apps",
    *(f"spec/template/spec/{path} StatefulSet.*.apps" for path in AFFINITY_SELECTORS),
    "spec/selector/matchLabels Job.*.batch",
    "spec/jobTemplate/spec/selector/matchLabels CronJob.*.batch",
    "spec/selector/matchLabels PodDisruptionBudget.*.policy",
    "spec/podSelector/matchLabels NetworkPolicy.*.networking.k8s.io",
    "spec/ingress/from/podSelector/matchLabels NetworkPolicy.*.networking.k8s.io",
    "spec/egress/to/podSelector/matchLabels NetworkPolicy.*.networking.k8s.io",
)

ANNOTATIONS = (
    "+metadata/annotations",
    "+spec/template/metadata/annotations ReplicationController.v1",
    "+spec/template/metadata/annotations Deployment",
    "+spec/template/metadata/annotations ReplicaSet",
    "+spec/template/metadata/annotations DaemonSet",
    "+spec/template/metadata/annotations StatefulSet",
    "+spec/template/metadata/annotations Job.*.batch",
    "+spec/jobTemplate/metadata/annotations CronJob.*.batch",
    "+spec/jobTemplate/spec/template/metadata/annotations CronJob.*.batch",
)

IMAGES = (
    "+spec/containers[]/image",
    "+spec/initContainers[]/image",
    "+spec/volumes[]/image/reference",
    "+spec/template/spec/containers[]/image",
    "+spec/template/spec/initContainers[]/image",
    "+spec/template/spec/volumes[]/image/reference",
)

NAMESPACES = (
    "+metadata/name Namespace",
    "+spec/service/namespace APIService.*.apiregistration.k8s.io",
    "spec/conversion/webhook/clientConfig/service/namespace CustomResourceDefinition.*.apiextensions.k8s.io",
)

REPLICAS = tuple(
    f"+spec/replicas {kind}" for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
)

_CONFIG_USERS = ("Pod.v1", "PodTemplate", *WORKLOADS, "CronJob")
_POD_USERS = ("Pod", "StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet")


def _in_pods(kinds: Iterable[str], *paths: str) -> tuple[str, ...]:
    return tuple(f"{POD_SPECS[kind]}/{path} {kind}" for kind in kinds for path in paths)


def _in_containers(*paths: str) -> tuple[str, ...]:
    return tuple(f"{group}/{path}" for group in ("containers", "initContainers") for path in paths)


VARIABLES = (
    *_in_pods(
        ("CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"),
        *_in_containers("args", "command", "env/value", "volumeMounts/mountPath"),
    ),
    *_in_pods(("DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet"), "volumes/nfs/server"),
    "spec/jobTemplate/spec/template/volumes/nfs/server CronJob",
    "spec/volumeClaimTemplates/spec/nfs/server StatefulSet",
    "spec/nfs/server PersistentVolume",
    "spec/template/metadata/annotations Deployment",
    "spec/rules/host Ingress",
    "spec/tls/hosts Ingress",
    "spec/tls/secretName Ingress",
    "spec/ports/port Service",
    "spec/ports/targetPort Service",
    "metadata/labels",
    "metadata/annotations",
)

SCALED = ("spec/scaleTargetRef/name HorizontalPodAutoscaler",)

NAME_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "Deployment": SCALED,
    "ReplicationController": SCALED,
    "ReplicaSet": SCALED,
    "StatefulSet": SCALED,
    "ConfigMap.v1": (
        *_in_pods(
            _CONFIG_USERS,
            "volumes/configMap/name",
            "volumes/projected/sources/configMap/name",
            *_in_containers("env/valueFrom/configMapKeyRef/name", "envFrom/configMapRef/name"),
        ),
        "spec/configSource/configMap Node",
        "rules/resourceNames Role",
        "rules/resourceNames ClusterRole",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap Ingress",
    ),
    "Secret.v1": (
        *_in_pods(
            _CONFIG_USERS,
            "volumes/secret/secretName",
            "volumes/projected/sources/secret/name",
            "imagePullSecrets/name",
            *_in_containers("env/valueFrom/secretKeyRef/name", "envFrom/secretRef/name"),
        ),
        "spec/tls/secretName Ingress",
        "metadata/annotations/ingress.kubernetes.io\\/auth-secret Ingress",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret Ingress",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret Ingress",
        "imagePullSecrets/name ServiceAccount",
        "parameters/secretName StorageClass",
        "parameters/adminSecretName StorageClass",
        "parameters/userSecretName StorageClass",
        "parameters/secretRef StorageClass",
        "rules/resourceNames Role",
        "rules/resourceNames ClusterRole",
        "spec/template/spec/containers/env/valueFrom/secretKeyRef/name Service.v1.serving.knative.dev",
        "spec/azureFile/secretName PersistentVolume",
    ),
    "Service.v1": (
        "spec/serviceName StatefulSet.*.apps",
        "spec/rules/http/paths/backend/serviceName Ingress",
        "spec/backend/serviceName Ingress",
        "spec/rules/http/paths/backend/service/name Ingress",
        "spec/defaultBackend/service/name Ingress",
        "spec/service/name APIService.*.apiregistration.k8s.io",
        "webhooks/clientConfig/service ValidatingWebhookConfiguration.*.admissionregistration.k8s.io",
        "webhooks/clientConfig/service MutatingWebhookConfiguration.*.admissionregistration.k8s.io",
    ),
    "Role.*.rbac.authorization.k8s.io": ("roleRef/name RoleBinding.*.rbac.authorization.k8s.io",),
    "ClusterRole.*.rbac.authorization.k8s.io": (
        "roleRef/name RoleBinding.*.rbac.authorization.k8s.io",
        "roleRef/name ClusterRoleBinding.*.rbac.authorization.k8s.io",
    ),
    "ServiceAccount.v1": (
        "subjects RoleBinding.*.rbac.authorization.k8s.io",
        "subjects ClusterRoleBinding.*.rbac.authorization.k8s.io",
        *_in_pods(_POD_USERS, "serviceAccountName"),
    ),
    "PersistentVolumeClaim.v1": _in_pods(_POD_USERS, "volumes/persistentVolumeClaim/claimName"),
    "PersistentVolume.v1": ("spec/volumeName PersistentVolumeClaim", "rules/resourceNames ClusterRole"),
    "StorageClass.v1.storage.k8s.io": (
        "spec/storageClassName PersistentVolume",
        "spec/storageClassName PersistentVolumeClaim",
        "spec/volumeClaimTemplates/spec/storageClassName StatefulSet",
    ),
    "PriorityClass.v1.scheduling.k8s.io": _in_pods(_POD_USERS, "priorityClassName"),
    # The version stands in the group there too, so that this row never matches; it is kept so that we agree.
    "IngressClass.v1.networking.k8s.io/v1": ("spec/ingressClassName Ingress",),
    "ValidatingAdmissionPolicy.*.admissionregistration.k8s.io": (
        "spec/policyName ValidatingAdmissionPolicyBinding.*.admissionregistration.k8s.io",
    ),
}
"""Kind that is named -> the fields that hold its name."""


class Pattern(NamedTuple):
    """A group, version and kind to match; empty matches all."""

    group: str
    version: str
    kind: str


def _pattern(text: str) -> Pattern:
    kind, _, rest = text.partition(".")
    version, _, group = rest.partition(".")
    return Pattern(group, "" if version == "*" else version, kind)


def _spec(row: str) -> FieldSpec:
    path, _, kinds = row.partition(" ")
    return FieldSpec(*_pattern(kinds), path.removeprefix("+"), path.startswith("+"))


def _specs(rows: Iterable[str]) -> tuple[FieldSpec, ...]:
    return tuple(map(_spec, rows))


def default_specs() -> TransformerConfig:
    """Give the field specs that hold where no `configurations` say more, in the order of the tables."""
    return TransformerConfig(
        name_prefix=_specs(["metadata/name"]),
        name_suffix=_specs(["metadata/name"]),
        namespace=_specs(NAMESPACES),
        common_labels=_specs((*SELECTORS, *TEMPLATE_LABELS)),
        template_labels=_specs(TEMPLATE_LABELS),
        common_annotations=_specs(ANNOTATIONS),
        name_reference=tuple(
            NameReference(*_pattern(kind), field_specs=_specs(rows)) for kind, rows in NAME_REFERENCES.items()
        ),
        var_reference=_specs(VARIABLES),
        images=_specs(IMAGES),
        replicas=_specs(REPLICAS),
    )
