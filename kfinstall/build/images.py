"""`images`: names, tags and digests of container images."""

from __future__ import annotations

from kfinstall.build.field_specs import PathError, chooser, write_fields
from kfinstall.build.ids import kind_of, map_resources, with_manifest
from kfinstall.build.patterns import compile_pattern
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.scalar import source_text
from kfinstall.manifest.styled import put_untyped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from kfinstall.build.kustomization import FieldSpec, Image
    from kfinstall.resource import Resource

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
NAME, TAG = f"{LETTERS}/:@.-", f"{LETTERS}.{{}}-"
CONTAINER_LISTS = ("containers", "initContainers")
"""Images in lists of these names are changed wherever they are in a resource."""


def split_image(image: str) -> tuple[str, str, str]:
    """Give `(name, tag, digest)` of an image reference.

    Source: kustomize v5.8.1, api/internal/image, Split.
    """
    slash = max(image.find("/"), 0)
    at, colon = image.find("@", slash), image.find(":", slash)
    if at < 0 and colon < 0:
        return image, "", ""
    if at >= 0 and (at < colon or colon < 0):
        return image[:at], "", image[at + 1 :]
    if at >= 0:
        return image[:colon], image[colon + 1 : at], image[at + 1 :]
    return image[:colon], image[colon + 1 :], ""


def change_image(old: str, image: Image) -> str:
    """Give the image reference with the name, tag or digest that an entry asks for."""
    name, tag, digest = split_image(old)
    name = image.new_name or name
    if image.new_tag or image.digest:
        tag, digest = image.new_tag, image.digest
    elif image.tag_suffix:
        tag, digest = tag + image.tag_suffix, ""
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def _changer(image: Image) -> Callable[[Any], Any]:
    is_meant = _meaning(image)

    def change(old: Any) -> Any:
        if isinstance(old, dict | list):
            raise PathError(f"{old!r} is no image")
        text = source_text(old)
        if old is None or not is_meant(text):
            return old
        new = change_image(text, image)
        return old if new == text else put_untyped(old, new)

    return change


def _meaning(image: Image) -> Callable[[str], bool]:
    """Give the test whether an entry is for an image reference: its name is a pattern, but rarely more than a name."""
    name = image.name
    if name and not name.strip(NAME) and "\n" not in name:
        start = name.partition(".")[0]
        return lambda text: text.startswith(start) and _is_of(text, name)
    compile_pattern(name, image.origin)
    pattern = compile_pattern(f"^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$", image.origin)
    return pattern.search


def _is_of(text: str, name: str) -> bool:
    """Is it the name, where a dot stands for any character, with or without a tag and a digest behind it?"""
    own, rest = text[: len(name)], text[len(name) :]
    if own != name and (len(own) < len(name) or "\n" in own or not all(map(_fits, own, name))):
        return False
    tag, _, digest = rest.partition("@sha256:")
    return (tag[:1] in ("", ":")) and not tag[1:].strip(TAG) and not digest.strip(TAG)


def _fits(char: str, wanted: str) -> bool:
    return wanted in (char, ".")


def set_images(
    resources: Sequence[Resource], images: Sequence[Image], specs: Sequence[FieldSpec]
) -> tuple[Resource, ...]:
    """Change the images that the entries name, one entry after the other; CRDs are left alone.

    Raises: InputError when the name of an entry is no regular expression, or an image is no text.
    Source: kustomize v5.8.1, api/filters/imagetag (both filters: containers anywhere, then the field specs).
    """
    if not images:
        return tuple(resources)
    choose = chooser(specs)
    changers = [_changer(image) for image in images]

    def change(resource: Resource) -> Resource:
        if kind_of(resource) == "CustomResourceDefinition":
            return resource
        for changer in changers:
            try:
                resource = with_manifest(resource, _in_containers(resource.manifest, changer))
            except PathError as error:
                hint = "write the image as text, such as nginx:1.27"
                raise InputError(f"an image cannot be set: {error}", origin=resource.origin, hint=hint) from None
            resource = with_manifest(resource, write_fields(resource, choose(resource), changer))
        return resource

    return map_resources(resources, change)


def _in_containers(node: Any, changer: Callable[[Any], Any]) -> Any:
    """Change the images in lists of containers, at any depth."""
    if isinstance(node, list):
        items = [_in_containers(item, changer) if isinstance(item, dict | list) else item for item in node]
        return node if all(new is old for new, old in zip(items, node, strict=True)) else items
    changed = {}
    for key, old in node.items():
        new = _in_containers(old, changer) if isinstance(old, dict | list) else old
        if key in CONTAINER_LISTS and isinstance(new, list):
            new = _in_list(new, changer)
        if new is not old:
            changed[key] = new
    return {**node, **changed} if changed else node


def _in_list(containers: list[Any], changer: Callable[[Any], Any]) -> list[Any]:
    items = [_in_container(container, changer) for container in containers]
    return containers if all(new is old for new, old in zip(items, containers, strict=True)) else items


def _in_container(container: Any, changer: Callable[[Any], Any]) -> Any:
    if container is None:
        return None
    if not isinstance(container, dict):
        raise PathError(f"the container {container!r} is no mapping")
    old = container.get("image")
    new = changer(old)
    return container if new is old else {**container, "image": new}
