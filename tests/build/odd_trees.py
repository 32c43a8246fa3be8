"""Trees with all that kustomize can be told, told in odd ways: for comparison with the real tool.

They are the trees of `trees`, with more fields, fields told as transformers, odd words in place of plain ones, files
written in other ways, and now and then a mistake.
"""

from __future__ import annotations

import json
import re
from collections import deque
from random import Random
from typing import Any

import yaml
from trees import FIELDS, NAMES, Files, chance, make_tree

ODD_WORDS = (
    *("yes", "no", "on", "off", "y", "n", "true", "False", "null", "~", "", "''", '"no"', "'null'"),
    *(
        "0",
        "5",
        "-1",
        "+1",
        "017",
        "0o17",
        "0x1F",
        "0b11",
        "1_000",
        "09",
        "18446744073709551616",
        "1:30",
        "1.0",
        "1.10",
    ),
    *(".5", "5.", "1e3", "1e-7", "1.5e300", "1e400", "2001-01-01", "2001-01-01T10:00", "2001-02-30", "!!str 5"),
    *(
        "a.b",
        "5.x",
        "été",
        "日本",
        '"\\U0001F600"',
        '"\\t"',
        '"a\\nb"',
        '"a \\nb\\n"',
        "'a  b '",
        "'it''s'",
        "a: b",
        "'#no'",
    ),
    *(
        "x # comment",
        "$(VAR)",
        "'{}'",
        "'[a]'",
        "'- a'",
        "'*'",
        "'&a'",
        "'%'",
        "'@a'",
        "'`a'",
        "a\\b",
        "a,b",
        "<<",
        "=",
    ),
    *(
        "long " * 30 + "end",
        "x" * 120,
        "|-\n    a\n    b",
        "|\n    a\n\n    b\n",
        ">-\n    a\n    b\n\n    c",
        ">\n    a\n     b",
    ),
    *(
        '"\\x7f"',
        '"\\x85"',
        "'é'",
        '"\\u2028"',
        "!!binary YWI=",
        "!custom x",
        "&anchor x",
        "1.",
        "-0",
        "-.5",
        "+.5",
        "0.1",
    ),
)
"""Scalars as they are written."""

PLACE = re.compile(r"ODD(\d+)DDO")
SPECS = ({"path": "metadata/name"}, {"path": "metadata/annotations", "create": True}, {"path": "spec/ref/name"})
WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget"}


def _word(random: Random) -> str:
    """Give a mark that an odd word is put in the place of, once the file is text."""
    return f"ODD{random.randrange(len(ODD_WORDS))}DDO"


def make_odd_tree(random: Random) -> dict[str, bytes]:
    """Give a tree, path -> content; `overlay` is the folder to build."""
    files = make_tree(random)
    for path in [path for path in files if path.endswith("kustomization.yaml")]:
        file = yaml.safe_load(files[path])
        folder = path.rpartition("/")[0]
        for name in random.sample(sorted(MORE_FIELDS), random.choice([0, 0, 1, 1, 2])):
            _add(file, MORE_FIELDS[name](random, files, folder))
        if chance(random, 0.15):
            _tell_as_transformers(random, file, files, folder)
        files[path] = yaml.safe_dump(_odd(random, file, 0.01))
    _diamond(random, files)
    for path in [path for path in files if path.endswith("own.yaml")]:
        manifests = [_odd(random, one, 0.02) for one in yaml.safe_load_all(files[path])]
        is_flow = chance(random, 0.1)
        texts = [yaml.safe_dump(one, default_flow_style=is_flow) for one in _as_list(random, manifests)]
        files[path] = "---\n".join(texts)
    dressed = {path: _dress(random, path, _with_words(random, text)) for path, text in files.items()}
    return _mistaken(random, dressed) if chance(random, 0.08) else dressed


def _with_words(random: Random, text: str) -> str:
    """Put the odd words in the places of their marks; plain ones, mostly, where that would be no YAML."""
    odd = PLACE.sub(_written, text)
    return odd if is_yaml(odd) or chance(random, 0.1) else PLACE.sub("plain", text)


def is_yaml(text: str | bytes) -> bool:
    """Can a text be read as YAML?"""
    try:
        deque(yaml.parse(text, Loader=yaml.CSafeLoader), maxlen=0)
    except (yaml.YAMLError, ValueError):
        return False
    return True


def _written(mark: re.Match[str]) -> str:
    line = mark.string[mark.string.rfind("\n", 0, mark.start()) + 1 :]
    indent = len(line) - len(line.lstrip(" -"))
    return ODD_WORDS[int(mark[1])].replace("\n    ", "\n" + " " * (indent + 2))


def _add(file: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        file[name] = file[name] + value if isinstance(file.get(name), list) else value


def _odd(random: Random, value: Any, share: float) -> Any:
    """Give a value with some of its scalars odd."""
    if isinstance(value, dict):
        return {
            key: inner if key in ("apiVersion", "kind") else _odd(random, inner, share) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_odd(random, inner, share) for inner in value]
    return _word(random) if "\n" not in str(value) and chance(random, share) else value


def _as_list(random: Random, manifests: list[Any]) -> list[Any]:
    if not chance(random, 0.1):
        return manifests
    kind = random.choice(["List", "ConfigMapList"])
    return [{"apiVersion": "v1", "kind": kind, "items": manifests}]


def _diamond(random: Random, files: Files) -> None:
    """Let a folder come twice, under two prefixes."""
    if not chance(random, 0.1):
        return
    for name in ("left", "right"):
        files[f"{name}/kustomization.yaml"] = f"namePrefix: {name}-\nresources: [../base]\n"
    files["overlay/kustomization.yaml"] += "bases: [../left, ../right]\n"


def _dress(random: Random, path: str, text: str) -> bytes:
    """Write a file in another way: the same documents, or nearly."""
    form = random.choice([*[""] * 14, "crlf", "bom", "json", "comments", "markers", "tabs"])
    if form == "json" and path.endswith(".yaml"):
        try:
            documents = list(yaml.safe_load_all(text))
            text = "---\n".join(json.dumps(one, default=str) + "\n" for one in documents)
        except (yaml.YAMLError, ValueError):
            pass
    if form == "comments":
        text = "# first\n" + text.replace("\n", " # here\n", 1) + "# last\n"
    if form == "markers" and "kustomization" not in path:
        text = f"---\n{text}---\n# nothing\n---\n"
    if form == "tabs":
        text = text.replace(": ", ":\t", 1)
    content = text.encode()
    return (
        content.replace(b"\n", b"\r\n") if form == "crlf" else b"\xef\xbb\xbf" + content if form == "bom" else content
    )


def _mistaken(random: Random, files: dict[str, bytes]) -> dict[str, bytes]:
    """Give the tree with one line wrong, or a file gone."""
    path = random.choice(sorted(files))
    lines = files[path].decode().split("\n")
    at = random.randrange(len(lines))
    mistake = random.choice(["drop", "twice", "rename", "indent", "type", "missing", "cut"])
    if mistake == "missing":
        return {name: content for name, content in files.items() if name != path}
    changed = {
        "drop": [],
        "twice": [lines[at]] * 2,
        "rename": [lines[at].replace("e", "ee", 1)],
        "indent": ["  " + lines[at]],
        "type": [
            lines[at].partition(":")[0] + ": " + random.choice(["[]", "{}", "5", "[a]", "{a: b}", "null", "true"])
        ],
        "cut": [lines[at][: len(lines[at]) // 2]],
    }[mistake]
    return {**files, path: "\n".join([*lines[:at], *changed, *lines[at + 1 :]]).encode()}


def _plugin(random: Random, kind: str, **told: Any) -> dict[str, Any]:
    name = random.choice(["one", "two", "three", "four"])
    return {"apiVersion": "builtin", "kind": kind, "metadata": {"name": name, **told.pop("metadata", {})}, **told}


def _tell_as_transformers(random: Random, file: dict[str, Any], files: Files, folder: str) -> None:
    """Take some fields out of a kustomization, and tell them as transformers: inline, in files, or in a folder."""
    plugins = []
    for field in [field for field in file if field in AS_TRANSFORMERS and chance(random, 0.7)]:
        plugins += AS_TRANSFORMERS[field](random, file.pop(field))
    for number, plugin in enumerate(plugins):
        text = yaml.safe_dump(plugin)
        where = random.choice(["inline", "file", "folder"])
        if where == "folder":
            files[f"{folder}/plugin{number}/kustomization.yaml"] = "resources: [plugin.yaml]\n"
            files[f"{folder}/plugin{number}/plugin.yaml"] = text
        elif where == "file":
            files[f"{folder}/plugin{number}.yaml"] = text
        entry = {"inline": text, "file": f"plugin{number}.yaml", "folder": f"plugin{number}"}[where]
        file.setdefault("transformers", []).append(entry)


def _labels_told(random: Random, labels: Any) -> list[Any]:
    pairs = [label["pairs"] for label in labels] if isinstance(labels, list) else [labels]
    specs = [{"path": "metadata/labels", "create": True}, {"path": "spec/selector", "kind": "Service"}]
    return [_plugin(random, "LabelTransformer", labels=one, fieldSpecs=specs) for one in pairs]


def _images_told(random: Random, images: Any) -> list[Any]:
    specs = random.choice([[], [{"path": "spec/template/spec/containers[]/image"}]])
    return [_plugin(random, "ImageTagTransformer", imageTag=one, fieldSpecs=specs) for one in images]


def _replicas_told(random: Random, replicas: Any) -> list[Any]:
    specs = [{"path": "spec/replicas", "create": chance(random, 0.5)}]
    return [_plugin(random, "ReplicaCountTransformer", replica=one, fieldSpecs=specs) for one in replicas]


def _namespace_told(random: Random, namespace: Any) -> list[Any]:
    told: dict[str, Any] = {"fieldSpecs": [{"path": "metadata/namespace", "create": True}, {"path": "subjects"}]}
    if chance(random, 0.4):
        told["unsetOnly"] = True
    if chance(random, 0.6):
        told["setRoleBindingSubjects"] = random.choice(["defaultOnly", "allServiceAccounts", "none"])
    return [_plugin(random, "NamespaceTransformer", metadata={"namespace": namespace}, **told)]


AS_TRANSFORMERS = {
    "namePrefix": lambda random, value: [_plugin(random, "PrefixTransformer", prefix=value, fieldSpecs=[SPECS[0]])],
    "nameSuffix": lambda random, value: [_plugin(random, "SuffixTransformer", suffix=value, fieldSpecs=[SPECS[0]])],
    "namespace": _namespace_told,
    "labels": _labels_told,
    "commonLabels": _labels_told,
    "commonAnnotations": lambda random, value: [
        _plugin(random, "AnnotationsTransformer", annotations=value, fieldSpecs=[SPECS[1]])
    ],
    "images": _images_told,
    "replicas": _replicas_told,
    "patches": lambda random, value: [_plugin(random, "PatchTransformer", **one) for one in value],
    "replacements": lambda random, value: [_plugin(random, "ReplacementTransformer", replacements=value)],
}
"""Field -> transformers that do about the same."""


def _configurations(random: Random, files: Files, folder: str) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for field in random.sample(
        [
            "namePrefix",
            "nameSuffix",
            "namespace",
            "commonLabels",
            "commonAnnotations",
            "images",
            "replicas",
            "varReference",
        ],
        random.randint(1, 3),
    ):
        specs = SPECS if field == "commonAnnotations" else (SPECS[0], SPECS[2])
        config[field] = [random.choice([*specs, {"path": "spec/made/here", "kind": "Widget", "create": True}])]
    if chance(random, 0.4):
        reference = {"kind": random.choice(["ConfigMap", "Widget"]), "version": "v1"}
        specs = [{"path": "spec/ref/name", "kind": "Widget"}, {"path": "spec/items/name", "kind": "Widget"}]
        config["nameReference"] = [{**reference, "fieldSpecs": random.sample(specs, 1)}]
    files[f"{folder}/config.yaml"] = yaml.safe_dump(config)
    return {"configurations": ["config.yaml"]}


def _crds(random: Random, files: Files, folder: str) -> dict[str, Any]:
    reference = {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "ConfigMap"}
    properties = {mark: {} for mark in ("apiVersion", "kind", "metadata")}
    spec = {"properties": {"ref": {"$ref": "ref", **reference}, "labels": {"x-kubernetes-label-selector": ""}}}
    definitions = {
        "com.example.v1.Widget": {"Schema": {"properties": {**properties, "spec": {"$ref": "spec"}}}},
        "spec": {"Schema": spec},
        "ref": {"Schema": {"properties": {"name": {"type": "string"}}}},
    }
    files[f"{folder}/crds.json"] = json.dumps(definitions)
    return {"crds": ["crds.json"]}


def _openapi(random: Random, files: Files, folder: str) -> dict[str, Any]:
    if folder != "overlay":
        return {}  # a base's counts or not by what came before it
    merged = {"type": "array", "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"}
    spec = {"properties": {"items": {**merged, "items": {"$ref": "#/definitions/Item"}}}}
    widget = {
        "properties": {"spec": spec},
        "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Widget"}],
    }
    files[f"{folder}/openapi.json"] = json.dumps(
        {"definitions": {"Widget": widget, "Item": {"properties": {"name": {}}}}}
    )
    return {"openapi": {"path": "openapi.json"}}


def _generators(random: Random, files: Files, folder: str) -> dict[str, Any]:
    kind = random.choice(["ConfigMapGenerator", "SecretGenerator"])
    told: dict[str, Any] = {"literals": [f"{random.choice(['a', 'b'])}={random.choice(NAMES)}"]}
    if chance(random, 0.3):
        told["options"] = {"disableNameSuffixHash": True, "annotations": {"a": "b"}, "immutable": True}
    if chance(random, 0.3):
        files[f"{folder}/more.env"] = random.choice(["A=b\n", "# no\n\nB='c d'\nC\n", "\ufeffD=e\r\n", "E=f=g"])
        told["envs"] = ["more.env"]
    if chance(random, 0.2):
        told["behavior"] = random.choice(["merge", "replace", "create"])
    plugin = _plugin(random, kind, **told)
    if chance(random, 0.5):
        return {"generators": [yaml.safe_dump(plugin)]}
    files[f"{folder}/generator.yaml"] = yaml.safe_dump(plugin)
    return {"generators": ["generator.yaml"]}


def _value_add(random: Random, files: Files, folder: str) -> dict[str, Any]:
    path = random.choice(["metadata/annotations/made", "spec/ref/name", "metadata/namespace", "metadata/labels/app"])
    target: dict[str, Any] = {"fieldPath": path}
    if chance(random, 0.5):
        target["selector"] = {"kind": random.choice(["Widget", "Config.*"])}
    if chance(random, 0.4):
        target["filePathPosition"] = random.choice([1, 2, 9])
    value = random.choice(["made", "5", "yes"])
    return {"transformers": [yaml.safe_dump(_plugin(random, "ValueAddTransformer", value=value, targets=[target]))]}


def _hash(random: Random, files: Files, folder: str) -> dict[str, Any]:
    return {"transformers": [yaml.safe_dump(_plugin(random, "HashTransformer"))]}


def _validator(random: Random, files: Files, folder: str) -> dict[str, Any]:
    specs = [{"path": random.choice(["spec/none", "metadata/labels"]), "kind": "Widget"}]
    plugin = _plugin(random, "LabelTransformer", labels={"new": "label"}, fieldSpecs=specs)
    return {"validators": [yaml.safe_dump(plugin)]}


def _json_patches(random: Random, files: Files, folder: str) -> dict[str, Any]:
    one = files.one(random)
    group, slash, version = one["apiVersion"].partition("/")
    target = {"version": version or group, "kind": one["kind"], "name": one["metadata"]["name"]}
    target |= {"group": group} if slash else {}
    there = _pointers(one) or {"/metadata/labels": {}}
    absent = ["/metadata/labels", "/spec", "/data/k", "/metadata/annotations/a~1b", "/spec/template", "/x/-"]
    path = random.choice(sorted(there) if chance(random, 0.85) else absent)
    operation = {"op": random.choice(["add", "add", "replace", "remove", "test"]), "path": path}
    is_kept = operation["op"] == "test" and path in there
    operation["value"] = there[path] if is_kept else random.choice([{"a": "b"}, "text", 5, None, [1], True, 1.5])
    text = random.choice([yaml.safe_dump, json.dumps])([operation])
    return {"patchesJson6902": [{"target": target, "patch": text}]}


def _pointers(value: Any, path: str = "") -> dict[str, Any]:
    """Give the JSON pointers into a manifest, but for what makes its id, and what they lead to."""
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {} if path in ("", "/metadata") else {path: value}
    for key, inner in pairs:
        if path or key not in ("apiVersion", "kind"):
            found |= _pointers(inner, f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}")
    return {path: inner for path, inner in found.items() if path not in ("/metadata/name", "/metadata/namespace")}


def _replacement_file(random: Random, files: Files, folder: str) -> dict[str, Any]:
    told = FIELDS["replacements"](random, files, folder).get("replacements", [])
    if not told:
        return {}
    files[f"{folder}/replacements.yaml"] = yaml.safe_dump(random.choice([told, told[0]]))
    return {"replacements": [{"path": "replacements.yaml"}]}


def _source_value(random: Random, files: Files, folder: str) -> dict[str, Any]:
    paths = random.choice(
        [["metadata.annotations.given"], ["data.k"], ["spec.made.[name=x].value"], ["spec.ports.*.name"]]
    )
    target: dict[str, Any] = {"select": {"kind": random.choice(["ConfigMap", "Widget", "Service", ".*"])}}
    target |= {"fieldPaths": paths, "options": {"create": chance(random, 0.7)}}
    value = random.choice(["given", "5", "true"])
    return {"replacements": [{"sourceValue": value, "targets": [target]}]}


def _sort(random: Random, files: Files, folder: str) -> dict[str, Any]:
    kinds = {"orderFirst": random.sample(["Widget", "Service", "ConfigMap"], 2), "orderLast": ["Namespace"]}
    return {"sortOptions": {"order": "legacy", "legacySortOptions": kinds}}


def _structured(random: Random, files: Files, folder: str) -> dict[str, Any]:
    """A replacement that reaches into the text of a ConfigMap."""
    text = random.choice(['{"a": {"b": "c"}, "n": "x"}', "a:\n  b: c # kept\nn: x\n", "a: [x, y]\n", "no structure"])
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "structured"}, "data": {"f.json": text}}
    files[f"{folder}/structured.yaml"] = yaml.safe_dump(manifest)
    path = random.choice(["a.b", "n", "n", "a.0", "a.made"])
    target = {"select": {"name": "structured"}, "fieldPaths": [f"data.f\\.json.{path}"]}
    target["options"] = {"create": chance(random, 0.8)}
    replacement = {"sourceValue": random.choice(["given", "5"]), "targets": [target]}
    return {"resources": ["structured.yaml"], "replacements": [replacement]}


MORE_FIELDS = {
    "configurations": _configurations,
    "crds": _crds,
    "openapi": _openapi,
    "generators": _generators,
    "hash": _hash,
    "json patches": _json_patches,
    "replacement file": _replacement_file,
    "sort": _sort,
    "source value": _source_value,
    "structured": _structured,
    "validator": _validator,
    "value add": _value_add,
}
