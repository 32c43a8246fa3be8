"""Handing over and back against the real API server, where kubectl applies as the controllers do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from kfinstall.apply import Installation, Options, hand_over, read_inventory
from kfinstall.cli.start import run
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.manifest import dump_manifest
from kfinstall.plan.inventory import PART_OF
from kfinstall.resource import GroupKind, Resource, ResourceId
from tests.apply.real import CLOCK, WEB, apply, delete, placed

OPTIONS = Options(timeout_s=60)
ADOPT = Options(timeout_s=60, adopt=True)
TRACKING = "argocd.argoproj.io/tracking-id"


def tracked(resources: Iterable[Resource]) -> list[dict[str, Any]]:
    found = []
    for resource in resources:
        id, manifest = resource.id, resource.manifest
        value = f"ml:{id.group}/{id.kind}:{id.namespace}/{id.name}"
        metadata = {**manifest["metadata"], "annotations": {TRACKING: value}}
        found.append({**manifest, "metadata": metadata})
    return found


def sync(plane: Plane, resources: Iterable[Resource], *words: str) -> None:
    """Apply as Argo CD does."""
    command = [str(Path(sys.executable).parent / "kubectl"), "--kubeconfig", str(plane.kubeconfig), "apply", *words]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": tracked(resources)})
    subprocess.run([*command, "-f", "-"], input=text, check=True, capture_output=True, text=True)


WAYS = {
    "server-side": ("--server-side", "--force-conflicts", "--field-manager=argocd-controller"),
    "client-side": ("--field-manager=argocd-controller",),
}


def live(cluster: ApiCluster, resources: Iterable[Resource]) -> dict[ResourceId, dict[str, Any]]:
    found = {resource.id: cluster.get(resource.id) for resource in resources}
    return {id: manifest for id, manifest in found.items() if manifest is not None}


def substance(cluster: ApiCluster, resources: Iterable[Resource]) -> dict[ResourceId, Any]:
    """Give what a pod could notice: everything but metadata that says whose it is."""
    return {
        id: ({key: value for key, value in one.items() if key not in ("metadata", "status")}, one["metadata"]["uid"])
        for id, one in live(cluster, resources).items()
    }


def generations(cluster: ApiCluster, resources: Iterable[Resource]) -> dict[ResourceId, Any]:
    return {id: one["metadata"].get("generation") for id, one in live(cluster, resources).items()}


def pods(cluster: ApiCluster, namespace: str) -> set[tuple[str, int]]:
    found = cluster.list(GroupKind("", "Pod"), namespace)
    return {(pod["metadata"]["uid"], pod["metadata"]["generation"]) for pod in found}


def managers(cluster: ApiCluster, resources: Iterable[Resource]) -> set[str]:
    entries = [entry for one in live(cluster, resources).values() for entry in one["metadata"]["managedFields"]]
    return {entry["manager"] for entry in entries if not entry.get("subresource")}


@pytest.mark.parametrize("way", WAYS)
def test_an_installation_goes_to_argo_cd_and_back_and_no_pod_notices(
    way: str, cluster: ApiCluster, plane: Plane, namespace: str
):
    wanted = placed(WEB, namespace)
    target = Installation("test", namespace)
    assert apply(cluster, namespace, wanted, OPTIONS).errors == []
    before, running = substance(cluster, wanted), pods(cluster, namespace)
    assert running

    sync(plane, wanted, *WAYS[way])
    counted = generations(cluster, wanted)
    taken = hand_over(target, cluster, CLOCK)
    assert taken.told == "the Argo CD application 'ml'"
    assert generations(cluster, wanted) == counted
    assert substance(cluster, wanted) == before and pods(cluster, namespace) == running
    assert "kfinstall" not in managers(cluster, wanted)
    assert not any(PART_OF in (one["metadata"].get("labels") or {}) for one in live(cluster, wanted).values())

    refused = apply(cluster, namespace, placed(WEB.replace("blue", "red"), namespace), OPTIONS)
    assert "'test' was given to the Argo CD application 'ml'" in refused.texts

    rounded = placed(WEB.replace("{colour: blue}", "{shape: round}"), namespace)
    sync(plane, rounded, *WAYS[way])
    settings = cluster.get(ResourceId("", "ConfigMap", namespace, "settings"))
    assert settings is not None
    assert settings["data"] == {"shape": "round"}, "a field that Git dropped has stayed"
    sync(plane, wanted, *WAYS[way])

    assert apply(cluster, namespace, wanted, ADOPT).errors == []
    assert substance(cluster, wanted) == before and pods(cluster, namespace) == running
    assert "argocd-controller" not in managers(cluster, wanted)
    assert not any(TRACKING in str(one["metadata"].get("annotations")) for one in live(cluster, wanted).values())
    assert apply(cluster, namespace, wanted, OPTIONS).summary.startswith("nothing to do")
    assert (
        apply(cluster, namespace, placed(WEB.replace("{colour: blue}", "{shape: round}"), namespace), OPTIONS).errors
        == []
    )
    settings = cluster.get(ResourceId("", "ConfigMap", namespace, "settings"))
    assert settings is not None and settings["data"] == {"shape": "round"}


def test_a_delete_of_what_argo_cd_has_deletes_nothing(cluster: ApiCluster, plane: Plane, namespace: str):
    wanted = placed(WEB, namespace)
    assert apply(cluster, namespace, wanted, OPTIONS).errors == []
    sync(plane, wanted, *WAYS["server-side"])
    before = substance(cluster, wanted)
    assert delete(cluster, namespace, OPTIONS).errors == []
    assert substance(cluster, wanted) == before
    assert read_inventory(Installation("test", namespace), cluster) is None


def test_the_commands_say_to_whom_it_was_given(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    wanted = placed(WEB, namespace)
    manifests = "---\n".join(dump_manifest(resource.manifest) for resource in wanted)
    (tmp_path / "set.yaml").write_text(manifests)
    there = ["--name", "test", "-n", namespace, "--kubeconfig", str(plane.kubeconfig)]

    def said(*words: str, code: int) -> str:
        capsys.readouterr()
        assert run([words[0], *words[1:], *there]) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    said("apply", str(tmp_path / "set.yaml"), "--yes", code=0)
    refused = said("handover", "--yes", code=3)
    assert "error: 4 of 4 resources are applied by nobody else: ConfigMap" in refused and "hint: let Argo CD" in refused
    sync(plane, wanted, *WAYS["server-side"])
    assert "there is nobody to ask" in said("handover", code=2)
    given = said("handover", "--yes", code=0)
    assert "the Argo CD application 'ml' has 4 resources\n" in given
    assert "'test' was given to the Argo CD application 'ml'\n" in given
    assert "'test' was given to the Argo CD application 'ml'\n" in said("status", code=0)
    assert "error: 'test' was given to the Argo CD application 'ml' already" in said("handover", "--yes", code=2)
    refused = said("apply", str(tmp_path / "set.yaml"), "--yes", code=3)
    assert "error: 'test' was given to the Argo CD application 'ml'\n  hint: change it there" in refused
    capsys.readouterr()
    assert run(["list", "-n", namespace, "--kubeconfig", str(plane.kubeconfig)]) == 0
    assert "given to the Argo CD" in " ".join(capsys.readouterr().out.split())
    said("apply", str(tmp_path / "set.yaml"), "--adopt", "--yes", code=0)
    assert "argocd-controller" not in managers(cluster, wanted)
