"""What goes wrong outside: each is one clear error with a hint and the right exit code; nothing is half-recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.sites import Objects, Outcome, Site, added

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: default
data:
  a: b
"""


CLAIM = """\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: files
  annotations: {local.kfinstall.dev/provisioned: "true", local.kfinstall.dev/access-modes: ReadWriteOnce}
provisioner: example.com/disk
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: files, namespace: default}
spec: {storageClassName: files, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "settings.yaml"
    path.write_text(CONFIG_MAP)
    return path


@pytest.fixture(scope="module")
def before(plain_site: Site) -> Objects:
    return plain_site.objects()


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(plain_site: Site, before: Objects) -> Iterator[None]:
    """Check after each test that the cluster has no object more than before all of them."""
    yield
    assert added(before, plain_site.objects()) == set()


def check(done: Outcome, code: int, *words: str) -> None:
    """The first line names the cause, the second says what to do, and that is all."""
    lines = done.err.splitlines()
    errors = [i for i, line in enumerate(lines) if line.startswith("error: ")]
    assert done.code == code, done
    assert len(errors) == 1, done.err
    assert lines[errors[0] + 1].startswith("  hint: "), done.err
    for word in words:
        assert word in lines[errors[0]], done.err
    assert "Traceback" not in done.err


def kubeconfig(site: Site, path: Path, *, server: str = "", user: dict[str, str] | None = None) -> Path:
    """Write a copy of the administrator's kubeconfig with another server or another user."""
    config = yaml.safe_load(site.kubeconfig.read_text())
    if server:
        config["clusters"][0]["cluster"]["server"] = server
    if user is not None:
        config["users"][0]["user"] = user
    path.write_text(yaml.safe_dump(config))
    path.chmod(0o600)
    return path


def test_without_a_kubeconfig_it_says_where_it_looked(plain_site: Site, manifest: Path, tmp_path: Path) -> None:
    done = plain_site.kfinstall("apply", manifest, KUBECONFIG="", HOME=str(tmp_path))
    check(done, 3, "kubeconfig")
    assert "kfinstall local up" in done.err


def test_a_context_that_does_not_exist_gets_the_nearest_one(plain_site: Site, manifest: Path) -> None:
    (name,) = [c["name"] for c in yaml.safe_load(plain_site.kubeconfig.read_text())["contexts"]]
    done = plain_site.kfinstall("apply", manifest, "--context", f"{name}x")
    check(done, 2, f"{name}x")
    assert f"did you mean '{name}'?" in done.err


def test_a_cluster_that_cannot_be_reached_is_named(plain_site: Site, manifest: Path, tmp_path: Path) -> None:
    nobody = kubeconfig(plain_site, tmp_path / "config", server="https://127.0.0.1:1")
    check(plain_site.kfinstall("apply", manifest, "--kubeconfig", nobody), 3, "https://127.0.0.1:1")


def test_credentials_that_are_no_longer_good_are_named(plain_site: Site, manifest: Path, tmp_path: Path) -> None:
    old = kubeconfig(plain_site, tmp_path / "config", user={"token": "hunter2hunter2"})
    done = plain_site.kfinstall("apply", manifest, "--kubeconfig", old)
    check(done, 3, "credentials")
    assert "hunter2" not in done.err + done.out


def test_a_verb_that_is_forbidden_is_named_with_who_may_not(plain_site: Site, manifest: Path, tmp_path: Path) -> None:
    plain_site.kubectl("create", "serviceaccount", "reader", "-n", "default")
    plain_site.kubectl(
        "create", "clusterrolebinding", "reader", "--clusterrole=view", "--serviceaccount=default:reader"
    )
    try:
        token = plain_site.kubectl("create", "token", "reader", "-n", "default").strip()
        reader = kubeconfig(plain_site, tmp_path / "config", user={"token": token})
        done = plain_site.kfinstall("apply", manifest, "--kubeconfig", reader)
        check(done, 3, "system:serviceaccount:default:reader")
        assert token not in done.err + done.out
    finally:
        plain_site.kubectl("delete", "clusterrolebinding", "reader")
        plain_site.kubectl("delete", "serviceaccount", "reader", "-n", "default")


def test_a_typo_in_a_kustomization_is_named_with_its_line(plain_site: Site) -> None:
    folder = plain_site.overlay("typo", "kind: Kustomization\nresorces:\n- a.yaml\n")
    done = plain_site.kfinstall("apply", folder)
    check(done, 2, "kustomization.yaml:2: ", "resorces")
    assert "did you mean 'resources'?" in done.err


def test_a_typo_in_a_file_name_is_named_with_its_line(plain_site: Site) -> None:
    folder = plain_site.overlay("file-typo", "kind: Kustomization\nresources:\n- setings.yaml\n", settings=CONFIG_MAP)
    done = plain_site.kfinstall("apply", folder)
    check(done, 2, "kustomization.yaml:3: ", "setings.yaml")
    assert "settings.yaml" in done.err


def test_a_typo_in_a_field_of_a_manifest_is_named_with_its_file(plain_site: Site, tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(CONFIG_MAP.replace("\ndata:", "\ndaat:"))
    check(plain_site.kfinstall("apply", path), 3, "settings.yaml:1: ", "daat")


def test_a_file_that_does_not_exist_gets_the_nearest_one(plain_site: Site, manifest: Path) -> None:
    done = plain_site.kfinstall("apply", manifest.with_name("setting.yaml"))
    check(done, 2, "setting.yaml")
    assert "did you mean 'settings.yaml'?" in done.err


def test_a_namespace_that_is_being_deleted_is_named(plain_site: Site, tmp_path: Path) -> None:
    plain_site.kubectl("create", "namespace", "leaving")
    held = CONFIG_MAP.replace("namespace: default", "namespace: leaving\n  finalizers: [example.com/hold]")
    plain_site.kubectl("apply", "-f", "-", stdin=held.replace("settings", "held"))
    plain_site.kubectl("delete", "namespace", "leaving", "--wait=false")
    try:
        path = tmp_path / "settings.yaml"
        path.write_text(CONFIG_MAP.replace("namespace: default", "namespace: leaving"))
        check(plain_site.kfinstall("apply", path), 3, "leaving", "being deleted")
    finally:
        free = '{"metadata": {"finalizers": null}}'
        plain_site.kubectl("patch", "configmap", "-n", "leaving", "held", "--type=merge", "-p", free)
        plain_site.kubectl("wait", "--for=delete", "namespace/leaving", "--timeout=60s")


def test_a_custom_resource_without_its_crd_is_named(plain_site: Site, tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text("apiVersion: kubeflow.org/v1\nkind: TFJob\nmetadata: {name: mnist, namespace: default}\nspec: {}\n")
    check(plain_site.kfinstall("apply", path), 2, "job.yaml:1: ", "TFJob")


def test_a_platform_that_the_cluster_is_not_stops_before_anything_is_sent(plain_site: Site) -> None:
    done = plain_site.kfinstall("apply", "--platform", "gke", "--yes")
    check(done, 2, "--platform gke", "kind")
    assert "--allow-platform-mismatch" in done.err


def test_a_platform_that_does_not_exist_gets_the_nearest_one(plain_site: Site) -> None:
    done = plain_site.kfinstall("apply", "--platform", "gkee")
    check(done, 2, "gkee")
    assert "did you mean 'gke'?" in done.err


def test_a_field_that_someone_else_set_is_named_and_left_to_them_when_told(plain_site: Site, manifest: Path) -> None:
    plain_site.kubectl("create", "configmap", "settings", "-n", "default", "--from-literal=a=theirs")
    refused = plain_site.kfinstall("apply", manifest, "--yes")
    check(refused, 3, ".data.a (by kubectl-create)")
    assert "--on-conflict" in refused.err
    assert plain_site.kfinstall("apply", manifest, "--yes", "--on-conflict", "yield").code == 0
    assert plain_site.kubectl("get", "configmap", "settings", "-n", "default", "-o", "jsonpath={.data.a}") == "theirs"
    assert plain_site.kfinstall("delete", "--name", "settings", "--yes").code == 0


def test_data_goes_only_after_a_yes(plain_site: Site, tmp_path: Path) -> None:
    path = tmp_path / "files.yaml"
    path.write_text(CLAIM)
    assert plain_site.kfinstall("apply", path).code == 0
    kept = plain_site.kfinstall("delete", "--name", "files")
    assert "left      PersistentVolumeClaim default/files: it holds data" in kept.out
    refused = plain_site.kfinstall("delete", "--name", "files", "--delete-data")
    check(refused, 2, "there is nobody to ask")
    assert "lost      PersistentVolumeClaim default/files: it holds data" in refused.out
    assert "files" in plain_site.kubectl("get", "persistentvolumeclaims", "-n", "default", "-o", "name")
    assert plain_site.kfinstall("delete", "--name", "files", "--delete-data", "--yes").code == 0


def test_events_are_json_lines_also_when_the_run_fails(plain_site: Site, tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(CONFIG_MAP.replace("\ndata:", "\ndaat:"))
    done = plain_site.kfinstall("apply", path, "-o", "json")
    assert done.code == 3
    assert all(json.loads(line)["v"] == 1 for line in done.out.splitlines())
