"""What Secrets held comes back whole, from as few Secrets beside them as it fits into."""

from __future__ import annotations

from base64 import b64encode

import pytest

from kfinstall.plan.kept import SHARED_BYTES, SMALL_BYTES, held_at, keep
from kfinstall.resource import Origin, Resource

KEY = b"k" * 32


def secret(name: str, data: dict[str, str], namespace: str = "app") -> Resource:
    metadata = {"name": name, "namespace": namespace}
    return Resource({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}, Origin("a.yaml", 1))


def value(size: int, letter: str = "x") -> str:
    return b64encode(letter.encode() * (size * 3 // 4)).decode()


def come_back(*secrets: Resource) -> bool:
    keeping = keep(secrets, "demo", KEY)
    kept = {manifest["metadata"]["name"]: manifest for manifest in keeping.manifests}
    return all(held_at(keeping.places[one.id], kept) == one.manifest["data"] for one in secrets)


def test_small_ones_of_a_namespace_share_one():
    secrets = [secret(f"s{i}", {"word": value(40), "1.word": value(8)}, f"team-{i % 2}") for i in range(24)]
    keeping = keep(secrets, "demo", KEY)
    assert [manifest["metadata"]["namespace"] for manifest in keeping.manifests] == ["team-0", "team-1"]
    assert come_back(*secrets)


@pytest.mark.parametrize("data", [{"file": value(SMALL_BYTES * 2)}, {"k" * 253: "eA=="}], ids=["large", "long key"])
def test_what_may_not_fit_with_others_stays_as_it_is(data: dict[str, str]):
    alone = secret("b", data)
    around = [secret("a", {"word": "eA=="}), secret("c", {"word": "eQ=="})]
    keeping = keep([alone, *around], "demo", KEY)
    assert data in [manifest["data"] for manifest in keeping.manifests]
    assert len(keeping.manifests) == 2
    assert come_back(alone, *around)


def test_no_shared_one_passes_the_limit_of_an_object():
    secrets = [secret(f"s{i:03}", {"file": value(SMALL_BYTES - 99, chr(97 + i % 26))}) for i in range(100)]
    sizes = [sum(map(len, one["data"].values())) for one in keep(secrets, "demo", KEY).manifests]
    assert len(sizes) > 1
    assert max(sizes) <= SHARED_BYTES
    assert come_back(*secrets)


def test_the_order_of_the_resources_names_nothing_else():
    secrets = [secret(f"s{i}", {"word": value(40, chr(97 + i))}) for i in range(5)]
    assert keep(secrets, "demo", KEY) == keep(secrets[::-1], "demo", KEY)


def test_twins_in_two_namespaces_are_kept_in_both():
    twins = [secret("s", {"word": "eA=="}, namespace) for namespace in ("one", "other")]
    assert len(keep(twins, "demo", KEY).manifests) == 2
    assert come_back(*twins)
