from __future__ import annotations

import pytest

from kfinstall.apply.yielding import without_fields
from kfinstall.errors import FieldCause
from tests.apply.sets import CONFIG, annotated, apply, new_cluster, twelve

MANIFEST = {
    "metadata": {"annotations": {"a.b/c": "1", "a": "2"}, "finalizers": ["x.io/a", "x.io/b"]},
    "spec": {
        "replicas": 2,
        "containers": [{"name": "web", "image": "a"}, {"name": "side", "image": "b"}],
        "ports": [{"port": 80, "protocol": "TCP", "nodePort": 1}, {"port": 80, "protocol": "UDP"}],
    },
}


@pytest.mark.parametrize(
    "field",
    [
        ".spec.replicas",
        ".metadata.annotations.a.b/c",
        '.spec.containers[name="side"].image',
        '.spec.ports[port=80,protocol="TCP"].nodePort',
        '.metadata.finalizers[="x.io/a"]',
        '.spec.containers[name="side"]',
    ],
)
def test_the_field_that_a_conflict_names_is_left_out_and_nothing_else(field: str):
    left = without_fields(MANIFEST, [FieldCause(field, "FieldManagerConflict", "")])
    assert left != MANIFEST
    assert flat(MANIFEST) - flat(left) == {EXPECTED[field]} | EXTRA.get(field, set())
    assert flat(left) <= flat(MANIFEST)


EXPECTED = {
    ".spec.replicas": "/spec/replicas=2",
    ".metadata.annotations.a.b/c": "/metadata/annotations/a.b/c=1",
    '.spec.containers[name="side"].image': "/spec/containers/side/image=b",
    '.spec.ports[port=80,protocol="TCP"].nodePort': "/spec/ports/TCP/nodePort=1",
    '.metadata.finalizers[="x.io/a"]': "/metadata/finalizers/=x.io/a",
    '.spec.containers[name="side"]': "/spec/containers/side/image=b",
}
EXTRA = {'.spec.containers[name="side"]': {"/spec/containers/side/name=side"}}


def flat(value: object, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {leaf for key, sub in value.items() for leaf in flat(sub, f"{path}/{key}")}
    if isinstance(value, list):
        named = ((item.get("name") or item.get("protocol") if isinstance(item, dict) else "", item) for item in value)
        return {leaf for name, item in named for leaf in flat(item, f"{path}/{name}")}
    return {f"{path}={value}"}


def test_a_field_that_is_not_there_changes_nothing():
    assert without_fields(MANIFEST, [FieldCause(".spec.nothing.here", "", "")]) == MANIFEST


def test_what_yields_leaves_the_field_to_whoever_set_it_and_is_then_as_wanted():
    cluster = new_cluster("app")
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "app"}}
    cluster.put({**theirs, "data": {"colour": "green"}}, manager="kubectl")
    yielding = annotated(twelve(), CONFIG, on_conflict="yield")
    assert apply(cluster, yielding).errors == []
    assert cluster.peek(CONFIG)["data"] == {"colour": "green"}
    assert apply(cluster, yielding).summary == "nothing to do: 12 resources are as wanted"
