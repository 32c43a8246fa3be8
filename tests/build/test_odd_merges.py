"""Patches of shapes that nobody writes on purpose, each merged here and by the real tool: hundreds in one build."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from rendering import build_text, judge_text, write_tree

from kfinstall.build.keyed_lists import MISSING
from kfinstall.build.merge_key_table import KUBERNETES
from kfinstall.build.strategic_merge import MergeError, merge

SCALARS = ("a", "b", 1, 0, 1.5, True, False, None, "", "1", "true", "null", "a/b")


def _value(random: Random, depth: int, *, is_patch: bool) -> Any:
    chance = random.random()
    if depth > 3 or chance < 0.45:
        return random.choice(SCALARS)
    if chance < 0.75:
        names = [random.choice(["a", "b", "name", "kind"]) for _ in range(random.randint(0, 3))]
        mapping = {name: _value(random, depth + 1, is_patch=is_patch) for name in names}
        return {**mapping, **_directive(random, is_patch=is_patch)}
    return [_value(random, depth + 1, is_patch=is_patch) for _ in range(random.randint(0, 3))]


def _directive(random: Random, *, is_patch: bool) -> dict[str, str]:
    return {"$patch": random.choice(["delete", "replace", "merge"])} if is_patch and random.random() < 0.15 else {}


def _some(random: Random, items: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in items.items() if random.random() < 0.7}


def _env(random: Random, *, is_patch: bool) -> dict[str, Any]:
    fields = _some(random, {"name": random.choice("ABC"), "value": random.choice(SCALARS)})
    return {**fields, **_directive(random, is_patch=is_patch)}


def _port(random: Random) -> dict[str, Any]:
    return _some(
        random, {"containerPort": random.choice([80, 81, "80"]), "protocol": random.choice(["TCP", "UDP", ""])}
    )


def _container(random: Random, *, is_patch: bool) -> dict[str, Any]:
    env = [_env(random, is_patch=is_patch) for _ in range(random.randint(0, 4))]
    fields = {
        "name": random.choice(["a", "b", 1, "1"]),
        "image": random.choice(SCALARS),
        "env": random.choice([env, env, None]),
        "ports": [_port(random) for _ in range(random.randint(0, 4))],
        "x": _value(random, 1, is_patch=is_patch),
    }
    return {**_some(random, fields), **_directive(random, is_patch=is_patch)}


def _pod(random: Random, name: str, *, is_patch: bool) -> dict[str, Any]:
    containers: list[Any] = [_container(random, is_patch=is_patch) for _ in range(random.randint(0, 3))]
    if is_patch and random.random() < 0.1:
        containers.append({"$patch": random.choice(["replace", "delete", "merge"])})
    spread = {"topologyKey": random.choice("ab"), "whenUnsatisfiable": "c", "maxSkew": 1}
    spec = {
        "containers": containers,
        "topologySpreadConstraints": [_some(random, spread) for _ in range(2)],
        "other": _value(random, 0, is_patch=is_patch),
    }
    kind = {"apiVersion": "v1", "kind": "Pod"} if name.endswith("0") else {"apiVersion": "x.io/v1", "kind": "Widget"}
    return {
        **kind,
        "metadata": {"name": name, **_some(random, {"finalizers": ["a", "b"]})},
        "spec": _some(random, spec),
    }


@pytest.mark.parametrize("seed", range(4))
def test_odd_patches_are_merged_as_the_real_tool_merges_them(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    resources, patches = [], []
    for number in range(150):
        name = f"r{number}-{1 if number % 3 else 0}"
        resource, patch = _pod(random, name, is_patch=False), _pod(random, name, is_patch=True)
        if _fits(resource, patch):
            resources.append(resource)
            patches.append({"patch": yaml.safe_dump(patch)})
    assert len(patches) > 75
    file = {"resources": ["all.yaml"], "patches": patches}
    write_tree(tmp_path, {"all.yaml": yaml.safe_dump_all(resources), "kustomization.yaml": yaml.safe_dump(file)})
    assert build_text(tmp_path) == judge_text(tmp_path)


def _fits(resource: Any, patch: Any) -> bool:
    """Does the patch go through here? What does not would hide all others from the judge."""
    try:
        return merge(resource, patch, KUBERNETES) is not MISSING
    except MergeError:
        return False
