"""Whether this user may do what a plan asks for, in as few requests as the API server makes possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Final

from kfinstall.apply.protocols import Cluster
from kfinstall.doctor.asking import dry_run_rights, is_allowed, who_am_i
from kfinstall.doctor.rbac import Need, gives
from kfinstall.doctor.snapshot import Answers
from kfinstall.errors import ClusterError
from kfinstall.plan.model import Action, Change
from kfinstall.resource import GroupKind

VERBS: Final[Mapping[Action, tuple[str, ...]]] = {
    "create": ("create", "patch"),
    "update": ("patch",),
    "recreate": ("delete", "create", "patch"),
    "prune": ("delete",),
}
"""What a change needs: a server-side apply is a PATCH, which is asked for `create` too where nothing is there."""
_ANYWHERE: Final = "default"
"""Where to ask for the rights on what has no namespace: a review of rules is always of one."""

Question = tuple[str, GroupKind, str]


def ask_for(changes: Sequence[Change], cluster: Cluster, pool: Executor) -> Answers:
    """Give what this user may not do of these changes, and which rights it may not give to others.

    One request is enough for who may do everything. Else the rules are asked for, a namespace at a time, and what
    they do not give is asked for one by one: another authoriser than RBAC may.
    """
    if _may_everything(cluster):
        return Answers()
    who = pool.submit(who_am_i, cluster)
    questions = _questions(changes)
    rules = dict(_rules(sorted({place for _, _, place in questions}), cluster, pool))
    doubtful = [one for one in questions if not _is_given(one, rules.get(one[2]), cluster)]
    allowed = list(pool.map(lambda one: is_allowed(cluster, *one), doubtful))
    forbidden = tuple(one for one, is_given in zip(doubtful, allowed, strict=True) if not is_given)
    sent = [change.resource for change in changes if change.resource is not None]
    return Answers(*who.result(), forbidden, dry_run_rights(sent, cluster, pool))


def _may_everything(cluster: Cluster) -> bool:
    attributes = {"verb": "*", "group": "*", "resource": "*"}
    answer = _review(cluster, "SelfSubjectAccessReview", {"resourceAttributes": attributes})
    return bool(answer.get("allowed"))


def _questions(changes: Iterable[Change]) -> list[Question]:
    return list(
        dict.fromkeys((verb, one.id.group_kind, one.id.namespace) for one in changes for verb in VERBS[one.action])
    )


def _rules(
    places: Sequence[str], cluster: Cluster, pool: Executor
) -> Iterable[tuple[str, Sequence[Mapping[str, Any]] | None]]:
    """Give the rules of each namespace; None where they may not be all."""
    spec = [{"namespace": place or _ANYWHERE} for place in places]
    answers = pool.map(lambda one: _review(cluster, "SelfSubjectRulesReview", one), spec)
    for place, answer in zip(places, answers, strict=True):
        yield place, None if answer.get("incomplete", True) else answer.get("resourceRules") or ()


def _is_given(question: Question, rules: Sequence[Mapping[str, Any]] | None, cluster: Cluster) -> bool:
    verb, kind, _ = question
    info = cluster.kinds().get(kind)
    if info is None or rules is None:
        return info is None  # what is not served yet cannot be asked about
    return any(gives({**rule, "resourceNames": ()}, Need(verb, kind.group, info.plural)) for rule in rules)


def _review(cluster: Cluster, kind: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    question = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "metadata": {}, "spec": spec}
    try:
        answer: Mapping[str, Any] = cluster.create(question).get("status") or {}
    except ClusterError:
        return {}
    return answer
