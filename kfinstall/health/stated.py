"""Health as an annotation states it, for kinds whose controllers write neither conditions nor anything else we know.

    kfinstall.dev/health: condition=Synced
    kfinstall.dev/health: jsonpath={.status.phase}=Running; failed:jsonpath={.status.phase}=Error
    kfinstall.dev/health: cel=status.ready == spec.size; in-progress:cel=has(status.migrating)

The words are those of `kubectl wait --for`, and CEL. What is behind `failed:` is certain not to recover by waiting, and
what is behind `in-progress:` is looked at first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kfinstall.health import cel
from kfinstall.health.model import Health, Status, current, in_progress
from kfinstall.health.reading import condition, explain
from kfinstall.resource import Manifest

HEALTH_ANNOTATION = "kfinstall.dev/health"
IGNORE = "ignore"
_EXAMPLE = (
    "condition=Ready, jsonpath={.status.phase}=Running, cel=status.phase == 'Running', "
    "failed:jsonpath={.status.phase}=Error, or ignore"
)
_MEANINGS = {"in-progress:": Status.IN_PROGRESS, "failed:": Status.FAILED}
_CEL = "cel="
STATED_PREFIXES = ("condition=", "jsonpath=", _CEL)
"""How a statement begins, behind what it means."""

_PARTS = re.compile(r"""(?:[^;"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|["'])+""", re.DOTALL)
_CONDITION = re.compile(r"condition=([^=\s]+)(?:=(\w+))?")
_JSONPATH = re.compile(r"jsonpath=\{(\.[^}]+)\}(?:=(.*))?")
_STEP = re.compile(
    r"""\.(?P<field>[A-Za-z_][\w-]*) | \['(?P<quoted>[^']+)'\] | \[(?P<index>-?\d+)\] | \[(?P<all>\*)\]
      | \[\?\(@\.(?P<key>[\w-]+)\s*==\s*(?P<quote>["'])(?P<value>[^"']*)(?P=quote)\)\]""",
    re.VERBOSE,
)


class Statement(NamedTuple):
    """One thing that is stated, and what it means where it holds.

    It is a condition's type, a path, or an expression of CEL. `value`: what to have there; None: anything.
    """

    means: Status
    condition: str
    path: tuple[Mapping[str, str], ...]
    expression: str
    value: str | None
    text: str


def statements_of(manifest: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Give what the annotation of a manifest states; nothing where there is none, or it says to ignore it.

    Raises:  ValueError when it cannot be read.
    """
    text = ((manifest.get("metadata") or {}).get("annotations") or {}).get(HEALTH_ANNOTATION)
    if text is None or text == IGNORE:
        return ()
    return tuple(_statement(part.strip()) for part in _split(str(text)))


def _split(text: str) -> list[str]:
    """Give the statements of a text: semicolons stand between them, but for those inside quotes."""
    return _PARTS.findall(text) or [text]


def _statement(text: str) -> Statement:
    prefix = next((prefix for prefix in _MEANINGS if text.startswith(prefix)), "")
    means, bare = _MEANINGS.get(prefix, Status.CURRENT), text.removeprefix(prefix).strip()
    if bare.startswith(_CEL):
        expression = bare.removeprefix(_CEL).strip()
        try:
            cel.check(expression)
        except ValueError as error:
            raise type(error)(f"{HEALTH_ANNOTATION}: {error}") from None
        return Statement(means, "", (), expression, None, bare)
    if match := _CONDITION.fullmatch(bare):
        return Statement(means, match[1], (), "", match[2] or "True", bare)
    match = _JSONPATH.fullmatch(bare)
    if match is None:
        raise ValueError(f"{HEALTH_ANNOTATION} is '{text}', which is not like {_EXAMPLE}")
    return Statement(means, "", _parsed(match[1]), "", match[2], bare)


def _parsed(path: str) -> tuple[Mapping[str, str], ...]:
    """Give the steps of a JSONPath: fields, indexes, all items, and items of which a field has a value."""
    steps, at = [], 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(f"{HEALTH_ANNOTATION} has the path '{path}', of which '{path[at:]}' cannot be read")
        steps.append({name: value for name, value in match.groupdict().items() if value is not None})
        at = match.end()
    return tuple(steps)


def judge_stated(manifest: Manifest) -> Health | None:
    """Give the verdict that a live manifest's own annotation leads to; None where it states nothing readable.

    Source:  fluxcd/pkg runtime/cel: what is in progress is looked at first, then what failed, then what is current.
    """
    try:
        statements = statements_of(manifest)
    except cel.NotInstalledError as error:
        return Health(Status.UNKNOWN, str(error))
    except ValueError:
        return None
    for means in (Status.IN_PROGRESS, Status.FAILED):
        for one in statements:
            if one.means is means and _holds(one, manifest):
                return Health(means, _why(one, manifest) or f"{one.text} holds")
    missing = [one for one in statements if one.means is Status.CURRENT and not _holds(one, manifest)]
    if missing:
        return in_progress(_why(missing[0], manifest) or f"{missing[0].text} does not hold yet")
    return current() if statements else None


def _why(one: Statement, manifest: Manifest) -> str:
    if one.expression and (trouble := cel.ask(one.expression, manifest).trouble):
        return f"{one.text} does not hold yet: {trouble}"
    return explain(condition(manifest, one.condition)) if one.condition else ""


def _holds(one: Statement, manifest: Manifest) -> bool:
    if one.expression:
        return cel.ask(one.expression, manifest).holds
    if one.condition:
        return str(condition(manifest, one.condition).get("status") or "").lower() == str(one.value).lower()
    found = list(_find(manifest, one.path))
    return bool(found) if one.value is None else bool(found) and all(_text(value) == one.value for value in found)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _find(value: Any, path: tuple[Mapping[str, str], ...]) -> Iterator[Any]:
    """Give what is at a path: several values where it goes through several items; null is nothing."""
    if not path:
        if value is not None:
            yield value
        return
    step, rest = path[0], path[1:]
    for item in _next(value, step):
        yield from _find(item, rest)


def _next(value: Any, step: Mapping[str, str]) -> Iterator[Any]:
    name = step.get("field") or step.get("quoted")
    if name is not None:
        if isinstance(value, dict) and name in value:
            yield value[name]
    elif isinstance(value, list):
        if "index" in step:
            yield from value[int(step["index"]) :][:1]
        else:
            yield from (item for item in value if "all" in step or _is_chosen(item, step))


def _is_chosen(item: Any, step: Mapping[str, str]) -> bool:
    return isinstance(item, dict) and _text(item.get(step["key"])) == step["value"]
