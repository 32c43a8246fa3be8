"""Changes in files that make good what was found in a render: a document is changed, all around it stays as it is.

Comments, order and quotes are kept (ruamel.yaml). What a file does not hold, because a patch or a generator made it, is
not changed.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from kfinstall.doctor.fixes.documents import CHANGES, Change
from kfinstall.doctor.model import Finding

_DIVIDER: Final = re.compile(r"^---(?:\s.*)?$", re.MULTILINE)


class FileRepair(NamedTuple):
    """One file as it is and as it should be; with `mode` its permissions alone are changed."""

    path: Path
    before: str
    after: str
    why: str
    finding: Finding
    mode: int | None = None


def file_repairs(findings: Sequence[Finding], root: Path) -> tuple[FileRepair, ...]:
    """Give the changes of files below a folder that make findings good, one a file, with all that belongs to it."""
    repairs: dict[Path, FileRepair] = {}
    for finding in findings:
        change, origin = CHANGES.get(finding.check), finding.origin
        path = Path(origin.path) if origin else Path()
        if change is None or origin is None or not is_below(path, root):
            continue
        known = repairs.get(path)
        before = path.read_bytes().decode(errors="surrogateescape")
        text = known.after if known else before
        after = rewrite(text, _document_at(known.before if known else text, origin.line), change)
        if after is not None and after != text:
            said = f"{known.why}; {finding.message}" if known else finding.message
            repairs[path] = FileRepair(path, known.before if known else before, after, said, finding)
    return (*repairs.values(), *_modes(findings))


def _modes(findings: Sequence[Finding]) -> Iterator[FileRepair]:
    for finding in findings:
        if finding.check == "KF011":
            path = Path(finding.subject.name)
            yield FileRepair(path, "", "", f"{path} can be read by its owner alone", finding, mode=0o600)


def is_below(path: Path, root: Path) -> bool:
    """Is it a file below a folder, that may be written?"""
    return path.is_file() and path.resolve().is_relative_to(root.resolve()) and os.access(path, os.W_OK)


def _document_at(text: str, line: int) -> int:
    """Give which part between dividing lines holds a line, counted from 0."""
    at = sum(len(one) + 1 for one in text.split("\n")[: line - 1])
    return sum(divider.start() <= at for divider in _DIVIDER.finditer(text))


def rewrite(text: str, number: int, change: Change) -> str | None:
    """Give a file's text with one of its documents changed; None where there was nothing to change."""
    start, end = _bounds(text, number)
    body = text[start:end]
    yaml = _yaml(body)
    document = yaml.load(body)
    if not isinstance(document, dict) or not change(document):
        return None
    out = io.StringIO()
    yaml.dump(document, out)
    return text[:start] + out.getvalue() + text[end:]


def _bounds(text: str, number: int) -> tuple[int, int]:
    """Give where a document begins and ends; the lines that divide documents belong to none."""
    dividers = list(_DIVIDER.finditer(text))
    start = min(dividers[number - 1].end() + 1, len(text)) if number else 0
    return start, dividers[number].start() if number < len(dividers) else len(text)


def _yaml(text: str) -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    if re.search(r"^([ ]*)[\w./-]+:[ \t]*\n\1[ ]+- ", text, re.MULTILINE):
        yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
