"""Break, doctor, fix, doctor: what `--fix` makes good on a real API server, what it asks, and what it never does."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from kfinstall import localplane
from kfinstall.doctor import Step, judge
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.fixes.live import NEVER_DELETED
from kfinstall.doctor.fixing import GIVES_RIGHTS, is_safe, repairs
from kfinstall.resource import gvk_of
from tests.doctor.corpus import load_states
from tests.doctor.faults.pods import faulty
from tests.doctor.faults.scheduling import at, deployment, node
from tests.doctor.faults.storage import DEFAULT, claim, storage_class, waiting_pod
from tests.e2e.sites import Outcome, Site

SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default}\ndata: {colour: blue}\n"
EVICTED = f"""
---
apiVersion: v1
kind: Pod
metadata: {{name: evicted, annotations: {{local.kfinstall.dev/fault: evicted}}}}
spec: {{{at("full")}containers: [{{name: web, image: "example.com/web:1"}}]}}
"""
TAINTED = deployment("nodeSelector: {kubernetes.io/hostname: tainted}, ", "tainted")
OOM = faulty("oom", resources="{limits: {memory: 512Mi}}")


def without_scope(text: str) -> str:
    return text.replace("scope: cluster, ", "").replace("  scope: cluster\n", "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a control plane on which several things are broken."""
    broken = [
        node("full") + EVICTED,
        node("tainted"),
        TAINTED,
        OOM,
        node("mounting") + waiting_pod("{name: config, configMap: {name: settings}}", "mounting"),
        storage_class("other", "other.example.com"),
        claim(),
    ]
    with localplane.up("kind") as plane:
        site = Site(plane.kubeconfig, tmp_path_factory.mktemp("fixing"))
        site.kubectl("annotate", "storageclass", "standard", f"{DEFAULT}-")
        site.kubectl("delete", "storageclass", "standard")
        site.kubectl("apply", "-f", "-", stdin=without_scope("\n---\n".join(broken)))
        (site.home / "render").mkdir()
        (site.home / "render" / "settings.yaml").write_text(SETTINGS)
        yield site


BROKEN = {"KF301", "KF309", "KF604", "KF702", "KF709"}


def doctor(site: Site, *more: str) -> Outcome:
    return site.kfinstall("doctor", "render", "--only", ",".join(sorted(BROKEN)), "-o", "json", *more)


def found(done: Outcome) -> set[str]:
    return {one["check"] for one in json.loads(done.out)["findings"]}


def test_what_is_broken_is_found(site: Site) -> None:
    site.kubectl("wait", "--for=jsonpath={.status.phase}=Failed", "pod/evicted", "--timeout=60s")
    site.kubectl("wait", "--for=jsonpath={.spec.nodeName}=mounting", "pod/web", "--timeout=60s")
    done = doctor(site, "--fail-on", "info")
    for _ in range(20):
        if found(done) == BROKEN:
            break
        done = doctor(site, "--wait", "5s", "--fail-on", "info")
    assert found(done) == BROKEN
    assert done.code == 1


def test_a_dry_run_shows_the_changes_and_makes_none(site: Site) -> None:
    done = doctor(site, "--fix", "--dry-run")
    assert "+      tolerations:" in done.err
    assert "+            memory: 1Gi" in done.err
    assert f'+    {DEFAULT}: "true"' in done.err
    assert found(done) == BROKEN


def test_without_a_yes_only_what_is_harmless_is_done(site: Site) -> None:
    done = doctor(site, "--fix")
    assert found(done) == BROKEN - {"KF309", "KF709"}
    assert "nobody to ask" in done.err
    assert json.loads(site.kubectl("get", "configmap", "settings", "-o", "json"))["data"] == {"colour": "blue"}


def test_with_a_yes_the_rest_is_made_good(site: Site) -> None:
    doctor(site, "--fix", "--yes")
    live = json.loads(site.kubectl("get", "deployment", "tainted", "web", "-o", "json", "--show-managed-fields"))[
        "items"
    ]
    assert live[0]["spec"]["template"]["spec"]["tolerations"] == [
        {"key": "fault.example.com/tainted", "operator": "Exists", "effect": "NoSchedule"}
    ]
    assert live[1]["spec"]["template"]["spec"]["containers"][0]["resources"] == {"limits": {"memory": "1Gi"}}
    others = [entry for entry in live[0]["metadata"]["managedFields"] if entry["manager"].startswith("kubectl")]
    assert "f:spec" in others[0]["fieldsV1"]
    site.kubectl(
        "patch",
        "deployment",
        "web",
        "--type=json",
        "-p",
        '[{"op": "remove", "path": "/spec/template/metadata/annotations"}]',
    )  # what it needs now
    site.kubectl("wait", "--for=condition=Available", "deployment/tainted", "--timeout=60s")
    site.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    done = doctor(site, "--wait", "30s", "--fail-on", "info")
    assert found(done) == set()
    assert done.code == 0


PROPOSED = [
    (check, repair)
    for state in load_states()
    for check in CHECKS
    if check.id == state.check
    for repair in repairs(judge(state.snapshot, [check]), [check], state.snapshot)
]


def test_nothing_that_is_automatic_gives_rights_or_removes_anything_but_ended_pods() -> None:
    automatic = [repair for _, repair in PROPOSED if repair.is_automatic]
    assert automatic
    for repair in automatic:
        assert gvk_of(repair.step.manifest).group_kind not in GIVES_RIGHTS
        assert repair.step.action == "apply" or repair.step.manifest["kind"] == "Pod"


def test_no_change_takes_a_finalizer_away_or_removes_data() -> None:
    for _, repair in PROPOSED:
        kept = repair.step.manifest["metadata"].get("finalizers")
        if repair.step.action == "update":
            assert kept == (repair.live or {})["metadata"].get("finalizers")
        if repair.step.action == "delete":
            assert gvk_of(repair.step.manifest).group_kind not in NEVER_DELETED
            assert repair.is_automatic is (repair.step.manifest["kind"] == "Pod")


def test_what_is_applied_over_something_live_is_whole_and_as_it_was_rendered() -> None:
    """Of a part, server-side apply would take all other fields that are ours away."""
    states = {state.name: state.snapshot for state in load_states()}
    rendered = [one.manifest for snapshot in states.values() for one in snapshot.rendered or ()]
    for _, repair in PROPOSED:
        if repair.step.action == "apply" and repair.live is not None:
            assert repair.step.manifest in rendered


def test_what_proposes_changes_says_so() -> None:
    assert {check.fix for check, _ in PROPOSED} <= {"auto", "ask"}


@pytest.mark.parametrize(
    ("step", "live"),
    [
        (Step("apply", {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding"}, ""), None),
        (Step("delete", {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}, ""), {"status": {"phase": "Failed"}}),
        (Step("delete", {"apiVersion": "v1", "kind": "Pod"}, ""), {"status": {"phase": "Running"}}),
        (Step("update", {"apiVersion": "v1", "kind": "ConfigMap"}, ""), {"kind": "ConfigMap"}),
        (Step("apply", {"apiVersion": "v1", "kind": "ConfigMap"}, ""), {"kind": "ConfigMap"}),
    ],
)
def test_what_is_not_harmless_is_never_automatic_whatever_a_check_declares(step: Step, live: dict | None) -> None:
    assert not is_safe(step, live)
