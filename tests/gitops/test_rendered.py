"""The files of a rendered folder: stable, in the open, and the same to stock kustomize."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.build import build_resources
from kfinstall.errors import InputError
from kfinstall.gitops.file_names import UNAMBIGUOUS_GROUPS, file_name, folder_of
from kfinstall.gitops.rendered import render_files
from kfinstall.load import load_tree
from kfinstall.plan.kinds import BUILTIN_KINDS
from kfinstall.resource import Origin, Resource, ResourceId, id_of
from tests.judge import judge, write_tree

OVERLAYS = sorted(path.name for path in Path("overlays").iterdir())


def a_resource(kind="ConfigMap", name="one", namespace="kf", api_version="v1", component="", **rest):
    labels = {"labels": {"kfinstall.dev/component": component}} if component else {}
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **labels}
    return Resource({"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}, Origin("own.yaml", 7))


def test_a_resource_is_a_file_in_the_folder_of_its_component():
    files = render_files(
        [
            a_resource("Deployment", "minio", api_version="apps/v1", component="minio"),
            a_resource("Namespace", "kf", ""),
            a_resource("ClusterRole", "minio", "", "rbac.authorization.k8s.io/v1", "minio"),
            a_resource("Mapping", "minio", api_version="getambassador.io/v2", component="minio"),
        ]
    )
    assert list(files) == [
        "minio/clusterrole_minio.yaml",
        "minio/deployment_kf_minio.yaml",
        "minio/mapping.getambassador.io_kf_minio.yaml",
        "other/namespace_kf.yaml",
        "minio/kustomization.yaml",
        "other/kustomization.yaml",
        "kustomization.yaml",
    ]
    assert files["kustomization.yaml"].endswith("resources:\n- minio\n- other\n")


@pytest.mark.parametrize("name", OVERLAYS)
def test_stock_kustomize_builds_the_render_of_a_platform_to_the_bytes_of_its_overlay(name, tmp_path):
    write_tree(tmp_path, render_files(build_resources(load_tree(Path("overlays") / name))))
    built = judge(tmp_path)
    assert built is not None
    assert built == judge(Path("overlays") / name)


def test_names_that_no_file_can_have_build_to_the_same_resources(tmp_path):
    rbac = "rbac.authorization.k8s.io/v1"
    names = ["system:auth", "system-auth", "a_b", "A.b", "a.b", "x" * 253, "x" * 200]
    resources = [a_resource("ClusterRole", name, "", rbac, rules=[]) for name in names]
    resources += [a_resource(name="b-c", namespace="a"), a_resource(name="c", namespace="a-b")]
    resources += [a_resource("Con", component="aux", api_version="con.com/v1"), a_resource(component="COM1", name="u")]
    write_tree(tmp_path, render_files(resources))
    built = {id_of(one): one for one in yaml.safe_load_all(judge(tmp_path) or "")}
    assert built == {one.id: one.manifest for one in resources}


def test_each_component_of_a_render_builds_alone(tmp_path):
    files = render_files(build_resources(load_tree(Path("overlays/gke"))))
    write_tree(tmp_path, files)
    folders = [path for path in tmp_path.iterdir() if path.is_dir()]
    built = [judge(folder) or "" for folder in folders]
    assert all(built)
    assert sum(text.count("\nkind: ") for text in built) == len(build_resources(load_tree(Path("overlays/gke"))))


def test_the_order_of_resources_is_not_seen_in_a_render():
    resources = list(build_resources(load_tree(Path("overlays/gke"))))
    expected = render_files(resources)
    for seed in range(5):
        random.Random(seed).shuffle(resources)
        again = render_files(resources)
        assert list(again.items()) == list(expected.items())


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/%\0"), min_size=1, max_size=253)
KINDS = [("", "Service"), ("serving.knative.dev", "Service"), ("apps", "Deployment"), ("aux.com", "Con"), ("", "Aux")]
IDS = st.builds(
    lambda kind, namespace, name: ResourceId(*kind, namespace, name),
    st.sampled_from(KINDS),
    st.sampled_from(["", "a", "a-b", "a" * 63]),
    st.one_of(NAMES, st.sampled_from(["b", "b-c", "a_b", "b.", "system:auth-delegator", "B", "con", "x" * 253, "x+y"])),
)


@given(st.sets(IDS, min_size=2, max_size=20))
def test_no_two_resources_share_a_file_where_case_is_ignored(ids):
    names = {file_name(id).casefold() for id in ids}
    assert len(names) == len(ids)


@given(IDS)
def test_the_name_of_a_file_is_one_that_every_file_system_takes(id):
    name = file_name(id)
    assert name.isascii() and name == name.lower() and len(name) < 140
    assert not set(name) & set('<>:"/\\|?* ') and name.endswith(".yaml") and name[0].isalnum()
    assert name.partition(".")[0] not in {"con", "aux", "nul", "prn"}


def test_a_name_that_cannot_be_a_file_is_told_apart_by_a_digest():
    assert file_name(ResourceId("rbac.authorization.k8s.io", "ClusterRole", "", "system:auth")).startswith(
        "clusterrole_system-auth+"
    )
    long = [file_name(ResourceId("", "ConfigMap", "kf", "x" * 200 + end)) for end in "ab"]
    assert long[0] != long[1]


@pytest.mark.parametrize("component", ["con", "Minio", "a_b-", "x" * 120])
def test_the_folder_of_a_component_is_one_that_every_file_system_takes(component):
    folder = folder_of(a_resource(component=component))
    assert folder == folder.lower() and len(folder) < 120 and "+" in folder


def test_kinds_that_are_named_without_their_group_are_unambiguous():
    kinds = [known.kind for known in BUILTIN_KINDS if known.group in UNAMBIGUOUS_GROUPS]
    assert len(kinds) == len({kind.lower() for kind in kinds})


@pytest.mark.parametrize("component", ["", "another"])
def test_two_resources_of_one_id_are_refused(component):
    with pytest.raises(InputError, match=r"own.yaml:7: ConfigMap kf/one is there twice: the other is from own.yaml:7"):
        render_files([a_resource(), a_resource(component=component)])


def test_no_resources_are_not_rendered():
    with pytest.raises(InputError, match="nothing to render"):
        render_files([])
