"""A report as documents for programs and pages; what a person reads in a terminal is laid out in `cli`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kfinstall.doctor.formats.html import as_html
from kfinstall.doctor.formats.json import as_json
from kfinstall.doctor.formats.junit import as_junit
from kfinstall.doctor.formats.markdown import as_markdown
from kfinstall.doctor.formats.sarif import as_sarif
from kfinstall.doctor.model import Check, Report

FORMATS: Final[Mapping[str, Callable[[Report, Sequence[Check]], str]]] = {
    "json": as_json,
    "sarif": as_sarif,
    "junit": as_junit,
    "md": as_markdown,
    "html": as_html,
}
"""Name of the format -> the document, with its last newline."""
