"""Secrets in a render: what is encrypted, sealed, named or empty passes; what could be read does not."""

from __future__ import annotations

import pytest

from kfinstall import catalog
from kfinstall.build import build_resources
from kfinstall.errors import InputError
from kfinstall.gitops.clear_secrets import check_no_clear_secrets
from kfinstall.load import load_tree
from tests.gitops.test_rendered import a_resource

WORD = "hunter2-hunter2"
SOPS = {"mac": "ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]", "version": "3.9.0"}
ENCRYPTED = "ENC[AES256_GCM,data:Zm9v,iv:x,tag:x,type:str]"
LAST = "kubectl.kubernetes.io/last-applied-configuration"


def secret(**fields):
    return a_resource("Secret", "login", **fields)


PASSING = {
    "empty": secret(),
    "of no values": secret(data={}, stringData={"password": ""}),
    "for the token controller": secret(type="kubernetes.io/service-account-token"),
    "encrypted by SOPS": secret(data={"password": ENCRYPTED}, sops=SOPS),
    "a SealedSecret": a_resource(
        "SealedSecret", api_version="bitnami.com/v1alpha1", spec={"encryptedData": {"password": "AgBy"}}
    ),
    "an ExternalSecret": a_resource(
        "ExternalSecret", api_version="external-secrets.io/v1", spec={"data": [{"secretKey": "password"}]}
    ),
    "of another group": a_resource("Secret", api_version="example.com/v1", data={"password": WORD}),
}
REFUSED = {
    "data": (secret(data={"password": WORD}), "data.password"),
    "stringData": (secret(stringData={"user": WORD, "password": WORD}), "stringData.user, stringData.password"),
    "a token": (secret(type="kubernetes.io/service-account-token", data={"token": WORD}), "data.token"),
    "what kubectl applied": (a_resource("Secret", "login"), LAST),
    "half encrypted": (secret(data={"a": ENCRYPTED, "b": WORD}, sops=SOPS), "is encrypted but for data.b"),
    "a claim of encryption": (secret(data={"b": ENCRYPTED}), "data.b"),
    "of another shape": (secret(data=[WORD]), "data"),
}
REFUSED["what kubectl applied"][0].manifest["metadata"]["annotations"] = {LAST: f'{{"data":{{"a":"{WORD}"}}}}'}


@pytest.mark.parametrize("name", PASSING)
def test_a_secret_passes_that_shows_nothing(name):
    check_no_clear_secrets([PASSING[name]])


@pytest.mark.parametrize("name", REFUSED)
def test_a_secret_in_clear_is_refused_with_its_place_and_without_its_values(name):
    resource, said = REFUSED[name]
    with pytest.raises(InputError) as refusal:
        check_no_clear_secrets([resource])
    told = str(refusal.value)
    assert told.startswith("own.yaml:7: Secret kf/login ")
    assert said in told and "SOPS" in refusal.value.hint
    assert WORD not in told


def test_all_secrets_in_clear_are_told_together():
    with pytest.raises(ExceptionGroup) as refusal:
        check_no_clear_secrets([secret(data={"a": WORD}), a_resource("Secret", "two", data={"b": WORD})])
    assert len(refusal.value.exceptions) == 2


@pytest.mark.parametrize("name", [component.name for component in catalog.components()])
def test_no_component_of_the_catalogue_has_a_secret_in_clear(name):
    """What they log in with is made in the cluster by a Job, the same under apply, Argo CD and Flux."""
    check_no_clear_secrets(build_resources(load_tree(catalog.root() / "base" / name)))
