"""What is kept of an unexpected exception: enough to find the bug, nothing that could be a secret.

Values never get in: no local variables, no arguments of the command line, and of an exception's own words only those
of types whose message Python makes from the code.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import kfinstall

SPEAK_OF_CODE_ONLY: tuple[type[BaseException], ...] = (
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
)


def write_report(problem: BaseException, command: str) -> Path:
    """Write the report to a new file that only its owner can read, and give its path."""
    handle, name = tempfile.mkstemp(prefix="kfinstall-report-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in report_lines(problem, command))
    return Path(name)


def report_lines(problem: BaseException, command: str) -> Iterator[str]:
    """Give the report: versions, the command's name, the traceback of the exception and of its causes."""
    yield f"kfinstall {kfinstall.__version__}, Python {platform.python_version()}, {sys.platform}"
    yield f"command: {command}"
    for step in _chain(problem):
        yield ""
        yield "Traceback (most recent call last; messages and values are left out):"
        yield from "".join(traceback.format_tb(step.__traceback__)).rstrip().splitlines()
        yield _name(step)


def _chain(problem: BaseException) -> list[BaseException]:
    """Give the exception and what it came from, the first cause first; of a group its members too."""
    chain: list[BaseException] = []
    todo: list[BaseException | None] = [problem]
    while todo:
        step = todo.pop()
        if step is None or step in chain:
            continue
        chain.insert(0, step)
        todo.append(step.__cause__ or step.__context__)
        if isinstance(step, BaseExceptionGroup):
            todo.extend(step.exceptions)
    return chain


def _name(step: BaseException) -> str:
    kind = type(step)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}: {step}" if kind in SPEAK_OF_CODE_ONLY else f"{name} (message left out)"
