"""Reads the corpus of labelled live states: one file a state, its label in the comments above it."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from kfinstall.health import Related, Status
from kfinstall.manifest import parse_documents
from kfinstall.resource import GroupKind, Manifest, gvk_of

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
HERE = Path(__file__).parent
VERDICTS = HERE / "verdicts.json"
_LABEL = re.compile(r"^# (want|says|collected|from|now|expects|differs): (.+)$", re.MULTILINE)
_DIFFERS = re.compile(r"(\w+) says (\w+): .+")


@dataclass(frozen=True)
class State:
    """A live manifest, what stands around it, and what must be said of it.

    `differs`: what another judge says of it instead, where that is on purpose; `digest` changes with the manifest;
    `expects_status`: its definition says that it will have one.
    """

    name: str
    manifest: Manifest
    related: Related
    want: Status
    says: tuple[str, ...]
    now: datetime
    differs: Mapping[str, str]
    digest: str
    expects_status: bool

    @property
    def kind(self) -> GroupKind:
        return gvk_of(self.manifest).group_kind


@cache
def load_states() -> tuple[State, ...]:
    """All states, by name."""
    return tuple(_load(path) for path in sorted((HERE / "live").glob("*.yaml")))


def _load(path: Path) -> State:
    text = path.read_text()
    labels: dict[str, list[str]] = defaultdict(list)
    for word, value in _LABEL.findall(text):
        labels[word].append(value)
    assert len(labels["want"]) == 1 and labels["from"], f"{path.name} needs one 'want' and a 'from'"
    judged, *around = [document.manifest for document in parse_documents(text, str(path))]
    related: dict[GroupKind, list[Manifest]] = {_kind(word): [] for word in labels["collected"]}
    for manifest in around:
        related.setdefault(gvk_of(manifest).group_kind, []).append(manifest)
    now = datetime.fromisoformat(labels["now"][0]) if labels["now"] else NOW
    return State(
        path.stem,
        judged,
        Related(related),
        Status(labels["want"][0]),
        tuple(labels["says"]),
        now,
        dict(_judge_and_word(text) for text in labels["differs"]),
        hashlib.sha256(json.dumps(judged, sort_keys=True).encode()).hexdigest()[:16],
        "status" in labels["expects"] and "status" not in judged,
    )


def _judge_and_word(text: str) -> tuple[str, str]:
    match = _DIFFERS.fullmatch(text)
    assert match, f"'{text}' is not like 'JUDGE says WORD: why'"
    return match[1], match[2]


@cache
def load_verdicts() -> Mapping[str, Mapping[str, Any]]:
    """What `make judges` wrote: the state's name -> its digest, and what each judge said of it."""
    return {state["name"]: state for state in json.loads(VERDICTS.read_text())["states"]}


def _kind(word: str) -> GroupKind:
    kind, _, group = word.partition(".")
    return GroupKind(group, kind)
