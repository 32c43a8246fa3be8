"""Workloads that are not as they were asked for, what is left of them, and changes that cannot be made."""

from __future__ import annotations

from tests.doctor.faults.pods import faulty
from tests.doctor.faults.scheduling import at, deployment, node
from tests.doctor.matrix import Fault, Place

OURS = "labels: {kfinstall.dev/component: mine}"


def job(fault: str, fields: str = "") -> str:
    return f"""\
apiVersion: batch/v1
kind: Job
metadata: {{name: work}}
spec:
  {fields}
  template:
    metadata: {{annotations: {{local.kfinstall.dev/fault: {fault}}}}}
    spec: {{restartPolicy: Never, containers: [{{name: work, image: "example.com/work:1"}}]}}
"""


def config(value: str, name: str = "settings") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, {OURS}}}\ndata: {{colour: {value}}}\n"


def delete_pod(place: Place) -> None:
    place.kubectl("wait", "--for=condition=Ready", "pod/held", "--timeout=60s")
    place.kubectl("delete", "pod", "held", "--wait=false", "--grace-period=1")


STATEFUL = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}, annotations: {local.kfinstall.dev/fault: never-ready}}
    spec: {containers: [{name: db, image: "example.com/db:1"}]}
"""

SERVICE = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"
)


def _install_and_delete(place: Place) -> None:
    """Delete a Deployment behind a Service, both of which kfinstall has applied."""
    text = f"namespace: {place.namespace}\nresources: [app.yaml]\n"
    folder = place.site.overlay("web", text, app=deployment("") + SERVICE)
    done = place.site.kfinstall("apply", folder, "--name", "web", "--yes")
    assert done.code == 0, done
    place.kubectl("delete", "deployment", "web")


FAULTS = (
    Fault(
        "credential-in-clear",
        "KF009",
        "Deployment {ns}/web",
        deployment("").replace("resources: {}", "env: [{name: GITHUB_TOKEN, value: 0a1b2c3d4e5f60718293}]"),
        says=("a credential stands in it in clear text: GITHUB_TOKEN",),
    ),
    Fault(
        "record-of-another-cluster",
        "KF012",
        "ConfigMap {ns}/gke",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: gke, labels: {app.kubernetes.io/managed-by: kfinstall}}\n"
        'data: {members: \'["", "Namespace", "", "default", "v1", "of-another", "d", "l"]\'}\n',
        says=("none is the one it names (Namespace default)", "apply --name gke -n {ns} --adopt"),
    ),
    Fault(
        "available-is-no-health",
        "KF706",
        "Deployment {ns}/web",
        faulty("never-ready").replace("spec:\n", "spec:\n  strategy: {rollingUpdate: {maxUnavailable: 1}}\n", 1),
        says=("0 of 1 replicas available", "although its condition Available is True"),
        also=("KF705",),
    ),
    Fault(
        "deadline-passed",
        "KF707",
        "Deployment {ns}/web",
        faulty("never-ready").replace("spec:\n", "spec:\n  progressDeadlineSeconds: 5\n", 1),
        says=("its progress deadline has passed", "kubectl -n {ns} rollout undo deployment/web"),
        also=("KF705",),
    ),
    Fault(
        "stateful-set-stuck",
        "KF708",
        "StatefulSet {ns}/db",
        STATEFUL,
        says=("waits for pod 'db-0' before it makes 2 more",),
        also=("KF705",),
    ),
    Fault(
        "evicted",
        "KF709",
        "Node evicting",
        node("evicting")
        + f"""
---
apiVersion: v1
kind: Pod
metadata: {{name: web, annotations: {{local.kfinstall.dev/fault: evicted}}}}
spec: {{{at("evicting")}containers: [{{name: web, image: "example.com/web:1"}}]}}
""",
        says=("1 pod was evicted from node evicting", "kubectl -n {ns} delete pod"),
    ),
    Fault(
        "job-failed",
        "KF710",
        "Job {ns}/work",
        job("job-fails=3", "backoffLimit: 0"),
        says=("exit code 3", "kubectl -n {ns} logs job/work"),
    ),
    Fault(
        "job-too-long",
        "KF710",
        "Job {ns}/work",
        job("slow-start=900", "activeDeadlineSeconds: 1"),
        says=("DeadlineExceeded",),
    ),
    Fault(
        "cron-job-suspended",
        "KF710",
        "CronJob {ns}/nightly",
        """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  suspend: true
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "example.com/a:1"}]}}}}
""",
        says=("is suspended", '{"spec":{"suspend":false}}'),
    ),
    Fault(
        "finalizer-on-a-pod",
        "KF711",
        "Pod {ns}/held",
        """\
apiVersion: v1
kind: Pod
metadata: {name: held, finalizers: [example.com/nobody]}
spec: {containers: [{name: web, image: "example.com/web:1"}]}
""",
        says=("finalizer example.com/nobody holds it",),
        make=delete_pod,
    ),
    Fault(
        "selector-changes",
        "KF712",
        "Deployment {ns}/web",
        deployment(""),
        says=("spec.selector is another than what is live",),
        rendered=deployment("").replace("app: web", "app: other"),
    ),
    Fault(
        "not-rendered-any-more",
        "KF713",
        "ConfigMap {ns}/former",
        config("blue", "former"),
        says=("of component mine is live and not in what is to be installed",),
        rendered=config("blue"),
    ),
    Fault(
        "changed-by-hand",
        "KF714",
        "ConfigMap {ns}/settings",
        config("red"),
        says=("data.colour", "kfinstall diff"),
        rendered=config("blue"),
    ),
    Fault(
        "deleted-by-hand",
        "KF715",
        "Deployment {ns}/web",
        says=("was installed with 'web', and is gone", "kfinstall apply"),
        make=_install_and_delete,
    ),
    Fault(
        "scaled-to-nothing",
        "KF404",
        "Deployment {ns}/web",
        deployment("").replace("spec:\n", "spec:\n  replicas: 0\n", 1) + SERVICE,
        says=("is scaled to 0: Service 'web' reaches nothing",),
    ),
)
