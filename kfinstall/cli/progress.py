"""Show a run while it goes on: a live table on a terminal, a line an event in a log, JSON where it was asked for."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, TypeAlias

from kfinstall.apply.events import Event
from kfinstall.cli import output
from kfinstall.cli.rows import Row, rows, wait_line
from kfinstall.resource import ResourceId

if TYPE_CHECKING:
    from collections.abc import Generator

    from rich.console import Group
    from rich.table import Table

Components: TypeAlias = Mapping[ResourceId, str]
Show: TypeAlias = Callable[[Event], None]

REFRESHES_PER_S = 8
NARROW = 60
WAITS_SHOWN = 3


def follow(events: Iterator[Event], components: Components, format: output.Format, seen: list[Event]) -> None:
    """Show the events as they come, and add them to `seen`.

    Raises:  what the events' iterator raises, after what came before it was shown. On an interrupt the iterator is
             closed first, so that the run can record where it is.
    """
    with _closing(events), _display(seen, components, format) as show:
        for event in events:
            seen.append(event)
            show(event)


@contextmanager
def _closing(events: Iterator[Event]) -> Iterator[None]:
    generator: Generator[Event, None, None] = events  # type: ignore[assignment]  # what apply gives is a generator
    with closing(generator):
        yield


@contextmanager
def _display(seen: list[Event], components: Components, format: output.Format) -> Iterator[Show]:
    if format == "json":
        yield lambda event: output.json_line(event.as_json())
    elif output.is_terminal():
        with _live(seen, components) as show:
            yield show
    else:
        yield _log(components)


def _log(components: Components) -> Show:
    """Print a line an event; what is kept and healthy is not worth one."""
    started: set[ResourceId] = set()

    def show(event: Event) -> None:
        if event.type == "sent" and event.id is not None:
            started.add(event.id)
        quiet = event.type == "health" and event.health == "Current" and event.id not in started
        if event.type not in ("plan", "summary") and not quiet:
            output.line(log_line(event, components))
            output.flush()

    return show


def log_line(event: Event, components: Components) -> str:
    """Give one event as a line of a log: when, what, which resource, why."""
    what = {"sent": event.action or "", "health": event.health}.get(event.type, event.type)
    where = f" {event.id}" if event.id else ""
    component = components.get(event.id, "") if event.id else ""
    reason = f": {event.reason}" if event.reason else ""
    return f"{output.seconds(event.at_s):>6}  {what:<10} {component:<16}{where}{reason}".rstrip()


@contextmanager
def _live(seen: list[Event], components: Components) -> Iterator[Show]:
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False, no_color=not output.has_colour())
    start = time.monotonic()

    def picture() -> Group:
        events = list(seen)
        return live_picture(rows(events, components), time.monotonic() - start, console.width, _lock(events))

    with Live(get_renderable=picture, console=console, refresh_per_second=REFRESHES_PER_S, transient=True):
        yield lambda event: None


def _lock(events: list[Event]) -> str:
    """Give what the lock says, while it is what the run waits for."""
    last = events[-1] if events else None
    return last.reason if last is not None and last.type == "lock" else ""


def live_picture(shown: list[Row], elapsed_s: float, columns: int, remark: str = "") -> Group:
    """Lay out a row a component: mark, bar, how many, time, what is waited for; and below it why.

    In:   `columns`, how wide it may be.
    """
    from rich.console import Group
    from rich.text import Text

    waits = [wait_line(row.waiting[0]) for row in shown if row.waiting and not row.is_over]
    said = [remark] if remark else [text for wait in waits[:WAITS_SHOWN] for text in _two_lines(wait, columns)]
    return Group(_table(shown, elapsed_s, columns), *(Text(text, "dim", no_wrap=True) for text in said))


def _two_lines(text: str, columns: int) -> list[str]:
    """Wrap a sentence to at most two lines that belong together."""
    wrapper = textwrap.TextWrapper(
        columns, initial_indent="  ", subsequent_indent="    ", max_lines=2, placeholder=" …"
    )
    return wrapper.wrap(text)


def _table(shown: list[Row], elapsed_s: float, columns: int) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1), expand=False)
    bar_width = 16 if columns >= NARROW else 4
    name_width = max([len(row.component) for row in shown] or [0])
    fixed = 1 + name_width + bar_width + 7 + 6 + 6
    for width in (1, name_width, bar_width, 7, 6, max(10, columns - fixed)):
        table.add_column(width=width, no_wrap=True, overflow="ellipsis")
    for row in shown:
        mark, style = _mark(row, elapsed_s)
        bar = ProgressBar(row.total, row.done, width=bar_width, complete_style=style, finished_style="green")
        table.add_row(
            Text(mark, style),
            row.component,
            bar,
            Text(f"{row.done}/{row.total}", justify="right"),
            Text(_took(row, elapsed_s), justify="right"),
            Text(_names(row), "dim"),
        )
    total = f"{sum(row.done for row in shown)}/{sum(row.total for row in shown)}"
    table.add_row("", "", "", Text(total, justify="right"), Text(output.seconds(elapsed_s), justify="right"))
    return table


def _names(row: Row) -> str:
    return ", ".join(event.id.name for event in row.waiting if event.id)


SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def _mark(row: Row, elapsed_s: float) -> tuple[str, str]:
    if row.failed:
        return "✗", "red"
    if row.is_over:
        return ("✓", "green") if not row.skipped else ("–", "yellow")
    if row.started_s is None:
        return "·", "dim"
    return SPINNER[int(elapsed_s * REFRESHES_PER_S) % len(SPINNER)], "cyan"


def _took(row: Row, elapsed_s: float) -> str:
    if row.started_s is None:
        return ""
    return output.seconds(row.took_s if row.took_s is not None else max(0.0, elapsed_s - row.started_s))
