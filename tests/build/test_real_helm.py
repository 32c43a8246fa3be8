"""One chart, rendered by the real Helm: what a stand-in cannot show."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

import pytest
from recording import Bench

from kfinstall.cli.main import run

VERSION = "v3.20.2"
CACHE = Path(__file__).resolve().parents[2] / ".cache" / f"helm-{VERSION}"
TREE = {
    "kustomization.yaml": """namespace: shop
namePrefix: dev-
helmCharts:
- name: web
  releaseName: front
  includeCRDs: true
  skipTests: true
  apiVersions: [example.com/v1]
  valuesInline: {replicas: 3, image: {tag: "2.0"}}
  additionalValuesFiles: [more.yaml]
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: front-web, namespace: shop}
    spec: {paused: true}
""",
    "more.yaml": "note: hello\n",
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.2.3\n",
    "charts/web/values.yaml": "replicas: 1\nimage: {name: registry.test/web, tag: '1.0'}\nnote: ''\n",
    "charts/web/crds/thing.yaml": """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Namespaced, versions: []}
""",
    "charts/web/templates/all.yaml": """{{- range $name := list "web" "admin" }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $.Release.Name }}-{{ $name }}
  namespace: {{ $.Release.Namespace }}
spec:
  replicas: {{ $.Values.replicas }}
  template:
    spec:
      containers:
      - {name: main, image: "{{ $.Values.image.name }}:{{ $.Values.image.tag }}"}
---
{{- end }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-config, namespace: {{ .Release.Namespace }}}
data:
  note: {{ .Values.note | quote }}
  has: {{ .Capabilities.APIVersions.Has "example.com/v1" | quote }}
""",
    "charts/web/templates/tests/try.yaml": """apiVersion: v1
kind: Pod
metadata: {name: try, annotations: {helm.sh/hook: test}}
""",
}


@pytest.fixture(scope="session")
def helm() -> str:
    """Give Helm, built once from its sources: about two minutes."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one build, however many processes run the tests
        if not (CACHE / "helm").exists():
            env = {**os.environ, "GOBIN": str(CACHE), "CGO_ENABLED": "0"}
            subprocess.run(["go", "install", f"helm.sh/helm/v3/cmd/helm@{VERSION}"], env=env, check=True)
    return str(CACHE / "helm")


def test_a_chart_comes_to_what_the_real_tool_makes_of_it(helm: str, tmp_path: Path) -> None:
    bench, flags = Bench(tmp_path, TREE), ("--enable-helm", "--helm-command", helm)
    theirs, ours = bench.theirs(*flags), bench.ours(*flags)
    assert theirs.printed is not None, theirs.said
    assert ours.printed == theirs.printed, ours.said
    assert "image: registry.test/web:2.0" in ours.printed
    assert "note: hello" in ours.printed
    assert "kind: Pod" not in ours.printed


def test_a_chart_that_helm_refuses_is_named_with_what_helm_said(helm: str, tmp_path: Path) -> None:
    files = {**TREE, "charts/web/templates/all.yaml": '{{ fail "no such thing" }}\n'}
    run = Bench(tmp_path, files).ours("--enable-helm", "--helm-command", helm)
    assert "tree/kustomization.yaml:4: " in run.said
    assert "no such thing" in run.said


def test_other_commands_render_charts_too(helm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(tmp_path, TREE)
    bench.ours()
    folder = str(tmp_path / "tree")
    assert run(["graph", folder]) == 2
    assert "hint: add --enable-helm" in capsys.readouterr().err
    assert run(["graph", folder, "--enable-helm", "--helm-command", helm]) == 0
    assert "dev-front-web" in capsys.readouterr().out
