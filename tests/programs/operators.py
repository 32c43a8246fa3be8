"""The training operator, run as one of its Deployments says, and jobs for it."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from kfinstall import catalog
from tests.e2e.sites import Site
from tests.programs.running import NAMESPACE, Program, free_port, kubeconfig_of, listed, read, running, write_private

SAMPLES = catalog.root() / "samples"
JOBS = Path(__file__).parent / "jobs"
CERTIFICATES = Path("k8s-webhook-server") / "serving-certs"


class Kind(NamedTuple):
    """A kind of job, the Deployment whose operator runs it, and a job of it."""

    plural: str
    deployment: str
    sample: Path


TF = Kind("tfjobs", "tf-job-operator", SAMPLES / "tfjob-mnist.yaml")
PYTORCH = Kind("pytorchjobs", "pytorch-operator", SAMPLES / "pytorchjob-mnist.yaml")
MPI = Kind("mpijobs", "mpi-operator", JOBS / "mpijob.yaml")
XGBOOST = Kind("xgboostjobs", "xgboost-operator", JOBS / "xgboostjob.yaml")
PADDLE = Kind("paddlejobs", "paddle-operator", JOBS / "paddlejob.yaml")

FIRST = ("Chief", "Master", "Launcher")
"""The role whose end is the job's."""


class Operator(NamedTuple):
    """An operator that runs, and where the probe of its Deployment asks whether it is ready."""

    kind: Kind
    program: Program
    readiness: str


@contextmanager
def operating(site: Site, program: Path, kind: Kind, folder: Path) -> Iterator[Operator]:
    """Run an operator with the arguments and the environment of its Deployment, as its service account."""
    pod = read(site, "deployment", kind.deployment)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    health = free_port()
    here = (
        f"--kubeconfig={kubeconfig_of(site, pod['serviceAccountName'], folder)}",
        "--metrics-bind-address=127.0.0.1:0",
        f"--health-probe-bind-address=127.0.0.1:{health}",
        f"--webhook-server-port={free_port()}",
    )
    fields = {"metadata.namespace": NAMESPACE, "metadata.name": kind.deployment}
    variables = {each["name"]: fields[each["valueFrom"]["fieldRef"]["fieldPath"]] for each in container["env"]}
    with running([str(program), *container["args"], *here], folder, variables) as started:
        path = container["readinessProbe"]["httpGet"]["path"]
        yield Operator(kind, started, f"http://127.0.0.1:{health}{path}")


def mount_certificate(site: Site, operator: Operator, folder: Path) -> None:
    """Do the kubelet's part: bring the Secret that the operator fills to where its pod mounts it."""
    secret = f"{operator.kind.deployment}-webhook-cert"
    data = operator.program.until(lambda: read(site, "secret", secret).get("data"))
    (folder / CERTIFICATES.parent).mkdir(mode=0o700)
    (folder / "mounting").mkdir(mode=0o700)
    for name, value in data.items():
        write_private(folder / "mounting" / name, b64decode(value))
    (folder / "mounting").rename(folder / CERTIFICATES)


def submit(site: Site, kind: Kind, namespace: str, fault: str = "") -> str:
    """Submit a job in a namespace of its own; its first replica may be given a fault. Gives the job's name."""
    job: dict[str, Any] = yaml.safe_load(kind.sample.read_text())
    replicas = next(value for key, value in job["spec"].items() if key.endswith("ReplicaSpecs"))
    if fault:
        (role,) = [role for role in FIRST if role in replicas]
        template = replicas[role]["template"]
        annotations = template.get("metadata", {}).get("annotations", {})
        metadata = {"annotations": {**annotations, "local.kfinstall.dev/fault": fault}}
        replicas[role] = {**replicas[role], "template": {**template, "metadata": metadata}, "restartPolicy": "Never"}
    site.kubectl("create", "namespace", namespace)
    site.kubectl("apply", "-n", namespace, "-f", "-", stdin=json.dumps(job))
    return str(job["metadata"]["name"])


def conditions(site: Site, kind: Kind, namespace: str) -> set[str]:
    """Give which conditions of the only job there are true."""
    (job,) = listed(site, kind.plural, namespace)
    return {c["type"] for c in job.get("status", {}).get("conditions", ()) if c["status"] == "True"}
