"""The cluster itself: its version, its controllers, its APIs, and namespaces that do not go away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kfinstall.doctor.grouping import ids, names, place, ref
from kfinstall.doctor.kinds import API_SERVICE, DEPLOYMENT, NAMESPACE, POD
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, as_int, condition, conditions, explain, is_false
from kfinstall.resource import Manifest, ResourceId, id_of

OLDEST, NEWEST = (1, 29), (1, 36)
"""The versions of Kubernetes that the catalogue is tested for."""
_UNSEEN_S = 60.0
_STUCK_S = 30.0
_EMPTYING_S = 300.0
_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_FINALIZERS = "NamespaceFinalizersRemaining"
_HOLDERS = ("NamespaceDeletionDiscoveryFailure", "NamespaceDeletionGroupVersionParsingFailure",
            "NamespaceDeletionContentFailure", _FINALIZERS)  # fmt: skip
"""Source: kubernetes v1.36, core/v1 NamespaceConditionType."""


class Version(NamedTuple):
    """A version of Kubernetes, as far as it says what is compatible."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


def parse_version(text: str) -> Version | None:
    """Give what `v1.36.3-gke.100` says, None for what says nothing."""
    match = _VERSION.match(text)
    return Version(int(match[1]), int(match[2])) if match else None


def cluster_id(snapshot: Snapshot) -> ResourceId:
    """Give what stands for the cluster as a whole."""
    return ResourceId("", "Cluster", "", snapshot.cluster.partition(" ")[0])


def _find_untested_version(snapshot: Snapshot) -> Iterator[Found]:
    version = parse_version(snapshot.version)
    if version is None or OLDEST <= version <= NEWEST:
        return
    is_old = version < OLDEST
    tested = f"{Version(*OLDEST)} to {Version(*NEWEST)}"
    yield Found(
        cluster_id(snapshot),
        f"the cluster runs Kubernetes {version}, and the platform is tested on {tested}",
        "upgrade the cluster" if is_old else "upgrade kfinstall, or go on and look at what fails",
        severity=None if is_old else Severity.WARNING,
    )


def _find_absent_controllers(snapshot: Snapshot) -> Iterator[Found]:
    worked = max((_seen_at(pod) for pod in snapshot.of(POD)), default="")
    waiting = (pod for pod in snapshot.of(POD) if _is_unscheduled(pod, snapshot))
    unseen = [pod for pod in waiting if str(pod["metadata"].get("creationTimestamp")) > worked]
    if unseen:
        yield Found(
            cluster_id(snapshot),
            f"kube-scheduler does not work: {_count(unseen)} waits, and nobody has looked at it",
            "see why: kubectl -n kube-system get pods -l component=kube-scheduler",
            ids(unseen),
        )
    behind = [one for one in snapshot.of(DEPLOYMENT) if _is_unobserved(one, snapshot)]
    if behind:
        yield Found(
            cluster_id(snapshot),
            f"kube-controller-manager does not work: {_count(behind)} was written, and nobody has acted on it",
            "see why: kubectl -n kube-system get pods -l component=kube-controller-manager",
            ids(behind),
        )


def _count(manifests: list[Manifest]) -> str:
    first = f"{manifests[0]['kind']} '{manifests[0]['metadata']['name']}'"
    return first if len(manifests) == 1 else f"{first} with {len(manifests) - 1} others"


def _seen_at(pod: Manifest) -> str:
    """Give when the scheduler said something of a pod: it may be busy with one, and wait for a volume of another."""
    return str(condition(pod, "PodScheduled").get("lastTransitionTime") or "")


def _is_unscheduled(pod: Manifest, snapshot: Snapshot) -> bool:
    spec, waited_s = part(pod, "spec"), age_s(pod["metadata"].get("creationTimestamp"), snapshot.now)
    is_default = spec.get("schedulerName", "default-scheduler") == "default-scheduler"
    return is_default and waited_s > _UNSEEN_S and not spec.get("nodeName") and not condition(pod, "PodScheduled")


def _is_unobserved(deployment: Manifest, snapshot: Snapshot) -> bool:
    generation = as_int(deployment["metadata"].get("generation"))
    seen = as_int(part(deployment, "status").get("observedGeneration"))
    changes = [one.get("time") for one in deployment["metadata"].get("managedFields") or ()]
    newest = max(filter(None, changes), default=deployment["metadata"].get("creationTimestamp"))
    return seen < generation and age_s(newest, snapshot.now) > _UNSEEN_S


def _find_broken_apis(snapshot: Snapshot) -> Iterator[Found]:
    for service in snapshot.of(API_SERVICE):
        if is_false(service, "Available"):
            id, available = id_of(service), condition(service, "Available")
            yield Found(
                id,
                f"API {id.name} does not answer ({available.get('reason')}): its resources cannot be used, and no "
                "namespace can be deleted",
                f"bring its Service up; if what served it is gone: kubectl delete apiservice {id.name}",
                evidence=(explain(available),),
                fix=(Step("delete", service, f"API {id.name} is taken away; who serves it makes it anew"),),
            )


def _find_stuck_namespaces(snapshot: Snapshot) -> Iterator[Found]:
    for namespace in snapshot.of(NAMESPACE):
        since = namespace["metadata"].get("deletionTimestamp")
        held = [one for one in conditions(namespace) if one.get("type") in _HOLDERS and one.get("status") == "True"]
        limit_s = _STUCK_S if held else _EMPTYING_S
        if since and age_s(since, snapshot.now) > limit_s:
            yield _stuck(namespace, [str(one.get("type")) for one in held], tuple(map(explain, held)), snapshot)


def _stuck(namespace: Manifest, held: list[str], evidence: tuple[str, ...], snapshot: Snapshot) -> Found:
    id = id_of(namespace)
    holding = list(_with_finalizers(id.name, snapshot))
    if broken := [one for one in snapshot.of(API_SERVICE) if is_false(one, "Available")]:
        why, hint = f"API {broken[0]['metadata']['name']} does not answer", "mend or delete that API first"
    elif holding:
        first = holding[0]
        finalizers = names(map(str, first["metadata"]["finalizers"]))
        why = f"{ref(id_of(first))}{_rest(holding)} has the finalizer {finalizers}"
        hint = (
            "run the controller that takes it off; when that is gone for good, look at the resource and take it off by "
            f"hand: kubectl {place(id_of(first))}edit {ref(id_of(first))}"
        )
    else:
        why, hint = (
            names(held) or "something in it remains",
            f"kubectl get namespace {id.name} -o yaml says what remains",
        )
    return Found(id, f"namespace '{id.name}' does not go away: {why}", hint, ids(holding), evidence)


def _rest(several: list[Manifest]) -> str:
    return f" (and {len(several) - 1} more)" if len(several) > 1 else ""


def _with_finalizers(namespace: str, snapshot: Snapshot) -> Iterator[Manifest]:
    for kind in snapshot.manifests:
        for manifest in snapshot.in_namespace(kind, namespace):
            metadata = manifest["metadata"]
            if metadata.get("deletionTimestamp") and metadata.get("finalizers"):
                yield manifest


def _find_missing_namespaces(snapshot: Snapshot) -> Iterator[Found]:
    made = {one.id.name for one in snapshot.rendered or () if one.id.group_kind == NAMESPACE}
    wanted: dict[str, list[ResourceId]] = {}
    for resource in snapshot.rendered or ():
        if resource.id.namespace:
            wanted.setdefault(resource.id.namespace, []).append(resource.id)
    for name, resources in wanted.items():
        id = ResourceId("", "Namespace", "", name)
        live = snapshot.find(id)
        if live is None and name not in made:
            manifest: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            yield Found(
                id,
                f"namespace '{name}' does not exist, and the manifests do not make it",
                f"kubectl create namespace {name}",
                tuple(resources),
                fix=(Step("apply", manifest, f"namespace {name} is made"),),
            )
        elif live is not None and live["metadata"].get("deletionTimestamp"):
            yield Found(
                id,
                f"namespace '{name}' is being deleted: nothing can be made in it",
                f"wait until it is gone: kubectl wait --for=delete namespace/{name} --timeout=5m",
                tuple(resources),
            )


def _find_other_platform(snapshot: Snapshot) -> Iterator[Found]:
    if snapshot.chosen and snapshot.platform.platform and snapshot.chosen != snapshot.platform.platform:
        yield Found(
            cluster_id(snapshot),
            f"the cluster is {snapshot.platform.platform} ({snapshot.platform.by}), and what is to be installed is for "
            f"{snapshot.chosen}",
            f"kfinstall apply --platform {snapshot.platform.platform}",
        )


CHECKS = (
    Check(
        "KF101",
        "The cluster's version is not one that the platform is tested on",
        Severity.ERROR,
        _find_untested_version,
        remedy="Upgrade the cluster, or kfinstall.",
        docs="""The catalogue is tested for Kubernetes 1.29 to 1.36. An older server may lack fields that manifests use;
of a newer one it is only not known, so that is a warning. A version that cannot be read is passed over.""",
        is_proven=True,
    ),
    Check(
        "KF105",
        "An API does not answer",
        Severity.ERROR,
        _find_broken_apis,
        remedy="Bring up the Service behind it, or delete the APIService.",
        docs="""An APIService whose Service is missing or has no endpoints breaks more than itself: the API server
cannot list what exists, so no namespace can be deleted. `--fix` asks before it deletes the APIService; what
serves it makes it anew.""",
        reads=(API_SERVICE,),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF106",
        "A namespace does not go away",
        Severity.ERROR,
        _find_stuck_namespaces,
        remedy="Remove what holds it: a finalizer nobody takes off, or an API that does not answer.",
        docs="""A namespace stays Terminating while something in it has a finalizer or an API does not answer. The
resource that holds it is named. Taking a finalizer off by hand may leave what it guards behind, so it is
never done by `--fix`.""",
        reads=(NAMESPACE,),
        helps=(API_SERVICE,),
        is_proven=True,
    ),
    Check(
        "KF107",
        "The scheduler or the controllers do not work",
        Severity.ERROR,
        _find_absent_controllers,
        remedy="Bring up kube-scheduler or kube-controller-manager.",
        docs="""Pods that nobody has looked at for a minute, and Deployments whose new generation nobody has seen, mean
that the control plane's own parts do not run; neither leaves an event.""",
        reads=(POD, DEPLOYMENT),
        is_proven=True,
    ),
    Check(
        "KF109",
        "A namespace for the manifests is missing",
        Severity.ERROR,
        _find_missing_namespaces,
        remedy="Make it, or list it among the manifests.",
        docs="""What is to be installed lies in a namespace that does not exist and that no manifest makes, or in one
that is being deleted. `--fix` makes a missing one.""",
        reads=(NAMESPACE,),
        needs=("live", "rendered"),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF110",
        "What is to be installed is for another platform",
        Severity.INFO,
        _find_other_platform,
        remedy="Choose the overlay of the cluster's platform.",
        docs="""Which kind of cluster it is shows in its nodes, its APIs and its version; the finding says by which of
them. Another platform's overlay names storage classes and load balancers that are not there.""",
        needs=("live", "rendered"),
        is_proven=True,
    ),
)
