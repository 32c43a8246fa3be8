"""From kfinstall to Argo CD or Flux and back: nothing restarts, nothing is lost, and never do two own the same."""

from __future__ import annotations

import base64
import copy
from typing import Any, NamedTuple

import pytest

from kfinstall.apply import Options, hand_over, look_to_hand_over, read_inventory
from kfinstall.errors import ClusterError, InputError
from kfinstall.plan.inventory import PART_OF
from kfinstall.plan.owned import owned_fields
from kfinstall.resource import Manifest, ResourceId
from tests.apply.sets import CONFIG, DEPLOYMENT, NAMESPACE, TARGET, apply, changed, delete, new_cluster, twelve, without
from tests.fakes import FakeCluster, Killed

ADOPT = Options(adopt=True)


class Tool(NamedTuple):
    """How a controller applies: as which manager, with which marks, and what its own object is."""

    manager: str
    marks: dict[str, Any]
    told: str
    kind: tuple[str, str, str]


TOOLS = {
    "Argo CD": Tool(
        "argocd-controller",
        {"annotations": {"argocd.argoproj.io/tracking-id": "ml:{group}/{kind}:{namespace}/{name}"}},
        "the Argo CD application 'ml'",
        ("argoproj.io", "Application", "applications"),
    ),
    "Argo CD by label": Tool(
        "argocd-controller",
        {"labels": {"app.kubernetes.io/instance": "ml"}},
        "the Argo CD application 'ml'",
        ("argoproj.io", "Application", "applications"),
    ),
    "Flux": Tool(
        "kustomize-controller",
        {"labels": {"kustomize.toolkit.fluxcd.io/name": "ml", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}},
        "the Flux Kustomization 'ml'",
        ("kustomize.toolkit.fluxcd.io", "Kustomization", "kustomizations"),
    ),
}
IDS = {resource.id for resource in twelve()}


@pytest.fixture(params=TOOLS)
def tool(request) -> Tool:
    return TOOLS[request.param]


def marked(manifest: Manifest, tool: Tool) -> Manifest:
    """Give a manifest as the controller applies it; Argo CD marks no CustomResourceDefinition."""
    made = copy.deepcopy(manifest)
    if made.pop("stringData", None):
        made["data"] = {"word": base64.b64encode(b"Xq9-secret-value").decode()}
    if manifest["kind"] == "CustomResourceDefinition" and tool.manager.startswith("argocd"):
        return made
    for field, marks in tool.marks.items():
        for key, value in marks.items():
            where = {"group": "g", "kind": made["kind"], "namespace": "n", "name": made["metadata"]["name"]}
            made["metadata"].setdefault(field, {})[key] = value.format(**where)
    return made


def sync(cluster: FakeCluster, tool: Tool, *ids: ResourceId) -> None:
    """Do what the controller does: apply what is in Git."""
    for resource in twelve():
        if not ids or resource.id in ids:
            cluster.apply_as(marked(resource.manifest, tool), tool.manager)


def begin_controller(cluster: FakeCluster, tool: Tool, **spec: Any) -> ResourceId:
    """Put the controller's own object there, with its definition."""
    group, kind, plural = tool.kind
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    cluster.put(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "names": names, "scope": "Namespaced", "versions": [version]},
        }
    )
    metadata = {"name": "ml", "namespace": "default"}
    cluster.put({"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": {**spec, "path": "x"}})
    return ResourceId(group, kind, "default", "ml")


def values(cluster: FakeCluster) -> dict[ResourceId, Manifest]:
    """Give what each resource holds, but for whose it is."""
    found = {}
    for id in IDS:
        live = cluster.peek(id)
        metadata = {key: value for key, value in live["metadata"].items() if key in ("name", "namespace", "uid")}
        labels = {k: v for k, v in (live["metadata"].get("labels") or {}).items() if "/" not in k}
        found[id] = {**live, "metadata": {**metadata, "labels": labels, "generation": live["metadata"]["generation"]}}
    return found


def managers(cluster: FakeCluster) -> set[str]:
    return {entry["manager"] for id in IDS for entry in cluster.peek(id)["metadata"]["managedFields"]}


def given(tool: Tool) -> FakeCluster:
    cluster = new_cluster()
    assert apply(cluster, twelve()).errors == []
    sync(cluster, tool)
    hand_over(TARGET, cluster, cluster.clock)
    return cluster


def test_what_is_handed_over_keeps_every_value_and_is_the_controllers_alone(tool):
    cluster = new_cluster()
    apply(cluster, twelve())
    sync(cluster, tool)
    before = values(cluster)
    requests = len(cluster.requests)
    taken = hand_over(TARGET, cluster, cluster.clock)
    assert taken.by_owner == {tool.told: taken.by_owner[tool.told]}
    assert set(taken.by_owner[tool.told]) == IDS
    assert values(cluster) == before
    assert managers(cluster) == {tool.manager}
    assert not any(PART_OF in (cluster.peek(id)["metadata"].get("labels") or {}) for id in IDS)
    assert not [request for request in cluster.requests[requests:] if request.verb in ("delete", "apply")]
    record = read_inventory(TARGET, cluster)
    assert record is not None
    assert record.members == () and record.given_to == tool.told


def test_a_field_that_git_drops_later_goes_and_does_not_stay_ours_for_ever(tool):
    cluster = given(tool)
    changed_one = marked(next(one.manifest for one in twelve() if one.id == CONFIG), tool)
    cluster.apply_as({**changed_one, "data": {"shape": "round"}}, tool.manager)
    assert cluster.peek(CONFIG)["data"] == {"shape": "round"}


def test_without_a_handover_such_a_field_would_stay(tool):
    cluster = new_cluster()
    apply(cluster, twelve())
    sync(cluster, tool)
    changed_one = marked(next(one.manifest for one in twelve() if one.id == CONFIG), tool)
    cluster.apply_as({**changed_one, "data": {"shape": "round"}}, tool.manager)
    assert cluster.peek(CONFIG)["data"] == {"colour": "blue", "shape": "round"}


def test_what_nobody_else_applies_is_not_given_up(tool):
    cluster = new_cluster()
    apply(cluster, twelve())
    sync(cluster, tool, *(IDS - {CONFIG, DEPLOYMENT}))
    before = {id: cluster.peek(id) for id in IDS}
    with pytest.raises(
        ClusterError, match=r"2 of 12 resources are applied by nobody else: ConfigMap app/settings, Dep"
    ):
        hand_over(TARGET, cluster, cluster.clock)
    assert {id: cluster.peek(id) for id in IDS} == before
    record = read_inventory(TARGET, cluster)
    assert record is not None and len(record.members) == 12 and record.given_to == ""


def test_a_handover_that_is_killed_is_completed_by_the_next(tool):
    for killed_at in range(100):
        cluster = new_cluster()
        apply(cluster, twelve())
        sync(cluster, tool)
        before = values(cluster)
        cluster.kill_at(killed_at)
        try:
            hand_over(TARGET, cluster, cluster.clock)
        except (Killed, ExceptionGroup):
            pass
        else:
            break
        cluster.revive()
        record = read_inventory(TARGET, cluster)
        ours = {id for id in IDS if owned_fields(cluster.peek(id))}
        assert record is not None and ours <= {member.id for member in record.members}, "what is ours is not recorded"
        if record.members:
            hand_over(TARGET, cluster, cluster.clock)
        assert values(cluster) == before
        assert managers(cluster) == {tool.manager}
    assert killed_at > 12


def test_a_second_handover_says_that_it_was_done(tool):
    cluster = given(tool)
    with pytest.raises(InputError, match=f"'demo' was given to {tool.told} already"):
        look_to_hand_over(TARGET, cluster)


def test_an_apply_afterwards_is_refused_in_one_sentence_and_writes_nothing(tool):
    cluster = given(tool)
    before = {id: cluster.peek(id) for id in IDS}
    outcome = apply(cluster, changed(twelve(), CONFIG, data={"colour": "red"}))
    assert [str(error).partition("\n")[0] for error in outcome.errors] == [f"'demo' was given to {tool.told}"]
    assert {id: cluster.peek(id) for id in IDS} == before


def test_it_is_not_adopted_while_the_controller_would_undo_that(tool):
    cluster = given(tool)
    begin_controller(cluster, tool)
    before = {id: cluster.peek(id) for id in IDS}
    outcome = apply(cluster, twelve(), ADOPT)
    assert [str(error).partition("\n")[0] for error in outcome.errors] == [
        f"{tool.told} is still there, and would undo what is applied"
    ]
    assert {id: cluster.peek(id) for id in IDS} == before


def test_back_again_every_value_stays_and_nothing_is_the_controllers_any_more(tool):
    cluster = given(tool)
    cluster.take_away(begin_controller(cluster, tool))
    before = values(cluster)
    outcome = apply(cluster, twelve(), ADOPT)
    assert outcome.errors == []
    assert values(cluster) == before
    assert managers(cluster) == {"kfinstall"}
    for id in IDS:
        text = str({k: v for k, v in cluster.peek(id)["metadata"].items() if k != "managedFields"})
        assert "argocd" not in text and "fluxcd" not in text and "instance" not in text
    record = read_inventory(TARGET, cluster)
    assert record is not None and len(record.members) == 12 and record.given_to == ""
    assert apply(cluster, twelve()).summary == "nothing to do: 12 resources are as wanted"
    assert apply(cluster, changed(twelve(), CONFIG, data={"shape": "round"})).errors == []
    assert cluster.peek(CONFIG)["data"] == {"shape": "round"}


SETTINGS = {"kind": "ConfigMap", "namespace": "app", "name": "settings"}
STATES: dict[str, tuple[str, dict[str, Any], bool]] = {
    "Argo CD has it in Git": (
        "Argo CD",
        {"resources": [{"kind": "ConfigMap", "namespace": "app", "name": "settings"}]},
        True,
    ),
    "Argo CD has it no longer in Git": (
        "Argo CD",
        {"resources": [{**SETTINGS, "requiresPruning": True}]},
        False,
    ),
    "Argo CD has others": ("Argo CD", {"resources": [{"kind": "ConfigMap", "namespace": "b", "name": "b"}]}, False),
    "Flux has it": ("Flux", {"inventory": {"entries": [{"id": "app_web_apps_Deployment", "v": "v1"}]}}, True),
    "Flux has others": (
        "Flux",
        {"inventory": {"entries": [{"id": "_a__b_rbac_ClusterRole"}]}},
        False,
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_a_controller_that_does_not_apply_it_any_more_undoes_nothing(state):
    name, status, keeps = STATES[state]
    cluster = given(TOOLS[name])
    id = begin_controller(cluster, TOOLS[name])
    cluster.put({**cluster.peek(id), "status": status})
    assert bool(apply(cluster, twelve(), ADOPT).errors) == keeps


def test_a_suspended_kustomization_undoes_nothing():
    cluster = given(TOOLS["Flux"])
    begin_controller(cluster, TOOLS["Flux"], suspend=True)
    assert apply(cluster, twelve(), ADOPT).errors == []


def test_two_owners_at_once_are_refused_where_something_is_to_be_written(tool):
    cluster = new_cluster()
    apply(cluster, twelve())
    sync(cluster, tool)
    assert apply(cluster, twelve()).summary == "nothing to do: 12 resources are as wanted"
    outcome = apply(cluster, changed(twelve(), CONFIG, data={"colour": "red"}))
    (error,) = outcome.errors
    assert f"ConfigMap app/settings belongs to {tool.told}" in str(error)
    assert cluster.peek(CONFIG)["data"] == {"colour": "blue"}


def test_what_was_never_handed_over_is_adopted_whole_though_nothing_else_changed(tool):
    cluster = new_cluster()
    apply(cluster, twelve())
    sync(cluster, tool)
    before = values(cluster)
    assert apply(cluster, twelve(), ADOPT).errors == []
    assert values(cluster) == before
    assert managers(cluster) == {"kfinstall"}
    assert apply(cluster, twelve(), ADOPT).summary == "nothing to do: 12 resources are as wanted"


@pytest.mark.parametrize("is_handed_over", [True, False])
def test_a_delete_leaves_what_is_the_controllers(tool, is_handed_over):
    cluster = new_cluster()
    apply(cluster, twelve())
    sync(cluster, tool)
    if is_handed_over:
        hand_over(TARGET, cluster, cluster.clock)
    assert delete(cluster).errors == []
    assert cluster.ids >= IDS
    assert read_inventory(TARGET, cluster) is None


def test_what_is_no_longer_in_the_set_and_the_controllers_stays_too(tool):
    cluster = new_cluster()
    apply(cluster, twelve())
    sync(cluster, tool, CONFIG)
    outcome = apply(cluster, without(twelve(), CONFIG))
    assert outcome.errors == []
    assert f"it belongs to {tool.told} now" in outcome.summary
    assert CONFIG in cluster.ids


def test_a_label_that_others_use_too_says_nothing_of_argo_cd_where_it_never_applied():
    cluster = new_cluster()
    cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}})
    labels = {"app.kubernetes.io/instance": "ml"}
    cluster.put(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": "app", "labels": labels},
        }
    )
    assert apply(cluster, twelve()).errors == []
    assert NAMESPACE in cluster.ids
