"""What an apply does with the checks: it stops before the first write, and says the cause of what fails."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kfinstall import localplane
from tests.doctor.faults.admission import QUOTA, webhook
from tests.doctor.faults.pods import faulty, with_container
from tests.doctor.faults.scheduling import deployment
from tests.doctor.faults.storage import DEFAULT, claim
from tests.e2e.sites import Outcome, Site
from tests.proxy import open_proxy

CLAIM = "---\n" + claim().replace("---\n", "")
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, labels: {judged-by: preflight}}\n"
MOUNTING = "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}], "
CLASSLESS = """\
---
apiVersion: v1
kind: PersistentVolume
metadata: {scope: cluster, name: dead-volume}
spec: {hostPath: {path: /x}, accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}}
"""
KEY = "env: [{name: W, valueFrom: {configMapKeyRef: {name: settings, key: k}}}]"
RESTRICTED = "pod-security.kubernetes.io/enforce: restricted"
NO_MORE = faulty("image-pull").replace("example.com/web:1", "gcr.io/kubeflow-images-public/web:1")
GPU = '{requests: {nvidia.com/gpu: "1"}, limits: {nvidia.com/gpu: "1"}}'
Apply = Callable[..., Outcome]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with localplane.up("kind") as plane:
        yield Site(plane.kubeconfig, tmp_path_factory.mktemp("applying"))


@pytest.fixture
def apply(site: Site, tmp_path: Path, request: pytest.FixtureRequest) -> Apply:
    """Give what applies manifests in a namespace of the test's own, named by `namespace`."""

    def run(text: str, *more: str, labels: str = "", to: Site = site) -> Outcome:
        name = namespace_of(request)
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        own = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n---\n"
        placed = text.replace("metadata: {scope: cluster, ", "metadata: {")
        placed = re.sub(r"^metadata: \{name: (?!dead-)", f"metadata: {{namespace: {name}, name: ", placed, flags=re.M)
        (folder / "all.yaml").write_text(own + placed.replace("{ns}", name))
        return to.kfinstall("apply", folder, "--name", name, "--yes", "--timeout", "6s", *more)

    return run


def namespace_of(request: pytest.FixtureRequest) -> str:
    return f"applying-{hashlib.sha256(request.node.name.encode()).hexdigest()[:8]}"


def namespaces(site: Site) -> set[str]:
    return set(site.kubectl("get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}").split())


def diagnoses(done: Outcome) -> list[dict[str, Any]]:
    return [event["diagnosis"] for event in done.events if "diagnosis" in event]


def test_a_pod_that_no_node_can_take_stops_an_apply_before_the_first_write(
    apply: Apply, site: Site, request: pytest.FixtureRequest
) -> None:
    before = namespaces(site)
    text = deployment("", resources="{requests: {memory: 900Ti}}")
    done = apply(text)
    assert done.code == 3
    assert "KF614: deployment/web asks for 921600Gi memory in one pod, and the largest node has" in done.err
    assert "all.yaml:" in done.err
    assert "--skip-preflight" in done.err
    assert namespaces(site) == before
    assert apply(text, "--skip-preflight").code == 4
    assert namespace_of(request) in namespaces(site)


def test_what_may_come_yet_is_a_warning(apply: Apply) -> None:
    done = apply(deployment("", resources=GPU), "-o", "json")
    assert done.code == 4
    assert "warning: KF614: deployment/web asks for 1 nvidia.com/gpu in one pod, and no node has any" in done.err


def test_nodes_that_are_made_on_demand_may_be_larger(apply: Apply, site: Site) -> None:
    site.kubectl("-n", "kube-system", "create", "configmap", "cluster-autoscaler-status")
    try:
        done = apply(deployment("", resources="{requests: {memory: 900Ti}}"))
    finally:
        site.kubectl("-n", "kube-system", "delete", "configmap", "cluster-autoscaler-status")
    assert done.code == 4
    assert "warning: KF614" in done.err


def test_a_claim_that_nothing_will_serve_stops_an_apply(apply: Apply, site: Site) -> None:
    site.kubectl("annotate", "storageclass", "standard", f"{DEFAULT}-")
    try:
        assert "KF301" in apply(CLAIM + "---\n" + deployment(MOUNTING)).err
        brings = CLAIM + "---\n" + own_default("mine")
        assert "KF301" not in apply(brings).err
        volume = CLASSLESS
        assert "KF301" not in apply(CLAIM + volume).err
    finally:
        site.kubectl("delete", "storageclass/dead-mine", "persistentvolume/dead-volume", "--ignore-not-found")
        site.kubectl("annotate", "storageclass", "standard", f"{DEFAULT}=true")


def own_default(name: str) -> str:
    return f"""\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {{scope: cluster, name: dead-{name}, annotations: {{{DEFAULT}: "true"}}}}
provisioner: mine.example.com
"""


def test_a_webhook_that_must_answer_and_cannot_stops_what_it_judges_and_nothing_else(apply: Apply, site: Site) -> None:
    there = webhook("preflight", "failurePolicy: Fail").replace("scope: cluster, ", "").replace("{ns}", "default")
    site.kubectl("apply", "-f", "-", stdin=there)
    try:
        done = apply(CONFIG_MAP)
        assert done.code == 3
        assert "KF209: webhook 'preflight.example.com' cannot answer (Service default/gone does not exist)" in done.err
        other = apply(CONFIG_MAP.replace(", labels: {judged-by: preflight}", ""))
        assert other.code == 0
    finally:
        site.kubectl("delete", "validatingwebhookconfiguration", "preflight")


def as_user(site: Site, folder: Path, name: str, rules: list[dict[str, Any]]) -> Site:
    """Give the way of a ServiceAccount that may do so much in all namespaces."""
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name}}
    role = {**rbac, "kind": "ClusterRole", "rules": rules}
    binding = {
        **rbac,
        "kind": "ClusterRoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
    }
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "default"}}
    site.kubectl(
        "apply", "-f", "-", stdin=json.dumps({"kind": "List", "apiVersion": "v1", "items": [account, role, binding]})
    )
    token = site.kubectl("-n", "default", "create", "token", name).strip()
    config = json.loads(site.kubectl("config", "view", "--raw", "-o", "json"))
    config["users"] = [{"name": user["name"], "user": {"token": token}} for user in config["users"]]
    kubeconfig = folder / f"{name}.json"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(json.dumps(config))
    return Site(kubeconfig, site.home)


READS = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
HOME = {
    "apiGroups": ["", "coordination.k8s.io"],
    "resources": ["configmaps", "secrets", "leases", "namespaces"],
    "verbs": ["*"],
}


def test_who_may_not_write_all_of_it_is_told_before_the_first_write(apply: Apply, site: Site, tmp_path: Path) -> None:
    poor = as_user(site, tmp_path, "reader", [READS, HOME])
    before = namespaces(site)
    done = apply(CONFIG_MAP + "---\n" + deployment(""), to=poor)
    assert done.code == 3
    assert "KF201: user 'system:serviceaccount:default:reader' may not create Deployment in" in done.err
    assert "ConfigMap" not in done.err
    assert namespaces(site) == before


def test_who_may_not_give_rights_is_told_before_the_first_write(apply: Apply, site: Site, tmp_path: Path) -> None:
    verbs = ["get", "list", "watch", "create", "update", "patch", "delete"]
    roles = {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "verbs": verbs}
    poor = as_user(site, tmp_path, "giver", [READS, HOME, roles])
    role = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {scope: cluster, name: dead-mighty}\n"
    )
    done = apply(role + 'rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]\n', to=poor)
    assert done.code == 3
    assert "KF202: user 'system:serviceaccount:default:giver' may not give rights" in done.err


def test_who_may_do_it_without_being_an_administrator_is_not_stopped(apply: Apply, site: Site, tmp_path: Path) -> None:
    poor = as_user(site, tmp_path, "writer", [READS, HOME])
    done = apply(CONFIG_MAP, to=poor)
    assert (done.code, "KF" in done.err) == (0, False)


FEW = 6
"""So many requests the checks before the first write may take where nothing is wrong."""


def test_the_checks_take_a_handful_of_requests_and_none_where_nothing_changes(
    apply: Apply, site: Site, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    text = CONFIG_MAP + "---\n" + deployment("")
    with open_proxy(site.kubeconfig, tmp_path) as proxy:
        through = Site(proxy.kubeconfig, site.home)
        assert apply(text, "-o", "json", to=through).code == 0
        first = [asked.path for asked in proxy.asked]
        begin = next(i for i, path in enumerate(first) if "/leases" in path)
        wanted = ("selfsubject", "webhookconfigurations", "/nodes", "/storageclasses")
        checks = [path for path in first[:begin] if any(word in path for word in wanted)]
        assert 0 < len(checks) <= FEW
        proxy.asked.clear()
        assert apply(text, "-o", "json", to=through).code == 0
        lists = [asked.path for asked in proxy.asked]
    figure(f"the checks before the first write: {len(checks)} requests; an unchanged set: {len(lists)} requests")
    kinds = 3
    assert len(lists) == kinds + 5
    assert not [path for path in lists if any(word in path for word in wanted)]


CAUSES = [
    ("quota", QUOTA + "---\n" + deployment("", resources='{requests: {cpu: "1500m"}}'), "", "KF207", "small"),
    ("config", with_container("envFrom: [{configMapRef: {name: absent}}]"), "", "KF704", "absent"),
    ("key", CONFIG_MAP + "---\n" + with_container(KEY), "", "KF704", "settings"),
    ("gpu", deployment("", resources=GPU), "", "KF605", "(nvidia.com/gpu)"),
    ("security", with_container("securityContext: {privileged: true}"), RESTRICTED, "KF206", "web"),
    ("registry", NO_MORE, "", "KF504", "web"),
    ("crash", faulty("crash-loop=1"), "", "KF701", "web"),
    ("memory", deployment("", resources="{requests: {memory: 900Ti}}"), "", "KF601", "web"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "labels", "check", "subject"), [row[1:] for row in CAUSES], ids=[row[0] for row in CAUSES]
)
def test_the_cause_of_a_failure_is_in_the_message_and_in_the_event(
    apply: Apply, text: str, labels: str, check: str, subject: str
) -> None:
    done = apply(text, "--skip-preflight", "-o", "json", labels=labels)
    assert done.code == 4
    (found,) = diagnoses(done)
    assert (found["check"], found["subject"]["name"]) == (check, subject)
    assert found["chain"][0]["name"] == "web"
    assert found["chain"][-1] == found["subject"]
    assert f"cause: {check} " in done.err
    assert f"hint: {found['hint']}" in done.err


def test_a_claim_without_a_class_is_the_cause_of_both_failures(apply: Apply, site: Site) -> None:
    site.kubectl("annotate", "storageclass", "standard", f"{DEFAULT}-")
    try:
        done = apply(CLAIM + "---\n" + deployment(MOUNTING), "--skip-preflight", "-o", "json")
    finally:
        site.kubectl("annotate", "storageclass", "standard", f"{DEFAULT}=true")
    assert [one["check"] for one in diagnoses(done)] == ["KF301", "KF301"]
    assert {one["chain"][0]["kind"] for one in diagnoses(done)} == {"PersistentVolumeClaim", "Deployment"}


def test_what_explains_failures_is_read_once_for_all_of_them_and_only_when_something_failed(
    apply: Apply, site: Site, tmp_path: Path
) -> None:
    broken = with_container("envFrom: [{configMapRef: {name: absent}}]")
    both = broken + "---\n" + broken.replace("name: web", "name: other").replace("app: web", "app: other")
    with open_proxy(site.kubeconfig, tmp_path) as proxy:
        through = Site(proxy.kubeconfig, site.home)
        assert apply(CONFIG_MAP, "--skip-preflight", to=through).code == 0
        assert [asked.path for asked in proxy.asked if "csidrivers" in asked.path] == []
        done = apply(both, "--skip-preflight", "-o", "json", to=through)
        read = [asked.path for asked in proxy.asked if not asked.is_watch]
    assert [one["check"] for one in diagnoses(done)] == ["KF704", "KF704"]
    assert len([path for path in read if "csidrivers" in path]) == 1
    assert [path for path in read if path.startswith(("/api/v1/events", "/api/v1/secrets"))] == []


def test_waiting_ends_as_soon_as_it_is_well(apply: Apply, site: Site, request: pytest.FixtureRequest) -> None:
    place = namespace_of(request)
    assert apply(with_container("envFrom: [{configMapRef: {name: late}}]"), "--skip-preflight").code == 4
    look = ("doctor", "--only", "KF704", "-o", "json")
    mine = [one for one in json.loads(site.kfinstall(*look).out)["findings"] if one["subject"]["namespace"] == place]
    assert [one["subject"]["name"] for one in mine] == ["late"]
    later = threading.Timer(3.0, site.kubectl, ("-n", place, "create", "configmap", "late"))
    later.start()
    others = site.kubectl("get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}").split()
    spared = [word for name in others if name != place for word in ("--suppress", f"KF704=* {name}/*")]
    done = site.kfinstall("doctor", "--only", "KF704", "--wait", "120s", "-o", "short", *spared)
    later.join()
    assert done.code == 0
    assert "nothing found" in done.out
