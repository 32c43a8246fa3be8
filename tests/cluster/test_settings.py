"""What is read of a kubeconfig without the Kubernetes library is what that reads of it."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import Configuration
from kubernetes.config import load_kube_config_from_dict

from kfinstall.cluster.settings import plain_settings

DATA = {key: b64encode(key.encode()).decode() for key in ("authority", "certificate", "key")}
SERVER = {"server": "https://192.0.2.1:6443/"}
CERTIFICATE = {"client-certificate-data": DATA["certificate"], "client-key-data": DATA["key"]}


def content(path: str | None) -> bytes | None:
    return None if path is None else Path(path).read_bytes()


def seen(settings: Any) -> dict[str, Any]:
    files = {name: content(getattr(settings, name)) for name in ("ssl_ca_cert", "cert_file", "key_file")}
    same = {name: getattr(settings, name) for name in ("host", "verify_ssl", "tls_server_name", "proxy", "no_proxy")}
    return {**files, **same, "token": settings.auth_settings().get("BearerToken", {}).get("value")}


def by_the_library(cluster: dict[str, Any], user: dict[str, Any]) -> Configuration:
    configuration = Configuration()
    config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"user": "u", "cluster": "k"}}],
        "users": [{"name": "u", "user": user}],
        "clusters": [{"name": "k", "cluster": cluster}],
    }
    load_kube_config_from_dict(config, client_configuration=configuration, persist_config=False)
    return configuration


@pytest.mark.parametrize(
    ("cluster", "user"),
    [
        ({**SERVER, "certificate-authority-data": DATA["authority"]}, CERTIFICATE),
        ({**SERVER, "insecure-skip-tls-verify": True}, {"token": "t0ken"}),
        ({**SERVER, "insecure-skip-tls-verify": False, "tls-server-name": "api"}, {**CERTIFICATE, "token": "t0ken"}),
        ({"server": "http://127.0.0.1:8080"}, CERTIFICATE),
        (SERVER, {}),
    ],
    ids=["certificate", "token", "server name", "plain http", "nobody"],
)
def test_a_plain_one_is_read_as_the_library_reads_it(cluster: dict[str, Any], user: dict[str, Any]):
    assert seen(plain_settings(cluster, user, {})) == seen(by_the_library(cluster, user))


def test_files_are_named_and_data_goes_before_them(tmp_path: Path):
    (tmp_path / "ca.crt").write_text("authority of a file")
    cluster = {**SERVER, "certificate-authority": str(tmp_path / "ca.crt")}
    both = {**cluster, "certificate-authority-data": DATA["authority"]}
    for one in (cluster, both):
        assert seen(plain_settings(one, {}, {})) == seen(by_the_library(one, {}))


@pytest.mark.parametrize(
    ("cluster", "user", "environ"),
    [
        ({"proxy-url": "http://192.0.2.2"}, {}, {}),
        ({}, {"auth-provider": {}}, {}),
        ({}, {"username": "a", "password": "b"}, {}),
        ({}, {"tokenFile": "/t"}, {}),
        ({"certificate-authority": "/not/there"}, {}, {}),
        ({"certificate-authority-data": "no base64"}, {}, {}),
        ({}, {}, {"HTTPS_PROXY": "http://192.0.2.2"}),
    ],
    ids=["proxy", "provider", "password", "token file", "no file", "no base64", "environment"],
)
def test_all_else_is_left_to_the_library(cluster: dict[str, Any], user: dict[str, Any], environ: dict[str, str]):
    assert plain_settings({**SERVER, **cluster}, user, environ) is None


def test_a_plain_one_needs_no_import_of_the_library(tmp_path: Path):
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
        "clusters: [{name: k, cluster: {server: 'https://192.0.2.1'}}]\nusers: [{name: u, user: {token: t}}]\n"
    )
    code = (
        "import sys; from kfinstall.cluster import connect\n"
        "with connect(sys.argv[1]): print([name for name in sys.modules if name.startswith('kubernetes')])"
    )
    clean = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        [sys.executable, "-c", code, str(kubeconfig)], env=clean, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
