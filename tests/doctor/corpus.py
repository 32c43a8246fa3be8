"""Reads the corpus of snapshots: one file a state of a cluster, in the comments on top what a check must find in it.

    # check: KF603
    # want: Deployment test/web        or: nothing. One line for each finding, symptoms that stand alone included.
    # says: words that the message or the hint must have
    # now: 2026-08-01T12:00:00Z        this time, unless another is given
    # unread: Node                     this kind may not be read
    # user: alice@example.com          who asks; with it `# forbidden: create Deployment.apps kubeflow`
    # refused: Escalation Role kubeflow/x: sentence        a dry run that was refused
    # log: NAMESPACE POD CONTAINER text of its log
    # problem: Unreachable sentence   why it cannot be asked; with it `# context: NAME SERVER yes` if that one answers
    # context-meant: NAME             the context that is meant; `# driver: kvm2` what minikube runs it with
    # remote: NAME REF                a repository that a kustomization names
    # ahead: 45                       so many seconds the server's clock is ahead
    # env: HTTPS_PROXY=http://proxy    of this machine; and `# file: app.yaml: its first line`

Documents below a line `# rendered` are what is to be installed; the others are live. To keep them short a live one gets
a uid, a time of an hour ago, and the uids of its owners (and an event, of what it is about) where they are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from kfinstall.doctor.snapshot import Answers, Known, LocalFacts, Problem, Refused, Remote, Snapshot
from kfinstall.manifest import parse_documents
from kfinstall.plan.kinds import BUILTIN_KINDS
from kfinstall.resource import GroupKind, Manifest, Origin, Resource, ResourceId, gvk_of

NOW = "2026-08-01T12:00:00Z"
BEFORE = "2026-08-01T11:00:00Z"
_WORDS = (
    "check|want|says|now|unread|version|chosen|user|forbidden|refused|env|file|log|problem|context|mode|server|"
    "context-meant|driver|ahead|remote"
)
_LABEL = re.compile(rf"^# ({_WORDS}): (.+)$", re.MULTILINE)
_RENDERED = re.compile(r"^# rendered$", re.MULTILINE)
FOLDER = Path(__file__).parent / "snapshots"


@dataclass(frozen=True)
class State:
    name: str
    check: str
    want: tuple[str, ...]
    says: tuple[str, ...]
    snapshot: Snapshot


@cache
def load_states() -> tuple[State, ...]:
    """All states, by name."""
    return tuple(load_state(path) for path in sorted(FOLDER.glob("*.yaml")))


def load_state(path: Path) -> State:
    text = path.read_text()
    labels: dict[str, list[str]] = defaultdict(list)
    for word, value in _LABEL.findall(text):
        labels[word].append(value.strip())
    assert len(labels["check"]) == 1 and labels["want"], f"{path.name} needs one 'check' and a 'want'"
    live, _, rendered = _split(text)
    want = () if labels["want"] == ["nothing"] else tuple(sorted(labels["want"]))
    snapshot = make_snapshot(live, rendered, labels, path)
    return State(path.stem, labels["check"][0], want, tuple(labels["says"]), snapshot)


def _split(text: str) -> tuple[str, str, str | None]:
    match = _RENDERED.search(text)
    return (text[: match.start()], "", text[match.end() :]) if match else (text, "", None)


def make_snapshot(live: str, rendered: str | None, labels: dict[str, list[str]], path: Path) -> Snapshot:
    manifests: dict[GroupKind, list[Manifest]] = {kind: [] for kind in BUILTIN_KINDS}
    for manifest in completed([document.manifest for document in parse_documents(live, str(path))]):
        manifests.setdefault(gvk_of(manifest).group_kind, []).append(manifest)
    unread = {_kind(word): "user 'alice' may not list it" for word in labels["unread"]}
    for kind in unread:
        manifests.pop(kind, None)
    return Snapshot(
        now=datetime.fromisoformat((labels["now"] or [NOW])[0]),
        manifests=manifests if live.count("kind:") or unread else {},
        unread=unread,
        kinds={**BUILTIN_KINDS},
        version=(labels["version"] or ["v1.36.3"])[0],
        cluster="test at https://test.invalid",
        rendered=None if rendered is None else _rendered(rendered, path),
        chosen=(labels["chosen"] or [""])[0],
        local=_local(labels),
        clock_ahead_s=float((labels["ahead"] or ["0"])[0]),
        logs={tuple(word.split()[:3]): word.split(maxsplit=3)[3] for word in labels["log"]},
        answers=_answers(labels),
    )


def _rendered(text: str, path: Path) -> tuple[Resource, ...]:
    return tuple(Resource(one.manifest, Origin(path.name, 1)) for one in parse_documents(text, str(path)))


def _local(labels: dict[str, list[str]]) -> LocalFacts | None:
    if not any(labels[word] for word in ("env", "file", "problem", "mode", "driver", "server", "remote")):
        return None
    known = [word.split() for word in labels["context"]]
    return LocalFacts(
        dict(word.split("=", 1) for word in labels["env"]),
        dict(word.split(": ", 1) for word in labels["file"]),
        problem=next((Problem(*word.split(" ", 1), "") for word in labels["problem"]), None),
        contexts=tuple(Known(name, server, answers == "yes") for name, server, answers in known),
        modes={path: int(mode, 8) for path, mode in (word.split() for word in labels["mode"])},
        server=(labels["server"] or ["https://api.example.com:6443"])[0],
        context=(labels["context-meant"] or [""])[0],
        driver=(labels["driver"] or [""])[0],
        remotes=tuple(Remote(*(*word.split(), "")[:2], Origin("kustomization.yaml", 3)) for word in labels["remote"]),
    )


def _answers(labels: dict[str, list[str]]) -> Answers | None:
    if not labels["user"]:
        return None
    forbidden = [word.split() for word in labels["forbidden"]]
    refused = [re.fullmatch(r"(\w+) (\S+) (\S+): (.+)", word) for word in labels["refused"]]
    return Answers(
        labels["user"][0],
        ("system:authenticated",),
        tuple((verb, _kind(kind), (*rest, "")[0]) for verb, kind, *rest in forbidden),
        tuple(Refused(_id(one[2], one[3]), one[1], one[4]) for one in refused if one),
    )


def _id(kind: str, name: str) -> ResourceId:
    namespace, _, last = name.rpartition("/")
    return ResourceId(*_kind(kind), namespace, last)


def _kind(word: str) -> GroupKind:
    kind, _, group = word.partition(".")
    return GroupKind(group, kind)


def completed(manifests: list[Manifest]) -> list[Manifest]:
    """Give live manifests with what the server would have added."""
    for manifest in manifests:
        metadata = manifest["metadata"]
        metadata.setdefault("uid", _uid(manifest["kind"], metadata.get("namespace", ""), metadata["name"]))
        metadata.setdefault("creationTimestamp", BEFORE)
        for owner in metadata.get("ownerReferences") or ():
            owner.setdefault("uid", _uid(owner["kind"], metadata.get("namespace", ""), owner["name"]))
            owner.setdefault("controller", True)
        _complete_event(manifest.get("involvedObject"))
    return manifests


def _complete_event(about: dict[str, Any] | None) -> None:
    if about:
        about.setdefault("uid", _uid(about["kind"], about.get("namespace", ""), about["name"]))


def _uid(kind: str, namespace: str, name: str) -> str:
    return f"uid-{kind}-{namespace}-{name}".lower()
