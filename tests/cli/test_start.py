"""A small build is over before much would have been imported: the modules are counted, nothing is timed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("click", "typing", "dataclasses", "inspect", "collections", "functools", "contextlib", "enum", "re", "json")
HEAVIER = ("pathlib", "hashlib", "importlib.metadata", "logging", "kubernetes", "rich", "ruamel", "difflib", "shutil")
PYTHON_YAML = ("yaml.reader", "yaml.constructor", "yaml.resolver", "yaml.representer", "datetime", "base64")
YAML = ("yaml", "yaml.reader", "kfinstall.manifest.parse", "kfinstall.manifest.nodes")
CODE = """\
import sys
before = set(sys.modules)
from kfinstall.cli.start import run
code = run(sys.argv[1:])
print(*sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""
RESOURCES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {k: v, url: "http://a.example:80/x"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: main
        image: nginx:1
        ports: [{containerPort: 8080}]
        resources: {requests: {cpu: 100m, memory: 64Mi}}
"""
PATCH = """\
patches:
- target: {kind: Deployment, name: web}
  patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {replicas: 3}
"""


def imported(folder: Path, *options: str, off: bool = False) -> set[str]:
    """Give the modules that a build imports beyond those that Python starts with."""
    env = {**os.environ, "KFINSTALL_CACHE_DIR": str(folder / "cache"), "KFINSTALL_NO_CACHE": "1" if off else ""}
    line = [
        sys.executable,
        "-S",
        "-c",
        f"import sys; sys.path[:0] = {sys.path!r}\n{CODE}",
        "build",
        str(folder),
        *options,
    ]
    done = subprocess.run(line, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def tree(folder: Path, fields: str) -> Path:
    (folder / "resources.yaml").write_text(RESOURCES)
    (folder / "kustomization.yaml").write_text(f"resources: [resources.yaml]\n{fields}")
    return folder


@pytest.mark.parametrize(
    "fields",
    [
        "",
        "namePrefix: a-\nnamespace: there\n",
        "labels: [{pairs: {team: a}, includeSelectors: true}]\n",
        "images: [{name: nginx, newTag: '2'}]\n",
        "replicas: [{name: web, count: 3}]\n",
        PATCH,
    ],
    ids=["nothing", "prefix", "labels", "images", "replicas", "patch"],
)
def test_a_small_build_that_was_read_before_imports_nothing_of_weight(tmp_path, fields):
    folder = tree(tmp_path, fields)
    imported(folder)
    found = imported(folder)
    assert found.isdisjoint((*HEAVY, *HEAVIER, *YAML)), found & {*HEAVY, *HEAVIER, *YAML}


def test_what_a_kustomization_does_not_ask_for_is_not_imported(tmp_path):
    folder = tree(tmp_path, "namePrefix: a-\n")
    imported(folder)
    stages = (
        "patches",
        "replacements",
        "images",
        "labels",
        "vars",
        "plugins",
        "hashes",
        "generators",
        "crds",
        "merge_keys",
    )
    assert imported(folder).isdisjoint(f"kfinstall.build.{stage}" for stage in stages)
    assert "kfinstall.build.names" in imported(folder)


def test_a_small_build_that_is_read_anew_imports_nothing_of_weight_but_the_binding_to_libyaml(tmp_path):
    found = imported(tree(tmp_path, "namePrefix: a-\n"), off=True)
    assert "yaml._yaml" in found
    assert found.isdisjoint((*HEAVY, *HEAVIER, *PYTHON_YAML)), found & {*HEAVY, *HEAVIER, *PYTHON_YAML}
