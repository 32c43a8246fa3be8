"""One reading of a project's files: lists and their entries with their lines, and mistakes that come together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from kfinstall.errors import InputError, KfinstallError
from kfinstall.project.document import line_of
from kfinstall.resource import Origin


class Listed(NamedTuple):
    """An entry of a list in a file, and where it stands."""

    text: str
    origin: Origin


class Reader(NamedTuple):
    """One reading of a project: where it is, its documents, and the mistakes that came together."""

    root: Path
    catalogue: Path
    documents: Mapping[str, CommentedMap]
    errors: list[KfinstallError]

    def shown(self, path: str) -> str:
        """Give a file's path as a person would write it."""
        return str(self.root / path)

    def origin(self, path: str, container: Any, key: Any) -> Origin:
        """Give where a key or an entry of a file stands."""
        return Origin(self.shown(path), line_of(container, key))

    def attempt(self, do: Callable[[], Any]) -> Any:
        """Give what is made, or None where that is a mistake, which is kept."""
        try:
            return do()
        except KfinstallError as error:
            self.errors.append(error)
            return None


def entries_of(reader: Reader, path: str, field: str) -> Iterator[Listed]:
    """Give the entries of a list of a file, with where each stands."""
    value = list_of(reader, path, field)
    for at, entry in enumerate(value):
        yield Listed(str(entry), reader.origin(path, value, at))


def list_of(reader: Reader, path: str, field: str) -> CommentedSeq:
    """Give a list of a file, an empty one where there is none or something else, which is a mistake."""
    document = reader.documents[path]
    value = document.get(field)
    if isinstance(value, CommentedSeq):
        return value
    if value is not None:
        hint = f"write its entries below '{field}:', each after '- '"
        error = InputError(f"'{field}' must be a list", origin=reader.origin(path, document, field), hint=hint)
        reader.errors.append(error)
    return CommentedSeq()
