"""The table of merge keys, row by row, against the real tool: one build with a patch for every list of every kind."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from rendering import KUBECTL, build_text, judge_text, write_tree

from kfinstall.build import merge_key_table
from kfinstall.build.generate_merge_keys import NEWER_FIELDS, NEWER_KINDS, as_of_kustomize, from_server, table
from kfinstall.build.merge_key_table import KUBERNETES
from kfinstall.build.merge_keys import MergeKeys, MergeList
from kfinstall.build.schemas import read_openapi
from kfinstall.localplane import Plane

Row = tuple[str, tuple[str, ...], tuple[str, ...]]
"""`apiVersion kind`, the path to a list (`[]` after the names of lists on the way), its keys."""


def _rows(known: MergeKeys) -> Iterator[Row]:
    for kind, name in known.kinds.items():
        yield from _lists(known, kind, name, ())


def _lists(known: MergeKeys, kind: str, name: str, path: tuple[str, ...]) -> Iterator[Row]:
    for field, found in known.types.get(name, {}).items():
        if isinstance(found, MergeList):
            yield kind, (*path, field), found.keys
            yield from _lists(known, kind, found.items, (*path, f"{field}[]"))
        else:
            yield from _lists(known, kind, found, (*path, field))


def _nested(path: tuple[str, ...], items: list[Any]) -> dict[str, Any]:
    """Give the list at the end of a path; lists on the way have one item, with all keys that lists may have."""
    name, *rest = path
    if not rest:
        return {name: items}
    inner = _nested(tuple(rest), items)
    return {name.removesuffix("[]"): [{"name": "n", **inner}]} if name.endswith("[]") else {name: inner}


def _manifest(kind: str, name: str, path: tuple[str, ...], items: list[Any]) -> dict[str, Any]:
    api_version, _, word = kind.partition(" ")
    body = _nested(path, items)
    return {"apiVersion": api_version, "kind": word, **body, "metadata": {**body.get("metadata", {}), "name": name}}


def _items(keys: tuple[str, ...], *marks: str) -> list[Any]:
    return [{**dict.fromkeys(keys, mark), "is": mark} if keys else mark for mark in marks]


def _tree(rows: list[Row]) -> dict[str, str]:
    resources, patches = [], []
    for number, (kind, path, keys) in enumerate(rows):
        resources.append(_manifest(kind, f"r{number}", path, _items(keys, "one", "two")))
        patches.append({"patch": yaml.safe_dump(_manifest(kind, f"r{number}", path, _items(keys, "two", "new")))})
    file = {"resources": ["all.yaml"], "patches": patches}
    return {"all.yaml": yaml.safe_dump_all(resources), "kustomization.yaml": yaml.safe_dump(file)}


def test_every_list_in_the_table_is_merged_as_the_real_tool_merges_it(tmp_path: Path) -> None:
    rows = list(_rows(KUBERNETES))
    assert len(rows) > 200
    write_tree(tmp_path, _tree(rows))
    text = build_text(tmp_path)
    assert text == judge_text(tmp_path)
    lists = [document for document in yaml.safe_load_all(text) if "one" in str(document)]
    assert len(lists) == len(rows), "a list was replaced"


def test_what_is_newer_than_the_real_tool_is_replaced(tmp_path: Path) -> None:
    kinds = [f"{version} {kind}" for version, kinds in NEWER_KINDS.items() for kind in kinds]
    rows: list[Row] = [(kind, ("metadata", "finalizers"), ()) for kind in kinds]
    rows += [("v1 Pod", ("spec", field), ("name",)) for field in NEWER_FIELDS["PodSpec"]]
    rows += [("v1 Pod", ("status", field), ("name",)) for field in NEWER_FIELDS["PodStatus"]]
    rows.append(("v1 Pod", ("spec", "ephemeralContainers[]", "ports"), ("containerPort",)))
    webhook = "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration"
    rows.append((webhook, ("webhooks[]", "matchConditions"), ("name",)))
    write_tree(tmp_path, _tree(rows))
    text = build_text(tmp_path)
    assert text == judge_text(tmp_path)
    assert "one" not in text


def test_an_openapi_document_may_write_types_out_in_place() -> None:
    document = {
        "definitions": {
            "io.x.Widget": {
                "x-kubernetes-group-version-kind": [{"group": "x.io", "version": "v1", "kind": "Widget"}],
                "properties": {
                    "spec": {
                        "properties": {
                            "parts": {
                                "type": "array",
                                "x-kubernetes-patch-strategy": "merge",
                                "x-kubernetes-patch-merge-key": "id",
                                "items": {"$ref": "#/definitions/io.x.Part"},
                            }
                        }
                    }
                },
            },
            "io.x.Part": {"properties": {"id": {"type": "string"}}},
        }
    }
    known = read_openapi(document)
    assert list(_rows(known)) == [("x.io/v1 Widget", ("spec", "parts"), ("id",))]


def test_a_newer_document_gives_the_table_of_the_real_tool() -> None:
    types = {name: dict(type_) for name, type_ in KUBERNETES.types.items()}
    types["PodSpec"]["schedulingGates"] = MergeList(("name",), "")
    kinds = {**KUBERNETES.kinds, "policy/v1 Eviction": KUBERNETES.kinds["v1 ConfigMap"]}
    assert set(_rows(as_of_kustomize(MergeKeys(kinds, types)))) == set(_rows(KUBERNETES))


def test_the_table_is_what_the_generator_makes_of_a_real_api_server(plane: Plane) -> None:
    command = [KUBECTL, "--kubeconfig", plane.kubeconfig, "get", "--raw", "/openapi/v2"]
    document = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    module = Path(merge_key_table.__file__).read_text()
    assert "".join(table(from_server(document))) == module, "run the generator again"


def test_what_is_no_schema_is_left_out() -> None:
    merged = {"type": "array", "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "id"}
    document = {
        "definitions": {
            "text": "schema",
            "list": {"properties": [merged]},
            "parts": {
                "properties": {
                    "no-schema": "merge",
                    "odd": {**merged, "items": "text", "allOf": {}, "x-kubernetes-list-map-keys": "id"},
                    "strategy": {**merged, "x-kubernetes-patch-strategy": ["merge"]},
                },
                "x-kubernetes-group-version-kind": {"kind": "Part"},
            },
            "kind": {"allOf": ["parts"], "x-kubernetes-group-version-kind": ["Part"], "properties": {"$ref": 5}},
        }
    }
    assert read_openapi(document).types == {"#/definitions/parts": {"odd": MergeList(("id",), "")}}
    assert read_openapi({"definitions": []}) == MergeKeys({}, {})
