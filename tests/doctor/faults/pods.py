"""Containers that do not run."""

from __future__ import annotations

from tests.doctor.faults.scheduling import deployment
from tests.doctor.matrix import Fault


def faulty(fault: str, spec: str = "", resources: str = "{}") -> str:
    """Give a Deployment whose pods the simulated nodes let go wrong."""
    labels = "metadata: {labels: {app: web}}"
    annotated = f"metadata: {{labels: {{app: web}}, annotations: {{local.kfinstall.dev/fault: {fault}}}}}"
    return deployment(spec, resources=resources).replace(labels, annotated)


def with_container(fields: str, text: str = "") -> str:
    """Give a Deployment whose container has further fields, in YAML's flow style."""
    return (text or deployment("")).replace("resources: {}", f"resources: {{}}, {fields}")


FAULTS = (
    Fault(
        "illegal-instruction",
        "KF701",
        "Deployment {ns}/web",
        faulty("crash-loop=132"),
        says=("exit code 132", "AVX", "feature.node.kubernetes.io/cpu-cpuid.AVX", "--driver=docker"),
    ),
    Fault(
        "crash-loop",
        "KF701",
        "Deployment {ns}/web",
        faulty("crash-loop=1"),
        says=("container 'web' keeps ending with exit code 1", "kubectl -n {ns} logs web-"),
    ),
    Fault(
        "out-of-memory",
        "KF702",
        "Deployment {ns}/web",
        faulty("oom", resources="{limits: {memory: 512Mi}}"),
        says=("its limit of 512Mi", "--limits memory=1Gi"),
    ),
    Fault("start-error", "KF703", "Deployment {ns}/web", faulty("start-error"), says=("cannot be started",)),
    Fault(
        "secret-missing",
        "KF704",
        "Secret {ns}/login",
        with_container("envFrom: [{secretRef: {name: login}}]"),
        says=("does not exist in namespace '{ns}'", "kubectl -n {ns} create secret generic login"),
    ),
    Fault(
        "secret-key-missing",
        "KF704",
        "Secret {ns}/login",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData: {user: alice}\n---\n"
        + with_container("env: [{name: W, valueFrom: {secretKeyRef: {name: login, key: word}}}]"),
        says=("has no key 'word'",),
    ),
    Fault(
        "root-forbidden",
        "KF704",
        "Deployment {ns}/web",
        with_container("securityContext: {runAsNonRoot: true, runAsUser: 0}"),
        says=("runAsUser",),
    ),
    Fault(
        "never-ready",
        "KF705",
        "Deployment {ns}/web",
        faulty("never-ready"),
        says=("runs and is not ready",),
    ),
)
