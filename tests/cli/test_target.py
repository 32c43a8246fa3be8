from pathlib import Path

import pytest

from kfinstall.catalog import Detection
from kfinstall.cli.options import Wanted
from kfinstall.cli.source import read_source, source_name
from kfinstall.cli.target import check_platform, settle_platform
from kfinstall.errors import InputError

GKE = Detection("gke", "node label cloud.google.com/gke-nodepool")
NOTHING = Detection("", "")


@pytest.mark.parametrize("named", [None, "auto"])
def test_the_cluster_says_which_platform_it_is(named: str | None) -> None:
    assert settle_platform(Wanted(None, named), GKE, allow_mismatch=False) == "gke"


def test_a_cluster_that_says_nothing_needs_a_name() -> None:
    with pytest.raises(InputError, match="does not say what kind it is"):
        settle_platform(Wanted(None, None), NOTHING, allow_mismatch=False)


def test_a_folder_needs_no_platform() -> None:
    assert settle_platform(Wanted("my-overlay", None), NOTHING, allow_mismatch=False) == ""


def test_a_platform_that_contradicts_the_cluster_is_refused_and_says_by_what() -> None:
    with pytest.raises(InputError) as caught:
        settle_platform(Wanted(None, "aks"), GKE, allow_mismatch=False)
    assert caught.value.message == f"--platform aks, but the cluster is gke ({GKE.by})"
    assert "--allow-platform-mismatch" in caught.value.hint


def test_a_contradiction_can_be_allowed() -> None:
    assert settle_platform(Wanted(None, "aks"), GKE, allow_mismatch=True) == "aks"


def test_a_platform_is_believed_where_the_cluster_says_nothing() -> None:
    assert settle_platform(Wanted(None, "gke"), NOTHING, allow_mismatch=False) == "gke"


def test_a_platform_that_does_not_exist_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(InputError, match="there is no platform 'gkee'"):
        check_platform(Wanted(None, "gkee"))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("My_Overlay.d", "my-overlay-d"),
        ("all.yaml", "all"),
        ("-", ""),
        ("a.b.yml", "a-b"),
        ("https://github.com/org/repo//overlays/gke?ref=v1", "gke"),
        ("git@github.com:org/repo.git", "repo"),
    ],
)
def test_an_installation_is_named_after_its_folder_file_or_repository(source: str, name: str, tmp_path: Path) -> None:
    if source == "My_Overlay.d":
        (tmp_path / source).mkdir()
        source = str(tmp_path / source)
    assert source_name(source) == name


def test_a_folder_without_a_kustomization_is_read_as_manifests(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    source = read_source(Wanted(str(tmp_path), None), "")
    assert [resource.id.name for resource in source.resources] == ["a"]


def test_a_component_cannot_be_added_to_a_folder_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--with goes with the packaged overlays only"):
        read_source(Wanted(str(tmp_path), None, ("spartakus",)), "")


def test_an_opt_in_component_is_added_to_the_packaged_overlay() -> None:
    plain = read_source(Wanted(None, "gke"), "gke")
    more = read_source(Wanted(None, "gke", ("spartakus",)), "gke")
    assert {r.id for r in plain.resources} < {r.id for r in more.resources}
    assert more.name == "gke"
    assert more.label == "the packaged overlay gke with spartakus"


def test_a_component_that_does_not_exist_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_source(Wanted(None, "gke", ("spartacus",)), "gke")
    assert caught.value.hint == "did you mean 'spartakus'?"
