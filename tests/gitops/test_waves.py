"""Waves are the depth in the graph, in a folder that stock kustomize builds, and nothing but annotations is added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kfinstall import catalog
from kfinstall.build import build_resources
from kfinstall.cli.start import run
from kfinstall.errors import InputError
from kfinstall.gitops.waves import HOOK, annotations_by_id, graph_of, wave_files, with_waves
from kfinstall.load import load_tree
from kfinstall.plan.annotations import SYNC_WAVE, WAVE_GENERATED
from kfinstall.resource import Resource
from tests.catalog.manifests import stock_text

NAMES = [info.name for info in catalog.platforms()]
OURS = (SYNC_WAVE, WAVE_GENERATED, "argocd.argoproj.io/")


def built(folder: Path) -> tuple[Resource, ...]:
    return tuple(build_resources(load_tree(folder)))


def without_ours(manifest: dict[str, Any]) -> dict[str, Any]:
    """Give a manifest without what Argo CD is told; annotations that are then empty go too."""
    metadata = manifest["metadata"]
    kept = {key: text for key, text in (metadata.get("annotations") or {}).items() if not key.startswith(OURS)}
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    return {**manifest, "metadata": {**rest, **({"annotations": kept} if kept else {})}}


@pytest.mark.parametrize("name", NAMES)
def test_the_waves_of_our_overlays_are_fresh(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gitops", "waves", str(catalog.overlay(name)), "--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_with_its_waves_an_overlay_is_what_it_was_but_for_annotations(name: str) -> None:
    folder = catalog.overlay(name)
    stock = list(yaml.safe_load_all(stock_text(folder / "waves")))
    assert list(map(without_ours, stock)) == [without_ours(dict(one.manifest)) for one in built(folder)]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_waited_for_has_an_earlier_wave_but_a_claim_none_later(name: str) -> None:
    resources = built(catalog.overlay(name) / "waves")
    waves = {one.id: int(one.manifest["metadata"]["annotations"][SYNC_WAVE]) for one in resources}
    _, edges = graph_of(resources)
    assert edges
    for edge in edges:
        least = 0 if edge.before.kind == "PersistentVolumeClaim" and edge.until == "applied" else 1
        assert waves[edge.after] - waves[edge.before] >= least, edge


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_that_waits_for_its_first_pod_holds_up_no_wave(name: str) -> None:
    resources = built(catalog.overlay(name) / "waves")
    waves = {one.id: int(one.manifest["metadata"]["annotations"][SYNC_WAVE]) for one in resources}
    _, edges = graph_of(resources)
    claims = {id for id in waves if id.kind == "PersistentVolumeClaim"}
    users = {claim: [waves[edge.after] for edge in edges if edge.before == claim] for claim in claims}
    assert all(waves[claim] == min(found) for claim, found in users.items() if found)


def test_our_waves_are_never_read_back_as_edges() -> None:
    folder = catalog.overlay("gke")
    assert set(graph_of(built(folder / "waves"))[1]) == set(graph_of(built(folder))[1])


JOBS = """\
apiVersion: batch/v1
kind: Job
metadata: {name: anew}
---
apiVersion: batch/v1
kind: Job
metadata: {name: replaced, annotations: {argocd.argoproj.io/sync-options: "Force=true,Replace=true"}}
"""


def test_a_job_is_a_hook_unless_it_says_how_it_is_replaced(tmp_path: Path) -> None:
    told = annotations_by_id(built(tree(tmp_path, JOBS)))
    assert {id.name for id, said in told.items() if said.get(HOOK) == "Sync"} == {"anew"}


def test_a_custom_resource_waits_for_its_definition() -> None:
    told = annotations_by_id(built(catalog.overlay("gke")))
    brought = {id.kind for id, said in told.items() if "SkipDryRun" in said.get("argocd.argoproj.io/sync-options", "")}
    assert brought == {"Listener"}


HERE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, annotations: {%s: '%s'}}\n"


def tree(folder: Path, text: str, kustomization: str = "resources: [all.yaml]\n") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "all.yaml").write_text(text)
    (folder / "kustomization.yaml").write_text(kustomization)
    return folder


def test_a_wave_that_a_person_wrote_stays(tmp_path: Path) -> None:
    (one,) = with_waves(built(tree(tmp_path, HERE % ("a", SYNC_WAVE, "-3"))))
    assert one.manifest["metadata"]["annotations"] == {SYNC_WAVE: "-3"}


def test_what_is_generated_under_a_hash_is_patched_by_its_own_name(tmp_path: Path) -> None:
    generated = "configMapGenerator:\n- {name: settings, literals: [a=b]}\nnamePrefix: my-\n"
    folder = tree(tmp_path / "overlay", HERE % ("a", "x", "y"), f"resources: [all.yaml]\n{generated}")
    assert run(["gitops", "waves", str(folder), "--to", str(tmp_path / "waves")]) == 0
    stock = list(yaml.safe_load_all(stock_text(tmp_path / "waves")))
    assert list(map(without_ours, stock)) == [dict(one.manifest) for one in built(folder)]
    assert all(one["metadata"]["annotations"][WAVE_GENERATED] == "true" for one in stock)


def test_an_overlay_that_has_more_than_lists_is_told_to_have_its_waves_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tree(tmp_path, HERE % ("a", "x", "y"), "resources: [all.yaml]\nnamePrefix: my-\n")
    assert run(["gitops", "waves", str(folder)]) == 2
    said = capsys.readouterr().err
    assert "'namePrefix' cannot be said again in a folder below" in said
    assert "--to" in said
    assert not (folder / "waves").exists()


def test_waves_that_are_stale_are_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tree(tmp_path, HERE % ("a", "x", "y"))
    assert run(["gitops", "waves", str(folder)]) == 0
    assert run(["gitops", "waves", str(folder), "--check"]) == 0
    tree(tmp_path, HERE % ("b", "x", "y"))
    capsys.readouterr()
    assert run(["gitops", "waves", str(folder), "--check"]) == 1
    assert "wave-00.yaml" in capsys.readouterr().out
    assert "name: a" in (folder / "waves/wave-00.yaml").read_text()


def test_two_resources_that_a_patch_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    (one,) = built(tree(tmp_path, HERE % ("a", "x", "y")))
    with pytest.raises(InputError, match="twice"):
        wave_files([one, one], ["../x"])
