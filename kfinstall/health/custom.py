"""Health of custom resources: small makers of rules, for kinds that tell by conditions, by a phase, or by replicas."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kfinstall.health.family import pods_of
from kfinstall.health.generic import judge_generic, not_yet
from kfinstall.health.model import Health, Judge, Live, Status, current, failed, in_progress, part
from kfinstall.health.pods import has_ended, trouble_of_pods
from kfinstall.health.reading import as_int, condition, explain, is_true, last_words, state_of

_UNSEEN = "has not been seen by its controller yet"


def by_conditions(done: Collection[str], bad: Collection[str] = (), *, needs_status: bool = True) -> Judge:
    """Make a rule for a kind that tells by conditions: one of `done` True is Current, one of `bad` True is Failed."""

    def judge(live: Live) -> Health:
        for type_ in bad:
            if is_true(live.manifest, type_):
                return failed(explain(condition(live.manifest, type_)) or type_)
        if is_true(live.manifest, *done) or not done:
            return current()
        return _waiting(live, done, needs_status)

    return judge


def _waiting(live: Live, done: Collection[str], needs_status: bool) -> Health:
    if not live.status:
        return in_progress(_UNSEEN) if needs_status else current()
    found = next((c for type_ in done if (c := condition(live.manifest, type_))), {})
    return with_pods(live, not_yet(found) if found else f"is not {' or '.join(done)} yet")


def by_phase(field: str, done: Collection[str], bad: Collection[str] = (), message: str = "message") -> Judge:
    """Make a rule for a kind that tells by one word: `field` is a dotted path in its status."""

    def judge(live: Live) -> Health:
        phase = str(_at(live.status, field) or "")
        words = last_words(_at(live.status, message) or "")
        text = f"{phase}: {words}" if words else phase
        if phase in bad:
            return failed(text)
        return current() if phase in done else with_pods(live, text or _UNSEEN)

    return judge


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def with_pods(live: Live, shortage: str) -> Health:
    """Add what its running pods suffer from, and let a certain cause decide; what an ended one means, it decides."""
    pods = [pod for pod in pods_of(live.manifest, live.related) if not has_ended(pod)]
    trouble = trouble_of_pods(pods, live)
    if trouble is None:
        return in_progress(shortage)
    return (failed if trouble.status is Status.FAILED else in_progress)(f"{shortage}: {trouble.message}")


def judge_training_job(live: Live) -> Health:
    """A training job is done when it Succeeded; while it runs it is not.

    Its replicas are tried again as its restartPolicy says, so what its pods suffer from is told but not final,
    unless they cannot even start.
    """
    if is_true(live.manifest, "Failed"):
        return failed(explain(condition(live.manifest, "Failed")))
    if is_true(live.manifest, "Succeeded"):
        return current("succeeded")
    if part(live.spec, "runPolicy").get("suspend") or is_true(live.manifest, "Suspended"):
        return current("is suspended: it runs when someone resumes it")
    if not live.status:
        return in_progress(_UNSEEN)
    return with_pods(live, "is running" if is_true(live.manifest, "Running") else "has not started")


def judge_notebook(live: Live) -> Health:
    """Its one pod is ready, or it was stopped by its user."""
    if "kubeflow-resource-stopped" in part(live.metadata, "annotations"):
        return current("is stopped")
    if as_int(live.status.get("readyReplicas")) >= 1:
        return current()
    return with_pods(live, "its server is not ready" if live.status else _UNSEEN)


def judge_tensorboard(live: Live) -> Health:
    """Its one replica is ready."""
    if as_int(live.status.get("readyReplicas")) >= 1:
        return current()
    return with_pods(live, "its server is not ready" if live.status else _UNSEEN)


def judge_application(live: Live) -> Health:
    """Current unless its controller says that it is not: the kind is often installed without one.

    Source:  kubernetes-sigs/application v0.8.3, status of applications.app.k8s.io.
    """
    ready, error = condition(live.manifest, "Ready"), condition(live.manifest, "Error")
    if error.get("status") == "True":
        return in_progress(explain(error))
    return in_progress(not_yet(ready)) if ready and ready.get("status") != "True" else current()


def judge_argocd_application(live: Live) -> Health:
    """Synced and Healthy in Argo CD's own words. Its operation's failure is final until someone syncs again."""
    operation = part(live.status, "operationState")
    health, sync = part(live.status, "health").get("status"), part(live.status, "sync").get("status")
    if operation.get("phase") in ("Failed", "Error"):
        return failed(f"sync {operation['phase']}: {last_words(operation.get('message') or '')}")
    if health == "Degraded":
        return failed(f"Degraded: {last_words(part(live.status, 'health').get('message') or '')}")
    if health in ("Healthy", "Suspended") and sync == "Synced":
        return current()
    return in_progress(f"health {health or 'unknown'}, sync {sync or 'unknown'}")


def judge_knative(live: Live) -> Health:
    """Ready. In Knative's words Unknown is under way and False is an end, but for a revision that is still missing.

    Source:  knative.dev/pkg apis/condition_types.go; kserve v0.16 model_status.go, TransitionStatus.
    """
    if is_true(live.manifest, "Stopped"):
        return current("is stopped")
    transition = part(live.status, "modelStatus").get("transitionStatus")
    if transition in ("InvalidSpec", "BlockedByFailedLoad"):
        model = part(part(live.status, "modelStatus"), "lastFailureInfo")
        return failed(f"model is {transition}: {explain(model) or 'no reason given'}")
    ready = condition(live.manifest, "Ready")
    if state_of(ready) == "False" and ready.get("reason") in ("RevisionFailed", "ContainerMissing", "ExitCode"):
        return failed(explain(ready))
    return judge_conditioned(live)


def judge_certificate(live: Live) -> Health:
    """Ready. A failed issuance is tried again only after an hour or more."""
    issuing = condition(live.manifest, "Issuing")
    if issuing.get("reason") == "Failed" and state_of(issuing) == "False":
        return failed(explain(issuing))
    return judge_conditioned(live)


def judge_conditioned(live: Live) -> Health:
    """Like a kind without a row, but it is sure to write a status, so none yet means not seen yet."""
    return judge_generic(live) if live.status else in_progress(_UNSEEN)
