"""Pods that would fit on a node, but for the pods beside them: ports, distance to others, an even spread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from kfinstall.doctor.containers import containers_of
from kfinstall.doctor.fitting import stuck_pods
from kfinstall.doctor.grouping import by_workload, ids, names, place, pods_in_words, ref, said
from kfinstall.doctor.kinds import NODE, POD
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, condition
from kfinstall.resource import Manifest

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PATIENCE_S: Final = 60.0


class _Rule(NamedTuple):
    """One kind of rule between pods: what a pod asks for, the word of the scheduler for it, and what to do."""

    asked: Callable[[Mapping[str, Any]], str]
    word: str
    hint: str


def _ports(spec: Mapping[str, Any]) -> str:
    ports = (one.get("hostPort") for c in containers_of(spec) for one in c.get("ports") or ())
    found = names(sorted({str(port) for port in ports if port}))
    return f"hostPort {found} is taken on every node that would do" if found else ""


def _terms(spec: Mapping[str, Any], field: str) -> str:
    terms = part(part(spec, "affinity"), field).get(_REQUIRED) or ()
    return names(sorted({str(term.get("topologyKey")) for term in terms}))


def _apart(spec: Mapping[str, Any]) -> str:
    keys = _terms(spec, "podAntiAffinity")
    return f"its podAntiAffinity keeps it apart from pods that are in each {keys} already" if keys else ""


def _together(spec: Mapping[str, Any]) -> str:
    keys = _terms(spec, "podAffinity")
    return f"its podAffinity wants pods beside it, and no {keys} with room has them" if keys else ""


def _spread(spec: Mapping[str, Any]) -> str:
    constraints = spec.get("topologySpreadConstraints") or ()
    hard = [one for one in constraints if one.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"]
    keys = names(sorted({str(one.get("topologyKey")) for one in hard}))
    return f"its topologySpreadConstraints want it spread by {keys}, which no node with room allows" if keys else ""


_RULES: Final = (
    _Rule(_ports, "free ports", "leave out hostPort and use a Service, or run no more of them than there are nodes"),
    _Rule(_apart, "anti-affinity", "make it preferred, run fewer replicas, or add a node"),
    _Rule(_together, "pod affinity", "make it preferred, or see why the pods it names do not run"),
    _Rule(_spread, "topology spread", "label nodes with the topologyKey, or write whenUnsatisfiable: ScheduleAnyway"),
)
"""Source: kubernetes v1.36, pkg/scheduler/framework/plugins: nodeports, interpodaffinity, podtopologyspread."""


def _find_kept_off(snapshot: Snapshot) -> Iterator[Found]:
    found = ((stuck.pod, _why(stuck.pod, snapshot)) for stuck in stuck_pods(snapshot) if not stuck.obstacles)
    for owner, reason, pods in by_workload(((pod, why) for pod, why in found if why), snapshot):
        why, hint = reason
        yield Found(
            owner,
            f"{pods_in_words(pods)} fits on no node: {why}",
            f"{hint}: kubectl {place(owner)}edit {ref(owner)}",
            ids(pods),
            said(pods, snapshot, "FailedScheduling"),
        )


def _why(pod: Manifest, snapshot: Snapshot) -> tuple[str, str] | None:
    """Give the rule that keeps a pod off; of several that it has, the one that the scheduler's words are about.

    A pod without any is told by those words, when it has waited for long: the scheduler may be about to place it.
    """
    if not snapshot.of(NODE):
        return None
    asked = [(what, rule) for rule in _RULES if (what := rule.asked(part(pod, "spec")))]
    words = str(condition(pod, "PodScheduled").get("message") or "")
    meant = [one for one in asked if one[1].word in words] or asked
    if meant:
        return "; ".join(what for what, _ in meant), meant[0][1].hint
    is_late = age_s(pod["metadata"].get("creationTimestamp"), snapshot.now) > _PATIENCE_S
    return (words.rstrip("."), "see what of it can be left out") if words and is_late else None


CHECKS = (
    Check(
        "KF615",
        "A pod is kept off every node by the pods that are there",
        Severity.ERROR,
        _find_kept_off,
        remedy="Loosen the rule, run fewer replicas, or add a node.",
        docs="""A port of the node that another pod has, required (anti-)affinity between pods, and spread constraints
keep a pod off nodes that have room for it. Which of them a pod has stands in its spec; where it has several, the
scheduler's words decide. What the scheduler says otherwise is passed on after a minute.""",
        reads=(POD, NODE),
        is_proven=True,
    ),
)
