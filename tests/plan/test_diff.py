from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from kfinstall.plan import Change, Observed, diff_text, mask
from kfinstall.resource import Origin, Resource, id_of
from tests.plan.sets import as_live, config_map

secret_texts = st.text(st.characters(codec="utf-8"), min_size=8, max_size=24)


def secret(**data: str):
    metadata = {"name": "s", "namespace": "demo"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


def change(action, manifest) -> Change:
    return Change(action, id_of(manifest), "v1", Resource(manifest, Origin("x")) if action != "prune" else None)


def test_an_update_shows_the_old_and_the_new_value() -> None:
    live = as_live(config_map("a", k="1"))
    text = diff_text(change("update", config_map("a", k="2")), Observed(live))
    assert '-  k: "1"' in text and '+  k: "2"' in text
    assert text.startswith("--- live/ConfigMap demo/a\n+++ desired/ConfigMap demo/a\n")


def test_what_the_server_adds_for_itself_is_not_shown() -> None:
    live = {**as_live(config_map("a", k="1"), phase="x"), "immutable": False}
    text = diff_text(change("update", config_map("a", k="2")), Observed(live))
    assert "uid" not in text and "immutable" not in text and "managedFields" not in text and "status" not in text


def test_what_is_the_same_but_spelt_otherwise_is_not_shown() -> None:
    manifest = config_map("a")
    live = {**as_live(manifest), "spec": {"limits": {"cpu": "1"}, "ports": [{"port": 80, "protocol": "TCP"}]}}
    wanted = {**manifest, "spec": {"limits": {"cpu": "1000m"}, "ports": [{"port": 80}]}}
    assert diff_text(change("update", wanted), Observed(live)) == ""


def test_a_field_that_goes_is_shown_as_gone() -> None:
    text = diff_text(change("update", config_map("a", k="1")), Observed(as_live(config_map("a", k="1", gone="2"))))
    assert '-  gone: "2"' in text


def test_a_creation_is_all_added_and_a_removal_all_removed() -> None:
    created = diff_text(change("create", config_map("a", k="1")), None).splitlines()[3:]
    assert created and all(line.startswith("+") for line in created)
    removed = diff_text(change("prune", config_map("a")), Observed(as_live(config_map("a", k="1")))).splitlines()[3:]
    assert removed and all(line.startswith("-") for line in removed)


def test_a_kept_resource_has_no_diff() -> None:
    assert diff_text(change("keep", config_map("a", k="2")), Observed(as_live(config_map("a", k="1")))) == ""


def test_values_of_a_secret_that_differ_are_seen_to_differ_and_not_what_they_are() -> None:
    text = diff_text(
        change("update", secret(a="bmV3", same="c2FtZQ==")), Observed(as_live(secret(a="b2xk", same="c2FtZQ==")))
    )
    assert "-  a: '*** (before)'" in text and "+  a: '*** (after)'" in text
    assert "same: (sensitive)" in text
    assert "bmV3" not in text and "b2xk" not in text


def test_a_copy_of_a_secret_in_its_last_applied_annotation_is_hidden_too() -> None:
    manifest = secret(a="b2xk")
    manifest["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"b2xk"}}'}
    assert "b2xk" not in str(mask(manifest))


def test_masking_changes_nothing_in_place_and_nothing_but_secrets() -> None:
    given_secret, given_map = secret(a="b2xk"), config_map("a", k="1")
    assert mask(given_map) is given_map
    mask(given_secret)
    assert given_secret["data"] == {"a": "b2xk"}


@given(st.dictionaries(st.sampled_from("abc"), secret_texts), st.dictionaries(st.sampled_from("abc"), secret_texts))
def test_no_value_of_a_secret_is_ever_shown(before: dict[str, str], after: dict[str, str]) -> None:
    old, new = ({k: base64.b64encode(v.encode()).decode() for k, v in side.items()} for side in (before, after))
    live = Observed(as_live({**secret(**old), "stringData": before}))
    for action in ("create", "update", "recreate", "prune"):
        text = diff_text(change(action, {**secret(**new), "stringData": after}), live)
        for value in (*before.values(), *after.values(), *old.values(), *new.values()):
            assert value not in text
