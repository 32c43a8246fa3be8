"""Where a command works: the cluster, what kind it says it is, and which installation in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kfinstall.cli import output
from kfinstall.cli.options import Wanted
from kfinstall.cli.source import Source, read_source, settle_source, source_name
from kfinstall.errors import ClusterError, InputError
from kfinstall.resource import GroupKind, Manifest

if TYPE_CHECKING:
    from kfinstall.apply import Installation
    from kfinstall.apply.protocols import Cluster
    from kfinstall.catalog import Detection
    from kfinstall.cluster.api import ApiCluster

FORBIDDEN = 403
NODE = GroupKind("", "Node")
STORAGE_CLASS = GroupKind("storage.k8s.io", "StorageClass")


class Job(NamedTuple):
    """One run's manifests and the installation they belong to."""

    source: Source
    target: Installation
    platform: str
    seen: Mapping[GroupKind, Sequence[Manifest] | None] = {}
    """Kinds that were listed to recognise the platform; None where they may not be read."""


def open_job(cluster: ApiCluster, wanted: Wanted, *, allow_mismatch: bool = True) -> Job:
    """Say which cluster this is, settle the platform, and read the manifests for it.

    In:      `wanted`, its source settled.
    Raises:  InputError when --platform contradicts what the cluster says it is, and that is not allowed.
    """
    from kfinstall.apply import Installation

    check_platform(wanted)
    seen = read_platform(cluster) if _needs_platform(wanted) else {}
    detection = recognise(cluster, seen) if seen else None
    introduce(cluster, detection)
    platform = settle_platform(wanted, detection, allow_mismatch=allow_mismatch) if detection else ""
    source = read_source(wanted, platform)
    name = wanted.name or source.name
    if not name:
        raise _nameless("several sources" if wanted.more else "manifests from standard input")
    said = f"{output.count(len(source.resources), 'resource')} of {source.label}"
    output.note(f"install   {said}, as '{name}'")
    for sentence in source.warnings:
        output.warning(sentence)
    return Job(source, Installation(name, wanted.namespace), platform, seen)


def _nameless(what: str) -> InputError:
    return InputError(f"{what} have no name", hint="give the installation one with --name")


def _needs_platform(wanted: Wanted) -> bool:
    """Does it depend on the platform what is applied, or whether it may be? Else two requests are saved."""
    return wanted.source is None or wanted.platform is not None


def introduce(cluster: ApiCluster, detection: Detection | None = None) -> None:
    """Print the context, the server and the platform, if it was asked for: a person sees at once where this goes."""
    endpoint = cluster.describe()
    output.note(f"cluster   {endpoint.context} at {endpoint.server}, Kubernetes {cluster.server_version()}")
    if detection is None:
        return
    known = f"{detection.platform}, recognised by {detection.by}" if detection.platform else "not recognised"
    output.note(f"platform  {known}")


def read_platform(cluster: Cluster) -> Mapping[GroupKind, Sequence[Manifest] | None]:
    """List what shows which kind of cluster it is."""
    return {kind: _readable(cluster, kind) for kind in (NODE, STORAGE_CLASS)}


def recognise(cluster: ApiCluster, seen: Mapping[GroupKind, Sequence[Manifest] | None]) -> Detection:
    """Say what kind of cluster it is; what may not be read is left out."""
    from kfinstall.catalog import detect_platform

    groups = {group_kind.group for group_kind in cluster.kinds()}
    return detect_platform(seen[NODE] or (), groups, seen[STORAGE_CLASS] or (), cluster.server_version())


def _readable(cluster: Cluster, group_kind: GroupKind) -> Sequence[Manifest] | None:
    try:
        return cluster.list(group_kind)
    except ClusterError as error:
        if error.status == FORBIDDEN:
            return None
        raise


def check_platform(wanted: Wanted) -> None:
    """Refuse a platform that does not exist, before anything is sent."""
    if wanted.platform is not None and wanted.platform != "auto":
        from kfinstall import catalog

        catalog.platform(wanted.platform)


def settle_platform(wanted: Wanted, detection: Detection, *, allow_mismatch: bool) -> str:
    """Give the platform to install for: the one named, else what the cluster is; empty for a folder without one."""
    if wanted.platform in (None, "auto"):
        if wanted.source is None and not detection.platform:
            raise InputError(
                "the cluster does not say what kind it is", hint="name it with --platform, see 'kfinstall platforms'"
            )
        return detection.platform
    assert wanted.platform is not None
    if detection.platform and detection.platform != wanted.platform and not allow_mismatch:
        raise InputError(
            f"--platform {wanted.platform}, but the cluster is {detection.platform} ({detection.by})",
            hint=f"use --platform {detection.platform}, another --context, or --allow-platform-mismatch to go on",
        )
    return wanted.platform


def find_installation(cluster: Cluster, wanted: Wanted) -> Installation:
    """Give the installation that is meant: by --name, by folder, by --platform, else the only one there is."""
    from kfinstall.apply import Installation, installations

    if wanted.name:
        return Installation(wanted.name, wanted.namespace)
    if wanted.more:
        raise _nameless("several sources")
    wanted = settle_source(wanted)
    name = source_name(wanted.source, wanted.environment) if wanted.source else wanted.platform or ""
    if name and name != "auto":
        return Installation(name, wanted.namespace)
    found = installations(cluster, wanted.namespace)
    if len(found) == 1:
        return found[0]
    if not found:
        hint = "install with 'kfinstall apply', or say where the record is with --namespace"
        raise InputError(f"nothing is installed: there is no record in namespace '{wanted.namespace}'", hint=hint)
    names = ", ".join(installation.name for installation in found)
    raise InputError(f"there are {len(found)} installations: {names}", hint="say which one with --name")
