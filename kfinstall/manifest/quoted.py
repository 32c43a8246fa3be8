"""Double-quoted text as Go's reader takes it: libyaml does not know `\\'`, and knows `\\/`, which Go's does not.

Source: go.yaml.in/yaml/v3, yaml_parser_scan_flow_scalar in scannerc.go.
"""

from __future__ import annotations

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import ScalarEvent, StreamEndEvent

from kfinstall.light import TYPE_CHECKING, lazy_pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from typing import Any

MOST_READ = 32 * 1024 * 1024
"""A text is read again for each double-quoted one in it that has a `\\'`: not more of it than this."""

UNKNOWN = "found unknown escape character"
QUOTED = lazy_pattern(r'"(?:[^"\\]|\\[\s\S])*"')
ESCAPE = lazy_pattern(r"\\[\s\S]")
SLASH = lazy_pattern(r"(?<!\\)(?:\\\\)*\\/")


def events_of(content: bytes) -> Callable[[], Any]:
    """Give what reads the next event of a text in UTF-8; lines are those of the text, columns may not be.

    Out:    raises yaml.YAMLError where Go's reader refuses the text.
    """
    if b"\\'" in content and b'"' in content:
        content = _with_plain_quotes(content.decode()).encode()
    get_event = CParser(content).get_event
    return _refuse_slashes(get_event, content.decode("utf-8-sig")) if b"\\/" in content else get_event


def _with_plain_quotes(text: str) -> str:
    """Give a text with `'` for each `\\'` in double quotes."""
    for _ in range(MOST_READ // (len(text) + 1) + 1):
        start = _find_unknown_escape(text)
        found = QUOTED.match(text, start) if start is not None else None
        if found is None:
            return text
        plain = ESCAPE.sub(_plain_quote, found[0])
        if plain == found[0]:
            return text
        text = text[: found.start()] + plain + text[found.end() :]
    return text


def _plain_quote(escape: re.Match[str]) -> str:
    return "'" if escape[0] == "\\'" else escape[0]


def _find_unknown_escape(text: str) -> int | None:
    """Give where the double-quoted text begins that libyaml refuses for an escape."""
    get_event = CParser(text.encode()).get_event
    try:
        while type(get_event()) is not StreamEndEvent:
            pass
    except MarkedYAMLError as error:
        start: Any = error.context_mark
        if error.problem == UNKNOWN:
            return int(start.index) + text.startswith("\ufeff")
    except YAMLError:
        pass
    return None


def _refuse_slashes(get_event: Callable[[], Any], text: str) -> Callable[[], Any]:
    def next_event() -> Any:
        event = get_event()
        if type(event) is ScalarEvent and event.style == '"':
            start: Any = event.start_mark
            end: Any = event.end_mark
            if SLASH.search(text, start.index, end.index):
                raise MarkedYAMLError("while scanning a double-quoted scalar", start, UNKNOWN, start)
        return event

    return next_event
