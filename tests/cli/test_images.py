from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from kfinstall import catalog
from kfinstall.catalog.mirror import find_images
from kfinstall.cli.start import run
from kfinstall.prototypes import Prototype, prototypes
from tests.catalog.test_overlays import DEAD_HOSTS
from tests.prototypes.making import made

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: n}
spec: {template: {spec: {containers: [{name: c, image: nginx, args: [--side, "quay.io/a/b:1"]}]}}}
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    (tmp_path / "kustomization.yaml").write_text("resources: [deployment.yaml]\n")
    (tmp_path / "deployment.yaml").write_text(DEPLOYMENT)
    return tmp_path


def test_without_a_folder_the_catalogue_is_listed_with_what_each_image_is_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["images"]) == 0
    shown = capsys.readouterr().out.splitlines()
    images = [line for line in shown if not line.startswith(" ")]
    assert images == sorted({*catalog.images(), *of_platforms(), *of_prototypes()})
    assert not [image for image in images if DEAD_HOSTS.search(image)]
    at = shown.index("docker.io/library/busybox:1.37")
    words = [" ".join(line.split()) for line in shown[at + 1 :]]
    assert "pytorch-operator workers wait in it for their master" in words[:3]
    assert any(line.startswith("prototype workflow ") for line in words[:6])


def of_platforms() -> set[str]:
    """Give the images in the options of all platforms, whether they are declared or not."""
    files = [path for path in (catalog.root() / "platforms").glob("*/*/*.yaml") if path.name != "kustomization.yaml"]
    manifests = [m for path in files for m in yaml.safe_load_all(path.read_text()) if isinstance(m, dict)]
    return {one.image for manifest in manifests for one in find_images(manifest)}


def of_prototypes() -> set[str]:
    """Give the images in what each prototype makes by default, and with GPUs."""
    made_all = [made(found.name, **values) for found in prototypes() for values in gpus(found)]
    return {one.image for manifests in made_all for manifest in manifests for one in find_images(manifest)}


def gpus(found: Prototype) -> list[dict[str, str]]:
    return [{}, {"numGpus": "1"}] if any(one.name == "numGpus" for one in found.parameters) else [{}]


def test_of_a_folder_the_images_are_listed_with_their_fields(overlay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["images", str(overlay), "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"image": "nginx", "uses": [use("spec.template.spec.containers[0].image")]},
        {"image": "quay.io/a/b:1", "uses": [use("spec.template.spec.containers[0].args[1]")]},
    ]


def use(field: str) -> dict[str, str]:
    return {"resource": "Deployment.apps n/a", "field": field}


def test_a_list_has_one_image_a_line_and_where_it_goes(overlay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["images", str(overlay), "--list"]) == 0
    assert capsys.readouterr().out == "docker.io/library/nginx:latest\nquay.io/a/b:1\n"
    assert run(["images", str(overlay), "--list", "--registry", "m.example/x"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "docker.io/library/nginx:latest m.example/x/docker.io/library/nginx:latest"
    assert second == "quay.io/a/b:1 m.example/x/quay.io/a/b:1"


def test_a_registry_gives_a_component_that_is_written_where_it_is_wanted(
    overlay: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["images", str(overlay), "--registry", "m.example"]) == 0
    printed = capsys.readouterr().out
    mirror = overlay / "mirror"
    for _ in range(2):  # it may be written again
        assert run(["images", str(overlay), "--registry", "m.example", "--to", str(mirror)]) == 0
        assert (mirror / "kustomization.yaml").read_text() == printed
    assert [path.name for path in mirror.iterdir()] == ["kustomization.yaml"]
    component = yaml.safe_load(printed)
    assert component["kind"] == "Component"
    assert component["images"] == [{"name": "nginx", "newName": "m.example/docker.io/library/nginx"}]


def test_a_folder_with_another_kustomization_is_left_alone(overlay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (overlay / "kustomization.yaml").read_text()
    assert run(["images", "--registry", "m.example", "--to", str(overlay), str(overlay)]) == 2
    assert "is there already and is not a mirror" in capsys.readouterr().err
    assert (overlay / "kustomization.yaml").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--registry", "https://m.example"], "'https://m.example' is no registry"),
        (["--to", "x"], "--to goes with --registry alone"),
        (["--to", "x", "--registry", "m.example", "--list"], "--to goes with --registry alone"),
        (["--with", "katib"], "there is nothing to render"),
        (["--platform", "gkee"], "there is no platform 'gkee'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["images", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "hint:" in error


@pytest.mark.parametrize("arguments", [["images"], ["component", "list"], ["platforms"]])
def test_lists_are_yaml_as_well(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*arguments, "-o", "yaml"]) == 0
    assert isinstance(yaml.safe_load(capsys.readouterr().out), list)
