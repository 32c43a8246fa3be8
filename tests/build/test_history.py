"""Which file and line gave a resource, or one of its fields, what it has."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from rendering import errors_of, write_tree
from trees import make_tree

from kfinstall.build import build_resources
from kfinstall.build.history import ANNOTATION, build_with_history, build_with_origins, explain
from kfinstall.errors import InputError
from kfinstall.load import load_tree

TREE = {
    "base/kustomization.yaml": "resources: [web.yaml]\nconfigMapGenerator:\n- name: made\n  literals: [a=b]\n",
    "base/web.yaml": """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: web
        image: nginx
        envFrom: [{configMapRef: {name: made}}]
""",
    "overlay/kustomization.yaml": """resources:
- ../base
namePrefix: p-
images:
- name: other
  newTag: "1"
- name: nginx
  newTag: "2"
patches:
- path: patch.yaml
- target: {kind: Deployment}
  patch: |
    - op: replace
      path: /spec/replicas
      value: 7
""",
    "overlay/patch.yaml": """# replicas
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 5, paused: true}
""",
}


def _said(folder: Path, target: str) -> list[str]:
    found = explain(load_tree(folder / "overlay"), target)
    return [f"{Path(one.origin.path).name}:{one.origin.line} {one.kind} {one.value}" for one in found]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("Deployment/p-web:spec.replicas", "kustomization.yaml:13 PatchTransformer 7"),
        ("spec.paused", "patch.yaml:2 PatchTransformer True"),
        ("spec.template.spec.containers.[name=web].image", "kustomization.yaml:7 ImageTagTransformer nginx:2"),
        ("spec.template.spec.containers.0.name", "web.yaml:1 as written web"),
        ("Deployment/p-web:metadata.name", "kustomization.yaml:3 PrefixTransformer p-web"),
        ("data.a", "kustomization.yaml:3 Generator b"),
    ],
)
def test_the_last_write_of_a_field_is_named(tmp_path: Path, target: str, said: str) -> None:
    write_tree(tmp_path, TREE)
    assert _said(tmp_path, target) == [said]


def test_a_reference_that_was_corrected_says_so(tmp_path: Path) -> None:
    write_tree(tmp_path, TREE)
    (said,) = _said(tmp_path, "spec.template.spec.containers.0.envFrom.0.configMapRef.name")
    assert "name reference p-made-" in said


def test_what_kustomize_notes_of_a_resource_does_not_hide_what_wrote_it(tmp_path: Path) -> None:
    files = {
        "made/kustomization.yaml": """configMapGenerator:
- name: made
  literals: [a=b]
generatorOptions: {disableNameSuffixHash: true}
vars:
- name: A
  objref: {apiVersion: v1, kind: ConfigMap, name: made}
  fieldref: {fieldPath: data.a}
""",
        "kustomization.yaml": "resources: [made]\nnamePrefix: p-\nnamespace: n1\nbuildMetadata: [originAnnotations]\n",
    }
    write_tree(tmp_path, files)
    for field, kind, place in (
        ("data.a", "Generator", "made/kustomization.yaml:2"),
        ("metadata.name", "PrefixTransformer", "kustomization.yaml:2"),
    ):
        (one,) = explain(load_tree(tmp_path), f"ConfigMap/p-made:{field}")
        assert (one.kind, str(one.origin)) == (kind, f"{tmp_path}/{place}")


def test_a_field_that_is_nowhere_is_an_error(tmp_path: Path) -> None:
    write_tree(tmp_path, TREE)
    with pytest.raises(InputError, match="no resource has the field"):
        explain(load_tree(tmp_path / "overlay"), "spec.nothing")


def test_origins_name_every_file_that_shaped_a_resource(tmp_path: Path) -> None:
    write_tree(tmp_path, TREE)
    resources = build_with_origins(load_tree(tmp_path / "overlay"))
    (web,) = [one.manifest for one in resources if one.manifest["kind"] == "Deployment"]
    lines = web["metadata"]["annotations"][ANNOTATION].splitlines()
    assert [line.rpartition("/")[2].partition(" ")[0] for line in lines] == [
        "web.yaml:1",
        "patch.yaml:2",
        "kustomization.yaml:13",
        "kustomization.yaml:3",
        "kustomization.yaml:7",
        "kustomization.yaml:1",
    ]


@pytest.mark.parametrize("seed", range(60))
def test_a_build_step_by_step_gives_what_a_build_at_once_gives(tmp_path: Path, seed: int) -> None:
    write_tree(tmp_path, make_tree(Random(seed)))
    try:
        tree = load_tree(tmp_path / "overlay")
        at_once = [one.manifest for one in build_resources(tree)]
    except (InputError, ExceptionGroup) as problem:
        errors_of(problem)
        return
    if not tree.kustomization.build_metadata:
        assert [trace.resource.manifest for trace in build_with_history(tree)] == at_once
