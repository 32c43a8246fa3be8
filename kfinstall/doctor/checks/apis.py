"""API versions that the server does not serve, and annotations that it does not take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kfinstall.doctor.grouping import ids
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot, Written
from kfinstall.doctor.versions import FORMER_CUSTOM, NEWEST, Minor, find_removal, minor_of, words
from kfinstall.health.model import part
from kfinstall.resource import Manifest, ResourceId, id_of

_LIMIT_BYTES = 262144
_SOON = 2
_LEFTOVERS = ("ksonnet.io/managed", "ksonnet.io/component")


def _server(snapshot: Snapshot) -> Minor:
    return minor_of(snapshot.version) or NEWEST


def _apart(written: Written) -> Iterator[Manifest]:
    """Give a manifest, and those inside it where it is a list."""
    manifest = written.manifest
    if str(manifest.get("kind")).endswith("List") and isinstance(manifest.get("items"), list):
        yield from (one for one in manifest["items"] if isinstance(one, dict))
    else:
        yield manifest


def _find_removed(snapshot: Snapshot) -> Iterator[Found]:
    for written, manifest, api_version in _old_versions(snapshot):
        kind = str(manifest.get("kind"))
        removal = find_removal(api_version, kind)
        if removal is not None and removal.removed <= _server(snapshot):
            more = "; spec.selector must be written too" if removal.instead == "apps/v1" else ""
            yield Found(
                id_of(manifest),
                f"{kind} in {api_version} is not served since Kubernetes {words(removal.removed)}",
                f"write {removal.instead}{more}",
                origin=written.origin,
            )
        elif api_version in FORMER_CUSTOM:
            yield Found(
                id_of(manifest),
                f"{kind} in {api_version} is served by no operator that is still made",
                f"write {FORMER_CUSTOM[api_version]}; cleanPodPolicy and the like stand under runPolicy there",
                origin=written.origin,
            )


def _old_versions(snapshot: Snapshot) -> Iterator[tuple[Written, Manifest, str]]:
    """Give what is written, with its API version. What is live was served in a version of the server's own."""
    for written in snapshot.written() if snapshot.rendered is not None else ():
        for manifest in _apart(written):
            yield written, manifest, str(manifest.get("apiVersion") or "")


def _find_deprecated(snapshot: Snapshot) -> Iterator[Found]:
    server = _server(snapshot)
    for written, manifest, api_version in _old_versions(snapshot):
        removal = find_removal(api_version, str(manifest.get("kind")))
        if removal is None or removal.removed <= server:
            continue
        if removal.deprecated <= server and removal.removed[1] - server[1] <= _SOON:
            yield Found(
                id_of(manifest),
                f"{manifest.get('kind')} in {api_version} is gone in Kubernetes {words(removal.removed)}; the "
                f"cluster has {words(server)}",
                f"write {removal.instead}",
                origin=written.origin,
            )


def _find_too_large(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written():
        annotations = part(part(written.manifest, "metadata"), "annotations")
        size = sum(len(str(key).encode()) + len(str(value).encode()) for key, value in annotations.items())
        if size > _LIMIT_BYTES:
            yield Found(
                written.id,
                f"its annotations have {size} bytes, and the API server takes {_LIMIT_BYTES}",
                "leave out what is long; 'kubectl apply' adds a copy of the whole, which 'kfinstall apply' does not",
                origin=written.origin,
            )


def _find_conflicts(snapshot: Snapshot) -> Iterator[Found]:
    for refused in snapshot.answers.refused if snapshot.answers else ():
        if refused.reason == "FieldManagerConflict":
            yield Found(
                refused.id,
                refused.message.partition(" (remove")[0],
                "leave the field to them, or take it over: kfinstall apply --force-conflicts",
                origin=refused.origin,
            )


def _find_leftovers(snapshot: Snapshot) -> Iterator[Found]:
    marked = [(one, _leftovers(one)) for kind in snapshot.manifests for one in snapshot.of(kind)]
    found = [(manifest, keys) for manifest, keys in marked if keys]
    if found:
        first = id_of(found[0][0])
        yield Found(
            ResourceId("", "Annotation", "", found[0][1][0]),
            f"{len(found)} resources carry annotations of ksonnet, which is no more; {first} is the first",
            f"take them over with 'kfinstall apply', then: kubectl annotate -n {first.namespace} {first.kind.lower()} "
            f"{first.name} {' '.join(f'{key}-' for key in found[0][1])}",
            ids(manifest for manifest, _ in found),
        )


def _leftovers(manifest: Manifest) -> Sequence[Any]:
    metadata = part(manifest, "metadata")
    return [key for key in _LEFTOVERS if key in part(metadata, "annotations") or key in part(metadata, "labels")]


CHECKS = (
    Check(
        "KF750",
        "An API version that the server does not serve any more",
        Severity.ERROR,
        _find_removed,
        remedy="Write the version that is served.",
        docs="""Kubernetes removes API versions; what is written in one is refused with `no matches for kind`. The
table is that of the deprecation guide, and the cluster's version decides (the newest known one
without a cluster). TFJobs and PyTorchJobs of before 2019 are told as well. Lists are looked into.""",
        needs=("rendered",),
        fix="auto",
        is_proven=True,
    ),
    Check(
        "KF751",
        "An API version that goes away soon",
        Severity.WARNING,
        _find_deprecated,
        remedy="Write the version that stays.",
        docs="""What is written in a deprecated version that one of the next two Kubernetes versions removes stops
working with an upgrade of the cluster.""",
        needs=("rendered",),
        is_proven=True,
    ),
    Check(
        "KF755",
        "Annotations that are too large",
        Severity.ERROR,
        _find_too_large,
        remedy="Leave out what is long, or keep it in a ConfigMap.",
        docs="""All annotations of a resource together may have 262144 bytes. `kubectl apply` stores a copy of the
whole manifest in one, so large definitions fail with it; server-side apply, which kfinstall uses,
stores none.""",
        needs=("written",),
        is_proven=True,
    ),
    Check(
        "KF756",
        "Someone else manages a field that is to be installed",
        Severity.WARNING,
        _find_conflicts,
        remedy="Leave the field to them, or take it over.",
        docs="""Server-side apply refuses to change a field that another manager set to another value. What is live and
written by others too is dry-run by `--pre`, which names field and manager. What `kfinstall.dev/on-conflict` settles,
and what an apply takes over anyway (from `kubectl apply`, Helm, Argo CD, Flux), is not told.""",
        needs=("access",),
        is_proven=True,
    ),
    Check(
        "KF757",
        "Annotations of a tool that is no more",
        Severity.WARNING,
        _find_leftovers,
        remedy="Take the resources over, and remove the annotations.",
        docs="""`ksonnet.io/managed` holds a compressed copy of each resource as ksonnet applied it. Nothing reads
it any more; `kfinstall import-ksonnet` makes a project of an old application.""",
        fix="ask",
        is_proven=True,
    ),
)
