"""Names of the kinds that checks read."""

from __future__ import annotations

from typing import Final

from kfinstall.resource import GroupKind

POD: Final = GroupKind("", "Pod")
NODE: Final = GroupKind("", "Node")
EVENT: Final = GroupKind("", "Event")
NAMESPACE: Final = GroupKind("", "Namespace")
SERVICE: Final = GroupKind("", "Service")
CONFIG_MAP: Final = GroupKind("", "ConfigMap")
SECRET: Final = GroupKind("", "Secret")
SERVICE_ACCOUNT: Final = GroupKind("", "ServiceAccount")
QUOTA: Final = GroupKind("", "ResourceQuota")
LIMIT_RANGE: Final = GroupKind("", "LimitRange")
CLAIM: Final = GroupKind("", "PersistentVolumeClaim")
VOLUME: Final = GroupKind("", "PersistentVolume")
DEPLOYMENT: Final = GroupKind("apps", "Deployment")
REPLICA_SET: Final = GroupKind("apps", "ReplicaSet")
STATEFUL_SET: Final = GroupKind("apps", "StatefulSet")
DAEMON_SET: Final = GroupKind("apps", "DaemonSet")
JOB: Final = GroupKind("batch", "Job")
CRON_JOB: Final = GroupKind("batch", "CronJob")
STORAGE_CLASS: Final = GroupKind("storage.k8s.io", "StorageClass")
CSI_DRIVER: Final = GroupKind("storage.k8s.io", "CSIDriver")
ATTACHMENT: Final = GroupKind("storage.k8s.io", "VolumeAttachment")
RUNTIME_CLASS: Final = GroupKind("node.k8s.io", "RuntimeClass")
PRIORITY_CLASS: Final = GroupKind("scheduling.k8s.io", "PriorityClass")
INGRESS: Final = GroupKind("networking.k8s.io", "Ingress")
NETWORK_POLICY: Final = GroupKind("networking.k8s.io", "NetworkPolicy")
ENDPOINT_SLICE: Final = GroupKind("discovery.k8s.io", "EndpointSlice")
SERVICE_CIDR: Final = GroupKind("networking.k8s.io", "ServiceCIDR")
MAPPING: Final = GroupKind("getambassador.io", "Mapping")
ROLE: Final = GroupKind("rbac.authorization.k8s.io", "Role")
CLUSTER_ROLE: Final = GroupKind("rbac.authorization.k8s.io", "ClusterRole")
ROLE_BINDING: Final = GroupKind("rbac.authorization.k8s.io", "RoleBinding")
CLUSTER_ROLE_BINDING: Final = GroupKind("rbac.authorization.k8s.io", "ClusterRoleBinding")
CRD: Final = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
API_SERVICE: Final = GroupKind("apiregistration.k8s.io", "APIService")
MUTATING_WEBHOOKS: Final = GroupKind("admissionregistration.k8s.io", "MutatingWebhookConfiguration")
VALIDATING_WEBHOOKS: Final = GroupKind("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")
SCC: Final = GroupKind("security.openshift.io", "SecurityContextConstraints")
TF_JOB: Final = GroupKind("kubeflow.org", "TFJob")
PYTORCH_JOB: Final = GroupKind("kubeflow.org", "PyTorchJob")
HPA: Final = GroupKind("autoscaling", "HorizontalPodAutoscaler")
APPLICATION: Final = GroupKind("argoproj.io", "Application")
FLUX_KUSTOMIZATION: Final = GroupKind("kustomize.toolkit.fluxcd.io", "Kustomization")
HELM_RELEASE: Final = GroupKind("helm.toolkit.fluxcd.io", "HelmRelease")
GIT_REPOSITORY: Final = GroupKind("source.toolkit.fluxcd.io", "GitRepository")
OCI_REPOSITORY: Final = GroupKind("source.toolkit.fluxcd.io", "OCIRepository")
HELM_REPOSITORY: Final = GroupKind("source.toolkit.fluxcd.io", "HelmRepository")
WORKFLOW: Final = GroupKind("argoproj.io", "Workflow")

WORKLOADS: Final = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, REPLICA_SET, JOB)
"""What makes pods and says itself whether they are as asked for."""

ALWAYS: Final = (POD, NODE, EVENT, NAMESPACE, REPLICA_SET, DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB, SERVICE, CLAIM)
"""Collected whatever is checked: what others belong to, and what explains them."""

OF_ITS_NAMESPACE: Final = frozenset(
    {EVENT, CONFIG_MAP, SECRET, SERVICE_ACCOUNT, QUOTA, LIMIT_RANGE, CLAIM, REPLICA_SET, JOB, CRON_JOB, ROLE}
    | {ROLE_BINDING, INGRESS, NETWORK_POLICY, MAPPING, TF_JOB, PYTORCH_JOB, WORKFLOW}
)
"""Kinds that explain what is in their own namespace only. Of others, pods above all, those elsewhere matter: they hold
what a node has, or are the provisioner, the device plugin, the webhook."""
