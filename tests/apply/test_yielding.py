from __future__ import annotations

import pytest

from kfinstall.apply import Options
from kfinstall.apply.yielding import without_fields
from kfinstall.errors import FieldCause
from kfinstall.plan.conflicts import Policy, conflict_rules
from tests.apply.sets import CONFIG, annotated, apply, changed, new_cluster, twelve

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


def test_each_field_has_a_policy_of_its_own_and_the_longest_name_decides():
    text = 'yield; spec.template=force; .spec.template.spec.containers[name="web"].image=fail'
    rules = conflict_rules({"metadata": {"annotations": {"kfinstall.dev/on-conflict": text}}}, "fail")
    assert rules.policy_of(".data.colour") == "yield"
    assert rules.policy_of(".spec.template.spec.nodeName") == "force"
    assert rules.policy_of('.spec.template.spec.containers[name="web"].image') == "fail"
    assert rules.policy_of(".spec.templates") == "yield"


@pytest.mark.parametrize(
    ("run", "said", "left"),
    [
        ("fail", None, None),
        ("force", None, {"colour": "blue", "size": "1"}),
        ("yield", None, {"colour": "green", "size": "2"}),
        ("fail", "data.colour=yield; data.size=force", {"colour": "green", "size": "1"}),
        ("force", "data.colour=yield", {"colour": "green", "size": "1"}),
        ("force", "fail; data.colour=yield", None),
        ("yield", "data.size=force", {"colour": "green", "size": "1"}),
        ("fail", "data.colour=force", None),
    ],
)
def test_of_two_conflicting_fields_each_goes_its_way(run: Policy, said: str | None, left: dict[str, str] | None):
    cluster = new_cluster("app")
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "app"}}
    cluster.put({**theirs, "data": {"colour": "green", "size": "2"}}, manager="kubectl")
    ours = changed(twelve(), CONFIG, data={"colour": "blue", "size": "1"})
    ours = annotated(ours, CONFIG, on_conflict=said) if said else ours
    done = apply(cluster, ours, Options(on_conflict=run))
    assert bool(done.errors) is (left is None), done.texts
    assert cluster.peek(CONFIG)["data"] == (left or {"colour": "green", "size": "2"})
