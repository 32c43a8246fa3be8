"""Show the steps of a local control plane's start: a live line on a terminal, a line a step in a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kfinstall.cli import output

if TYPE_CHECKING:
    from rich.text import Text

    from kfinstall.localplane import Progress, Step

REFRESHES_PER_S = 8
LOG_EVERY_S = 15.0


@contextmanager
def show_steps() -> Iterator[Progress]:
    """Give what a start tells its steps to; all of it goes to standard error."""
    import sys

    if output.is_terminal(sys.stderr):
        with _live() as show:
            yield show
    else:
        yield _log()


def step_line(step: Step) -> str:
    """Give a step that is over as one line: how long it took, what it was, what came of it."""
    detail = f" ({step.detail})" if step.detail else ""
    if step.status == "note":
        return f"        {step.detail}"
    failed = "failed: " if step.status == "failed" else ""
    return f"{output.seconds(step.elapsed_s):>6}  {failed}{step.name}{detail}"


def _log() -> Progress:
    """Print each step when it is over, and every quarter of a minute where a long one is."""
    next_at = {"": 0.0}

    def show(step: Step) -> None:
        if step.status == "started":
            next_at[step.name] = LOG_EVERY_S
        elif step.status != "running":
            output.note(step_line(step))
        elif step.elapsed_s >= next_at[step.name]:
            next_at[step.name] = step.elapsed_s + LOG_EVERY_S
            output.note(f"{output.seconds(step.elapsed_s):>6}  … {step.name}: {step.detail}")

    return show


@contextmanager
def _live() -> Iterator[Progress]:
    from rich.console import Console
    from rich.live import Live

    now: list[tuple[Step, float]] = []

    def show(step: Step) -> None:
        if step.status in ("started", "running"):
            now[:] = [(step, time.monotonic() - step.elapsed_s)]
        else:
            if step.status != "note":
                now.clear()
                live.refresh()
            live.console.print(step_line(step), markup=False, highlight=False)

    live = Live(
        get_renderable=lambda: _current(now),
        console=Console(stderr=True),
        refresh_per_second=REFRESHES_PER_S,
        transient=True,
    )
    with live:
        yield show


def _current(now: list[tuple[Step, float]]) -> Text:
    from rich.text import Text

    if not now:
        return Text("")
    step, began = now[0]
    detail = f": {step.detail}" if step.detail else ""
    line = f"{output.seconds(time.monotonic() - began):>6}  … {step.name}{detail}"
    return Text(line, overflow="ellipsis", no_wrap=True, style="dim")
