"""What kustomizations take from other repositories, read off the files alone. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from kfinstall.build.repository import parse_repository, without_secrets
from kfinstall.doctor.snapshot import Remote
from kfinstall.errors import InputError
from kfinstall.manifest import parse_plain
from kfinstall.resource import Origin

_NAMES: Final = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_FIELDS: Final = ("resources", "bases", "components")
_MOST: Final = 2000
"""So many kustomizations of a folder are read at most."""


def remotes_in(folder: Path) -> tuple[Remote, ...]:
    """Give what the kustomizations in and below a folder name of other repositories; nothing for what is no folder."""
    found = (path for path in folder.rglob("*") if path.name in _NAMES and path.is_file())
    return tuple(remote for path in sorted(islice(found, _MOST)) for remote in _remotes(path))


def _remotes(path: Path) -> Iterator[Remote]:
    try:
        text = path.read_text()
        written = parse_plain(text, str(path))
    except (OSError, UnicodeError, InputError, ExceptionGroup):
        return  # what cannot be read is told by the build
    lines = text.splitlines()
    for entry in _entries(written):
        repository = parse_repository(entry)
        if repository is not None:
            line = next((number for number, line in enumerate(lines, 1) if entry in line), 1)
            yield Remote(without_secrets(entry), repository.query.ref, Origin(str(path), line))


def _entries(written: Any) -> Iterator[str]:
    for field in _FIELDS if isinstance(written, Mapping) else ():
        entries = written.get(field)
        yield from (one for one in entries if isinstance(one, str)) if isinstance(entries, list) else ()
