"""What `kfinstall images` shows: of the catalogue what it declares, of manifests what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from kfinstall import catalog
from kfinstall.catalog.mirror import canonical, field_of, find_images, mirrored
from kfinstall.cli import output
from kfinstall.prototypes import prototypes
from kfinstall.resource import Resource

Uses: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]
"""Image -> where it is used: a component and what for, or a resource and its field."""


def declared() -> Uses:
    """Give what the catalogue declares: its components, options of its platforms, workloads that it can make."""
    rows = [(use.image, (info.name, use.use)) for info in catalog.components() for use in info.images]
    rows += [(use.image, (info.name, use.use)) for info in catalog.platforms() for use in info.images]
    made = [
        (parameter.default, (f"prototype {found.name}", parameter.description))
        for found in prototypes()
        for parameter in found.parameters
        if parameter.type == "image" and parameter.default
    ]
    return _grouped([*rows, *made])


def found(resources: Iterable[Resource]) -> Uses:
    """Give what stands in manifests."""
    rows = [
        (one.image, (str(resource.id), field_of(one.path)))
        for resource in resources
        for one in find_images(resource.manifest)
    ]
    return _grouped(rows)


def _grouped(rows: Iterable[tuple[str, tuple[str, str]]]) -> Uses:
    uses: dict[str, list[tuple[str, str]]] = {}
    for image, use in rows:
        uses.setdefault(image, []).append(use)
    return {image: list(dict.fromkeys(uses[image])) for image in sorted(uses)}


def as_data(uses: Uses, words: tuple[str, str], registry: str) -> list[dict[str, Any]]:
    """Give the images for JSON and YAML; `words` are the names of the two halves of a use."""
    return [
        {
            "image": image,
            **({"mirror": mirrored(image, registry)} if registry else {}),
            "uses": [dict(zip(words, use, strict=True)) for use in places],
        }
        for image, places in uses.items()
    ]


def as_text(uses: Uses) -> list[str]:
    """Give each image on a line, and below it where it is used: names of images are too long for a column."""
    wide = max((len(place) for places in uses.values() for place, _ in places), default=0)
    return [line for image, places in uses.items() for line in (image, *_below(places, wide))]


def _below(places: Sequence[tuple[str, str]], wide: int) -> list[str]:
    return [f"    {output.styled(f'{place:<{wide}}  {use}', 'dim')}" for place, use in places]


def as_list(uses: Uses, registry: str) -> list[str]:
    """Give what to copy, one image a line; with a registry, where to as well."""
    images = sorted({canonical(image) for image in uses})
    return [f"{image} {mirrored(image, registry)}" for image in images] if registry else images
