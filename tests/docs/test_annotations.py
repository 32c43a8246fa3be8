"""Every annotation that the code reads is on the page that lists them, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

from kfinstall.plan.prune import KEEP_ANNOTATIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "annotations.md").read_text()
OURS = re.compile(r"kfinstall\.dev/[a-z-]+")
IN_THE_RECORD = {
    "kfinstall.dev/digest-key",
    "kfinstall.dev/holder-process",
    "kfinstall.dev/kept",
    "kfinstall.dev/kept-for",
    "kfinstall.dev/members-of",
    "kfinstall.dev/revision-of",
}
"""What kfinstall writes for itself on what it keeps in the cluster."""


def test_every_annotation_of_ours_is_documented() -> None:
    code = {name for path in (ROOT / "kfinstall").rglob("*.py") for name in OURS.findall(path.read_text())}
    assert code - IN_THE_RECORD == set(OURS.findall(PAGE))


def test_what_asks_to_stay_in_the_words_of_others_is_documented() -> None:
    assert [f"{name}: {word}" for name, word in KEEP_ANNOTATIONS.items() if f"{name}: {word}" not in PAGE] == [
        "kfinstall.dev/prune: never"
    ]
