"""Every image that manifests name, wherever it stands, and what takes them all from another registry. Pure.

A container's image is always one, unless it is never pulled (`imagePullPolicy: Never`). In any other text (an
environment variable, an argument, a ConfigMap, a field of a custom resource) an image is what has a registry's host
before it and a tag or a digest behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from kfinstall.errors import InputError
from kfinstall.manifest import dump_manifest, dump_value
from kfinstall.resource import Manifest, Resource

Path: TypeAlias = tuple[str | int, ...]

HOST = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?"
NAME = rf"{HOST}(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+"
TAG = r"(?::\w(?:[\w.-]{0,126}\w)?)?(?:@sha256:[0-9a-f]{64})?"
REFERENCE = re.compile(rf"(?<![\w./:@-])({NAME})(?=[:@])({TAG})")
APART = re.compile(rf'("image":\s*")({NAME})(",\s*"defaultImageVersion":\s*")([\w.-]+)')
"""Seldon's settings have an image's name and its version in two fields."""
REGISTRY = re.compile(r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)*/?")
POD_LISTS = ("containers", "initContainers")
"""Where kustomize's `images` looks, at any depth and in any kind."""

HEAD = """\
# Takes every image from {registry}
# List this in `components` after everything that sets an image, and make it anew when a version or a parameter changes:
# each patch says what it expects to find.
"""

END = "# kustomize strips the end of a patch: without this line the last text would lose its own\n"


class Found(NamedTuple):
    """An image, and the field of a manifest it stands in; `is_container` where kustomize's `images` reaches it."""

    image: str
    path: Path
    is_container: bool


def find_images(manifest: Manifest) -> tuple[Found, ...]:
    """Give every image in a manifest, in its order."""
    preloaded = set(_preloaded(manifest, ()))
    found = (one for path, text in _texts(manifest, ()) for one in _in_text(text, path))
    return tuple(one for one in found if one.path not in preloaded)


def _preloaded(value: Any, path: Path) -> Iterator[Path]:
    """Give where images stand that are on the node already and are never pulled."""
    if isinstance(value, dict):
        if value.get("imagePullPolicy") == "Never":
            yield (*path, "image")
        for key, child in value.items():
            yield from _preloaded(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _preloaded(child, (*path, index))


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Give every text at any depth with the way to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _texts(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _texts(child, (*path, index))


def _in_text(text: str, path: Path) -> Iterator[Found]:
    if _is_container_image(path):
        yield Found(text, path, True)
        return
    for match in REFERENCE.finditer(text):
        yield Found(match[0], path, False)
    for match in APART.finditer(text):
        yield Found(f"{match[2]}:{match[4]}", path, False)


def _is_container_image(path: Path) -> bool:
    return len(path) > 2 and path[-1] == "image" and path[-3] in POD_LISTS


def canonical(image: str) -> str:
    """Give an image with its registry and its tag written out: `nginx` -> `docker.io/library/nginx:latest`."""
    name, tag = split(image)
    first, slash, _ = name.partition("/")
    if not slash:
        name = f"docker.io/library/{name}"
    elif "." not in first and ":" not in first and first != "localhost":
        name = f"docker.io/{name}"
    return name + (tag or ":latest")


def split(image: str) -> tuple[str, str]:
    """Give an image's name, and its tag or digest with the sign before it; empty where there is none."""
    name, at, digest = image.partition("@")
    head, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    return head + slash + last, colon + tag + at + digest


def check_registry(text: str) -> str:
    """Give a registry with a slash behind it. Raises InputError when it is no host with an optional path."""
    if not REGISTRY.fullmatch(text):
        hint = "write a host and, if it needs one, a path, without https:// - such as mirror.example/kubeflow"
        raise InputError(f"'{text}' is no registry", hint=hint)
    return text.rstrip("/") + "/"


def mirrored(image: str, registry: str) -> str:
    """Give where an image is found in a mirror: its whole name, behind the mirror's."""
    return registry + canonical(image)


def mirror_component(resources: Iterable[Resource], registry: str, also: Sequence[str] = ()) -> Manifest:
    """Give a kustomize Component that takes every image of these resources from a mirror.

    In:      `also`, images that an option or a parameter may bring; `registry`, as `check_registry` gives it.
    Out:     `images:` for containers; for an image in any other text a JSON patch of that text, which first tests that
             the text is still the one that was seen.
    """
    found = [(resource, find_images(resource.manifest)) for resource in resources]
    names = {split(one.image)[0] for _, images in found for one in images if one.is_container}
    names |= {split(image)[0] for image in also}
    patches = [
        _patch(resource, images, registry) for resource, images in found if not all(i.is_container for i in images)
    ]
    component: Manifest = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
    component["images"] = [{"name": name, "newName": split(mirrored(name, registry))[0]} for name in sorted(names)]
    return {**component, "patches": patches} if patches else component


def component_text(component: Manifest, registry: str) -> str:
    """Give the Component as the text of a kustomization."""
    return HEAD.format(registry=registry) + dump_manifest(component)


def _patch(resource: Resource, images: Sequence[Found], registry: str) -> Manifest:
    paths = dict.fromkeys(one.path for one in images if not one.is_container)
    operations = [step for path in paths for step in _operations(resource, path, registry)]
    return {"target": _target(resource), "patch": dump_value(operations) + END}


def _operations(resource: Resource, path: Path, registry: str) -> Iterator[Manifest]:
    """Give the steps of a JSON patch for one text: that it is the one that was seen, and what it becomes."""
    text, pointer = _at(resource.manifest, path), _pointer(path)
    yield {"op": "test", "path": pointer, "value": text}
    yield {"op": "replace", "path": pointer, "value": _rewritten(text, registry)}


def _rewritten(text: str, registry: str) -> str:
    text = REFERENCE.sub(lambda match: registry + match[0], text)
    return APART.sub(lambda match: f"{match[1]}{registry}{match[2]}{match[3]}{match[4]}", text)


def _target(resource: Resource) -> Manifest:
    """Name a resource as a patch of an overlay around it finds it: a name has no hash of its content yet."""
    group, version, kind = resource.gvk
    former = resource.former_ids[-1].name if resource.former_ids else ""
    name = former if former and resource.id.name.startswith(f"{former}-") else resource.id.name
    target = {"group": group, "version": version, "kind": kind, "name": name, "namespace": resource.id.namespace}
    return {field: value for field, value in target.items() if value}


def _at(manifest: Any, path: Path) -> str:
    for step in path:
        manifest = manifest[step]
    return str(manifest)


def _pointer(path: Path) -> str:
    """Source: RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def field_of(path: Path) -> str:
    """Give a path as a person reads it: `spec.template.spec.containers[0].image`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
