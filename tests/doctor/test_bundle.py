"""A bundle holds no secret, wherever one was planted, and is judged as the cluster was."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from kfinstall.doctor import judge
from kfinstall.doctor.bundle import as_data, from_data, read_bundle, write_bundle
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.snapshot import Answers, LocalFacts, Snapshot
from kfinstall.errors import InputError
from kfinstall.resource import GroupKind, Manifest, Origin, Resource, gvk_of
from tests.doctor.corpus import completed, load_states

STATES = load_states()
KEY = b"x" * 32
RANDOM = random.Random(7)


def secret(number: int) -> str:
    """Give a made-up secret: words, hexadecimal, base64 or letters of all kinds, of several lengths."""
    alphabet = (
        string.ascii_letters + string.digits,
        string.hexdigits,
        string.ascii_lowercase + "-",
        string.printable[:90],
    )
    text = "".join(RANDOM.choice(alphabet[number % 4]) for _ in range(12 + number % 29))
    return text.replace("\\", "/").replace("{", "(")


def in_config_map(word: str) -> dict[str, Any]:
    return {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "data": {"settings.py": f"c.Hub.password = '{word}'\nword: {word}"},
    }


def in_secret(word: str) -> dict[str, Any]:
    coded = base64.b64encode(word.encode()).decode()
    copied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"data": {"word": coded}})}
    return {
        "kind": "Secret",
        "apiVersion": "v1",
        "data": {"word": coded},
        "annotations": copied,
        "stringData": {"w": word},
    }


def in_pod(**container: Any) -> dict[str, Any]:
    return {"kind": "Pod", "apiVersion": "v1", "spec": {"containers": [{"name": "c", "image": "i", **container}]}}


PLACES = (
    in_config_map,
    in_secret,
    lambda word: in_pod(env=[{"name": "DATABASE", "value": f"mysql://root:{word}@db/x"}]),
    lambda word: in_pod(args=["--word", word]),
    lambda word: in_pod(args=[f"--login={word}"], command=["sh", "-c", f"login {word}"]),
    lambda word: {"kind": "Deployment", "apiVersion": "apps/v1", "annotations": {"example.com/note": f"it is {word}"}},
    lambda word: {"kind": "Workflow", "apiVersion": "argoproj.io/v1alpha1", "spec": {
        "arguments": {"parameters": [{"name": "login", "value": word}]}, "password": word}},
    lambda word: {"kind": "StorageClass", "apiVersion": "storage.k8s.io/v1", "parameters": {"adminKey": word}},
)  # fmt: skip


def planted(number: int) -> tuple[str, list[Manifest]]:
    """Give a secret and manifests that hold it, and an event that repeats what one of them holds."""
    word = secret(number)
    made = PLACES[number % len(PLACES)](word)
    metadata = {"name": f"m{number}", "namespace": "test", "annotations": made.pop("annotations", {})}
    about = {"kind": made["kind"], "name": f"m{number}", "namespace": "test"}
    said = f"cannot log in with https://me:{word.replace('/', '').replace('@', '').replace(':', '')}@example.com/x"
    event = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": f"e{number}", "namespace": "test"}}
    return word, [
        {**made, "metadata": metadata},
        {**event, "involvedObject": about, "message": said, "reason": "Failed"},
    ]


def test_a_thousand_secrets_planted_everywhere_never_appear_in_a_bundle() -> None:
    words, manifests = [], {}
    logs = {}
    for number in range(1000):
        word, made = planted(number)
        words.append(word)
        for manifest in completed(made):
            manifests.setdefault(gvk_of(manifest).group_kind, []).append(manifest)
        logs["test", f"m{number}", "c"] = f"password is {word}\nexec format error"
    rendered = tuple(Resource(one, Origin("a.yaml")) for found in manifests.values() for one in found)
    local = LocalFacts({"HTTPS_PROXY": f"http://me:{words[2]}@proxy"}, {"app.yaml": f"token: {words[3]}"})
    whole = Snapshot(
        manifests=manifests, rendered=rendered, local=local, logs=logs, cluster=f"x at https://u:{words[0]}@c"
    )
    text = json.dumps(as_data(whole, KEY), ensure_ascii=False)
    unescaped = text.replace("\\\\", "\\").replace('\\"', '"')
    assert [word for word in words if word in text or word in unescaped] == []
    coded = [base64.b64encode(word.encode()).decode() for word in words]
    assert [word for word in coded if word in text] == []
    assert text.count("exec format error") == 1000


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_bundle_is_judged_as_the_cluster_was(state) -> None:
    again = from_data(json.loads(json.dumps(as_data(state.snapshot, KEY))))
    checks = [check for check in CHECKS if check.id == state.check]
    before, after = judge(state.snapshot, checks), judge(again, checks)
    assert [(one.check, one.subject, one.severity, one.affects) for one in after.findings] == [
        (one.check, one.subject, one.severity, one.affects) for one in before.findings
    ]
    assert after.skipped == before.skipped
    assert after.ran == before.ran


def test_every_fact_is_in_a_bundle() -> None:
    data = as_data(Snapshot(local=LocalFacts(), answers=Answers()), KEY)
    names = {one.name for one in fields(Snapshot)} - {"_made"}
    assert names == set(data) - {"v"}
    assert set(data["local"]) == {one.name for one in fields(LocalFacts)}
    assert set(data["answers"]) == {one.name for one in fields(Answers)}


def test_a_bundle_can_be_read_by_its_owner_alone_and_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "facts.gz"
    whole = Snapshot(version="v1.36.3", manifests={GroupKind("", "Pod"): ()})
    write_bundle(str(path), whole)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_bundle(str(path)) == whole
    with pytest.raises(InputError, match="is there already"):
        write_bundle(str(path), whole)


@pytest.mark.parametrize(
    "content", [b"", b"no gzip", gzip.compress(b"{"), gzip.compress(b'{"v": 99}'), gzip.compress(b"[]")]
)
def test_what_is_no_bundle_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "facts.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is no bundle"):
        read_bundle(str(path))
    with pytest.raises(InputError, match="no file"):
        read_bundle(str(tmp_path / "missing"))
