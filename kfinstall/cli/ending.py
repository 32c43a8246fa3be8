"""The last screen of an apply: what runs, how long each part took, the addresses, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kfinstall.apply.events import Event
from kfinstall.cli import output
from kfinstall.cli.addresses import Address
from kfinstall.cli.rows import WORKLOADS, Row
from kfinstall.resource import ResourceId

Components = Mapping[ResourceId, str]


def what_runs(shown: Sequence[Row], components: Components) -> list[str]:
    """Lay out, for each component, its number of resources, how long it took, and the workloads that run."""
    body = [(row.component, str(row.total), _took(row), _runs(row, components)) for row in shown]
    return output.table(["COMPONENT", "RESOURCES", "TOOK", "RUNS"], body)


def _took(row: Row) -> str:
    return "-" if row.took_s is None else output.seconds(row.took_s)


def _runs(row: Row, components: Components) -> str:
    names = [id.name for id, component in components.items() if component == row.component and id.kind in WORKLOADS]
    return ", ".join(names)


def where(found: Sequence[Address]) -> Iterator[str]:
    """Lay out the addresses; nothing where there are none."""
    if found:
        yield ""
        body = [(a.url or "no address yet", a.name, a.through) for a in dict.fromkeys(found)]
        yield from output.table(["ADDRESS", "OF", "THROUGH"], body)


def what_next(steps: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Give commands to type, with what each is for."""
    wide = max(len(command) for command, _ in steps)
    yield output.styled("NEXT", "dim")
    for command, purpose in steps:
        yield f"{output.styled(f'{command:<{wide}}', 'bold')}  {purpose}"


def verdict(events: Sequence[Event], good: str = "") -> Iterator[str]:
    """Give the run's result in one line, as its summary event says it; `good` stands before one without a failure."""
    for event in events:
        if event.type == "summary":
            has_failed = bool(dict(event.counts).get("failed"))
            said = f"{event.reason} ({output.seconds(event.at_s)})"
            yield output.styled(said, "bad") if has_failed else output.styled(f"{good}{said}", "good")
