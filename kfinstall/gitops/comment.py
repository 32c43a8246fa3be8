"""A difference as the comment of a pull request: a table, then each diff folded away, within the forge's limit.

What stands in manifests is shown and never obeyed: names cannot end a cell, a fence or an element.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kfinstall.errors import printable
from kfinstall.gitops.comparing import ACTIONS, Difference, Section, count_by_component, said

MARK: Final = "<!-- kfinstall diff -->"
"""The first line, by which a job finds the comment it wrote before."""

MOST_CHARACTERS: Final = 65_536
"""Of a comment. Source: GitHub's API, `body is too long (maximum is 65536 characters)`; GitLab takes a million."""

MOST_OF_ONE: Final = 16_000
"""Characters of one diff, so that one large manifest does not hide all others."""

MOST_ROWS: Final = 40
ROOM_FOR_THE_END: Final = 600
BACKTICKS = re.compile("`{3,}")


class Compared(NamedTuple):
    """Two commits as they were named, and the command that shows the whole difference."""

    before: str
    after: str
    command: str


def write_comment(sections: Sequence[Section], compared: Compared, most: int = MOST_CHARACTERS) -> str:
    """Give the comment, in Markdown, of at most so many characters; what has no room is counted."""
    head = (
        f"{MARK}\n### Rendered manifests: {_in_all(sections)}\n\n{_code(compared.before)} → {_code(compared.after)}\n"
    )
    blocks = [*map(_table, sections), *(block for section in sections for block in _blocks(section))]
    room = most - len(head) - ROOM_FOR_THE_END
    text, left = [head], 0
    for block in blocks:
        if len(block) <= room:
            text.append(block)
            room -= len(block)
        else:
            left += 1
    return "".join((*text, _end(left, compared)))


def _in_all(sections: Sequence[Section]) -> str:
    return said([one for section in sections for one in section.differences])


def _title(section: Section) -> str:
    names = ", ".join(map(_code, section.names[:MOST_ROWS]))
    return f"\n#### {names}\n" if any(section.names) else ""


def _table(section: Section) -> str:
    counts = count_by_component(section.differences)
    used = [action for action in ACTIONS if any(row[action] for row in counts.values())]
    rows = [
        f"| {_code(component)} | {' | '.join(str(row[action] or '') for action in used)} |"
        for component, row in counts.items()
    ]
    if len(rows) > MOST_ROWS:
        rows = [*rows[:MOST_ROWS], f"| … and {len(rows) - MOST_ROWS} more | {' | '.join('' for _ in used)} |"]
    head = f"| component | {' | '.join(used)} |\n| --- | {' | '.join('---:' for _ in used)} |\n"
    return f"{_title(section)}\n{head}" + "".join(f"{row}\n" for row in rows)


def _blocks(section: Section) -> Iterator[str]:
    where = f" in {', '.join(section.names[:MOST_ROWS])}" if any(section.names) else ""
    return (_block(one, where) for one in section.differences)


def _block(one: Difference, where: str) -> str:
    diff = _cut(one.diff)
    fence = "`" * max(3, *(len(found) + 1 for found in BACKTICKS.findall(diff)), 3)
    summary = f"{one.action} <code>{html.escape(printable(str(one.id)))}</code>{html.escape(printable(where))}"
    return f"\n<details><summary>{summary}</summary>\n\n{fence}diff\n{diff}{fence}\n\n</details>\n"


def _cut(diff: str) -> str:
    if len(diff) <= MOST_OF_ONE:
        return diff
    shown = diff[:MOST_OF_ONE]
    return f"{shown}\n… {diff.count(chr(10), MOST_OF_ONE)} more lines\n"


def _end(left: int, compared: Compared) -> str:
    if not left:
        return ""
    command = _code(compared.command)
    shown = f": {command} shows all" if len(command) < ROOM_FOR_THE_END - 100 else ""
    return f"\n{left} more {'difference is' if left == 1 else 'differences are'} left out for their size{shown}.\n"


def _code(text: str) -> str:
    """Give a text as code that stays one, in a cell of a table as well."""
    plain = printable(text).replace("`", "'").replace("|", "\\|")
    return f"`{plain or ' '}`"
