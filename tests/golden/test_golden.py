"""What must not change by accident: what each platform installs, and what waits for what.

`make golden` writes the files anew; the change is reviewed.
"""

import os
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.cli.graphview import as_text, read_graph
from kfinstall.cli.options import Wanted

HERE = Path(__file__).parent
WRITE = os.environ.get("KFINSTALL_GOLDEN") == "write"
PLATFORMS = [info.name for info in catalog.platforms()]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_graph_of_a_platform_is_the_golden_one(platform: str) -> None:
    path = HERE / f"{platform}.txt"
    drawn = as_text(read_graph(Wanted(None, platform)))
    if WRITE:
        path.write_text(drawn)
    assert path.read_text() == drawn, "run `make golden` and review what changed"


def test_there_is_no_golden_file_without_its_platform() -> None:
    assert {path.stem for path in HERE.glob("*.txt")} == set(PLATFORMS)
