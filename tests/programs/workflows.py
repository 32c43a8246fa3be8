"""The workflow controller, run as its Deployment says, and what a kubelet and an executor would do for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from kfinstall import catalog
from tests.e2e.sites import Site
from tests.programs.hub import own_address
from tests.programs.released import LOOPBACK
from tests.programs.running import NAMESPACE, Manifest, Program, kubeconfig_of, listed, read, running

SAMPLE = catalog.root() / "samples" / "workflow-hello.yaml"
CONTROLLER, EXECUTOR = "argo", "argo-workflow"
"""The accounts of the controller and of the pods of workflows."""


class Controller(NamedTuple):
    """A controller that runs, and where the probe of its Deployment asks whether it lives."""

    program: Program
    liveness: str


@contextmanager
def controlling(site: Site, program: Path, folder: Path) -> Iterator[Controller]:
    """Run the controller with the arguments and the environment of its Deployment, as its service account."""
    pod = read(site, "deployment", "workflow-controller")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert (pod["serviceAccountName"], container["command"]) == (CONTROLLER, [program.name])
    address = own_address()
    here = (f"--kubeconfig={kubeconfig_of(site, CONTROLLER, folder)}", f"--namespace={NAMESPACE}")
    fields = {"metadata.name": "workflow-controller"}
    variables = {each["name"]: fields[each["valueFrom"]["fieldRef"]["fieldPath"]] for each in container["env"]}
    probe = container["livenessProbe"]["httpGet"]
    (port,) = [each["containerPort"] for each in container["ports"] if each["name"] == probe["port"]]
    with running([str(program), *container["args"], *here], folder, {**variables, LOOPBACK: address}) as started:
        yield Controller(started, f"http://{address}:{port}{probe['path']}")


def submit(site: Site, name: str) -> str:
    """Submit the sample, in the namespace where workflows find their account and the artifacts' store."""
    workflow: dict[str, Any] = yaml.safe_load(SAMPLE.read_text())
    workflow["metadata"] = {"name": name}
    workflow["spec"]["podMetadata"] = {"annotations": {"local.kfinstall.dev/runs-for": "1h"}}  # until it is played
    site.kubectl("create", "-n", NAMESPACE, "-f", "-", stdin=json.dumps(workflow))
    return name


def status(site: Site, name: str) -> Manifest:
    """Give what the controller says of a workflow."""
    found: Manifest = read(site, "workflow", name).get("status", {})
    return found


def pod_of(site: Site, workflow: str, template: str) -> Any:
    """Give the pod of a step, once it runs; None before."""
    selector = f"--selector=workflows.argoproj.io/workflow={workflow}"
    pods = [pod for pod in listed(site, "pods", NAMESPACE, selector) if pod["status"].get("phase") == "Running"]
    return next((pod for pod in pods if f"-{template}-" in pod["metadata"]["name"]), None)


def report(site: Site, pod: Manifest, outputs: Manifest) -> None:
    """Do the executor's part, with its rights: tell what a step made."""
    metadata = pod["metadata"]
    result = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTaskResult",
        "metadata": {
            "name": metadata["annotations"]["workflows.argoproj.io/node-id"],
            "labels": {
                "workflows.argoproj.io/workflow": metadata["labels"]["workflows.argoproj.io/workflow"],
                "workflows.argoproj.io/report-outputs-completed": "true",
            },
        },
        "outputs": outputs,
    }
    as_executor = f"--as=system:serviceaccount:{NAMESPACE}:{pod['spec']['serviceAccountName']}"
    site.kubectl("create", "-n", NAMESPACE, as_executor, "-f", "-", stdin=json.dumps(result))


def end(site: Site, pod: Manifest, phase: str, code: int) -> None:
    """Do the kubelet's part: say that all containers of a pod have ended, its main one with this code."""
    codes = {each["name"]: code if each["name"] == "main" else 0 for each in pod["spec"]["containers"]}
    ended = [{**was, "state": {"terminated": {"exitCode": codes[was["name"]]}}} for was in _statuses(pod)]
    patch = json.dumps({"status": {"phase": phase, "containerStatuses": ended}})
    name = pod["metadata"]["name"]
    site.kubectl("patch", "pod", name, "-n", NAMESPACE, "--subresource=status", "--type=merge", "-p", patch)


def _statuses(pod: Manifest) -> list[Manifest]:
    return [{**each, "ready": False, "started": False} for each in pod["status"]["containerStatuses"]]
