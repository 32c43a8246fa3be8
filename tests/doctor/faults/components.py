"""Jupyter, training jobs, pipelines and model servers."""

from __future__ import annotations

from tests.doctor.faults.apis import crd
from tests.doctor.faults.scheduling import at, deployment, node
from tests.doctor.faults.storage import claim, storage_class
from tests.doctor.matrix import Fault, Place

ALICE = "jupyter-accounts-2egoogle-2ecom-3aalice-40example-2eorg"


def definition(plural: str, kind: str, group: str, version: str) -> str:
    """Give a definition of another group that takes any spec."""
    text = crd(plural, kind).replace("example.com", group)
    return text.replace("name: v1,", f"name: {version},")


def job(name: str, spec: str = "{}") -> str:
    return f"apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def server(spec: str, name: str = ALICE) -> str:
    return f"""
---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {{component: singleuser-server}}}}
spec: {{{spec}containers: [{{name: notebook, image: "example.com/notebook:1"}}]}}
"""


def submit(place: Place) -> None:
    place.site.until_established("tfjobs.kubeflow.org")
    place.kubectl("create", "-f", "-", stdin=job("mnist"))


def submit_partly(place: Place) -> None:
    """Let a job own one replica that runs, and one that fits nowhere, as its operator would."""
    place.site.until_established("pytorchjobs.kubeflow.org")
    place.kubectl("create", "-f", "-", stdin=job("gang").replace("TFJob", "PyTorchJob"))
    place.kubectl(
        "patch", "pytorchjob", "gang", "--type=merge", "-p", '{"status": {"conditions": [{"type": "Running"}]}}'
    )
    uid = place.kubectl("get", "pytorchjob", "gang", "-o", "jsonpath={.metadata.uid}")
    owner = f"{{apiVersion: kubeflow.org/v1, kind: PyTorchJob, name: gang, uid: {uid}, controller: true}}"
    for name, resources in (("gang-master-0", "{}"), ("gang-worker-0", "{requests: {memory: 900Gi}}")):
        pod = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, ownerReferences: [{owner}]}}
spec: {{containers: [{{name: pytorch, image: "example.com/torch:1", resources: {resources}}}]}}
"""
        place.kubectl("create", "-f", "-", stdin=pod)


def submit_workflow(place: Place) -> None:
    place.site.until_established("workflows.argoproj.io")
    workflow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: train}\n"
    place.kubectl("create", "-f", "-", stdin=f"{workflow}spec: {{serviceAccountName: default}}\n")


def route(place: Place) -> None:
    for plural in ("virtualservices", "destinationrules"):
        place.site.until_established(f"{plural}.networking.istio.io")
    place.kubectl("create", "-f", "-", stdin=ROUTES)


ROUTES = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: model}
spec:
  host: model
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: model}
spec: {http: [{route: [{destination: {host: model, subset: v1}, weight: 100}]}]}
"""
CLUSTER = "command: [python, train.py, '--ps_hosts=10.0.0.3:2222,HOST:2222']"


def told(host: str, name: str) -> str:
    return deployment("", name).replace("resources: {}", CLUSTER.replace("HOST", host))


FAULTS = (
    Fault(
        "jupyter-without-a-claim",
        "KF801",
        f"Pod {{ns}}/{ALICE}",
        storage_class("unmade")
        + claim("storageClassName: unmade, ", name="claim-alice")
        + server("volumes: [{name: home, persistentVolumeClaim: {claimName: claim-alice}}], "),
        says=("the Jupyter server of 'alice@example.org' does not start",),
        also=("KF304",),
    ),
    Fault(
        "hub-without-rights",
        "KF802",
        "Deployment {ns}/hub",
        deployment("", "hub").replace("example.com/hub", "example.com/k8s-hub"),
        says=("its ServiceAccount 'default' may not create, get, list, watch, delete pods",),
    ),
    Fault(
        "gpu-held-for-long",
        "KF803",
        f"Pod {{ns}}/{ALICE}",
        node("lab", 'local.kfinstall.dev/gpu-plugin: builtin, local.kfinstall.dev/gpus: "1"')
        + server(at("lab")).replace(
            '"example.com/notebook:1"', '"example.com/notebook:1", resources: {limits: {nvidia.com/gpu: "1"}}'
        ),
        says=("the Jupyter server of 'alice@example.org' has held nvidia.com/gpu for 25 hours",),
        later_s=25.1 * 3600,
    ),
    Fault(
        "operator-missing",
        "KF804",
        "TFJob {ns}/mnist",
        definition("tfjobs", "TFJob", "kubeflow.org", "v1"),
        says=("nobody has looked at TFJob 'mnist'",),
        make=submit,
    ),
    Fault(
        "two-operators",
        "KF805",
        "Deployment {ns}/training-operator",
        deployment("", "pytorch-operator")
        + "---\n"
        + deployment("", "training-operator").replace(
            "example.com/training-operator:1", "example.com/training-operator:2"
        ),
        says=("{ns}/pytorch-operator, {ns}/training-operator look after the same PyTorchJobs",),
    ),
    Fault(
        "clean-pod-policy",
        "KF806",
        "TFJob {ns}/mnist",
        rendered=job("mnist", "{cleanPodPolicy: All}"),
        says=("spec.cleanPodPolicy is not read", "spec.runPolicy.cleanPodPolicy"),
    ),
    Fault(
        "replica-names",
        "KF807",
        "TFJob {ns}/mnist",
        rendered=job("mnist", "{tfReplicaSpecs: {Worker: {}, Ps: {}}}"),
        says=("'Ps' is no kind of replica", "write PS"),
    ),
    Fault(
        "partial-gang",
        "KF808",
        "PyTorchJob {ns}/gang",
        definition("pytorchjobs", "PyTorchJob", "kubeflow.org", "v1"),
        says=("1 replicas of 'gang' run and wait for 1 that fit on no node",),
        also=("KF601",),
        make=submit_partly,
    ),
    Fault(
        "different-clusters",
        "KF809",
        "Deployment {ns}/second",
        rendered=told("10.0.0.3", "first") + "---\n" + told("10.0.0.4", "second"),
        says=("--ps_hosts=10.0.0.3:2222,10.0.0.4:2222, and first is told 10.0.0.3:2222,10.0.0.3:2222",),
    ),
    Fault(
        "argo-executor",
        "KF810",
        "ConfigMap {ns}/workflow-controller-configmap",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\n"
        "data: {containerRuntimeExecutor: docker}\n",
        says=("sets the executor 'docker'",),
    ),
    Fault(
        "workflow-without-rights",
        "KF811",
        "ServiceAccount {ns}/default",
        definition("workflows", "Workflow", "argoproj.io", "v1alpha1"),
        says=("steps of train run as it", "create rolebinding default-steps"),
        make=submit_workflow,
    ),
    Fault(
        "other-object-store",
        "KF812",
        "ConfigMap {ns}/artifact-repositories",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: artifact-repositories}\n"
        "data: {default-v1: 'archiveLogs: true\n\n    s3: {bucket: b, endpoint: \"minio:9000\"}'}\n",
        says=("default-v1 names the object store 'minio', and there is no Service 'minio'",),
    ),
    Fault(
        "other-database",
        "KF815",
        "Deployment {ns}/katib-db-manager",
        deployment("", "katib-db-manager").replace(
            "resources: {}", "env: [{name: KATIB_MYSQL_DB_HOST, value: katib-mysql}]"
        ),
        says=("KATIB_MYSQL_DB_HOST names the database 'katib-mysql', and there is no Service",),
    ),
    Fault(
        "no-model",
        "KF813",
        "Deployment {ns}/serving",
        deployment("", "serving").replace(
            "metadata: {labels: {app: serving}}",
            "metadata: {labels: {app: serving}, annotations: {local.kfinstall.dev/fault: never-ready, "
            "local.kfinstall.dev/log: 'Could not find base path /mnt/export for servable mnist'}}",
        ),
        says=("finds no model at /mnt/export", "/mnt/export/1"),
        also=("KF705",),
    ),
    Fault(
        "no-traffic",
        "KF814",
        "VirtualService {ns}/model",
        definition("virtualservices", "VirtualService", "networking.istio.io", "v1")
        + definition("destinationrules", "DestinationRule", "networking.istio.io", "v1")
        + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: two, labels: {version: v2}}\n"
        + 'spec: {containers: [{name: two, image: "example.com/model:2"}]}\n',
        says=("model, subset v2 runs and gets no traffic",),
        make=route,
    ),
    Fault(
        "telemetry",
        "KF816",
        "Deployment {ns}/spartakus-volunteer",
        rendered=deployment("", "spartakus-volunteer"),
        says=("not there any more",),
    ),
)
