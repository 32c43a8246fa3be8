"""What Argo CD's own interpreter makes of our health scripts is what kfinstall says of the same states."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from kfinstall.gitops.lua import HEALTH_SCRIPTS
from kfinstall.resource import GroupKind
from tests.gitops.building import argocd
from tests.health.corpus import State, load_states
from tests.health.test_judges import MEANS

pytestmark = pytest.mark.controllers
CLAIM = GroupKind("", "PersistentVolumeClaim")
STATES = tuple(state for state in load_states() if state.kind in HEALTH_SCRIPTS)
NEEDS_PODS = {
    "notebook-image-pull-back-off",
    "suggestion-image-pull-back-off",
    "tf-job-image-pull-back-off",
    "tf-job-no-gpu",
}
"""States of which only the pods tell that they are final: a script sees the object alone, and waits."""


@pytest.fixture(scope="module")
def argocd_program() -> Path:
    return argocd(print) / "argocd-health"


def _answers(argocd: Path) -> dict[str, dict[str, str]]:
    asked = "\n".join(json.dumps({"object": one.manifest, "script": HEALTH_SCRIPTS[one.kind]}) for one in STATES)
    run = subprocess.run(
        ["argocd-health"], executable=argocd, input=asked, capture_output=True, text=True, check=True, timeout=120
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return {state.name: line for state, line in zip(STATES, lines, strict=True)}


def _agrees(state: State, answer: dict[str, str]) -> bool:
    return MEANS["argocd"].get(answer.get("status", "")) is state.want


def test_every_script_has_states_to_be_tried_on() -> None:
    assert {state.kind for state in STATES} == set(HEALTH_SCRIPTS)


def test_argo_cd_says_of_each_state_what_we_say(argocd_program: Path) -> None:
    said = _answers(argocd_program)
    assert [(name, one) for name, one in said.items() if "error" in one] == []
    others = {s.name for s in STATES if s.kind != CLAIM and not _agrees(s, said[s.name])}
    assert others == NEEDS_PODS
    assert {said[name]["status"] for name in NEEDS_PODS} == {"Progressing"}


def test_a_claim_that_waits_for_its_first_consumer_holds_nothing_up(argocd_program: Path) -> None:
    said = _answers(argocd_program)
    waiting = [name for name in said if name.startswith("claim-") and name.endswith("-waits")]
    assert waiting and {said[name]["status"] for name in waiting} == {"Healthy"}
    assert (said["claim-lost"]["status"], said["claim-node-selected"]["status"]) == ("Degraded", "Progressing")
