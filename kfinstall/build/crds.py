"""`crds`: field specs that the OpenAPI definitions of a user's own kinds ask for.

Source: kustomize v5.8.1, api/internal/accumulator/loadconfigfromcrds.go.
"""

from __future__ import annotations

from itertools import islice

from kfinstall.build.config import EMPTY, merge_configs
from kfinstall.build.kustomization import FieldSpec, NameReference, TransformerConfig
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from kfinstall.resource import Origin

ANNOTATION = "x-kubernetes-annotation"
LABEL_SELECTOR = "x-kubernetes-label-selector"
IDENTITY = "x-kubernetes-identity"
REFERENCE_VERSION = "x-kubernetes-object-ref-api-version"
REFERENCE_KIND = "x-kubernetes-object-ref-kind"
REFERENCE_NAME = "x-kubernetes-object-ref-name-key"

MAX_PROPERTIES = 20_000
KIND_MARKS = ("kind", "apiVersion", "metadata")
"""A definition with these properties is a kind."""


class Property(NamedTuple):
    """One property of a kind, and the path to it."""

    path: str
    schema: Mapping[str, Any]


def config_from_crds(definitions: object, origin: Origin) -> TransformerConfig:
    """Give the field specs that a file of `crds` asks for.

    Raises: InputError when the file is no mapping of definitions.
    """
    if not isinstance(definitions, dict):
        hint = "it maps names to OpenAPI definitions, each with 'Schema'"
        raise InputError("a file of 'crds' is no mapping", origin=origin, hint=hint)
    config = EMPTY
    for name in definitions:
        if all(mark in _properties(definitions, name) for mark in KIND_MARKS):
            config = merge_configs(config, _config(definitions, name, origin), origin)
    return config


def _properties(definitions: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    definition = definitions.get(name)
    schema = definition.get("Schema", definition.get("schema")) if isinstance(definition, dict) else None
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def _walk(
    definitions: Mapping[str, Any], name: str, path: tuple[str, ...], seen: tuple[str, ...]
) -> Iterator[Property]:
    for field, schema in _properties(definitions, name).items():
        if not isinstance(schema, dict):
            continue
        place = (*path, field)
        yield Property("/".join(place), schema)
        reference = str(schema.get("$ref") or "")
        if reference and reference not in seen:
            yield from _walk(definitions, reference, place, (*seen, reference))


def _config(definitions: Mapping[str, Any], name: str, origin: Origin) -> TransformerConfig:
    kind = name.rpartition(".")[2]
    found = list(islice(_walk(definitions, name, (), (name,)), MAX_PROPERTIES + 1))
    if len(found) > MAX_PROPERTIES:
        hint = "its definitions refer to each other in too many ways"
        raise InputError(f"'{name}' has more than {MAX_PROPERTIES} properties", origin=origin, hint=hint)

    def marked(mark: str) -> tuple[FieldSpec, ...]:
        return tuple(FieldSpec(kind=kind, path=one.path) for one in found if isinstance(one.schema.get(mark), str))

    return TransformerConfig(
        common_annotations=marked(ANNOTATION),
        common_labels=marked(LABEL_SELECTOR),
        name_prefix=marked(IDENTITY),
        name_reference=tuple(_references(found, kind)),
    )


def _references(found: list[Property], kind: str) -> Iterator[NameReference]:
    for path, schema in found:
        version, target = schema.get(REFERENCE_VERSION), schema.get(REFERENCE_KIND)
        if isinstance(version, str) and isinstance(target, str):
            spec = FieldSpec(kind=kind, path=f"{path}/{schema.get(REFERENCE_NAME, 'name')}")
            yield NameReference(version=version, kind=target, field_specs=(spec,))
