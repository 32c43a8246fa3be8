"""Every check finds what its snapshots say, and nothing in those where nothing is wrong."""

from __future__ import annotations

import pytest

from kfinstall.doctor import judge
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.formats.words import name_of
from kfinstall.doctor.model import CRASH, GROUPS
from tests.doctor.corpus import State, load_states

STATES = load_states()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_check_finds_what_its_snapshot_says(state: State) -> None:
    (check,) = [check for check in CHECKS if check.id == state.check]
    report = judge(state.snapshot, [check])
    assert not report.skipped or state.want == ("skipped",)
    assert tuple(sorted(name_of(one.subject) for one in report.findings)) == (state.want if report.ran else ())
    told = " ".join(f"{one.message} {one.hint}" for one in report.findings)
    for words in state.says:
        assert words in told


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_no_check_fails_on_any_snapshot(state: State) -> None:
    assert [one.message for one in judge(state.snapshot, CHECKS).findings if one.check == CRASH] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_has_a_snapshot_that_gives_it_and_one_that_does_not(check) -> None:
    wanted = {bool(state.want) for state in STATES if state.check == check.id}
    assert wanted == {True, False}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_is_declared_whole(check) -> None:
    assert check.id.startswith("KF")
    assert len(check.id) == 5
    assert check.group in GROUPS.values()
    assert check.title[0].isupper()
    assert not check.title.endswith(".")
    assert check.remedy.endswith(".")
    assert len(check.docs) > 80


def test_ids_are_unique() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)


def test_messages_and_hints_are_one_line_and_messages_end_without_a_full_stop() -> None:
    for state in STATES:
        for one in judge(state.snapshot, CHECKS).findings:
            assert "\n" not in one.message + one.hint
            assert not one.message.endswith(".")
            assert one.hint
