"""What a plan shows is what an apply does, of several folders, where neither their namespace nor their kinds exist."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.resource import Resource, ResourceId
from tests.apply.real import twelve_in
from tests.e2e.sites import Site

FIRST = {"Namespace", "CustomResourceDefinition"}


def write(folder: Path, resources: list[Resource]) -> Path:
    folder.mkdir()
    (folder / "all.yaml").write_text(yaml.safe_dump_all([dict(resource.manifest) for resource in resources]))
    (folder / "kustomization.yaml").write_text("resources: [all.yaml]\n")
    return folder


def test_a_plan_of_two_folders_is_what_is_done_and_then_there_is_nothing_to_do(
    plane: Plane, cluster: ApiCluster, namespace: str, tmp_path: Path
):
    resources = twelve_in(namespace)
    app = write(tmp_path / "app", [one for one in resources if one.id.kind not in FIRST])
    base = write(tmp_path / "base", [one for one in resources if one.id.kind in FIRST])
    site = Site(plane.kubeconfig, tmp_path)
    target = (app, base, "--name", "both", "-n", namespace)

    assert "several sources have no name" in site.kfinstall("plan", app, base).err
    plan = json.loads(site.kfinstall("plan", *target, "-o", "json").out)
    done = site.kfinstall("apply", *target, "--yes", "-o", "json")
    assert done.code == 0, done
    sent = [event for event in done.events if event["type"] == "sent"]
    assert len(sent) == len(resources)
    assert {(identity(change), change["action"]) for change in plan["changes"]} == {
        (identity(event), event["action"]) for event in sent
    }
    order = [identity(event) for event in sent]
    for edge in plan["edges"]:
        assert order.index(ResourceId(**edge["before"])) < order.index(ResourceId(**edge["after"]))

    again = site.kfinstall("plan", *target)
    assert f"nothing to do: {len(resources)} resources as wanted" in again.out
    assert "both" in site.kfinstall("status", *target).out
    assert "several sources have no name" in site.kfinstall("delete", app, base, "--yes").err
    deleted = site.kfinstall("delete", *target, "--yes", "--delete-data")
    assert deleted.code == 0, deleted
    assert cluster.get(ResourceId("", "Namespace", "", f"{namespace}-app")) is None


def identity(found: dict) -> ResourceId:
    return ResourceId(**found["id"])
