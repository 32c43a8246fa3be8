"""Values at a field path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.fields import get_at, replace_at

MANIFEST = {"spec": {"containers": [{"image": "a"}, {"image": "b"}], "empty": None}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), MANIFEST),
        (("spec", "containers", 1, "image"), "b"),
        (("spec", "containers", -1, "image"), "b"),
        (("spec", "containers", 2, "image"), "default"),
        (("spec", "containers", "x"), "default"),
        (("spec", "none", "image"), "default"),
        (("spec", "empty"), "default"),
        (("spec", "containers", 0, "image", "x"), "default"),
    ],
)
def test_a_value_is_read_at_its_path(path, value):
    assert get_at(MANIFEST, path, "default") == value


def test_a_replaced_value_shares_what_is_not_on_its_path():
    changed = replace_at(MANIFEST, ("spec", "containers", 1, "image"), str.upper)
    assert changed["spec"]["containers"] == [{"image": "a"}, {"image": "B"}]
    assert changed["spec"]["containers"][0] is MANIFEST["spec"]["containers"][0]
    assert MANIFEST["spec"]["containers"][1] == {"image": "b"}


def test_a_place_in_a_list_may_count_from_its_end():
    assert replace_at([1, 2, 3], (-1,), lambda _: 4) == [1, 2, 4]


@pytest.mark.parametrize("path", [("spec", "none"), ("spec", "containers", 5), ("spec", "containers", "x"), ("x", "y")])
def test_a_path_that_is_not_there_changes_nothing(path):
    assert replace_at(MANIFEST, path, lambda _: "new") is MANIFEST


def test_mappings_on_the_way_are_made_when_asked_for():
    assert replace_at({}, ("a", "b"), lambda old: [old], create=True) == {"a": {"b": [None]}}
    assert replace_at({"a": None}, ("a", "b"), lambda _: 1, create=True) == {"a": {"b": 1}}
    assert replace_at({"a": 5}, ("a", "b"), lambda _: 1, create=True) == {"a": 5}


VALUES = st.recursive(
    st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner)
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", 0, 1, -1]), max_size=4)


@given(VALUES, PATHS)
def test_replacing_a_value_by_itself_gives_the_same_object(value, path):
    assert replace_at(value, path, lambda old: old) is value


@given(VALUES, PATHS)
def test_what_was_written_is_read_back(value, path):
    if get_at(value, path) is not None:
        assert get_at(replace_at(value, path, lambda _: "new"), path) == "new"
