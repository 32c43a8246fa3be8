"""Replacements that reach into text: a field of a ConfigMap that holds JSON or YAML.

The text keeps its form: JSON stays JSON (keys sorted, as kustomize writes it), YAML keeps comments, order and quotes.
"""

from __future__ import annotations

from kfinstall.build.field_paths import CREATED, lookup, replace_all
from kfinstall.build.field_specs import Path, PathError
from kfinstall.build.hashes import go_json
from kfinstall.build.keyed_lists import MISSING
from kfinstall.build.scalars import TypeMismatchError, implicit, is_text_key, typed_as
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.parse import parse_documents
from kfinstall.manifest.scalar import source_text

if TYPE_CHECKING:
    from typing import Any

    from kfinstall.resource import Manifest

PLACE = "text"


def write_structured(manifest: Manifest, path: Path, value: Any, created: type | None) -> Manifest | None:
    """Write a value into the text that stands along a path; None where no text with structure does.

    Source: kustomize v5.8.1, api/filters/replacement, setValueInStructuredData.
    """
    for length in range(1, len(path)):
        try:
            text = lookup(manifest, path[:length])
        except PathError:
            continue
        if isinstance(text, str) and text.strip():
            new = _rewritten(text, path[length:], value, created)
            return None if new is None else _placed(manifest, path[:length], new)
        if text is not MISSING and not isinstance(text, dict | list | str):
            return None
    return None


def _placed(manifest: Manifest, path: Path, text: str) -> Manifest:
    placed, _ = replace_all(manifest, path, lambda _: text, None)
    result: Manifest = placed
    return result


def _rewritten(text: str, path: Path, value: Any, created: type | None) -> str | None:
    try:
        documents = parse_documents(text, PLACE)
        if not documents or not isinstance(documents[0].manifest, dict | list):
            return None
        if text.lstrip()[0] in "{[":
            return _as_json(documents[0].manifest, text, path, value, created)
        return _as_yaml(text, path, value, created)
    except TypeMismatchError:
        return text  # kustomize writes it into a copy that it forgets
    except (PathError, InputError):
        return None


def _as_json(document: Any, text: str, path: Path, value: Any, created: type | None) -> str | None:
    new, count = replace_all(document, path, lambda old: _new_value(old, value), created)
    is_pretty = "\n" in text and "  " in text
    return go_json(new, indent=2 if is_pretty else None) if count else None


def _as_yaml(text: str, path: Path, value: Any, created: type | None) -> str | None:
    import io

    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 20
    try:
        document = yaml.load(text)
    except (YAMLError, ValueError):
        return None  # libyaml takes a little more, such as a tab before a value
    new, count = replace_all(document, path, lambda old: _new_styled(old, value), created)
    if not count:
        return None
    stream = io.StringIO()
    yaml.dump(new, stream)
    return stream.getvalue().strip()


def _new_value(old: Any, value: Any) -> Any:
    if old is CREATED:
        return implicit(source_text(value)) if not isinstance(value, dict | list) else value
    if isinstance(old, dict | list):
        return value
    return typed_as(old, source_text(value))


def _new_styled(old: Any, value: Any) -> Any:
    """Give the new value in the quotes that the old one had."""
    if not isinstance(old, str):
        return _new_value(old, value)
    text = source_text(value)  # none for a collection
    if type(old) is str and not (text and is_text_key(text)):
        from ruamel.yaml.scalarstring import DoubleQuotedScalarString

        return DoubleQuotedScalarString(text)
    return type(old)(text)
