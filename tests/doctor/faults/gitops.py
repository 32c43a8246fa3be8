"""Argo CD and Flux: objects as their controllers leave them. The words are those of Argo CD v3.1 and Flux v2.7."""

from __future__ import annotations

from collections.abc import Callable

from tests.doctor.faults.components import definition
from tests.doctor.faults.scheduling import deployment
from tests.doctor.matrix import Fault, Place

APPLICATIONS = definition("applications", "Application", "argoproj.io", "v1alpha1")
KUSTOMIZATIONS = definition("kustomizations", "Kustomization", "kustomize.toolkit.fluxcd.io", "v1")
REPOSITORIES = definition("gitrepositories", "GitRepository", "source.toolkit.fluxcd.io", "v1")
SETTLED = "sync: {status: OutOfSync}, operationState: {phase: Succeeded}"
FAILED = "sync: {status: OutOfSync}, operationState: {phase: Failed, syncResult: {resources: [{RESOURCE}]}}"


def application(status: str, name: str = "ml") -> str:
    return (
        f"---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nstatus: {{{status}}}\n"
    )


def flux(kind: str, group: str, reason: str, said: str) -> str:
    ready = f"conditions: [{{type: Ready, status: 'False', reason: {reason}, message: '{said}'}}]"
    return f"---\napiVersion: {group}.toolkit.fluxcd.io/v1\nkind: {kind}\nmetadata: {{name: ml}}\nstatus: {{{ready}}}\n"


def submit(place: Place, crd: str, text: str) -> None:
    place.site.until_established(crd)
    place.kubectl("create", "-f", "-", stdin=text.replace("NS", place.namespace))


def argo(status: str, *more: str) -> Callable[[Place], None]:
    text = application(status) + "".join(more)
    return lambda place: submit(place, "applications.argoproj.io", text)


def of_flux(crd: str, text: str) -> Callable[[Place], None]:
    return lambda place: submit(place, crd, text)


def resource(kind: str, name: str, more: str, group: str = "") -> str:
    return f"{{group: '{group}', kind: {kind}, namespace: NS, name: {name}, {more}}}"


SCALED = """\
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 1, metrics: []}
"""
WEB = resource("Deployment", "web", "status: OutOfSync", "apps")
SHARED = f"resources: [{resource('Deployment', 'web', 'status: Synced', 'apps')}]"
TOO_LONG = "status: SyncFailed, message: 'metadata.annotations: Too long: must have at most 262144 bytes'"
NO_KIND = 'status: SyncFailed, message: \'no matches for kind "TFJob" in version "kubeflow.org/v9"\''
DENIED = "status: SyncFailed, message: 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'"

FAULTS = (
    Fault(
        "argocd-scaled",
        "KF901",
        "Application {ns}/ml",
        APPLICATIONS + "---\n" + deployment("") + SCALED,
        says=("its HorizontalPodAutoscaler writes .spec.replicas of Deployment 'web'",),
        make=argo(f"{SETTLED}, resources: [{WEB}]"),
    ),
    Fault(
        "argocd-default",
        "KF902",
        "Application {ns}/ml",
        APPLICATIONS + "---\n" + deployment(""),
        says=("it stays OutOfSync after a sync that succeeded: Deployment web", "ServerSideDiff=true"),
        make=argo(f"{SETTLED}, resources: [{WEB}]"),
    ),
    Fault(
        "argocd-too-large",
        "KF903",
        "Application {ns}/ml",
        APPLICATIONS,
        says=("CustomResourceDefinition tfjobs is too large",),
        make=argo(FAILED.replace("{RESOURCE}", resource("CustomResourceDefinition", "tfjobs", TOO_LONG))),
    ),
    Fault(
        "argocd-two-owners",
        "KF904",
        "Application {ns}/ml",
        APPLICATIONS + "---\n" + deployment(""),
        says=("Applications ml, other each keep Deployment web",),
        make=argo(SHARED, application(SHARED, "other")),
    ),
    Fault(
        "argocd-out-of-order",
        "KF905",
        "Application {ns}/ml",
        APPLICATIONS,
        says=("TFJob mnist is sent before what it needs is there",),
        make=argo(FAILED.replace("{RESOURCE}", resource("TFJob", "mnist", NO_KIND))),
    ),
    Fault(
        "argocd-unhealthy",
        "KF906",
        "Application {ns}/ml",
        APPLICATIONS + "---\n" + deployment("nodeSelector: {nowhere: here}, "),
        says=("it is Degraded: Deployment web is Degraded",),
        make=argo(
            "health: {status: Degraded}, resources: "
            f"[{resource('Deployment', 'web', 'health: {status: Degraded}', 'apps')}]"
        ),
        also=("KF603",),
    ),
    Fault(
        "argocd-no-source",
        "KF907",
        "Application {ns}/ml",
        APPLICATIONS,
        says=("authentication required", "give it credentials"),
        make=argo("conditions: [{type: ComparisonError, message: 'failed to list refs: authentication required'}]"),
    ),
    Fault(
        "flux-no-source",
        "KF907",
        "GitRepository {ns}/ml",
        REPOSITORIES,
        says=("cannot be had (GitOperationFailed)", "there is no such branch"),
        make=of_flux(
            "gitrepositories.source.toolkit.fluxcd.io",
            flux("GitRepository", "source", "GitOperationFailed", "failed to checkout: couldn''t find remote ref x"),
        ),
    ),
    Fault(
        "generated-name",
        "KF908",
        "Job {ns}/",
        rendered="apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: fit-}\n"
        "spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'example.com/a:1'}]}}}\n",
        says=("each sync makes another",),
    ),
    Fault(
        "argocd-refused",
        "KF909",
        "Application {ns}/ml",
        APPLICATIONS,
        says=("its last sync failed: Deployment 'web': spec.replicas: Invalid value",),
        make=argo(FAILED.replace("{RESOURCE}", resource("Deployment", "web", DENIED, "apps"))),
    ),
    Fault(
        "flux-unhealthy",
        "KF910",
        "Kustomization {ns}/ml",
        KUSTOMIZATIONS,
        says=("is not ready (HealthCheckFailed)", "flux reconcile kustomization ml"),
        make=of_flux(
            "kustomizations.kustomize.toolkit.fluxcd.io",
            flux("Kustomization", "kustomize", "HealthCheckFailed", "timeout waiting for: [Deployment/ml/web]"),
        ),
    ),
)
