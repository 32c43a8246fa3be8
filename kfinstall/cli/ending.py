"""The last screen of an apply: what runs, how long each part took, the addresses, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kfinstall.apply.events import Event
from kfinstall.cli import output
from kfinstall.cli.addresses import addresses
from kfinstall.cli.rows import WORKLOADS, Row, rows
from kfinstall.resource import ResourceId

if TYPE_CHECKING:
    from kfinstall.apply.protocols import Cluster

Components = Mapping[ResourceId, str]


def last_screen(
    events: Sequence[Event], components: Components, cluster: Cluster, next_steps: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Give the lines of it; what has nothing to say is left out."""
    yield from what_runs(rows(events, components), components)
    found = addresses(components, cluster)
    if found:
        yield ""
        body = [(a.url or "no address yet", a.name, a.through) for a in dict.fromkeys(found)]
        yield from output.table(["ADDRESS", "OF", "THROUGH"], body)
    yield ""
    yield from what_next(next_steps)


def what_runs(shown: Sequence[Row], components: Components) -> list[str]:
    """Lay out, for each component, its number of resources, how long it took, and the workloads that run."""
    body = [(row.component, str(row.total), _took(row), _runs(row, components)) for row in shown]
    return output.table(["COMPONENT", "RESOURCES", "TOOK", "RUNS"], body)


def _took(row: Row) -> str:
    return "-" if row.took_s is None else output.seconds(row.took_s)


def _runs(row: Row, components: Components) -> str:
    names = [id.name for id, component in components.items() if component == row.component and id.kind in WORKLOADS]
    return ", ".join(names)


def what_next(steps: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Give commands to type, with what each is for."""
    wide = max(len(command) for command, _ in steps)
    for command, purpose in steps:
        yield f"  {output.styled(f'{command:<{wide}}', 'bold')}  {output.styled(purpose, 'dim')}"


def verdict(events: Sequence[Event]) -> str:
    """Give the run's result in one line, as its summary event says it."""
    summary = next((event for event in reversed(events) if event.type == "summary"), None)
    return f"{summary.reason} ({output.seconds(summary.at_s)})" if summary else ""
