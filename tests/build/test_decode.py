"""Plain data and nodes -> the types of a kustomization."""

from __future__ import annotations

from typing import Any

import pytest

from kfinstall.build.decode import decode_plain, fields_of, show_key, spelling_of
from kfinstall.build.kustomization import HelmChart, Image, Kustomization, ReplacementSource
from kfinstall.errors import InputError
from kfinstall.light import NamedTuple
from kfinstall.resource import Origin

HERE = Origin("t.yaml", 7)


class Sample(NamedTuple):
    text: str = ""
    free: Any = None
    image: Image = Image()
    origin: Origin = Origin("", 0)


def test_a_plugin_s_configuration_is_decoded_whatever_the_case_of_its_fields():
    got = decode_plain({"Text": "a", "IMAGE": {"newtag": "b"}, "kind": "Sample"}, Sample, HERE)
    assert got == Sample("a", None, Image(new_tag="b", origin=HERE), HERE)


def test_numbers_and_booleans_become_text_where_text_is_expected():
    values = [5, 1.5, 1e300, True, False, None]
    assert [decode_plain({"text": value}, Sample, HERE).text for value in values] == [
        *("5", "1.5", "+Inf", "true", "false", "")
    ]


def test_what_may_be_anything_is_kept():
    assert decode_plain({"free": {"a": [1, "b"]}}, Sample, HERE).free == {"a": [1, "b"]}


def test_a_value_of_another_type_is_refused_where_the_configuration_was_written():
    with pytest.raises(InputError, match=r"t.yaml:7: image must be a mapping, not a list"):
        decode_plain({"image": []}, Sample, HERE)


def test_the_file_s_spelling_is_the_name_in_camel_case_but_for_the_listed_ones():
    assert spelling_of(Kustomization, "patches_json6902") == "patchesJson6902"
    assert spelling_of(HelmChart, "include_crds") == "includeCRDs"


def test_what_is_not_in_the_file_is_no_field():
    assert "path" not in fields_of(Kustomization)
    assert "lines" not in fields_of(Kustomization)
    assert "origin" not in fields_of(ReplacementSource)


def test_a_place_is_shown_as_people_write_it():
    assert show_key(("images", 0, "newTag")) == "images[0].newTag"


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_infinity_is_a_number_and_no_text(value):
    with pytest.raises(InputError, match="text must be text, not a number") as caught:
        decode_plain({"text": value}, Sample, HERE)
    assert caught.value.origin == HERE
