"""The one table of health rules: how each kind is judged, where that is written, and what explains its verdict."""

from __future__ import annotations

from collections.abc import Mapping

from kfinstall.health import cluster_kinds, custom, gateways, jobs, networking, pods, scaling, storage, workloads
from kfinstall.health.generic import judge_passive
from kfinstall.health.model import Judge, Rule
from kfinstall.resource import GroupKind

_EVENT, _POD, _NODE = GroupKind("", "Event"), GroupKind("", "Pod"), GroupKind("", "Node")
_CLAIM, _VOLUME = GroupKind("", "PersistentVolumeClaim"), GroupKind("", "PersistentVolume")
_CLASS = GroupKind("storage.k8s.io", "StorageClass")
_REPLICA_SET, _STATEFUL_SET = GroupKind("apps", "ReplicaSet"), GroupKind("apps", "StatefulSet")
_DEPLOYMENT, _JOB = GroupKind("apps", "Deployment"), GroupKind("batch", "Job")
_PODS = (_POD, _EVENT, _NODE, _CLAIM, _CLASS, _VOLUME)
_CLAIMS = (_CLASS, _VOLUME, _POD, _EVENT)

_K8S = "kubernetes v1.36 "
_API = "Kubernetes API reference v1.36, "


def _rows(group: str, source: str, judge: Judge, *kinds: str) -> dict[GroupKind, Rule]:
    return {GroupKind(group, kind): Rule(judge, source) for kind in kinds}


_WORKLOADS = {
    _DEPLOYMENT: Rule(
        workloads.judge_deployment, _K8S + "kubectl/pkg/polymorphichelpers/rollout_status.go", (_REPLICA_SET, *_PODS)
    ),
    _REPLICA_SET: Rule(workloads.judge_replica_set, _API + "ReplicaSetStatus", _PODS),
    GroupKind("", "ReplicationController"): Rule(
        workloads.judge_replica_set, _API + "ReplicationControllerStatus", _PODS
    ),
    _STATEFUL_SET: Rule(workloads.judge_stateful_set, _K8S + "kubectl/pkg/polymorphichelpers/rollout_status.go", _PODS),
    GroupKind("apps", "DaemonSet"): Rule(
        workloads.judge_daemon_set, _K8S + "kubectl/pkg/polymorphichelpers/rollout_status.go", _PODS
    ),
    _POD: Rule(pods.judge_pod, _API + "PodStatus", _PODS),
    _JOB: Rule(jobs.judge_job, _API + "JobStatus", _PODS),
    GroupKind("batch", "CronJob"): Rule(jobs.judge_cron_job, _API + "CronJobStatus", (_EVENT,)),
    GroupKind("autoscaling", "HorizontalPodAutoscaler"): Rule(
        scaling.judge_autoscaler, _K8S + "pkg/controller/podautoscaler/horizontal.go"
    ),
    GroupKind("policy", "PodDisruptionBudget"): Rule(
        scaling.judge_disruption_budget, _K8S + "pkg/controller/disruption/disruption.go"
    ),
    GroupKind("", "ResourceQuota"): Rule(scaling.judge_quota, _API + "ResourceQuotaStatus"),
}

_STORAGE = {
    _CLAIM: Rule(storage.judge_claim, _API + "PersistentVolumeClaimStatus", _CLAIMS),
    _VOLUME: Rule(storage.judge_volume, _API + "PersistentVolumeStatus"),
}

_GATEWAY = "gateway-api v1.4 apis/v1/"
_NETWORKING = {
    GroupKind("", "Service"): Rule(networking.judge_service, _API + "ServiceStatus", (_EVENT,)),
    GroupKind("networking.k8s.io", "Ingress"): Rule(
        networking.judge_ingress, _API + "IngressStatus", (_EVENT, GroupKind("networking.k8s.io", "IngressClass"))
    ),
    GroupKind("gateway.networking.k8s.io", "Gateway"): Rule(gateways.judge_gateway, _GATEWAY + "gateway_types.go"),
    GroupKind("gateway.networking.k8s.io", "GatewayClass"): Rule(
        gateways.judge_gateway_class, _GATEWAY + "gatewayclass_types.go"
    ),
    **_rows(
        "gateway.networking.k8s.io",
        _GATEWAY + "shared_types.go",
        gateways.judge_route,
        "HTTPRoute",
        "GRPCRoute",
        "TLSRoute",
        "TCPRoute",
        "UDPRoute",
    ),
}

_CLUSTER = {
    GroupKind("", "Namespace"): Rule(cluster_kinds.judge_namespace, _API + "NamespaceStatus"),
    GroupKind("", "Node"): Rule(cluster_kinds.judge_node, _API + "NodeStatus"),
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"): Rule(
        cluster_kinds.judge_crd, _API + "CustomResourceDefinitionStatus"
    ),
    GroupKind("apiregistration.k8s.io", "APIService"): Rule(cluster_kinds.judge_api_service, _API + "APIServiceStatus"),
    **_rows(
        "admissionregistration.k8s.io", _API + "WebhookClientConfig", cluster_kinds.judge_webhooks,
        "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
    ),
    **_rows(
        "admissionregistration.k8s.io", _API + "ValidatingAdmissionPolicyStatus", cluster_kinds.judge_admission_policy,
        "ValidatingAdmissionPolicy",
    ),
    GroupKind("flowcontrol.apiserver.k8s.io", "FlowSchema"): Rule(
        cluster_kinds.judge_flow_schema, _API + "FlowSchemaStatus"
    ),
    GroupKind("certificates.k8s.io", "CertificateSigningRequest"): Rule(
        cluster_kinds.judge_signing_request, _API + "CertificateSigningRequestStatus"
    ),
}  # fmt: skip

_PASSIVE_SOURCE = _API + "a kind without status, or with one that says nothing of readiness"
_PASSIVE = {
    **_rows(
        "", _PASSIVE_SOURCE, judge_passive,
        "ConfigMap", "Secret", "ServiceAccount", "LimitRange", "Endpoints", "PodTemplate",
    ),
    **_rows(
        "rbac.authorization.k8s.io", _PASSIVE_SOURCE, judge_passive,
        "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding",
    ),
    **_rows("storage.k8s.io", _PASSIVE_SOURCE, judge_passive, "StorageClass", "CSIDriver"),
    **_rows("networking.k8s.io", _PASSIVE_SOURCE, judge_passive, "NetworkPolicy", "IngressClass"),
    **_rows("scheduling.k8s.io", _PASSIVE_SOURCE, judge_passive, "PriorityClass"),
    **_rows("node.k8s.io", _PASSIVE_SOURCE, judge_passive, "RuntimeClass"),
    **_rows("discovery.k8s.io", _PASSIVE_SOURCE, judge_passive, "EndpointSlice"),
    **_rows("coordination.k8s.io", _PASSIVE_SOURCE, judge_passive, "Lease"),
    **_rows("flowcontrol.apiserver.k8s.io", _PASSIVE_SOURCE, judge_passive, "PriorityLevelConfiguration"),
    **_rows(
        "admissionregistration.k8s.io", _PASSIVE_SOURCE, judge_passive,
        "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
    ),
}  # fmt: skip

_TRAINING = "kubeflow/trainer v1.9.4 pkg/apis/kubeflow.org/v1/common_types.go"
_KATIB = "kubeflow/katib v0.19.0 pkg/apis/controller/"
_KUBEFLOW = {
    **{
        GroupKind("kubeflow.org", kind): Rule(custom.judge_training_job, _TRAINING, _PODS)
        for kind in ("TFJob", "PyTorchJob", "MPIJob", "XGBoostJob", "PaddleJob", "JAXJob")
    },
    GroupKind("kubeflow.org", "Notebook"): Rule(
        custom.judge_notebook, "kubeflow/notebooks v1.11.0 notebook_types.go", (_STATEFUL_SET, *_PODS)
    ),
    GroupKind("tensorboard.kubeflow.org", "Tensorboard"): Rule(
        custom.judge_tensorboard, "kubeflow/kubeflow v1.10.0 tensorboard_types.go", (_DEPLOYMENT, _REPLICA_SET, *_PODS)
    ),
    **_rows("kubeflow.org", "kubeflow/kubeflow v1.10.0 poddefault_types.go", judge_passive, "PodDefault"),
    **_rows(
        "kubeflow.org", "kubeflow/pipelines 2.17.0 scheduledworkflow/v1beta1/types.go",
        custom.by_conditions(("Enabled", "Running", "Succeeded", "Disabled"), ("Error",)), "ScheduledWorkflow",
    ),
    **_rows("kubeflow.org", "kubeflow/pipelines 2.17.0 viewer/v1beta1/types.go", judge_passive, "Viewer"),
    GroupKind("kubeflow.org", "Experiment"): Rule(
        custom.by_conditions(("Succeeded",), ("Failed",)), _KATIB + "experiments/v1beta1/experiment_types.go"
    ),
    GroupKind("kubeflow.org", "Suggestion"): Rule(
        custom.by_conditions(("Succeeded", "DeploymentReady"), ("Failed",)),
        _KATIB + "suggestions/v1beta1/suggestion_types.go", (_DEPLOYMENT, _REPLICA_SET, *_PODS),
    ),
    GroupKind("kubeflow.org", "Trial"): Rule(
        custom.by_conditions(("Succeeded", "EarlyStopped"), ("Failed", "Killed", "MetricsUnavailable")),
        _KATIB + "trials/v1beta1/trial_types.go",
    ),
    GroupKind("trainer.kubeflow.org", "TrainJob"): Rule(
        custom.by_conditions(("Complete", "Suspended"), ("Failed",)), "kubeflow/trainer v2.2.0 trainjob_types.go",
    ),
    **_rows(
        "trainer.kubeflow.org", "kubeflow/trainer v2.2.0 trainingruntime_types.go", judge_passive,
        "TrainingRuntime", "ClusterTrainingRuntime",
    ),
    GroupKind("jobset.x-k8s.io", "JobSet"): Rule(
        custom.by_conditions(("Completed", "Suspended"), ("Failed",)), "jobset v0.10 jobset_types.go", (_JOB, *_PODS)
    ),
}  # fmt: skip

_ARGO = "argo-workflows v4.0 pkg/apis/workflow/v1alpha1/workflow_types.go"
_CERT = "cert-manager v1.19 pkg/apis/certmanager/v1/types_"
_OTHERS = {
    GroupKind("argoproj.io", "Workflow"): Rule(
        custom.by_phase("phase", ("Succeeded",), ("Failed", "Error")), _ARGO, _PODS
    ),
    GroupKind("argoproj.io", "CronWorkflow"): Rule(
        custom.by_conditions((), ("SpecError", "SubmissionError"), needs_status=False), _ARGO
    ),
    **_rows("argoproj.io", _ARGO, judge_passive, "WorkflowTemplate", "ClusterWorkflowTemplate", "WorkflowEventBinding"),
    GroupKind("argoproj.io", "Application"): Rule(
        custom.judge_argocd_application, "argo-cd v3.5 pkg/apis/application/v1alpha1/types.go"
    ),
    **_rows("argoproj.io", "argo-cd v3.5 pkg/apis/application/v1alpha1/types.go", judge_passive, "AppProject"),
    GroupKind("machinelearning.seldon.io", "SeldonDeployment"): Rule(
        custom.by_phase("state", ("Available",), ("Failed",), "description"),
        "seldon-core v1.17.1 operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go",
        (_DEPLOYMENT, _REPLICA_SET, *_PODS),
    ),
    GroupKind("app.k8s.io", "Application"): Rule(
        custom.judge_application, "kubernetes-sigs/application v0.8.3 api/v1beta1/application_types.go"
    ),
    **_rows(
        "getambassador.io", "emissary v4.1.0 pkg/api/getambassador.io/v3alpha1: status is written only when asked for",
        judge_passive, "Mapping", "Listener", "Host", "Module", "TCPMapping", "TLSContext",
    ),
    **_rows(
        "metacontroller.k8s.io", "metacontroller v4.17 pkg/apis/metacontroller/v1alpha1/types.go", judge_passive,
        "CompositeController", "DecoratorController", "ControllerRevision",
    ),
    GroupKind("cert-manager.io", "Certificate"): Rule(custom.judge_certificate, _CERT + "certificate.go"),
    **_rows("cert-manager.io", _CERT + "issuer.go", custom.judge_conditioned, "Issuer", "ClusterIssuer"),
    GroupKind("cert-manager.io", "CertificateRequest"): Rule(
        custom.by_conditions(("Ready",), ("Denied", "InvalidRequest")), _CERT + "certificaterequest.go"
    ),
    **_rows(
        "serving.kserve.io", "kserve v0.16 pkg/apis/serving/v1beta1/inference_service_status.go",
        custom.judge_knative, "InferenceService", "InferenceGraph",
    ),
    **_rows(
        "serving.knative.dev", "knative serving v1.20 pkg/apis/serving/v1", custom.judge_knative,
        "Service", "Configuration", "Route", "Revision",
    ),
    GroupKind("sparkoperator.k8s.io", "SparkApplication"): Rule(
        custom.by_phase(
            "applicationState.state", ("COMPLETED",), ("FAILED", "SUBMISSION_FAILED"), "applicationState.errorMessage"
        ),
        "kubeflow/spark-operator v2.3 api/v1beta2/sparkapplication_types.go", _PODS,
    ),
    GroupKind("route.openshift.io", "Route"): Rule(
        gateways.judge_openshift_route, "openshift/api route/v1/types.go, RouteIngressCondition"
    ),
    **_rows(
        "monitoring.coreos.com", "prometheus-operator v0.86: their status is written only behind a feature gate",
        judge_passive,
        "ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe", "ScrapeConfig", "AlertmanagerConfig",
    ),
    GroupKind("nvidia.com", "ClusterPolicy"): Rule(
        custom.by_phase("state", ("ready",), ()), "gpu-operator v26.7.0 api/nvidia/v1/clusterpolicy_types.go"
    ),
}  # fmt: skip

HEALTH_BY_KIND: Mapping[GroupKind, Rule] = {
    **_WORKLOADS, **_STORAGE, **_NETWORKING, **_CLUSTER, **_PASSIVE, **_KUBEFLOW, **_OTHERS,
}  # fmt: skip
"""Every kind with a rule of its own; the others are judged by their conditions."""
