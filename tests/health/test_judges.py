"""What kubectl, Argo CD and kstatus say of each state, by their own code, is its label; else the state says why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from kfinstall.health import Status
from tests.health.corpus import State, load_states, load_verdicts

STATES = load_states()
SAID = load_verdicts()

MEANS: Mapping[str, Mapping[str, Status]] = {
    "kubectl": {"done": Status.CURRENT, "waits": Status.IN_PROGRESS, "error": Status.FAILED},
    "argocd": {
        "Healthy": Status.CURRENT,
        "Suspended": Status.CURRENT,
        "Progressing": Status.IN_PROGRESS,
        "Degraded": Status.FAILED,
    },
    "kstatus": {word: Status(word) for word in ("Current", "InProgress", "Failed", "Terminating")},
}
"""What the words of a judge are in ours. A word that is not here agrees with nothing."""


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_judge_agrees_or_the_state_says_why_not(state: State) -> None:
    said = SAID[state.name]["verdicts"]
    others = {judge: word for judge, word in said.items() if MEANS[judge].get(word) is not state.want}
    assert state.differs == others


def test_the_judges_have_seen_the_states_as_they_are() -> None:
    stale = [state.name for state in STATES if SAID.get(state.name, {}).get("digest") != state.digest]
    assert stale == [], "run 'make judges'"
    assert {state.name for state in STATES} == set(SAID)


def test_most_verdicts_of_others_are_ours_and_most_states_have_one() -> None:
    agreed, asked = Counter[str](), Counter[str]()
    for state in STATES:
        for judge in SAID[state.name]["verdicts"]:
            asked[judge] += 1
            agreed[judge] += judge not in state.differs
    assert all(agreed[judge] > asked[judge] / 2 for judge in MEANS)
    assert sum(bool(SAID[state.name]["verdicts"]) for state in STATES) > 0.6 * len(STATES)
