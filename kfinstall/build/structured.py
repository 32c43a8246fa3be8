"""Replacements that reach into text: a field of a ConfigMap that holds JSON or YAML.

The text keeps its form: JSON stays JSON (keys sorted, as kustomize writes it), YAML keeps comments, order and quotes.
"""

from __future__ import annotations

from kfinstall.build.field_paths import lookup, replace_all
from kfinstall.build.field_specs import Path, PathError
from kfinstall.build.hashes import go_json
from kfinstall.build.keyed_lists import MISSING
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.json_values import as_json
from kfinstall.manifest.parse import parse_documents

if TYPE_CHECKING:
    from typing import Any

    from kfinstall.resource import Manifest

PLACE = "text"


def write_structured(manifest: Manifest, path: Path, value: Any, *, create: bool) -> Manifest | None:
    """Write a value into the text that stands along a path; None where no text with structure does.

    Source: kustomize v5.8.1, api/filters/replacement, setValueInStructuredData.
    """
    for length in range(1, len(path)):
        try:
            text = lookup(manifest, path[:length])
        except PathError:
            continue
        if isinstance(text, str) and text.strip():
            new = _rewritten(text, path[length:], value, create)
            return None if new is None else _placed(manifest, path[:length], new)
        if text is not MISSING and not isinstance(text, dict | list | str):
            return None
    return None


def _placed(manifest: Manifest, path: Path, text: str) -> Manifest:
    placed, _ = replace_all(manifest, path, lambda _: text, None)
    result: Manifest = placed
    return result


def _rewritten(text: str, path: Path, value: Any, create: bool) -> str | None:
    from kfinstall.build.text_nodes import read_text
    from kfinstall.build.text_paths import write_at
    from kfinstall.build.text_printer import print_text

    try:
        document = read_text(text)
        if document is None:
            return None
        root, count = write_at(document.root, path, value, create=create)
    except (PathError, InputError):
        return None
    if not count:
        return None
    printed = print_text(document._replace(root=root))
    return _as_json(printed, text) if text.strip()[0] in "{[" else printed.strip()


def _as_json(printed: str, text: str) -> str:
    """Give what was printed as JSON; the old text where that cannot be: kustomize then writes into a copy."""
    try:
        (document,) = parse_documents(printed, PLACE)
    except InputError:
        return text
    is_pretty = "\n" in text and "  " in text
    return go_json(as_json(document.manifest), indent=2 if is_pretty else None)
