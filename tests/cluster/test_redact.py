"""Whatever a server quotes of what it was sent, no part of a Secret's value is in what we say."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.cluster import connect
from kfinstall.cluster.redact import redact, redact_error, secret_values
from kfinstall.errors import ClusterError, FieldCause
from tests.cluster.scripted import Reply, refuse, serve
from tests.leaks import Detector, make_secret

VALUE = "Xq9/t+\"kL'mN\\pR zZ 7Gh=Yw&u2Bv<Ee8"


def test_every_value_is_taken_out_a_short_one_as_a_whole():
    assert redact("bad: hunter2 and hunter22", [b"hunter2", b"hunter22", b""]) == "bad: *** and ***"


def test_values_of_a_secret_are_given_decoded_and_of_another_kind_none():
    manifest = {"kind": "Secret", "data": {"a": "aHVudGVyMg==", "b": "no base64"}, "stringData": {"c": "plain"}}
    assert set(secret_values(manifest)) == {b"hunter2", b"no base64", b"plain"}
    assert list(secret_values({"kind": "ConfigMap", "data": {"a": "b"}})) == []


@pytest.mark.parametrize(
    "quoted",
    [
        VALUE,
        VALUE[3:],
        VALUE[:-4],
        json.dumps(VALUE),
        repr(VALUE),
        b64encode(VALUE.encode()).decode(),
        b64encode(VALUE.encode()).decode().rstrip("="),
        urlsafe_b64encode(VALUE.encode()).decode(),
        b64encode(f"user:{VALUE}".encode()).decode(),
        b64encode(f"password={VALUE}&more".encode()).decode(),
        urlsafe_b64encode(json.dumps({"k": 1, "word": "x" + VALUE}).encode()).decode(),
        b64encode(VALUE.encode()).decode()[:-9] + "...",
    ],
)
def test_a_value_is_found_in_any_spelling_whole_or_cut_off(quoted: str):
    text = f"denied the request: <{quoted}> is not allowed"
    said = redact(text, [VALUE.encode()])
    assert Detector([VALUE.encode()]).find(text) != []
    assert Detector([VALUE.encode()]).find(said) == []
    assert said.startswith("denied the request: <")
    assert said.endswith("> is not allowed")


@given(st.integers(0, 100_000), st.text(max_size=30), st.text(max_size=30))
def test_no_part_of_any_secret_is_left(number: int, before: str, after: str):
    secret = make_secret(number)
    text = secret.decode(errors="replace")
    encoded = b64encode(before.encode() + secret + after.encode()).decode()
    assert Detector([secret]).find(redact(f"{before}{text}{after} {encoded}", [secret])) == []


def test_hint_and_causes_are_redacted_too_and_without_a_secret_nothing_is():
    secret = {"kind": "Secret", "stringData": {"word": "correct-horse"}}
    cause = FieldCause("data[word]", "Invalid", "Invalid value: correct-horse")
    error = ClusterError("no: correct-horse", hint="not correct-horse", causes=(cause,))
    redact_error(error, {"kind": "ConfigMap", "data": {"word": "correct-horse"}})
    assert "correct-horse" in str(error)
    redact_error(error, secret)
    assert "horse" not in f"{error} {error.args} {error.causes}"
    assert error.causes[0].field == "data[word]"


def test_every_refusal_of_a_request_with_a_secret_in_it_is_redacted(tmp_path: Path):
    encoded = b64encode(b"correct-horse").decode()
    metadata = {"name": "login", "namespace": "default"}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"word": encoded}}
    refused = refuse(422, "Invalid", f"bad: correct-horse, {encoded}")
    secrets = {"name": "secrets", "kind": "Secret", "namespaced": True, "verbs": ["create"]}

    def answer(method: str, path: str) -> Reply:
        return refused if method == "POST" else Reply(200, {"resources": [secrets]})

    with (
        serve(answer, tmp_path) as server,
        connect(server.kubeconfig) as cluster,
        pytest.raises(ClusterError) as caught,
    ):
        cluster.create(body)
    assert str(caught.value).count("***") == 2
    assert "horse" not in str(caught.value)
