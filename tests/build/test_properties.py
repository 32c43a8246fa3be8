"""What holds of every transform, whatever it is given."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import build_text, write_tree
from trees import make_tree

from kfinstall.build import build_resources
from kfinstall.build.json6902 import apply_operations
from kfinstall.build.keyed_lists import MISSING
from kfinstall.build.merge_key_table import KUBERNETES
from kfinstall.build.shared import SharedText, spread
from kfinstall.build.strategic_merge import MergeError, merge
from kfinstall.errors import KfinstallError
from kfinstall.load import load_tree

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text("ab1 ", max_size=3))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("xyz")},
        optional={
            "image": st.text("ab", max_size=2),
            "env": st.lists(
                st.fixed_dictionaries({"name": st.sampled_from("AB")}, optional={"value": st.text("12", max_size=1)}),
                max_size=3,
            ),
        },
    ),
    max_size=3,
    unique_by=lambda container: container["name"],
)
PODS = st.fixed_dictionaries(
    {"apiVersion": st.just("v1"), "kind": st.just("Pod"), "metadata": st.just({"name": "p"})},
    optional={"spec": st.fixed_dictionaries({}, optional={"containers": CONTAINERS, "other": VALUES})},
)


def _merged(resource: Any, patch: Any) -> Any:
    try:
        return merge(resource, patch, KUBERNETES)
    except MergeError:
        return MISSING


@given(PODS, PODS)
def test_a_merge_changes_neither_the_resource_nor_the_patch(resource: Any, patch: Any) -> None:
    before = copy.deepcopy((resource, patch))
    _merged(resource, patch)
    assert (resource, patch) == before


def _has_twins(pod: Any) -> bool:
    containers = pod.get("spec", {}).get("containers", [])
    return any(len({env["name"] for env in one.get("env", [])}) < len(one.get("env", [])) for one in containers)


@given(PODS, PODS)
def test_the_same_merge_patch_twice_is_as_once(resource: Any, patch: Any) -> None:
    if _has_twins(resource) or _has_twins(patch):
        return
    once = _merged(resource, patch)
    if once is not MISSING:
        assert _merged(once, patch) == once


@given(PODS)
def test_a_patch_that_only_names_changes_nothing_but_nulls(resource: Any) -> None:
    patch = {key: resource[key] for key in ("apiVersion", "kind", "metadata")}
    if not _has_twins(resource):
        assert _merged(resource, patch) == resource


@given(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), VALUES)
def test_operations_leave_the_document_as_it_was(document: Any, value: Any) -> None:
    before = copy.deepcopy(document)
    after = apply_operations(
        document, [{"op": "add", "path": "/new", "value": value}, {"op": "remove", "path": "/new"}]
    )
    assert document == before
    assert after == before


@given(VALUES)
def test_nothing_spreads_where_nothing_changed(value: Any) -> None:
    shared = SharedText("x")
    manifest = {"a": {"x": shared}, "b": [{"c": {"y": shared}}], "rest": value}
    paths = [("a",), ("b", "c")]
    assert spread(manifest, manifest, paths) is manifest
    changed = spread(manifest, {**manifest, "a": {"x": "y"}}, paths)
    assert changed == {"a": {"x": "y"}, "b": [{"c": {"y": "y"}}], "rest": value}
    assert changed["a"]["x"] is changed["b"][0]["c"]["y"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_build_ignores_the_order_of_keys(tmp_path_factory: Any, seed: int) -> None:
    files = make_tree(Random(seed))
    turned = {
        path: _turned(text) if path.endswith(("own.yaml", "kustomization.yaml")) else text
        for path, text in files.items()
    }
    assert _outcome(tmp_path_factory.mktemp("one"), files) == _outcome(tmp_path_factory.mktemp("two"), turned)


def _turned(text: str) -> str:
    return yaml.safe_dump_all([_reverse(document) for document in yaml.safe_load_all(text)], sort_keys=False)


def _reverse(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reverse(value[key]) for key in reversed(value)}
    return [_reverse(item) for item in value] if isinstance(value, list) else value


def _outcome(folder: Any, files: Any) -> str | None:
    write_tree(folder, files)
    try:
        return build_text(folder / "overlay")
    except (KfinstallError, ExceptionGroup):
        return None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_build_leaves_the_tree_as_it_was(tmp_path_factory: Any, seed: int) -> None:
    folder = tmp_path_factory.mktemp("tree")
    write_tree(folder, make_tree(Random(seed)))
    try:
        tree = load_tree(folder / "overlay")
        before = repr(tree)
        build_resources(tree)
    except (KfinstallError, ExceptionGroup):
        return
    assert repr(tree) == before
