"""What somebody has decided to live with: findings named in a file or on a resource, with a reason and an end.

A file has a list `ignore`, each entry with an `id` (or a pattern), and where wanted a `subject` (`Kind
namespace/name`), a `reason` and the day `until` which it holds. On a resource the annotation says it in a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from kfinstall.doctor.choice import Suppression, pattern_of
from kfinstall.doctor.model import Check, Finding
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.errors import InputError, collect, did_you_mean
from kfinstall.health.model import part
from kfinstall.resource import Manifest, Origin, ResourceId, id_of

ANNOTATION: Final = "kfinstall.dev/ignore"
DEFAULT_FILE: Final = ".kfinstallignore.yaml"
_FIELDS: Final = ("id", "subject", "reason", "until")
_SAID: Final = re.compile(
    r"(?P<ids>KF[\w*?]+(?:\s*,\s*KF[\w*?]+)*)(?:\s+until\s+(?P<until>\S+?))?(?:\s*:\s*(?P<reason>.*))?"
)
_FORM: Final = "write 'KF503', 'KF503, KF613' or 'KF503 until 2027-01-31: why'; several with ';' between"


class _Entry(NamedTuple):
    value: Any
    line: int


def read_ignored(text: str, path: str, checks: Iterable[Check]) -> tuple[Suppression, ...]:
    """Give what a file says is to be ignored.

    Raises: InputError, or a group of them, with file and line: no YAML, an unknown field or id, a date that is none.
    """
    known = tuple(checks)
    return tuple(collect(_entries(text, path), lambda entry: _suppression(entry, path, known)))


def _entries(text: str, path: str) -> list[dict[str, _Entry]]:
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise InputError(f"not YAML: {getattr(error, 'problem', error)}", origin=Origin(path, line)) from None
    if node is None:
        return []
    top = {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
    listed = top.get("ignore")
    if set(top) != {"ignore"} or not isinstance(listed, yaml.SequenceNode):
        hint = "write 'ignore:', and below it a list of entries with an id each"
        raise InputError(
            "a file of what is ignored has one field, the list 'ignore'", origin=Origin(path, 1), hint=hint
        )
    return [_entry(one, path) for one in listed.value]


def _entry(node: Any, path: str) -> dict[str, _Entry]:
    import yaml

    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise InputError("an entry must be a mapping", origin=Origin(path, line), hint="write '- id: KF503'")
    return {"": _Entry(None, line)} | {
        str(key.value): _Entry(str(value.value), key.start_mark.line + 1) for key, value in node.value
    }


def _suppression(entry: Mapping[str, _Entry], path: str, checks: Iterable[Check]) -> Suppression:
    for field, (_, line) in entry.items():
        if field and field not in _FIELDS:
            hint = did_you_mean(field, _FIELDS) or f"there are {', '.join(_FIELDS)}"
            raise InputError(f"unknown field '{field}'", origin=Origin(path, line), hint=hint)
    id = entry.get("id")
    if id is None:
        raise InputError("an entry has no 'id'", origin=Origin(path, entry[""].line), hint="write '- id: KF503'")
    texts = {field: one.value for field, one in entry.items() if field}
    until = entry.get("until", id)
    return Suppression(
        _known(id.value, Origin(path, id.line), checks),
        texts.get("subject", ""),
        texts.get("reason", ""),
        _day(texts.get("until"), Origin(path, until.line)),
    )


def _known(id: str, origin: Origin | None, checks: Iterable[Check]) -> str:
    pattern = pattern_of(id, checks)
    if pattern is None:
        hint = did_you_mean(id.strip().upper(), [check.id for check in checks]) or "see 'kfinstall doctor --list'"
        raise InputError(f"no check is called '{id}'", origin=origin, hint=hint)
    return pattern


def _day(text: str | None, origin: Origin | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"'{text}' is no day", origin=origin, hint="write it as 2027-01-31") from None


def read_annotation(text: str, origin: Origin | None, checks: Iterable[Check]) -> tuple[Suppression, ...]:
    """Give what the annotation of a resource says is to be ignored of it.

    Raises: InputError with the place of the resource.
    """
    known = tuple(checks)
    return tuple(one for part in text.split(";") if part.strip() for one in _said(part.strip(), origin, known))


def _said(part: str, origin: Origin | None, checks: tuple[Check, ...]) -> Iterator[Suppression]:
    match = _SAID.fullmatch(part)
    if match is None:
        raise InputError(f"{ANNOTATION} has '{part}', which cannot be understood", origin=origin, hint=_FORM)
    until = _day(match["until"], origin)
    for id in match["ids"].split(","):
        yield Suppression(_known(id, origin, checks), "", match["reason"] or "", until)


class Ignored(NamedTuple):
    """All that is to be ignored in a run: what was said for all, and what resources say of themselves.

    `remarks` tells of annotations in the cluster that cannot be understood: they are no mistake of who looks at it.
    """

    everywhere: tuple[Suppression, ...]
    by_resource: Mapping[ResourceId, tuple[Suppression, ...]]
    remarks: tuple[str, ...] = ()

    def reason(self, finding: Finding, today: date) -> str | None:
        """Give why a finding is ignored, the empty text where no reason was given; None where it counts."""
        own = self.by_resource.get(finding.subject, ())
        covering = (one for one in (*self.everywhere, *own) if one.holds(today) and one.covers(finding))
        return next((one.reason for one in covering), None)


def ignored_in(snapshot: Snapshot, everywhere: tuple[Suppression, ...], checks: Iterable[Check]) -> Ignored:
    """Give what is to be ignored, with what resources of the render and of the cluster say of themselves.

    Raises: a group of InputErrors for annotations in the render that cannot be understood.
    """
    known = tuple(checks)
    found: dict[ResourceId, tuple[Suppression, ...]] = {}
    remarks: list[str] = []
    for manifest in (one for kind in snapshot.manifests for one in snapshot.of(kind)):
        if text := _annotation(manifest):
            try:
                found[id_of(manifest)] = read_annotation(text, None, known)
            except InputError as problem:
                remarks.append(f"{id_of(manifest)}: {problem.message}")
    marked = [(one, text) for one in snapshot.rendered or () if (text := _annotation(one.manifest))]
    said = collect(marked, lambda one: (one[0].id, read_annotation(one[1], one[0].origin, known)))
    return Ignored(everywhere, found | dict(said), tuple(remarks))


def _annotation(manifest: Manifest) -> str:
    return str(part(part(manifest, "metadata"), "annotations").get(ANNOTATION) or "")
