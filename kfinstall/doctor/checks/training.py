"""Training jobs that do not get on: nobody looks at them, they are written in a wrong way, or wait for each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kfinstall.doctor.containers import template_specs
from kfinstall.doctor.fitting import is_unschedulable
from kfinstall.doctor.grouping import names, place, ref
from kfinstall.doctor.kinds import DEPLOYMENT, POD, PYTORCH_JOB, TF_JOB
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health import Status
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, as_int
from kfinstall.plan.templates import POD_TEMPLATES
from kfinstall.resource import GroupKind, Manifest, ResourceId, gvk_of, id_of

_UNSEEN_S = 60.0
OPERATORS: Final[Mapping[GroupKind, tuple[str, ...]]] = {
    TF_JOB: ("training-operator", "tf-operator", "tf_operator"),
    PYTORCH_JOB: ("training-operator", "pytorch-operator"),
}
"""Kind of job -> parts of the names of images that look after it."""
ROLES: Final[Mapping[GroupKind, tuple[str, frozenset[str], str]]] = {
    TF_JOB: ("tfReplicaSpecs", frozenset({"Chief", "Master", "Worker", "PS", "Evaluator"}), "tensorflow"),
    PYTORCH_JOB: ("pytorchReplicaSpecs", frozenset({"Master", "Worker"}), "pytorch"),
}
"""Kind -> field, the replicas there are, and what their container is called. Source: kubeflow/trainer v1.9.4."""
_MOVED = ("cleanPodPolicy", "ttlSecondsAfterFinished", "activeDeadlineSeconds", "backoffLimit", "schedulingPolicy")
_HOSTS = re.compile(r"--(?P<role>ps|worker)_hosts[= ](?P<hosts>\S+)")


def _operators(kind: GroupKind, snapshot: Snapshot) -> Sequence[Manifest]:
    wanted = OPERATORS[kind]
    named = (one for one in snapshot.of(DEPLOYMENT) if any(word in image for image in _images(one) for word in wanted))
    return [one for one in named if _takes(one, kind)]


def _takes(operator: Manifest, kind: GroupKind) -> bool:
    """Is it told to look after this kind? Without a word it looks after all that it knows."""
    schemes = {text.partition("=")[2].lower() for text in _arguments(operator) if "--enable-scheme=" in text}
    return not schemes or kind.kind.lower() in schemes


def _arguments(manifest: Manifest) -> Iterator[str]:
    for spec in template_specs(manifest):
        for container in spec.get("containers") or ():
            yield from map(str, (*(container.get("args") or ()), *(container.get("command") or ())))


def _images(manifest: Manifest) -> Iterator[str]:
    for spec in template_specs(manifest):
        yield from (str(one.get("image")).rpartition("/")[2] for one in spec.get("containers") or ())


def _find_unseen(snapshot: Snapshot) -> Iterator[Found]:
    for kind in OPERATORS:
        unseen = [job for job in snapshot.of(kind) if _is_unseen(job, snapshot)]
        if not unseen:
            continue
        operators = _operators(kind, snapshot)
        ready = [one for one in operators if snapshot.health(one).status is Status.CURRENT]
        for job in unseen:
            id = id_of(job)
            if not operators:
                why, hint = "no operator for it runs", f"kfinstall apply --with {OPERATORS[kind][-1].replace('_', '-')}"
            elif not ready:
                first = id_of(operators[0])
                why, hint = f"its operator {first.name} is not ready", f"kubectl {place(first)}describe {ref(first)}"
            else:
                first = id_of(ready[0])
                where = _watched(ready[0])
                why = f"its operator watches namespace {where} only" if where not in ("", id.namespace) else (
                    f"its operator {first.name} runs and does not take it up"
                )  # fmt: skip
                hint = f"see what it says: kubectl {place(first)}logs {ref(first)}"
            yield Found(id, f"nobody has looked at {kind.kind} '{id.name}': {why}", hint)


def _is_unseen(job: Manifest, snapshot: Snapshot) -> bool:
    is_old = age_s(job["metadata"].get("creationTimestamp"), snapshot.now) > _UNSEEN_S
    return is_old and not part(job, "status").get("conditions") and not job["metadata"].get("deletionTimestamp")


def _watched(operator: Manifest) -> str:
    """Give the namespace that an operator keeps to; empty for all of them."""
    told = (text.partition("=")[2] for text in _arguments(operator) if text.lstrip("-").startswith("namespace="))
    return next(told, "")


def _find_two_operators(snapshot: Snapshot) -> Iterator[Found]:
    for kind in OPERATORS:
        found = [one for one in _operators(kind, snapshot) if as_int(part(one, "spec").get("replicas"), 1)]
        overlap = [
            one for one in found if _watched(one) in {_watched(other) for other in found if other is not one} | {""}
        ]
        if len(found) > 1 and overlap:
            first, second = id_of(found[0]), id_of(found[1])
            yield Found(
                second,
                f"{names(f'{id_of(one).namespace}/{id_of(one).name}' for one in found)} look after the same "
                f"{kind.kind}s: each undoes what the other does",
                f"keep {first.namespace}/{first.name} or the other: kubectl {place(second)}scale {ref(second)} "
                "--replicas=0",
            )


def _find_misplaced(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written(*ROLES):
        spec = part(written.manifest, "spec")
        moved = [field for field in _MOVED if field in spec]
        if moved and gvk_of(written.manifest).version == "v1":
            yield Found(
                written.id,
                f"spec.{moved[0]} is not read: pods of a finished job stay, and hold what they have",
                f"write it as spec.runPolicy.{moved[0]}",
                origin=written.origin,
            )


def _find_wrong_replicas(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written(*ROLES):
        field, roles, container = ROLES[gvk_of(written.manifest).group_kind]
        replicas = part(part(written.manifest, "spec"), field)
        for what, hint in _mistakes(replicas, roles, container):
            yield Found(written.id, what, hint, origin=written.origin)


def _mistakes(replicas: Mapping[str, Any], roles: frozenset[str], container: str) -> Iterator[tuple[str, str]]:
    by_case = {role.lower(): role for role in roles}
    for name, replica in replicas.items():
        if name not in roles:
            near = by_case.get(str(name).lower(), "Chief" if str(name).lower() == "master" else "")
            yield (
                f"'{name}' is no kind of replica: there are {names(sorted(roles), 6)}",
                f"write {near or 'one of these'}",
            )
        inside = part(part(replica, "template"), "spec").get("containers") or ()
        if inside and container not in {one.get("name") for one in inside}:
            called = names(str(one.get("name")) for one in inside)
            yield f"no container of {name} is called '{container}', but {called}", f"call it {container}"
    if "PS" in replicas and not set(replicas) & {"Worker", "Chief", "Master"}:
        yield "there are parameter servers and nobody who works", "add replicas of kind Worker"


def _find_partial(snapshot: Snapshot) -> Iterator[Found]:
    for kind in ROLES:
        for job in snapshot.of(kind):
            pods = [one for one in snapshot.owned(job) if gvk_of(one).group_kind == POD]
            stuck = [one for one in pods if is_unschedulable(one)]
            running = [one for one in pods if part(one, "status").get("phase") == "Running"]
            if stuck and running:
                id = id_of(job)
                yield Found(
                    id,
                    f"{len(running)} replicas of '{id.name}' run and wait for {len(stuck)} that fit on no node: what "
                    "they hold is of use to nobody",
                    "make room, or let a gang scheduler start all or none (spec.runPolicy.schedulingPolicy)",
                    tuple(id_of(one) for one in stuck),
                )


def _find_different_clusters(snapshot: Snapshot) -> Iterator[Found]:
    told: dict[tuple[str, str], dict[str, list[ResourceId]]] = {}
    origins = {}
    for written in snapshot.written(*POD_TEMPLATES):
        origins[written.id] = written.origin
        for spec in template_specs(written.manifest):
            for role, hosts in _hosts(spec):
                told.setdefault((written.id.namespace, role), {}).setdefault(hosts, []).append(written.id)
    for (_, role), by_hosts in told.items():
        if len(by_hosts) > 1:
            first, second, *_ = by_hosts.items()
            yield Found(
                second[1][0],
                f"it is told --{role}_hosts={second[0]}, and {first[1][0].name} is told {first[0]}: they wait for "
                "each other",
                "tell all the same; better: a TFJob, which writes TF_CONFIG for each of its replicas",
                origin=origins[second[1][0]],
            )


def _hosts(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for container in spec.get("containers") or ():
        text = " ".join(map(str, (*(container.get("command") or ()), *(container.get("args") or ()))))
        yield from ((match["role"], match["hosts"]) for match in _HOSTS.finditer(text))


CHECKS = (
    Check(
        "KF804",
        "Nobody looks after a training job",
        Severity.ERROR,
        _find_unseen,
        remedy="Install its operator, or see what keeps it.",
        docs="""A job without any condition a minute after it was made has not been seen by an operator: none is
installed, it is not ready, it watches another namespace, or it may not read the job. The job itself
says nothing, and makes no pod.""",
        reads=(DEPLOYMENT,),
        helps=(TF_JOB, PYTORCH_JOB),
        is_proven=True,
    ),
    Check(
        "KF805",
        "Two operators look after the same jobs",
        Severity.ERROR,
        _find_two_operators,
        remedy="Keep one of them.",
        docs="""The training operator looks after TFJobs and PyTorchJobs, and so do the operators that it replaced.
Where two of them run, each makes pods and removes those of the other.""",
        reads=(DEPLOYMENT,),
        is_proven=True,
    ),
    Check(
        "KF806",
        "A field of a training job is where nobody reads it",
        Severity.WARNING,
        _find_misplaced,
        remedy="Write it under spec.runPolicy.",
        docs="""`cleanPodPolicy` and its likes moved to `spec.runPolicy` with v1. Where they stand in spec they are
dropped: parameter servers then run for ever after the workers are done.""",
        needs=("written",),
        helps=(TF_JOB, PYTORCH_JOB),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF807",
        "Replicas of a training job are written in a wrong way",
        Severity.ERROR,
        _find_wrong_replicas,
        remedy="Use the names that the operator knows.",
        docs="""Replicas are called Chief, Worker, PS and Evaluator (`Ps` is none), Master and Worker for PyTorch;
the container that trains is called `tensorflow` or `pytorch`, else the operator refuses the job or
gives it no cluster.""",
        needs=("written",),
        helps=(TF_JOB, PYTORCH_JOB),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF808",
        "Some replicas of a training job run, and others find no place",
        Severity.ERROR,
        _find_partial,
        remedy="Make room, or start all or none.",
        docs="""Replicas that run hold their GPUs while they wait for those that fit nowhere; two such jobs can wait
for each other for ever.""",
        reads=(POD,),
        helps=(TF_JOB, PYTORCH_JOB),
        is_symptom=True,
        is_proven=True,
    ),
    Check(
        "KF809",
        "Processes of one training are told different clusters",
        Severity.ERROR,
        _find_different_clusters,
        remedy="Tell all the same, or use a TFJob.",
        docs="""`--ps_hosts` and `--worker_hosts` must be the same for all processes; where they differ, they end
with core dumps or wait for hosts that nobody is. All that is written in one namespace is compared.""",
        needs=("written",),
        is_proven=True,
    ),
)
