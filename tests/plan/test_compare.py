from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.plan import changed_fields
from tests.plan.sets import as_live, config_map

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "1", "1Gi", "1024Mi", "100m"])
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "ports", "containers", "limits", "cpu", "x.y/z"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["spec", "data", "rules"]), values))
def test_a_manifest_does_not_differ_from_itself(body) -> None:
    manifest = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, **body}
    assert changed_fields(manifest, manifest) == ()
    assert changed_fields(manifest, as_live(manifest)) == ()


def changed(desired, live) -> tuple[str, ...]:
    return changed_fields({"spec": desired}, {"spec": live})


@pytest.mark.parametrize(
    ("desired", "live"),
    [
        ({"resources": {"limits": {"cpu": "1000m"}}}, {"resources": {"limits": {"cpu": "1"}}}),
        ({"resources": {"requests": {"memory": "1024Mi"}}}, {"resources": {"requests": {"memory": "1Gi"}}}),
        ({"resources": {"limits": {"cpu": 1}}}, {"resources": {"limits": {"cpu": "1"}}}),
        ({"sizeLimit": "1Gi"}, {"sizeLimit": "1024Mi"}),
        ({"replicas": None}, {}),
        ({"labels": {}}, {}),
        ({"a": {"b": None}}, {"a": {}}),
        ({"ports": [{"containerPort": 80}]}, {"ports": [{"containerPort": 80, "protocol": "TCP"}]}),
        ({"image": "a"}, {"image": "a", "imagePullPolicy": "Always"}),
        ({"weight": 1.0}, {"weight": 1}),
    ],
)
def test_what_the_server_only_spells_otherwise_is_no_difference(desired, live) -> None:
    assert changed(desired, live) == ()


@pytest.mark.parametrize(
    ("desired", "live", "path"),
    [
        ({"replicas": 2}, {"replicas": 1}, "spec.replicas"),
        ({"replicas": "1"}, {"replicas": 1}, "spec.replicas"),
        ({"on": True}, {"on": 1}, "spec.on"),
        ({"value": "1000m"}, {"value": "1"}, "spec.value"),
        ({"limits": {"cpu": "2"}}, {"limits": {"cpu": "1"}}, "spec.limits.cpu"),
        (
            {"containers": [{"name": "a", "image": "x"}]},
            {"containers": [{"name": "a"}]},
            "spec.containers[name=a].image",
        ),
        ({"containers": [{"name": "b"}]}, {"containers": [{"name": "a"}]}, "spec.containers[name=b]"),
        (
            {"ports": [{"containerPort": 80, "protocol": "UDP", "name": "x"}]},
            {"ports": [{"containerPort": 80, "protocol": "UDP"}]},
            "spec.ports[containerPort=80,protocol=UDP].name",
        ),
        ({"args": ["a", "b"]}, {"args": ["a", "c"]}, "spec.args[1]"),
        ({"args": ["a"]}, {"args": ["a", "c"]}, "spec.args"),
        ({"annotations": {"a.b/c": "x"}}, {"annotations": {}}, "spec.annotations[a.b/c]"),
        ({"a": {"b": 1}}, {}, "spec.a"),
    ],
)
def test_a_difference_is_named_by_its_path(desired, live, path) -> None:
    assert changed(desired, live) == (path,)


def test_items_of_a_keyed_list_may_stand_in_another_order() -> None:
    one, other = {"name": "a", "value": "1"}, {"name": "b", "value": "2"}
    assert changed({"env": [one, other]}, {"env": [other, one]}) == ()


def test_what_we_own_and_no_longer_want_is_a_difference() -> None:
    live = as_live(config_map("a", k="1", gone="2"))
    assert changed_fields(config_map("a", k="1"), live) == ("data.gone",)


def test_what_others_own_is_no_difference() -> None:
    live = as_live(config_map("a", k="1"))
    live["data"] = {**live["data"], "theirs": "x"}
    assert changed_fields(config_map("a", k="1"), live) == ()
