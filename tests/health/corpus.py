"""Reads the corpus of labelled live states: one file a state, its label in the comments above it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from kfinstall.health import Related, Status
from kfinstall.manifest import parse_documents
from kfinstall.resource import GroupKind, Manifest, gvk_of

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
_LABEL = re.compile(r"^# (want|says|collected|from|now): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class State:
    """A live manifest, what stands around it, and what must be said of it."""

    name: str
    manifest: Manifest
    related: Related
    want: Status
    says: tuple[str, ...]
    now: datetime

    @property
    def kind(self) -> GroupKind:
        return gvk_of(self.manifest).group_kind


@cache
def load_states() -> tuple[State, ...]:
    """All states, by name."""
    return tuple(_load(path) for path in sorted((Path(__file__).parent / "live").glob("*.yaml")))


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
    return State(path.stem, judged, Related(related), Status(labels["want"][0]), tuple(labels["says"]), now)


def _kind(word: str) -> GroupKind:
    kind, _, group = word.partition(".")
    return GroupKind(group, kind)
