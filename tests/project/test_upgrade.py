"""A newer catalogue under a project: what its authors changed arrives, what a person wrote stays."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.cli.start import run
from kfinstall.project.reading import read_project
from kfinstall.project.vendored import PARTS
from tests.catalog.manifests import KUBECTL
from tests.project.conftest import snapshot

Refused = Callable[..., str]


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    done = subprocess.run(["git", "-C", folder, *identity, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Give a repository with the catalogue as it is in `old`, and a newer one in `main`.

    minio has another port; jupyter requires the component spartakus; tf-operator's parameter has a new name; the
    model server is gone.
    """
    folder = tmp_path / "catalogue"
    for part in PARTS:
        shutil.copytree(catalog.root() / part, folder / part)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "old")
    git(folder, "tag", "old")
    base = folder / "base"
    replace(base / "minio" / "service.yaml", "port: 9001", "port: 9002")
    replace(base / "minio" / "component.yaml", "port: 9001", "port: 9002")
    replace(base / "jupyter" / "component.yaml", "secrets: [", "requires: [spartakus]\nsecrets: [")
    for name in ("component.yaml", "params.yaml", "parameters/kustomization.yaml"):
        replace(base / "tf-operator" / name, "tfOperatorImage", "tfImage")
    replace(base / "tf-operator" / "component.yaml", "formerly: [", "formerly: [tfOperatorImage, ")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "new")
    return folder


def same_bytes(folder: str) -> bytes:
    judge = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, check=True).stdout
    ours = subprocess.run([KUBECTL.with_name("kfinstall"), "build", folder], capture_output=True, check=True).stdout
    assert ours == judge
    return judge


def test_what_the_authors_changed_arrives_and_what_a_person_wrote_stays(
    project: Path, newer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["param", "set", "--environment", "prod", "tfOperatorImage=a/b:1", "minioStorage=30Gi"])
    replace(
        project / "components" / "kustomization.yaml",
        "- ../catalogue/base/minio\n",
        "# the store of team 7\n- ../catalogue/base/minio\n- own.yaml\n",
    )
    own = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n"
    (project / "components" / "own.yaml").write_text(own)
    (project / "README.md").write_text("mine\n")
    capsys.readouterr()
    assert run(["upgrade", "--catalog-ref", f"{newer}@main", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "rendered everywhere:" in said
    assert "-    port: 9001\n+    port: 9002\n" in said
    settings = read_project(project).settings
    assert "spartakus" in settings.components
    assert settings.environments["prod"] == {"tfImage": "a/b:1", "minioStorage": "30Gi"}
    text = (project / "components" / "kustomization.yaml").read_text()
    assert "# the store of team 7\n- ../catalogue/base/minio\n- own.yaml\n" in text
    assert "- ../catalogue/base/spartakus\n" in text
    assert (project / "README.md").read_text() == "mine\n"
    assert git(newer, "rev-parse", "main") in (project / "catalogue.yaml").read_text()
    rendered = same_bytes("environments/prod")
    assert b"image: a/b:1\n" in rendered
    assert b"port: 9002\n" in rendered
    assert b"name: own\n" in rendered


def test_a_dry_run_shows_the_same_and_writes_nothing(
    project: Path, newer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(project)
    assert run(["upgrade", "--catalog-ref", f"{newer}@main", "--dry-run"]) == 0
    assert snapshot(project) == before
    assert "+    port: 9002" in capsys.readouterr().out


def test_the_same_catalogue_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(project)
    assert run(["upgrade", "--yes"]) == 0
    assert snapshot(project) == before
    assert "already" in capsys.readouterr().out


def test_a_difference_is_shown_with_the_environments_that_have_it(
    project: Path, newer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["param", "set", "--environment", "prod", "minioStorage=30Gi"])
    patch = "patches:\n- patch: |\n    apiVersion: v1\n    kind: Service\n    metadata: {name: minio-service}\n"
    with (project / "environments" / "prod" / "kustomization.yaml").open("a") as file:
        file.write(patch + "    $patch: delete\n")
    capsys.readouterr()
    assert run(["upgrade", "--catalog-ref", f"{newer}@main", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "rendered without an environment, dev, test:" in said
    assert "rendered prod:" in said


def test_what_the_new_catalogue_does_not_have_is_refused(project: Path, newer: Path, refused: Refused) -> None:
    shutil.rmtree(newer / "base" / "tf-serving")
    replace(newer / "base" / "minio" / "component.yaml", "- name: minioStorage\n", "- name: storeSize\n")
    git(newer, "commit", "-q", "-a", "-m", "newer")
    assert "the new catalogue has no component tf-serving" in refused("upgrade", "--catalog-ref", f"{newer}@main")
    run(["component", "remove", "tf-serving"])
    run(["param", "set", "minioStorage", "30Gi"])
    assert "no parameter minioStorage, which is set to '30Gi'" in refused("upgrade", "--catalog-ref", f"{newer}@main")


def test_a_catalogue_with_which_the_project_does_not_build_is_refused(
    project: Path, newer: Path, refused: Refused
) -> None:
    replace(newer / "base" / "minio" / "kustomization.yaml", "- service.yaml", "- sevice.yaml")
    git(newer, "commit", "-q", "-a", "-m", "broken")
    said = refused("upgrade", "--catalog-ref", f"{newer}@main", "--yes")
    assert "catalogue/base/minio/kustomization.yaml:" in said
    assert said.count("error:") == 1, "the four that are built have it in common"


def test_a_changed_catalogue_is_refused_and_restored_on_request(
    project: Path, refused: Refused, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(project)
    replace(project / "catalogue" / "base" / "minio" / "service.yaml", "9001", "9009")
    shutil.rmtree(project / "catalogue" / "base" / "argo")
    (project / "catalogue.yaml").write_text("version: nothing\n")
    refused("upgrade", "--yes")
    refused("upgrade", "--restore")
    assert run(["upgrade", "--restore", "--yes"]) == 0
    assert snapshot(project) == before
    assert "the changes in base/minio/service.yaml are lost" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("{newer}@nothing", "git fetch failed"),
        ("{newer}/nothing@main", "git fetch failed"),
        ("{newer}", "names no repository and ref"),
        ("--upload-pack=x@main", "names no repository and ref"),
        ("ext::sh -c x@main", "git fetch failed"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(reference: str, said: str, newer: Path, refused: Refused) -> None:
    assert said in refused("upgrade", f"--catalog-ref={reference.format(newer=newer)}")


def test_a_repository_without_a_catalogue_is_refused(tmp_path: Path, refused: Refused) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "nothing")
    assert "there is no catalogue in" in refused("upgrade", "--catalog-ref", f"{folder}@main")


def test_init_takes_its_catalogue_from_a_tag(newer: Path, tmp_path: Path) -> None:
    folder = tmp_path / "from-git"
    assert run(["init", str(folder), "--platform", "gke", "--catalog-ref", f"{newer}@old"]) == 0
    assert git(newer, "rev-parse", "old") in (folder / "catalogue.yaml").read_text()
    assert run(["upgrade", "--project", str(folder), "--catalog-ref", f"{newer}@main", "--yes"]) == 0
    assert "spartakus" in read_project(folder).settings.components


def test_the_checksums_are_those_that_sha256sum_reads(project: Path) -> None:
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=project / "catalogue", check=True)
