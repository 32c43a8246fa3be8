"""The only printer: everything a command says goes through here.

Results go to standard output, errors and remarks to standard error. Colour is used on a terminal only, and not where
`NO_COLOR` is set.
"""

from __future__ import annotations

import os
import sys

from kfinstall.errors import KfinstallError, printable
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, Literal, TextIO, TypeAlias

Format: TypeAlias = "Literal['text', 'json', 'yaml']"
Style: TypeAlias = "Literal['good', 'bad', 'warn', 'dim', 'bold', 'change']"

STYLES: Mapping[str, str] = {
    "good": "32",
    "bad": "31",
    "warn": "33",
    "dim": "2",
    "bold": "1",
    "change": "36",
}
"""Style -> the SGR parameter of ECMA-48."""

STATUS_STYLES: Mapping[str, Style] = {
    "Current": "good",
    "InProgress": "warn",
    "Failed": "bad",
    "Terminating": "warn",
    "NotFound": "bad",
    "Unknown": "dim",
}
ACTION_STYLES: Mapping[str, Style] = {
    "create": "good",
    "update": "change",
    "recreate": "warn",
    "keep": "dim",
    "prune": "bad",
}
EDGE_STYLES: Mapping[str, Style] = {"applied": "dim", "healthy": "good"}
DIFF_STYLES: Mapping[str, Style] = {"+": "good", "-": "bad", "@": "change"}

WIDTH_WITHOUT_TERMINAL = 80


def is_terminal(stream: TextIO | None = None) -> bool:
    """Does a person watch this stream? A terminal that can do nothing (`TERM=dumb`) counts as a log."""
    return (stream or sys.stdout).isatty() and os.environ.get("TERM") != "dumb"


def can_ask() -> bool:
    """Is there a person who can answer a question?"""
    return sys.stdin.isatty() and sys.stderr.isatty()


def has_colour(stream: TextIO | None = None) -> bool:
    """Is colour wanted on this stream? `NO_COLOR` (https://no-color.org) says no whatever its value."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def styled(text: str, style: Style | None, stream: TextIO | None = None) -> str:
    """Give the text in a style, or as it is where colour is not wanted."""
    if style is None or not text or not has_colour(stream):
        return text
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m"


def width() -> int:
    """Give the columns to print in: the terminal's, 80 in a log, never under 40."""
    if not is_terminal() and not is_terminal(sys.stderr):
        return WIDTH_WITHOUT_TERMINAL
    import shutil

    return max(40, shutil.get_terminal_size((WIDTH_WITHOUT_TERMINAL, 24)).columns)


def line(text: str = "", style: Style | None = None) -> None:
    """Print one line of the result."""
    sys.stdout.write(styled(text, style) + "\n")


def lines(texts: Iterable[str]) -> None:
    """Print lines of the result."""
    for text in texts:
        line(text)


def raw(text: str) -> None:
    """Print text as it is: manifests, scripts, diagrams."""
    sys.stdout.write(text)


def flush() -> None:
    """Let what was printed be seen now: somebody may be reading a log along."""
    sys.stdout.flush()


def note(text: str, style: Style | None = None) -> None:
    """Say something beside the result, on standard error."""
    sys.stderr.write(styled("\n".join(map(printable, text.split("\n"))), style, sys.stderr) + "\n")


def suggest(command: str, purpose: str) -> None:
    """Say what may be typed next, where somebody sits who could."""
    if can_ask():
        note(f"  {command}  {purpose}", "dim")


def structured(value: Any, output: Format) -> None:
    """Print a value as JSON or YAML."""
    if output == "json":
        import json

        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
    else:
        from kfinstall.manifest import dump_value

        sys.stdout.write(dump_value(value))


def show(value: Any, output: Format, text: Callable[[], Iterable[str]]) -> None:
    """Print a result: the value where JSON or YAML was asked for, else the lines that `text` gives."""
    if output == "text":
        lines(text())
    else:
        structured(value, output)


def json_line(value: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own, and at once: somebody may be reading along."""
    import json

    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")) + "\n")
    sys.stdout.flush()


def leaves(error: BaseException) -> Iterator[KfinstallError]:
    """Give the errors of a group one by one, in order."""
    if isinstance(error, KfinstallError):
        yield error
    elif isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)


def warning(text: str) -> None:
    """Say something that a person should think about before going on."""
    _labelled("warning:", text, "warn", "")


def error(problem: KfinstallError) -> None:
    """Print one error: where and what on the first line, what to do on the second. A log gets each as one line."""
    place = printable(f"{problem.origin}: ") if problem.origin else ""
    first, *rest = map(printable, problem.message.split("\n"))
    _labelled("error:", f"{place}{first}", "bad", "")
    for more in rest:
        sys.stderr.write(f"  {more}\n")
    if problem.hint:
        _labelled("hint:", printable(problem.hint), "change", "  ")


def _labelled(label: str, text: str, style: Style, indent: str) -> None:
    """Print a sentence after its label; on a terminal it is wrapped between words, below its first line."""
    stream = sys.stderr
    lead = f"{indent}{label} "
    lines = [lead + text]
    if is_terminal(stream):
        import textwrap

        below = " " * len(lead)
        lines = textwrap.wrap(
            lead + text, width(), subsequent_indent=below, break_long_words=False, break_on_hyphens=False
        )
    lines[0] = f"{indent}{styled(label, style, stream)}{lines[0].removeprefix(f'{indent}{label}')}"
    stream.writelines(f"{line}\n" for line in lines)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay rows out in columns, as wide as their content; the last is wrapped where the line would be too long.

    In:  cells without colour; a word that has a style everywhere gets it.
    """
    body = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *body, strict=True)]
    room = max(10, width() - sum(widths[:-1]) - 2 * (len(widths) - 1))
    widths[-1] = min(widths[-1], room)
    head = styled("  ".join(f"{cell:<{wide}}" for cell, wide in zip(header, widths, strict=True)).rstrip(), "dim")
    return [head, *(line for row in body for line in _row(row, widths))]


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    import textwrap

    first, *rest = textwrap.wrap(cells[-1], widths[-1], break_on_hyphens=False, break_long_words=False) or [""]
    yield "  ".join(_cell(cell, wide) for cell, wide in zip([*cells[:-1], first], widths, strict=True)).rstrip()
    indent = " " * (sum(widths[:-1]) + 2 * (len(widths) - 1))
    yield from (indent + line for line in rest)


def _cell(text: str, wide: int) -> str:
    return styled(text, cell_style(text)) + " " * (wide - len(text))


def cell_style(cell: str) -> Style | None:
    """Give the style of a word that has one everywhere: a health status or an action."""
    return STATUS_STYLES.get(cell) or ACTION_STYLES.get(cell)


def cut(text: str, room: int) -> str:
    """Give the text in at most `room` columns; an ellipsis shows what was left out."""
    return text if len(text) <= room else text[: room - 1] + "…"


def seconds(value: float) -> str:
    """Give a time a person reads at a glance: `0.4s`, `12s`, `3m05s`."""
    if value < 9.95:
        return f"{value:.1f}s"
    if value < 119.5:
        return f"{value:.0f}s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}m{rest:02d}s"


def count(number: int, noun: str) -> str:
    """Give `1 change`, `2 changes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
