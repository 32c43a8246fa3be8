import io
import json
from collections.abc import Iterator

import pytest
from rich.console import Console

from kfinstall.apply.events import Event
from kfinstall.cli.progress import follow, live_picture
from kfinstall.cli.rows import rows
from kfinstall.errors import UnhealthyError
from kfinstall.resource import ResourceId

ARGO = ResourceId("apps", "Deployment", "kubeflow", "argo")
MINIO = ResourceId("apps", "Deployment", "kubeflow", "minio")
COMPONENTS = {ARGO: "argo", MINIO: "minio"}
EVENTS = [
    Event("plan", 0.0, counts=(("create", 1), ("keep", 1))),
    Event("health", 0.1, MINIO, health="Current"),
    Event("sent", 0.2, ARGO, "create"),
    Event("health", 0.4, ARGO, health="InProgress", reason="0 of 1 replicas are available"),
    Event("health", 3.2, ARGO, health="Current"),
    Event("summary", 3.3, reason="healthy", counts=(("create", 1),)),
]


def given(*events: Event, ending: Exception | None = None) -> Iterator[Event]:
    yield from events
    if ending is not None:
        raise ending


def test_a_log_has_a_line_an_event_and_none_for_what_was_kept(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[Event] = []
    follow(given(*EVENTS), COMPONENTS, "text", seen)
    assert seen == EVENTS
    assert capsys.readouterr().out.splitlines() == [
        "  0.2s  create     argo             Deployment.apps kubeflow/argo",
        "  0.4s  InProgress argo             Deployment.apps kubeflow/argo: 0 of 1 replicas are available",
        "  3.2s  Current    argo             Deployment.apps kubeflow/argo",
    ]


def test_json_has_one_event_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    follow(given(*EVENTS), COMPONENTS, "json", [])
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == [event.as_json() for event in EVENTS]


def test_what_ends_the_run_is_raised_after_its_events_were_shown(capsys: pytest.CaptureFixture[str]) -> None:
    failure = UnhealthyError("no such image", id=ARGO)
    with pytest.raises(UnhealthyError):
        follow(given(EVENTS[2], ending=failure), COMPONENTS, "text", [])
    assert "create" in capsys.readouterr().out


def test_an_interrupt_closes_the_run_so_that_it_can_record_where_it_is() -> None:
    closed = []

    def run() -> Iterator[Event]:
        try:
            yield EVENTS[2]
            raise KeyboardInterrupt
        finally:
            closed.append(True)

    with pytest.raises(KeyboardInterrupt):
        follow(run(), COMPONENTS, "text", [])
    assert closed == [True]


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_the_live_picture_is_never_wider_than_the_terminal(columns: int) -> None:
    console = Console(file=io.StringIO(), width=columns, force_terminal=True, no_color=True, color_system=None)
    long = Event("health", 0.4, ARGO, health="InProgress", reason="0 of 1 replicas " * 20)
    with console.capture() as shown:
        console.print(live_picture(rows([EVENTS[2], long], COMPONENTS), 2.0, columns))
    lines = shown.get().splitlines()
    assert max(map(len, lines)) <= columns
    assert "argo" in lines[0]
    assert "0/1" in lines[0]
    assert any(line.startswith("  Deployment argo: 0 of 1 replicas") for line in lines)
