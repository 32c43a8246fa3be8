"""What Argo CD and Flux take from Git: can it be had, be built, be applied, and is it the same each time?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kfinstall.doctor.grouping import place
from kfinstall.doctor.kinds import (
    APPLICATION,
    FLUX_KUSTOMIZATION,
    GIT_REPOSITORY,
    HELM_RELEASE,
    HELM_REPOSITORY,
    OCI_REPOSITORY,
)
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.health.reading import condition
from kfinstall.resource import Manifest, id_of

_SOURCES: Final = (GIT_REPOSITORY, OCI_REPOSITORY, HELM_REPOSITORY)
_APPLIED: Final = (FLUX_KUSTOMIZATION, HELM_RELEASE)
_BROKEN: Final = ("ComparisonError", "InvalidSpecError")
_UNBUILT: Final = ("BuildFailed", "ArtifactFailed")
_HOOKS: Final = ("argocd.argoproj.io/hook", "helm.sh/hook")


class _Known(NamedTuple):
    pattern: re.Pattern[str]
    hint: str


_KNOWN: Final = (
    _Known(
        re.compile(r"authentication required|authorization failed|permission denied|Unauthorized|401|403", re.I),
        "it may not read the repository: give it credentials (a Secret for the repository), or make it readable",
    ),
    _Known(
        re.compile(r"repository not found|not found: repository|does not appear to be a git repository", re.I),
        "see the URL of the repository, and whether it is private: Git servers say the same to who may not know",
    ),
    _Known(
        re.compile(r"unable to resolve '[^']*' to a commit|couldn't find remote ref|reference not found", re.I),
        "there is no such branch, tag or commit: see its revision",
    ),
    _Known(
        re.compile(r"app path does not exist|no such file or directory|path not found", re.I),
        "there is no such folder at that revision: see its path",
    ),
    _Known(
        re.compile(r"plugin .*not (found|supported|installed)|could not find plugin|cmp-server", re.I),
        "the plugin does not run beside the repo-server: install its sidecar, or sync the rendered folder",
    ),
    _Known(
        re.compile(r"kustomize build|kustomization|accumulating resources|unknown field|invalid Kustomization", re.I),
        "it is the same here: kfinstall build PATH names file and line; where it builds here, kustomize there is older",
    ),
    _Known(
        re.compile(r"dial tcp|i/o timeout|no such host|connection refused|context deadline", re.I),
        "the repository cannot be reached from the cluster: see its network, proxy and NetworkPolicies",
    ),
)
"""What is said -> what to do. Source: the texts of Argo CD v3.1 (reposerver, util/git), Flux's source-controller."""


def _hint_for(said: str, otherwise: str) -> str:
    return next((known.hint for known in _KNOWN if known.pattern.search(said)), otherwise)


def _find_no_source(snapshot: Snapshot) -> Iterator[Found]:
    for application in snapshot.of(APPLICATION):
        for one in part(application, "status").get("conditions") or ():
            if one.get("type") in _BROKEN:
                said, name = str(one.get("message") or ""), application["metadata"]["name"]
                hint = _hint_for(said, f"mend it, and ask again: argocd app get {name} --refresh")
                yield Found(id_of(application), f"{one['type']}: {said}", hint)
    for source in snapshot.of(*_SOURCES):
        if reason := _not_ready(source):
            yield _of_flux(source, f"cannot be had ({reason})")
    for applied in snapshot.of(*_APPLIED):
        if _not_ready(applied) in _UNBUILT:
            yield _of_flux(applied, f"cannot be built ({_not_ready(applied)})")


def _not_ready(manifest: Manifest) -> str:
    """Give why an object of Flux is not ready, empty where it is, or still at it."""
    ready = condition(manifest, "Ready")
    return str(ready.get("reason") or "Failed") if ready.get("status") == "False" else ""


def _of_flux(manifest: Manifest, what: str) -> Found:
    id, said = id_of(manifest), str(condition(manifest, "Ready").get("message") or "")
    command = f"flux reconcile {_word(id.kind)} {id.name} {place(id)}".rstrip()
    return Found(id, f"{what}: {said}", _hint_for(said, f"mend it, and ask again: {command}"))


def _word(kind: str) -> str:
    """Give what Flux's command line calls a kind."""
    words = {"GitRepository": "source git", "OCIRepository": "source oci", "HelmRepository": "source helm"}
    return words.get(kind, kind.lower())


def _find_not_applied(snapshot: Snapshot) -> Iterator[Found]:
    """Tell of what Flux has built and could not apply, or that does not become healthy, or waits for another."""
    for applied in snapshot.of(*_APPLIED):
        reason = _not_ready(applied)
        if reason and reason not in _UNBUILT and reason not in ("Progressing", "Unknown"):
            yield _of_flux(applied, f"is not ready ({reason})")


def _find_ever_new(snapshot: Snapshot) -> Iterator[Found]:
    for resource in snapshot.rendered or ():
        metadata = part(resource.manifest, "metadata")
        is_hook = any(hook in part(metadata, "annotations") for hook in _HOOKS)
        if metadata.get("generateName") and not metadata.get("name") and not is_hook:
            yield Found(
                resource.id,
                f"it has generateName '{metadata['generateName']}' and no name: each sync makes another, or none can",
                "give it a name, or make it a hook of Argo CD: argocd.argoproj.io/hook: Sync",
                origin=resource.origin,
            )


CHECKS = (
    Check(
        "KF907",
        "What is to be synced cannot be had, or not be built",
        Severity.ERROR,
        _find_no_source,
        remedy="By what is said: credentials, URL, revision, path, plugin, or a mistake in the manifests.",
        docs="""Argo CD says it as a condition ComparisonError or InvalidSpecError, Flux as Ready=False of a source
or with the reason BuildFailed. Nothing is applied meanwhile, and what is there stays.""",
        helps=(APPLICATION, *_SOURCES, *_APPLIED),
        is_proven=True,
    ),
    Check(
        "KF908",
        "What is rendered is new each time",
        Severity.WARNING,
        _find_ever_new,
        remedy="Give it a name, or make it a hook.",
        docs="""GitOps compares what is in Git with what is live by name. A resource with `generateName` has none: it is
never the one that is there.""",
        needs=("rendered",),
        is_proven=True,
    ),
    Check(
        "KF910",
        "Flux could not apply something, or it does not become healthy",
        Severity.ERROR,
        _find_not_applied,
        remedy="By what is said, and by what it leans on, which stands above it.",
        docs="""A Kustomization or HelmRelease that is not ready, with the reason of its condition: the server refused
something, a check of health failed, or one that it depends on is not ready.""",
        helps=_APPLIED,
        is_symptom=True,
        is_proven=True,
    ),
)
