"""What a user with few rights is told before an install, by the API server's own answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.doctor import Finding, judge
from kfinstall.doctor.asking import ask
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.collect import collect
from kfinstall.localplane import Plane
from kfinstall.resource import Manifest, Origin, Resource
from tests.e2e.sites import Site

RIGHTS = tuple(check for check in CHECKS if check.id in ("KF201", "KF202", "KF756"))
VERBS = ["get", "list", "create", "update", "patch", "delete"]
RBAC = "rbac.authorization.k8s.io"
Ask = Callable[[Manifest], list[Finding]]


@pytest.fixture
def ask_as_installer(plane: Plane, cluster: ApiCluster, namespace: str, tmp_path: Path) -> Ask:
    """Let somebody ask who may write ConfigMaps and roles, but may not give rights (`escalate`)."""
    site = Site(plane.kubeconfig, tmp_path)
    rules = [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": VERBS},
        {"apiGroups": [RBAC], "resources": ["roles"], "verbs": VERBS},
    ]
    subject = {"kind": "ServiceAccount", "name": "installer", "namespace": namespace}
    reference = {"apiGroup": RBAC, "kind": "Role", "name": "installer"}
    place = {"name": "installer", "namespace": namespace}
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": place})
    cluster.apply({"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": place, "rules": rules})
    cluster.apply(
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": place,
            "roleRef": reference,
            "subjects": [subject],
        }
    )
    token = site.kubectl("-n", namespace, "create", "token", "installer").strip()
    config = json.loads(site.kubectl("config", "view", "--raw", "-o", "json"))
    config["users"] = [{"name": user["name"], "user": {"token": token}} for user in config["users"]]
    kubeconfig = tmp_path / "installer.json"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(json.dumps(config))

    def find(manifest: Manifest) -> list[Finding]:
        resources = (Resource({**manifest, "metadata": {"name": "probe", "namespace": namespace}}, Origin("probe")),)
        with connect(kubeconfig) as poor:
            snapshot = collect(poor, RIGHTS, datetime.now(UTC), rendered=resources, answers=ask(resources, poor))
        return list(judge(snapshot, RIGHTS).findings)

    return find


def test_who_may_not_create_something_is_told_what_and_who_they_are(ask_as_installer: Ask, namespace: str) -> None:
    (finding,) = ask_as_installer({"apiVersion": "v1", "kind": "Secret"})
    user = f"system:serviceaccount:{namespace}:installer"
    assert finding.check == "KF201"
    assert f"user '{user}' may not get Secret in {namespace}" in finding.message
    assert f"--clusterrole=cluster-admin --user={user}" in finding.hint


def test_who_may_not_give_rights_is_told_before_the_install(ask_as_installer: Ask, namespace: str) -> None:
    everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    (finding,) = ask_as_installer({"apiVersion": f"{RBAC}/v1", "kind": "Role", "rules": everything})
    assert finding.check == "KF202"
    assert [id.name for id in finding.affects] == ["probe"]
    assert f"--user=system:serviceaccount:{namespace}:installer" in finding.hint


def test_who_may_do_all_of_it_is_told_nothing(ask_as_installer: Ask) -> None:
    assert ask_as_installer({"apiVersion": "v1", "kind": "ConfigMap"}) == []
    own = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]
    assert ask_as_installer({"apiVersion": f"{RBAC}/v1", "kind": "Role", "rules": own}) == []


def test_an_administrator_can_ask_what_another_may_do(plane: Plane, namespace: str, tmp_path: Path) -> None:
    site = Site(plane.kubeconfig, tmp_path)
    where = f"{{name: probe, namespace: {namespace}}}"
    (tmp_path / "probe.yaml").write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {where}\n")
    command = ("doctor", "probe.yaml", "--pre", "--only", "KF201", "-o", "short")
    assert site.kfinstall(*command).code == 0
    other = site.kfinstall(*command, "--as", "alice@example.com", "--as-group", "developers")
    assert other.code == 1
    assert "user 'alice@example.com' may not get ConfigMap" in other.out
    reads = ("create", "role", "writer", "--verb=get,list,create,patch", "--resource=configmaps")
    site.kubectl("-n", namespace, *reads)
    site.kubectl("-n", namespace, "create", "rolebinding", "writers", "--role=writer", "--group=developers")
    assert site.kfinstall(*command, "--as", "alice@example.com", "--as-group", "developers").code == 0


def test_who_may_not_act_as_another_is_told(
    plane: Plane, ask_as_installer: Ask, namespace: str, tmp_path: Path
) -> None:
    poor = Site(tmp_path / "installer.json", tmp_path)
    (tmp_path / "probe.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: probe}\n")
    done = poor.kfinstall("doctor", "probe.yaml", "--pre", "--as", "alice@example.com", "-o", "json")
    assert done.code == 3
    assert "you may not act as 'alice@example.com'" in done.out


def test_a_field_that_another_manager_set_is_told_before_an_install(
    plane: Plane, namespace: str, tmp_path: Path
) -> None:
    site = Site(plane.kubeconfig, tmp_path)
    settings = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {namespace}}}\ndata: "
    applied = ("apply", "--server-side", "--field-manager=tuner", "-f", "-")
    site.kubectl(*applied, stdin=settings + "{threads: '8'}\n")
    command = ("doctor", "settings.yaml", "--pre", "--only", "KF756", "--fail-on", "warning", "-o", "short")
    (tmp_path / "settings.yaml").write_text(settings + "{threads: '4'}\n")
    found = site.kfinstall(*command)
    assert found.code == 1
    assert f"ConfigMap {namespace}/settings" in found.out
    assert ".data.threads (by tuner)" in found.out

    left = settings.replace("{name", "{annotations: {kfinstall.dev/on-conflict: yield}, name")
    (tmp_path / "settings.yaml").write_text(left + "{threads: '4'}\n")
    assert site.kfinstall(*command).code == 0
    (tmp_path / "settings.yaml").write_text(settings + "{threads: '8'}\n")
    assert site.kfinstall(*command).code == 0
