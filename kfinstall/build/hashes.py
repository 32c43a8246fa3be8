"""The suffix that a generated resource's name gets, made of its content."""

from __future__ import annotations

from kfinstall.build.ids import kind_of, map_resources, name_of, remember_id, with_manifest
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import source_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from kfinstall.resource import Manifest, Resource

LETTERS = str.maketrans("013ae", "ghkmt")
"""Digits and vowels that could make words are replaced. Source: kustomize v5.8.1, api/hasher, encode."""

LENGTH = 10

ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What Go's JSON escapes and Python's does not."""

HASHED = {"ConfigMap": ((), "binaryData"), "Secret": (("type",), "stringData")}
"""Kind -> (fields that are always part of it, a mapping that is where there is one)."""


def name_suffix(manifest: Manifest) -> str:
    """Give the suffix for the content of a ConfigMap or Secret. The name is not part of it.

    Source: kustomize v5.8.1, api/hasher.
    """
    always, optional = HASHED[manifest["kind"]]
    content: dict[str, Any] = {"kind": manifest["kind"], "name": ""}
    content |= {field: _content(manifest, field) for field in ("data", *always)}
    if isinstance(manifest.get(optional), dict):
        content[optional] = _numbers_as_go(manifest[optional])
    from hashlib import sha256  # loads OpenSSL; few builds need it

    return sha256(go_json(content).encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH].translate(LETTERS)


def _content(manifest: Manifest, field: str) -> Any:
    if field not in manifest:
        return ""
    value = manifest[field]
    return _numbers_as_go(value) if isinstance(value, dict) else source_text(value)


def _numbers_as_go(value: Any) -> Any:
    """Go reads every JSON number as a float, and writes a whole one without a point."""
    if isinstance(value, dict):
        return {key: _numbers_as_go(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_numbers_as_go(inner) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < 1e21 else number
    return value


def go_json(value: Any, indent: int | None = None) -> str:
    """Give a value as Go's JSON has it: keys sorted, no spaces unless indented, `<`, `>` and `&` escaped."""
    colon = ":" if indent is None else ": "
    import json

    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", colon), indent=indent)
    for char, escape in ESCAPES.items():
        text = text.replace(char, escape)
    return text


def _typed(resource: Resource) -> Manifest:
    """Give the manifest with a type for texts that have none, as it is when it is printed."""
    if not resource.notes.has_untyped:
        return resource.manifest
    from kfinstall.manifest.json_values import as_json

    manifest: Manifest = as_json(resource.manifest)
    return manifest


def add_hashes(resources: Sequence[Resource]) -> tuple[Resource, ...]:
    """Put the suffix after the names of the resources that asked for it.

    Raises: InputError when one of them is neither a ConfigMap nor a Secret.
    """

    def change(resource: Resource) -> Resource:
        if not resource.notes.needs_hash:
            return resource
        if kind_of(resource) not in HASHED:
            message = f"a name suffix is made for ConfigMaps and Secrets, not for a {kind_of(resource)}"
            hint = "kustomize makes it of how the file is laid out; name it by hand, or generate a ConfigMap or Secret"
            raise InputError(message, origin=resource.origin, hint=hint)
        resource = remember_id(resource)
        name = f"{name_of(resource)}-{name_suffix(_typed(resource))}"
        metadata = {**resource.manifest["metadata"], "name": name}
        return with_manifest(resource, {**resource.manifest, "metadata": metadata})

    return map_resources(resources, change)
