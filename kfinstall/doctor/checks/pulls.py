"""Pulling images: what a registry answers, how long it takes, and what does not run on the node's processor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kfinstall.catalog.mirror import canonical
from kfinstall.doctor.containers import containers_of, statuses_of, template_specs
from kfinstall.doctor.grouping import by_workload, ids, names, place, ref, said
from kfinstall.doctor.kinds import NODE, POD
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.registries import host_of, refusal, why_invalid
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.doctor.wrongformat import is_for_another_processor
from kfinstall.health.model import part
from kfinstall.health.reading import age_s, explain
from kfinstall.resource import Manifest, ResourceId

_WAITING = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "RegistryUnavailable")
_NEVER_HINT = "load it onto the node (kind load docker-image {image}; minikube image load {image}), or use IfNotPresent"
_SLOW_S = 300.0
_ANONYMOUS_PULLS = 100
"""Docker Hub, per six hours and address. Source: docs.docker.com/docker-hub/usage."""
_TOOK = re.compile(r'pulled image "(?P<image>[^"]+)" in (?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?P<s>[\d.]+)s')
_SIZE = re.compile(r"Image size: (\d+) bytes")
_PER_GIB = 2**30


class _Refused(NamedTuple):
    image: str
    meaning: str
    hint: str


def _find_refused(snapshot: Snapshot) -> Iterator[Found]:
    refused = ((pod, one) for pod in snapshot.of(POD) for one in _refused_images(pod, snapshot))
    for owner, one, pods in by_workload(refused, snapshot):
        names_of = {"image": one.image, "host": host_of(one.image), "namespace": owner.namespace}
        yield Found(
            owner,
            f"image '{one.image}' cannot be pulled: {one.meaning.format(**names_of)}",
            one.hint.format(**names_of),
            ids(pods),
            said(pods, snapshot, "Failed", "BackOff", "ErrImageNeverPull"),
        )


def _refused_images(pod: Manifest, snapshot: Snapshot) -> Iterator[_Refused]:
    """Give the images that a pod waits for. The useful text is there only by turns: the events keep it."""
    for status in statuses_of(pod):
        waiting = part(part(status, "state"), "waiting")
        if waiting.get("reason") not in _WAITING:
            continue
        image = _asked_for(pod, status)
        if waiting["reason"] == "ErrImageNeverPull":
            yield _Refused(image, "it is not on the node, and imagePullPolicy is Never", _NEVER_HINT)
        elif not why_invalid(image):
            told = [e for e in map(explain, snapshot.events(pod, "Failed")) if image in e]
            found = refusal(" ".join([str(waiting.get("message") or ""), *told]))
            yield _Refused(image, found.meaning, found.hint)


def _asked_for(pod: Manifest, status: Mapping[str, Any]) -> str:
    """Give the image as the pod asks for it: a status may have it in another form."""
    containers = containers_of(part(pod, "spec"))
    return next((str(one.get("image")) for one in containers if one.get("name") == status.get("name")), "?")


def _find_other_processors(snapshot: Snapshot) -> Iterator[Found]:
    wrong = ((pod, image) for pod in snapshot.of(POD) for image in _not_executable(pod, snapshot))
    for owner, image, pods in by_workload(wrong, snapshot):
        nodes = [snapshot.get(NODE, "", str(part(pod, "spec").get("nodeName"))) for pod in pods]
        processors = names(str(part(part(node or {}, "status"), "nodeInfo").get("architecture")) for node in nodes)
        yield Found(
            owner,
            f"image '{image}' is built for another processor than that of its node ({processors})",
            "take an image that is built for it, or choose nodes by the label kubernetes.io/arch: "
            f"kubectl {place(owner)}edit {ref(owner)}",
            ids(pods),
        )


def _not_executable(pod: Manifest, snapshot: Snapshot) -> Iterator[str]:
    for status in statuses_of(pod):
        if is_for_another_processor(pod, status, snapshot):
            yield _asked_for(pod, status)


def _find_too_many_pulls(snapshot: Snapshot) -> Iterator[Found]:
    specs = [spec for resource in snapshot.rendered or () for spec in template_specs(resource.manifest)]
    anonymous = [spec for spec in specs if not spec.get("imagePullSecrets")]
    images = {canonical(str(c.get("image"))) for spec in anonymous for c in containers_of(spec)}
    hub = sorted(image for image in images if host_of(image) == "docker.io")
    pulls = len(hub) * len(snapshot.of(NODE))
    if pulls > _ANONYMOUS_PULLS:
        yield Found(
            ResourceId("", "Cluster", "", snapshot.cluster.partition(" ")[0]),
            f"{len(hub)} images come from docker.io to {len(snapshot.of(NODE))} nodes without a login: up to {pulls} "
            f"pulls, and it allows {_ANONYMOUS_PULLS} in six hours",
            "take them from a mirror: kfinstall images --registry HOST/; or name a login in imagePullSecrets",
            evidence=(names(hub, 5),),
        )


def _find_slow_pulls(snapshot: Snapshot) -> Iterator[Found]:
    slow = ((pod, words) for pod in snapshot.of(POD) for words in _slowly_pulled(pod, snapshot))
    for owner, words, pods in by_workload(slow, snapshot):
        yield Found(
            owner, words, "put it on the nodes beforehand, or use a smaller image or a nearer mirror", ids(pods)
        )


def _slowly_pulled(pod: Manifest, snapshot: Snapshot) -> Iterator[str]:
    for event in snapshot.events(pod, "Pulled"):
        text = explain(event)
        match = _TOOK.search(text)
        if match and (took_s := _seconds(match)) > _SLOW_S:
            yield f"pulling image '{match['image']}'{_size_words(text)} took {took_s / 60:.0f} min"
    newest = next(iter(snapshot.events(pod, "Pulling", "Pulled", "Failed", "Created", "Started")), None)
    if newest is not None and newest.get("reason") == "Pulling":
        waited_s = age_s(newest.get("lastTimestamp") or newest.get("eventTime"), snapshot.now)
        if waited_s > _SLOW_S:
            image = str(newest.get("message") or newest.get("note")).partition('"')[2].rstrip('"')
            yield f"image '{image}' is being pulled for {waited_s / 60:.0f} min"


def _seconds(match: re.Match[str]) -> float:
    return int(match["h"] or 0) * 3600 + int(match["m"] or 0) * 60 + float(match["s"])


def _size_words(text: str) -> str:
    size = _SIZE.search(text)
    return f" ({int(size[1]) / _PER_GIB:.1f} GiB)" if size else ""


CHECKS = (
    Check(
        "KF501",
        "An image cannot be pulled",
        Severity.ERROR,
        _find_refused,
        remedy="See which answer the registry gave: no such image, a login, a limit, a network, a certificate.",
        docs="""A waiting container shows the registry's answer only by turns with `ImagePullBackOff`, so the events
are read as well. The answer decides the hint: a wrong name, a login that is missing, a limit on pulls, a
host that is not reached, a certificate that is not trusted, an image for another processor, a full disk.""",
        reads=(POD,),
        is_proven=True,
    ),
    Check(
        "KF506",
        "An image is built for another processor",
        Severity.ERROR,
        _find_other_processors,
        remedy="Take an image for the node's processor, or choose nodes by kubernetes.io/arch.",
        docs="""A program that ends with `exec format error` was built for another processor than its node has. A
registry that knows it beforehand refuses the pull instead (KF501).""",
        reads=(POD,),
        helps=(NODE,),
        is_proven=True,
    ),
    Check(
        "KF507",
        "Docker Hub may refuse that many pulls",
        Severity.WARNING,
        _find_too_many_pulls,
        remedy="Take the images from a mirror, or name a login in imagePullSecrets.",
        docs="""Each node pulls each image once, from one address where the cluster has one way out. Docker Hub
allows 100 pulls in six hours to who is not logged in; then pods wait with `toomanyrequests`.""",
        reads=(NODE,),
        needs=("live", "rendered"),
        is_proven=True,
    ),
    Check(
        "KF508",
        "Pulling an image takes long",
        Severity.INFO,
        _find_slow_pulls,
        remedy="Put large images on the nodes beforehand, or use a nearer mirror.",
        docs="""Images with CUDA have 5 to 10 GiB. A pod that waits for one is not broken, but JupyterHub gives up
on a server that did not start in time. The size is from the kubelet's own event.""",
        reads=(POD,),
        is_proven=True,
    ),
)
