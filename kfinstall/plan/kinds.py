"""Which kinds there are and which of them are namespaced: built in, from discovery, or from the CRDs of the set."""

from __future__ import annotations

from collections.abc import Iterable

from kfinstall.plan.model import KindInfo, Kinds
from kfinstall.resource import GroupKind, Manifest, Resource

CRD = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
NAMESPACE = GroupKind("", "Namespace")

_VERBS = frozenset({"create", "delete", "get", "list", "patch", "update", "watch"})

_NAMESPACED = """
v1 ConfigMap configmaps|v1 Endpoints endpoints|v1 Event events|v1 LimitRange limitranges
v1 PersistentVolumeClaim persistentvolumeclaims|v1 Pod pods|v1 PodTemplate podtemplates
v1 ReplicationController replicationcontrollers|v1 ResourceQuota resourcequotas|v1 Secret secrets
v1 ServiceAccount serviceaccounts|v1 Service services
apps/v1 ControllerRevision controllerrevisions|apps/v1 DaemonSet daemonsets|apps/v1 Deployment deployments
apps/v1 ReplicaSet replicasets|apps/v1 StatefulSet statefulsets
autoscaling/v2,v1 HorizontalPodAutoscaler horizontalpodautoscalers
batch/v1 CronJob cronjobs|batch/v1 Job jobs|coordination.k8s.io/v1 Lease leases
discovery.k8s.io/v1 EndpointSlice endpointslices|events.k8s.io/v1 Event events
networking.k8s.io/v1 Ingress ingresses|networking.k8s.io/v1 NetworkPolicy networkpolicies
policy/v1 PodDisruptionBudget poddisruptionbudgets
rbac.authorization.k8s.io/v1 RoleBinding rolebindings|rbac.authorization.k8s.io/v1 Role roles
storage.k8s.io/v1 CSIStorageCapacity csistoragecapacities
"""
_CLUSTER_SCOPED = """
v1 Namespace namespaces|v1 Node nodes|v1 PersistentVolume persistentvolumes
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy validatingadmissionpolicies
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration validatingwebhookconfigurations
apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions
apiregistration.k8s.io/v1 APIService apiservices
certificates.k8s.io/v1 CertificateSigningRequest certificatesigningrequests
flowcontrol.apiserver.k8s.io/v1 FlowSchema flowschemas
flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration prioritylevelconfigurations
networking.k8s.io/v1 IngressClass ingressclasses|node.k8s.io/v1 RuntimeClass runtimeclasses
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings
rbac.authorization.k8s.io/v1 ClusterRole clusterroles
scheduling.k8s.io/v1 PriorityClass priorityclasses
storage.k8s.io/v1 CSIDriver csidrivers|storage.k8s.io/v1 CSINode csinodes|storage.k8s.io/v1 StorageClass storageclasses
storage.k8s.io/v1 VolumeAttachment volumeattachments
"""


def _parse(table: str, is_namespaced: bool) -> dict[GroupKind, KindInfo]:
    return dict(_parse_row(row, is_namespaced) for line in table.strip().splitlines() for row in line.split("|"))


def _parse_row(row: str, is_namespaced: bool) -> tuple[GroupKind, KindInfo]:
    api_version, kind, plural = row.split()
    group, _, versions = api_version.rpartition("/")
    info = KindInfo(group, kind, plural, is_namespaced, tuple(versions.split(",")), _VERBS)
    return GroupKind(group, kind), info


BUILTIN_KINDS: Kinds = {**_parse(_NAMESPACED, True), **_parse(_CLUSTER_SCOPED, False)}
"""What every Kubernetes from 1.30 to 1.36 serves, for plans that are made without a cluster.

Source: the discovery document of kube-apiserver v1.36 with its default flags.
"""


def assumed_kinds(resources: Iterable[Resource]) -> Kinds:
    """Give the kinds of the resources as they look: without a cluster nobody can say what its operators serve.

    Out:     a kind is namespaced when one of its resources has a namespace.
    """
    kinds: dict[GroupKind, KindInfo] = {}
    for resource in resources:
        group, version, kind = resource.gvk
        before = kinds.get(resource.gvk.group_kind)
        is_namespaced = bool(resource.id.namespace) or (before is not None and before.is_namespaced)
        kinds[resource.gvk.group_kind] = KindInfo(group, kind, kind.lower() + "s", is_namespaced, (version,))
    return kinds


def kinds_from_crds(resources: Iterable[Resource]) -> Kinds:
    """Give the kinds that the CustomResourceDefinitions among these resources bring."""
    infos = (kind_of_crd(resource.manifest) for resource in resources if resource.gvk.group_kind == CRD)
    return {GroupKind(info.group, info.kind): info for info in infos if info.kind}


def kind_of_crd(manifest: Manifest) -> KindInfo:
    """Give the kind that a CustomResourceDefinition brings, with the versions it serves."""
    spec = manifest.get("spec") or {}
    names = spec.get("names") or {}
    served = [version.get("name") for version in spec.get("versions") or () if version.get("served")]
    return KindInfo(
        group=str(spec.get("group") or ""),
        kind=str(names.get("kind") or ""),
        plural=str(names.get("plural") or ""),
        is_namespaced=spec.get("scope") == "Namespaced",
        versions=tuple(map(str, served)),
        verbs=_VERBS,
    )
