"""What plain scalars mean: printed as kustomize v5.8.1 prints each of them in a resource."""

import pytest

from kfinstall.manifest import dump_manifest, parse_documents, parse_plain
from kfinstall.manifest.scalar import SourceFloat, SourceInt, SourceText, source_text, unquoted

PRINTED = (
    ("yes", '"yes"'),
    ("no", '"no"'),
    ("on", '"on"'),
    ("off", '"off"'),
    ("y", '"y"'),
    ("n", '"n"'),
    ("Y", '"Y"'),
    ("N", '"N"'),
    ("Yes", '"Yes"'),
    ("NO", '"NO"'),
    ("On", '"On"'),
    ("OFF", '"OFF"'),
    ("true", "true"),
    ("True", "true"),
    ("TRUE", "true"),
    ("tRue", "tRue"),
    ("false", "false"),
    ("False", "false"),
    ("FALSE", "false"),
    ("null", "null"),
    ("Null", "null"),
    ("NULL", "null"),
    ("nULL", "nULL"),
    ("~", "null"),
    ("=", "="),
    ("<<", "<<"),
    ("0", "0"),
    ("1", "1"),
    ("-1", "-1"),
    ("+1", "1"),
    ("007", "7"),
    ("0777", "511"),
    ("08", "8"),
    ("09", "9"),
    ("0o17", "15"),
    ("0o8", "0o8"),
    ("0x1F", "31"),
    ("0X1f", "31"),
    ("0xG", "0xG"),
    ("0b11", "3"),
    ("0b2", "0b2"),
    ("-0b11", "-3"),
    ("1_000", "1000"),
    ("_1", "_1"),
    ("1__0", "10"),
    ("1_", "1"),
    ("0x_1", "1"),
    ("9223372036854775807", "9223372036854775807"),
    ("9223372036854775808", "9223372036854775808"),
    ("18446744073709551615", "18446744073709551615"),
    ("18446744073709551616", "1.8446744073709552e+19"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("-9223372036854775809", "-9.223372036854776e+18"),
    ("0x10000000000000000", "0x10000000000000000"),
    ("1.0", "1"),
    ("1.10", "1.1"),
    ("1.5", "1.5"),
    ("-1.5", "-1.5"),
    ("+1.5", "1.5"),
    ("1.", "1"),
    (".5", "0.5"),
    ("-.5", "-0.5"),
    ("._5", "._5"),
    (".5_0", "0.5"),
    (".5_", ".5_"),
    ("1e3", "1000"),
    ("1E3", "1000"),
    ("1e+3", "1000"),
    ("1e-3", "0.001"),
    ("1.e3", "1000"),
    ("1e", "1e"),
    ("1e21", "1e+21"),
    ("1e20", "1e+20"),
    ("1e400", "1e400"),
    ("123456789.5", "1.234567895e+08"),
    ("0.00001", "1e-05"),
    ("0.0001", "0.0001"),
    ("-0", "0"),
    ("-0.0", "0"),
    ("5e-324", "5e-324"),
    ("1:30", '"1:30"'),
    ("190:20:30", '"190:20:30"'),
    ("1:30.5", '"1:30.5"'),
    ("2001-01-01", '"2001-01-01T00:00:00Z"'),
    ("2001-1-1", '"2001-01-01T00:00:00Z"'),
    ("2001-02-30", "2001-02-30"),
    ("2001-01-01T10:20:30Z", '"2001-01-01T10:20:30Z"'),
    ("2001-01-01t10:20:30+05:30", '"2001-01-01T10:20:30+05:30"'),
    ("2001-01-01 10:20:30", '"2001-01-01T10:20:30Z"'),
    ("2001-01-01 10:20:30.5", '"2001-01-01T10:20:30.5Z"'),
    ("2001-01-01T10:20:30", "2001-01-01T10:20:30"),
    ("1.2.3", "1.2.3"),
    ("1.2.3.4", "1.2.3.4"),
    ("127.0.0.1", "127.0.0.1"),
    ("1a", "1a"),
    ("-", "- null"),
    (".", "."),
    ("..", ".."),
    ("a b", "a b"),
    ("a:b", "a:b"),
    ("a#b", "a#b"),
    ("100m", "100m"),
    ("1Gi", "1Gi"),
    ("é", "é"),
    (":a", ":a"),
)

IN_KUSTOMIZATIONS = (
    ("yes", True),
    ("Off", False),
    ("n", False),
    ("y", True),
    ("~", None),
    ("2001-01-01", "2001-01-01"),
    ("1:30", "1:30"),
    ("1.10", 1.1),
    ("1e3", 1000),
    ("0777", 511),
    ("0o17", 15),
    ("1_000", 1000),
    ("'yes'", "yes"),
    ("!!str 5", "5"),
)


@pytest.mark.parametrize(("written", "printed"), PRINTED)
def test_a_plain_scalar_of_a_resource_prints_as_in_kustomize(written, printed):
    (document,) = parse_documents(f"v:\n- {written}\n", "a.yaml")
    assert dump_manifest(document.manifest) == f"v:\n- {printed}\n"


@pytest.mark.parametrize(("written", "value"), IN_KUSTOMIZATIONS)
def test_a_plain_scalar_of_a_kustomization_is_yaml_1_1(written, value):
    got = parse_plain(f"v: {written}", "kustomization.yaml")["v"]
    assert (got, type(got)) == (value, type(value))


def value_of(written):
    return parse_documents(f"v: {written}", "a.yaml")[0].manifest["v"]


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [("1.10", SourceFloat, 1.1), ("0x10", SourceInt, 16), ("1e3", SourceInt, 1000)],
)
def test_a_number_keeps_how_it_was_written(written, kind, value):
    got = value_of(written)
    assert (type(got), got, source_text(got)) == (kind, value, written)


def test_a_date_is_text_and_keeps_how_it_was_written():
    got = value_of("2001-1-2")
    assert (type(got), got, source_text(got)) == (SourceText, "2001-01-02T00:00:00Z", "2001-1-2")


def test_a_number_written_as_it_prints_is_a_plain_number():
    assert [type(value_of(text)) for text in ("16", "1.5", "-3")] == [int, float, int]


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (None, "null"), ("x", "x"), (5, "5"), ({}, ""), ([], "")])
def test_source_text_of_what_was_written_as_usual(value, text):
    assert source_text(value) == text


def test_an_id_written_as_a_number_is_text_and_prints_as_the_number():
    name = unquoted(value_of("1.10"))
    assert name == "1.10"
    assert dump_manifest({"name": name}) == "name: 1.1\n"
