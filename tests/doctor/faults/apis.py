"""API versions that are not served, and definitions that do not work."""

from __future__ import annotations

from tests.doctor.matrix import Fault, Place


def crd(plural: str, kind: str, more: str = "", meta: str = "", versions: str = "") -> str:
    """Give a definition in the group `example.com` that takes any spec."""
    schema = "{openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}"
    one = f"{{name: v1, served: true, storage: true, schema: {schema}}}"
    return f"""
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{scope: cluster, name: {plural}.example.com{meta}}}
spec:
  group: example.com
  scope: Namespaced
  names: {{plural: {plural}, kind: {kind}, singular: {kind.lower()}}}
  versions: [{versions or one}]
{more}
"""


OLD = """\
apiVersion: apps/v1beta1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "example.com/web:1"}]}}}
"""
CONVERTS = """
  conversion:
    strategy: Webhook
    webhook: {conversionReviewVersions: [v1], clientConfig: {service: {name: converter, namespace: NS}}}
"""
WIDGET = "apiVersion: example.com/{version}\nkind: Served\nmetadata: {{name: one}}\n"


def delete_held(place: Place) -> None:
    place.site.until_established("helds.example.com")
    held = "apiVersion: example.com/v1\nkind: Held\nmetadata: {name: one, finalizers: [example.com/nobody]}\n"
    place.kubectl("create", "-f", "-", stdin=held)
    place.kubectl("delete", "crd", "helds.example.com", "--wait=false")


FAULTS = (
    Fault(
        "api-removed",
        "KF750",
        "Deployment {ns}/web",
        rendered=OLD,
        says=("apps/v1beta1 is not served since Kubernetes 1.16", "write apps/v1; spec.selector"),
    ),
    Fault(
        "tf-job-former",
        "KF750",
        "TFJob {ns}/mnist",
        rendered="apiVersion: kubeflow.org/v1beta2\nkind: TFJob\nmetadata: {name: mnist}\nspec: {}\n",
        says=("write kubeflow.org/v1", "runPolicy"),
    ),
    Fault(
        "api-deprecated",
        "KF751",
        "ResourceClaim {ns}/gpu",
        rendered="apiVersion: resource.k8s.io/v1beta1\nkind: ResourceClaim\nmetadata: {name: gpu}\nspec: {}\n",
        says=("is gone in Kubernetes 1.37",),
    ),
    Fault(
        "crd-missing",
        "KF752",
        "CustomResourceDefinition XGBoostJob.kubeflow.org",
        rendered="apiVersion: kubeflow.org/v1\nkind: XGBoostJob\nmetadata: {name: mnist}\nspec: {}\n",
        says=("no CustomResourceDefinition of XGBoostJob.kubeflow.org",),
    ),
    Fault(
        "crd-held",
        "KF752",
        "CustomResourceDefinition helds.example.com",
        crd("helds", "Held"),
        says=("is being deleted, and waits for customresourcecleanup.apiextensions.k8s.io",),
        make=delete_held,
    ),
    Fault(
        "crd-version",
        "KF753",
        "Served {ns}/one",
        crd("serveds", "Served"),
        rendered=WIDGET.format(version="v1alpha1"),
        says=("not served in version v1alpha1, but in v1", "write apiVersion example.com/v1"),
    ),
    Fault(
        "conversion-silent",
        "KF754",
        "Service {ns}/converter",
        crd("converteds", "Converted", CONVERTS.replace("NS", "{ns}")),
        says=("converts converteds.example.com and does not exist",),
    ),
    Fault(
        "annotation-too-large",
        "KF755",
        "ConfigMap {ns}/large",
        rendered=f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: large, annotations: {{copy: {'x' * 262145}}}}}\n",
        says=("its annotations have 262149 bytes",),
    ),
    Fault(
        "ksonnet-annotation",
        "KF757",
        "Annotation ksonnet.io/managed",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: former, annotations: {ksonnet.io/managed: H4sI}}\n",
        says=(
            "1 resources carry annotations of ksonnet",
            "kubectl annotate -n {ns} configmap former ksonnet.io/managed-",
        ),
    ),
)
