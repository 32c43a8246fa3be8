"""Trees in which schemas say how lists merge: OpenAPI documents of several folders, and comments of patches."""

from __future__ import annotations

import json
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

import yaml

GROUP, VERSION = "example.com", "v1"
CONTAINER = {"name": "c", "image": "i", "env": [{"name": "A", "value": "a"}]}
KINDS = ("Widget", "Widget", "Gadget", "Deployment")

Named = tuple[str, str, str]
"""Kind, name and namespace of a resource that is there."""


class _Folder(NamedTuple):
    """Where a kustomization is made: its path, what it lists, the files of the tree and the resources in it."""

    path: str
    resources: list[str]
    files: dict[str, str]
    known: list[Named]
    is_component: bool = False


def make_schema_tree(random: Random) -> dict[str, str]:
    """Give a tree with OpenAPI documents, or with schemas in comments; `overlay` is the folder to build."""
    return _documents(random) if random.random() > 0.4 else _comments(random)


def _documents(random: Random) -> dict[str, str]:
    files: dict[str, str] = {}
    known: list[Named] = []
    below = [f"base{number}" for number in range(random.choice([1, 2, 2, 3]))]
    for path in below:
        _make(random, _Folder(path, [], files, known))
    if random.random() > 0.7:
        _make(random, _Folder("mid", [f"../{path}" for path in below], files, known))
        below = ["mid"]
    components = ["../part"] if random.random() > 0.5 else []
    if components:
        _make(random, _Folder("part", [], files, known, is_component=True))
    _make(random, _Folder("overlay", [f"../{path}" for path in below], files, known), components)
    return files


def _make(random: Random, folder: _Folder, components: list[str] | None = None) -> None:
    kind = ("v1alpha1", "Component") if folder.is_component else ("v1beta1", "Kustomization")
    file: dict[str, Any] = {"apiVersion": f"kustomize.config.k8s.io/{kind[0]}", "kind": kind[1]}
    own = [_resource(random, folder, number) for number in range(random.choice([0, 1, 1, 2]))]
    file["resources"] = [*folder.resources]
    if own:
        folder.files[f"{folder.path}/own.yaml"] = yaml.safe_dump_all(own)
        file["resources"].insert(random.choice([0, len(folder.resources)]), "own.yaml")
    file |= {"components": components} if components else {}
    file |= random.choice([{}, {}, {}, {"openapi": {"path": "schema.json"}}, {"openapi": {"version": "v1.21.2"}}])
    if "path" in file.get("openapi", {}):
        folder.files[f"{folder.path}/schema.json"] = json.dumps(_document(random))
    file |= random.choice([{}, {"namespace": "one"}, {"namespace": "two", "namePrefix": "p-"}])
    if folder.known and random.random() > 0.4:
        file["patches"] = [_patch(random, *random.choice(folder.known)) for _ in range(random.choice([1, 1, 2]))]
    if random.random() > 0.85:
        file["transformers"] = [yaml.safe_dump(NAMESPACED)]
    folder.files[f"{folder.path}/kustomization.yaml"] = yaml.safe_dump(file)


NAMESPACED = {
    "apiVersion": "builtin",
    "kind": "NamespaceTransformer",
    "metadata": {"name": "t", "namespace": "three"},
    "fieldSpecs": [{"path": "metadata/namespace", "create": True}],
    "unsetOnly": True,
}


def _resource(random: Random, folder: _Folder, number: int) -> dict[str, Any]:
    kind, namespace = random.choice(KINDS), random.choice(["", "", "one"])
    name = f"{kind.lower()}-{folder.path}{number}"
    folder.known.append((kind, name, namespace))
    items = [] if kind == "Deployment" else [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    return _manifest(kind, name, namespace, items, CONTAINER)


def _manifest(kind: str, name: str, namespace: str, items: list[Any], container: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"items": items} if items else {}
    spec |= {"template": {"spec": {"containers": [container]}}} if container else {}
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    api_version = "apps/v1" if kind == "Deployment" else f"{GROUP}/{VERSION}"
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def _patch(random: Random, kind: str, name: str, namespace: str) -> dict[str, Any]:
    if random.random() > 0.85:
        return {"patch": "- {op: add, path: /spec/x, value: 1}", "target": {"kind": kind}}
    is_nested = kind == "Deployment" or random.random() > 0.5
    container = {"name": "c", "env": [{"name": "B", "value": "b"}]} if is_nested else None
    items = [] if is_nested else [{"name": random.choice("ac"), "value": "9"}]
    text = yaml.safe_dump(_manifest(kind, name, namespace, items, container))
    return {"patch": text, **({"target": {"kind": kind}} if random.random() > 0.7 else {})}


def _document(random: Random) -> dict[str, Any]:
    """Give an OpenAPI document that knows some kinds, and says of some whether they are in a namespace."""
    definitions: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for kind in random.sample(["Widget", "Gadget"], random.choice([1, 2])):
        mark = {"x-kubernetes-group-version-kind": {"group": GROUP, "version": VERSION, "kind": kind}}
        key = {"x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": random.choice(["name", "value"])}
        template = random.choice([{}, {"$ref": "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"}])
        spec = {"properties": {"items": {"type": "array", "items": {}, **key}, "template": template}}
        if random.random() > 0.3:
            kinds = {name: [one] for name, one in mark.items()}
            definitions[f"com.example.v1.{kind}"] = {"properties": {"spec": spec}, **kinds}
        where = random.choice(["", "", "namespaces/{namespace}/"])
        if random.random() > 0.3:
            paths[f"/apis/{GROUP}/{VERSION}/{where}{kind.lower()}s"] = {"get": mark}
    if random.random() > 0.8:
        definitions["io.k8s.api.core.v1.Container"] = {"properties": {"env": {"type": "array"}}}
    return {"definitions": definitions, **({"paths": paths} if paths else {})}


BY_NAME = '{"type": "array", "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"}'
BY_BOTH = '{"type":"array","x-kubernetes-list-map-keys":["name","size"],"x-kubernetes-patch-strategy":"merge"}'
OF_TEXTS = '{"type": "array", "x-kubernetes-patch-strategy": "merge"}'
OF_ROWS, OF_TOOLS = (BY_NAME, BY_NAME, BY_BOTH, '{"type": "array"}', "none"), (OF_TEXTS, OF_TEXTS, '{"type": "array"}')
POD = '{"$ref": "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"}'


def _comments(random: Random) -> dict[str, str]:
    files = {"base/own.yaml": _orchard(random, 0.3), "base/kustomization.yaml": "resources: [own.yaml]\n"}
    folders = random.choice([["base", "overlay"], ["base", "mid", "overlay"]])
    for below, folder in pairwise(folders):
        patches = "".join(_commented_patch(random) for _ in range(random.choice([1, 2, 2, 3])))
        other = random.choice(["", "", "namespace: x\n", "commonAnnotations: {a: b}\n", REPLACED])
        files[f"{folder}/kustomization.yaml"] = f"resources: [../{below}]\npatches:\n{patches}{other}"
    return files


REPLACED = "replacements:\n- sourceValue: z\n  targets:\n  - {select: {kind: Orchard}, fieldPaths: [spec.tools.0]}\n"


def _commented_patch(random: Random) -> str:
    text = "".join(f"    {line}\n" for line in _orchard(random, 0.5).splitlines())
    return f"- patch: |\n{text}{random.choice(['', '', '  target: {kind: Orchard}' + chr(10)])}"


def _orchard(random: Random, share: float) -> str:
    """Give a resource, or a patch for it, of which this share of lists have a schema, beside their key or above it."""
    text = "apiVersion: farm.example/v1\nkind: Orchard\nmetadata:\n  name: o\nspec:\n"
    text += _list(random, "rows", OF_ROWS, share, _rows(random)) if random.random() > 0.25 else ""
    text += _list(random, "tools", OF_TOOLS, share, random.sample(["a", "b", "c"], random.choice([1, 2])))
    if random.random() > 0.75:
        beside = f" # {POD}" if random.random() > 0.5 else ""
        text += f"  template:{beside}\n    spec:\n      containers:\n      - name: c\n"
        text += random.choice(["        image: i\n", "        args: [x]\n"])
    return text


def _list(random: Random, name: str, schemas: tuple[str, ...], share: float, items: list[str]) -> str:
    schema = f"# {random.choice(schemas)}" if random.random() < share else ""
    is_above = bool(schema) and random.random() > 0.8
    head = f"  {schema}\n  {name}:\n" if is_above else f"  {name}:{schema and ' '}{schema}\n"
    return head + "".join(f"  - {item}\n" for item in items)


def _rows(random: Random) -> list[str]:
    rows = []
    for name in random.sample(["a", "b", "c"], random.choice([1, 2])):
        more = [
            f"{key}: {random.choice(values)}" for key, values in (("size", "12"), ("v", "xy")) if random.random() > 0.5
        ]
        rows.append("\n    ".join([f"name: {name}", *more]))
    return rows
