from __future__ import annotations

import pytest

from kfinstall import catalog
from kfinstall.cli.start import run


@pytest.fixture
def listed(capsys: pytest.CaptureFixture[str]) -> str:
    """Give what `component list` prints, on one line."""
    assert run(["component", "list"]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_the_list_says_of_each_component_whether_it_was_proven(listed: str) -> None:
    for info in catalog.components():
        assert f"{info.name} {info.status} {info.description}" in listed


def test_the_list_says_what_is_dead_and_what_to_take_instead(listed: str) -> None:
    gone = [info for info in catalog.components() if info.upstream != "alive"]
    assert gone
    for info in gone:
        assert info.upstream in info.description
        assert f"({info.version}); {info.successor}" in listed
