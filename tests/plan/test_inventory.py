from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.errors import ClusterError
from kfinstall.plan import Inventory, Member, applyset_id, union
from kfinstall.plan.inventory import from_manifests, parent_labels, shard_names, to_manifests
from kfinstall.resource import ResourceId

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)
members = st.builds(
    Member,
    st.builds(ResourceId, st.sampled_from(["", "apps"]), st.just("Widget"), st.sampled_from(["", "demo"]), names),
    st.just("v1"),
    st.sampled_from(["", "uid"]),
)


def member(n: int) -> Member:
    return Member(ResourceId("apps", "Deployment", "demo", f"web-{n}"), "v1", f"uid-{n}", "d" * 22, "l" * 22)


def inventory(count: int) -> Inventory:
    return Inventory("gke", "kfinstall-system", tuple(map(member, range(count))), 7)


def test_the_applyset_id_is_the_one_of_the_specification() -> None:
    # echo -n gke.kfinstall-system.ConfigMap. | openssl dgst -sha256 -binary | basenc --base64url
    assert applyset_id("gke", "kfinstall-system") == "applyset-xSTOgmtTsiGzmyKf0ePfpVPqDM8v8TrS90yGEkGYvs8-v1"


def test_a_small_inventory_is_one_config_map_with_the_labels_of_an_applyset() -> None:
    (parent,) = to_manifests(inventory(2))
    assert parent["metadata"]["labels"] == parent_labels("gke", "kfinstall-system")
    annotations = parent["metadata"]["annotations"]
    assert annotations["applyset.kubernetes.io/contains-group-kinds"] == "Deployment.apps"
    assert annotations["applyset.kubernetes.io/additional-namespaces"] == "demo"
    assert annotations["applyset.kubernetes.io/tooling"].startswith("kfinstall/v")
    assert parent["data"]["members"].count("\n") == 2


def test_a_large_inventory_goes_to_shards_that_fit_and_are_named_by_their_content() -> None:
    parent, *shards = to_manifests(inventory(10_000))
    assert "members" not in parent["data"]
    assert list(shard_names(parent)) == [shard["metadata"]["name"] for shard in shards]
    assert len(shards) == 2 and all(len(shard["data"]["members"]) <= 900 * 1024 for shard in shards)
    again = to_manifests(inventory(10_000))
    assert [m["metadata"]["name"] for m in again] == [m["metadata"]["name"] for m in (parent, *shards)]


@given(st.lists(members, max_size=8), st.integers(0, 9), st.integers(100, 400), st.randoms(use_true_random=False))
def test_what_is_written_is_read_back_in_any_order(found, revision, limit, shuffle: random.Random) -> None:
    written = Inventory("x", "y", tuple(found), revision)
    manifests = list(to_manifests(written, shard_bytes=limit))
    shuffle.shuffle(manifests)
    assert from_manifests(manifests) == written


def test_a_missing_shard_is_an_error_that_names_it() -> None:
    parent, first, *_ = to_manifests(inventory(50), shard_bytes=1000)
    with pytest.raises(ClusterError, match=r"its part 'gke-members-.*' is missing"):
        from_manifests([parent, first])


@pytest.mark.parametrize("line", ["nonsense", "[]", '["a", 1]', "{}"])
def test_a_line_that_cannot_be_read_is_an_error(line: str) -> None:
    (parent,) = to_manifests(inventory(1))
    parent["data"]["members"] += line + "\n"
    with pytest.raises(ClusterError, match="damaged"):
        from_manifests([parent])


def test_a_missing_parent_and_a_bad_revision_are_errors() -> None:
    with pytest.raises(ClusterError, match="parent ConfigMap is missing"):
        from_manifests([])
    (parent,) = to_manifests(inventory(1))
    parent["data"]["revision"] = "one"
    with pytest.raises(ClusterError, match="its revision is 'one'"):
        from_manifests([parent])


def test_before_the_first_write_all_that_is_and_will_be_is_recorded_once() -> None:
    before, after = inventory(3), Inventory("gke", "kfinstall-system", (member(2)._replace(uid=""), member(5)), 8)
    both = union(before, after)
    assert [m.id.name for m in both.members] == ["web-2", "web-5", "web-0", "web-1"]
    assert (both.revision, both.members[0].uid) == (8, "")
