"""Health of what runs to its end: Job and CronJob. A running Job is not done."""

from __future__ import annotations

from kfinstall.health.family import newest_pods, pods_of
from kfinstall.health.model import Health, Live, Status, current, failed, in_progress
from kfinstall.health.pods import has_ended, trouble_of_pods
from kfinstall.health.reading import as_int, condition, explain, is_true, last_event
from kfinstall.health.workloads import refused
from kfinstall.resource import Manifest


def judge_job(live: Live) -> Health:
    """Done when Complete, Failed when its controller gave up, else as far as its pods are."""
    if is_true(live.manifest, "Complete"):
        return current("complete")
    for type_ in ("Failed", "FailureTarget"):
        if is_true(live.manifest, type_):
            return failed(_why_failed(live, type_))
    if live.spec.get("suspend"):
        return current("is suspended: it runs when someone resumes it")
    return _running(live)


def _why_failed(live: Live, type_: str) -> str:
    words = f"failed: {explain(condition(live.manifest, type_))}"
    trouble = trouble_of_pods(pods_of(live.manifest, live.related), live)
    return f"{words}; {trouble.message}" if trouble else words


def _running(live: Live) -> Health:
    """Pods that exit with an error are tried again until the Job fails; a pod that cannot even start is certain."""
    wanted, done = as_int(live.spec.get("completions"), 1), as_int(live.status.get("succeeded"))
    progress = f"{done} of {wanted} completions" if live.status.get("startTime") else "has not started"
    trouble = refused(live) or trouble_of_pods(_unfinished_pods(live), live)
    if trouble is None:
        return in_progress(progress)
    return (failed if trouble.status is Status.FAILED else in_progress)(f"{progress}: {trouble.message}")


def _unfinished_pods(live: Live) -> tuple[Manifest, ...]:
    pods = newest_pods(live.manifest, live.related)
    return tuple(pod for pod in pods if not has_ended(pod))


def judge_cron_job(live: Live) -> Health:
    """Current as soon as it is there: when and how its runs end is not part of an installation."""
    event = last_event(live.related, live.uid, ("UnparseableSchedule", "InvalidSchedule", "UnknownTimeZone"))
    return failed(f"never runs: {explain(event)}") if event else current()
