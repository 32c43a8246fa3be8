from __future__ import annotations

import contextlib
import json
import stat
from pathlib import Path

import pytest

from kfinstall.cluster import connect
from kfinstall.cluster.http import Request, Transport
from kfinstall.cluster.kubeconfig import load_access
from kfinstall.cluster.refusals import Call
from kfinstall.errors import ClusterError, InputError
from tests.cluster.scripted import Reply, refuse, serve, write_kubeconfig


def plugin(folder: Path, **status: str) -> Path:
    """Write a credential plugin that gives this status and counts its calls in a file beside it."""
    path = folder / "plugin"
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    path.write_text(f"#!/bin/sh\necho call >> {folder}/calls\ncat <<'END'\n{json.dumps(answer)}\nEND\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def exec_user(command: Path | str, **more: str) -> dict:
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(command), **more}}


def test_no_kubeconfig_at_all_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ClusterError, match="no kubeconfig") as caught:
        load_access()
    assert "kfinstall local up" in caught.value.hint


def test_a_kubeconfig_that_is_not_there_is_an_input_error(tmp_path: Path):
    with pytest.raises(InputError, match=r"kubeconfig '.*/nope' does not exist"):
        load_access(tmp_path / "nope")


def test_a_kubeconfig_that_is_no_yaml_names_the_line(tmp_path: Path):
    (tmp_path / "config").write_text("a: 1\nb: [\n")
    with pytest.raises(InputError, match=r"config:3 is not YAML"):
        load_access(tmp_path / "config")


def test_a_context_that_does_not_exist_suggests_the_nearest(tmp_path: Path):
    path = write_kubeconfig(tmp_path / "config", "https://127.0.0.1:1", {})
    with pytest.raises(InputError, match="context 'her' does not exist") as caught:
        load_access(path, "her")
    assert caught.value.hint == "did you mean 'here'?"


def test_a_context_whose_cluster_is_missing_is_an_input_error(tmp_path: Path):
    (tmp_path / "config").write_text(
        json.dumps({"current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "gone"}}]})
    )
    with pytest.raises(InputError, match=r"names cluster 'gone', which .* does not define"):
        load_access(tmp_path / "config")


def test_files_are_found_beside_the_kubeconfig_that_names_them(tmp_path: Path):
    (tmp_path / "token").write_text("from-a-file")
    path = write_kubeconfig(tmp_path / "config", "http://127.0.0.1:1", {"tokenFile": "token"})
    assert load_access(path).credentials.header() == "Bearer from-a-file"


def test_of_several_files_the_first_that_names_a_context_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_kubeconfig(tmp_path / "a", "http://127.0.0.1:1", {"token": "a"})
    write_kubeconfig(tmp_path / "b", "http://127.0.0.1:2", {"token": "b"})
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'a'}:{tmp_path / 'missing'}:{tmp_path / 'b'}")
    assert load_access().endpoint == ("here", "http://127.0.0.1:1")


def test_a_missing_credential_plugin_gives_its_install_hint(tmp_path: Path):
    user = exec_user("gke-gcloud-auth-plugin-x", installHint="see cloud.google.com")
    path = write_kubeconfig(tmp_path / "config", "https://127.0.0.1:1", user)
    with pytest.raises(ClusterError, match="'gke-gcloud-auth-plugin-x' is not installed") as caught:
        load_access(path)
    assert caught.value.hint == "see cloud.google.com"


def test_a_credential_plugin_that_fails_is_a_cluster_error(tmp_path: Path):
    path = write_kubeconfig(tmp_path / "config", "https://127.0.0.1:1", exec_user("/bin/false"))
    with pytest.raises(ClusterError, match="credential plugin '/bin/false' failed"):
        load_access(path)


def test_a_credential_plugin_is_run_again_when_its_token_is_refused(tmp_path: Path):
    replies = iter([refuse(401, "Unauthorized"), Reply(200, {"gitVersion": "v1.36.3"})])
    user = exec_user(plugin(tmp_path, token="t1"))
    with serve(lambda *_: next(replies), tmp_path, user) as server, connect(server.kubeconfig) as cluster:
        assert cluster.server_version() == "v1.36.3"
        assert [authorization for _, _, authorization in server.asked] == ["Bearer t1", "Bearer t1"]
    assert (tmp_path / "calls").read_text().count("call") == 2


def test_a_watch_whose_token_is_refused_is_opened_again_with_a_new_one(tmp_path: Path):
    replies = iter([refuse(401, "Unauthorized"), Reply(200, {"metadata": {}})])
    user = exec_user(plugin(tmp_path, token="t1"))
    with serve(lambda *_: next(replies), tmp_path, user) as server:
        transport = Transport(load_access(server.kubeconfig))
        request = Request(Call("watch", "pods"), "GET", "/api/v1/pods")
        with contextlib.closing(transport.open(request, read_timeout_s=5)) as response:
            assert response.status == 200
        transport.close()
    assert (tmp_path / "calls").read_text().count("call") == 2


def test_a_token_file_that_is_written_anew_is_read_anew(tmp_path: Path):
    token = tmp_path / "token"
    token.write_text("first\n")
    answer = Reply(200, {"gitVersion": "v1"})
    with serve(lambda *_: answer, tmp_path, {"tokenFile": "token"}) as server, connect(server.kubeconfig) as cluster:
        cluster.text("/version")
        token.write_text("second\n")
        cluster.text("/version")
        assert [authorization for _, _, authorization in server.asked] == ["Bearer first", "Bearer second"]


def test_a_token_that_has_expired_is_fetched_anew_before_it_is_used(tmp_path: Path):
    user = exec_user(plugin(tmp_path, token="t", expirationTimestamp="2020-01-01T00:00:00Z"))
    answer = Reply(200, {"gitVersion": "v1"})
    with serve(lambda *_: answer, tmp_path, user) as server, connect(server.kubeconfig) as cluster:
        cluster.server_version()
    assert (tmp_path / "calls").read_text().count("call") == 2


@pytest.mark.parametrize(
    "text",
    [
        "contexts: x",
        "contexts: [x]",
        "users: [{name: [a]}]",
        "clusters: [{name: a, cluster: x}]",
        "users: [{name: 5}]",
        "clusters: [{name: a, cluster: {server: [x]}}]",
    ],
)
def test_an_entry_of_another_shape_is_refused(tmp_path, text):
    (tmp_path / "config").write_text(f"current-context: a\n{text}\n")
    with pytest.raises(InputError, match=r"config': an entry of '\w+' cannot be read"):
        load_access(tmp_path / "config")
