"""`--fix` changes files as a careful person would: one document, with its comments, and nothing around it."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kfinstall.cli.start import run

FORMER = """\
# what the guide had in 2018
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: ml}
data: {a:   "b"}  # odd spaces stay
---
# a workload
apiVersion: extensions/v1beta1  # old
kind: Deployment
metadata:
  name: web
  namespace: ml
spec:
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      # the only one
      - name: web
        image: k8s.gcr.io/pause:3.2
---
apiVersion: v1
kind: Pod
metadata: {name: one, namespace: ml}
spec:
  containers:
  - name: web
    image: example.com/web:1
    resources:
      limits:
        alpha.kubernetes.io/nvidia-gpu: 1  # one card
        cpu: "1"
---
apiVersion: kubeflow.org/v1
kind: TFJob
metadata: {name: mnist, namespace: ml}
spec:
  cleanPodPolicy: All
  tfReplicaSpecs:
    Worker:
      replicas: 1
      template: {spec: {containers: [{name: tensorflow, image: "example.com/mnist:1"}]}}
    Ps:  # parameter servers
      replicas: 1
      template: {spec: {containers: [{name: main, image: "example.com/mnist:1"}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap, namespace: ml}
data:
  config: |
    parallelism: 5
    containerRuntimeExecutor: docker
"""
FIXED = """\
# what the guide had in 2018
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: ml}
data: {a:   "b"}  # odd spaces stay
---
# a workload
apiVersion: apps/v1             # old
kind: Deployment
metadata:
  name: web
  namespace: ml
spec:
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      # the only one
      - name: web
        image: registry.k8s.io/pause:3.2
  selector:
    matchLabels:
      app: web
---
apiVersion: v1
kind: Pod
metadata: {name: one, namespace: ml}
spec:
  containers:
  - name: web
    image: example.com/web:1
    resources:
      limits:
        nvidia.com/gpu: 1                  # one card
        cpu: "1"
---
apiVersion: kubeflow.org/v1
kind: TFJob
metadata: {name: mnist, namespace: ml}
spec:
  tfReplicaSpecs:
    Worker:
      replicas: 1
      template: {spec: {containers: [{name: tensorflow, image: "example.com/mnist:1"}]}}
    PS:  # parameter servers
      replicas: 1
      template: {spec: {containers: [{name: tensorflow, image: "example.com/mnist:1"}]}}
  runPolicy:
    cleanPodPolicy: All
---
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap, namespace: ml}
data:
  config: |
    parallelism: 5
"""
IN_RENDER = "KF504,KF608,KF750,KF806,KF807,KF810"


@pytest.fixture
def former(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "all.yaml").write_text(FORMER)
    (folder / "kustomization.yaml").write_text("resources: [all.yaml]\n")
    return folder


def doctor(folder: Path, *more: str) -> int:
    return run(["doctor", "--rendered", str(folder), "--only", IN_RENDER, "--fail-on", "info", "-o", "short", *more])


def test_what_is_found_in_a_render_is_made_good_in_its_file(former: Path, capsys: pytest.CaptureFixture) -> None:
    assert doctor(former) == 1
    before = capsys.readouterr().out
    assert [check for check in IN_RENDER.split(",") if check not in before] == []
    assert doctor(former, "--fix") == 0
    assert (former / "all.yaml").read_text() == FIXED
    assert "nothing found" in capsys.readouterr().out


def test_a_dry_run_prints_the_changes_and_makes_none(former: Path, capsys: pytest.CaptureFixture) -> None:
    assert doctor(former, "--fix", "--dry-run") == 1
    told = capsys.readouterr().err
    assert "+apiVersion: apps/v1  " in told
    assert "-        image: k8s.gcr.io/pause:3.2" in told
    assert (former / "all.yaml").read_text() == FORMER


def test_what_stands_in_a_file_elsewhere_becomes_a_patch_that_makes_it_good(
    former: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (former / "all.yaml").write_text(FORMER.replace("extensions/v1beta1", "apps/v1"))
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text("resources: [../base]\n")
    assert doctor(overlay, "--fix") == 1
    told = capsys.readouterr().err
    assert (former / "all.yaml").read_text() == FORMER.replace("extensions/v1beta1", "apps/v1")
    patches = [part.partition("\n")[2] for part in told.split("add this to the patches of your kustomization")[1:]]
    texts = [re.sub(r"\n\nKF.*", "\n", patch, flags=re.DOTALL) for patch in patches]
    assert len(texts) == 4
    for number, text in enumerate(texts):
        (overlay / f"{number}.yaml").write_text(text)
    listed = "".join(f"- path: {number}.yaml\n" for number in range(len(texts)))
    (overlay / "kustomization.yaml").write_text(f"resources: [../base]\npatches:\n{listed}")
    assert doctor(overlay) == 0
    kubectl = Path(sys.executable).with_name("kubectl")
    assert subprocess.run([kubectl, "kustomize", overlay], capture_output=True).returncode == 0


def test_what_has_another_shape_in_its_new_version_is_left_to_a_person(tmp_path: Path) -> None:
    text = "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web, namespace: ml}\nspec: {}\n"
    (tmp_path / "ingress.yaml").write_text(text)
    assert doctor(tmp_path, "--fix") == 1
    assert (tmp_path / "ingress.yaml").read_text() == text


def test_a_kubeconfig_that_others_can_read_is_its_owners_alone_again(tmp_path: Path, monkeypatch) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        "{current-context: x, contexts: [{name: x, context: {cluster: x, user: x}}], users: [{name: x, user: {}}],"
        " clusters: [{name: x, cluster: {server: 'http://127.0.0.1:9'}}]}"
    )
    kubeconfig.chmod(0o644)
    arguments = ["doctor", "--kubeconfig", str(kubeconfig), "--only", "KF011", "--fix", "-o", "short"]
    assert run([*arguments, "--dry-run"]) == 3
    assert stat.S_IMODE(kubeconfig.stat().st_mode) == 0o644
    run(arguments)
    assert stat.S_IMODE(kubeconfig.stat().st_mode) == 0o600
