"""Trees to measure on: a trivial one, and an overlay over as many resources as wanted."""

from __future__ import annotations

from pathlib import Path

PATCHES = 10

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{i}
  labels:
    app: app-{i}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: app-{i}
  template:
    metadata:
      labels:
        app: app-{i}
    spec:
      containers:
      - name: main
        image: registry.example/app:v1
        ports:
        - containerPort: 8080
        env:
        - name: LEVEL
          valueFrom:
            configMapKeyRef:
              name: settings-{i}
              key: level
        resources:
          requests:
            cpu: 100m
            memory: 64Mi
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: app-{i}
spec:
  selector:
    app: app-{i}
  ports:
  - port: 80
    targetPort: 8080
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings-{i}
data:
  level: info
  text: |
    one = 1
    two = 2
"""
BASE = {"deployments.yaml": DEPLOYMENT, "services.yaml": SERVICE, "configmaps.yaml": CONFIG_MAP}
PATCH = """\
- target: {{kind: Deployment, name: app-{i}}}
  patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: app-{i}
    spec:
      replicas: 5
      template:
        spec:
          containers:
          - name: main
            env:
            - name: EXTRA
              value: "yes"
"""
OVERLAY = """\
resources: [../base]
namePrefix: prod-
namespace: production
labels:
- pairs: {team: platform}
  includeSelectors: true
images:
- name: registry.example/app
  newTag: v2
patches:
"""

REPLACEMENT = """\
- source: {{kind: ConfigMap, name: settings-{i}, fieldPath: data.level}}
  targets:
  - select: {{kind: Deployment, name: app-{i}}}
    fieldPaths: [metadata.annotations.level]
    options: {{create: true}}
"""
VAR = """\
- name: LEVEL_{i}
  objref: {{apiVersion: v1, kind: ConfigMap, name: settings-{i}}}
  fieldref: {{fieldpath: data.level}}
"""
WIRED = """\
resources: [../base]
namePrefix: prod-
commonAnnotations: {{first: $(LEVEL_0)}}
replacements:
{replacements}vars:
{vars}"""


def write_trivial(folder: Path) -> Path:
    """Write a kustomization with one ConfigMap; give its folder."""
    folder.mkdir(parents=True)
    (folder / "kustomization.yaml").write_text("resources: [configmap.yaml]\n")
    (folder / "configmap.yaml").write_text(CONFIG_MAP.format(i=0))
    return folder


def write_overlay(folder: Path, count: int) -> Path:
    """Write an overlay over `count` Deployments, Services and ConfigMaps each; give its folder.

    It sets a prefix, a namespace, a label and an image, and patches ten Deployments.
    """
    overlay = _write_base(folder, count)
    patches = "".join(PATCH.format(i=i) for i in range(0, count, max(1, count // PATCHES)))
    (overlay / "kustomization.yaml").write_text(OVERLAY + patches)
    return overlay


def write_wired(folder: Path, count: int) -> Path:
    """Write an overlay in which each Deployment names a ConfigMap, and has a replacement and a var from it."""
    overlay = _write_base(folder, count)
    replacements, variables = ("".join(text.format(i=i) for i in range(count)) for text in (REPLACEMENT, VAR))
    (overlay / "kustomization.yaml").write_text(WIRED.format(replacements=replacements, vars=variables))
    return overlay


def _write_base(folder: Path, count: int) -> Path:
    base, overlay = folder / "base", folder / "overlay"
    base.mkdir(parents=True)
    overlay.mkdir()
    for name, text in BASE.items():
        (base / name).write_text("---\n".join(text.format(i=i) for i in range(count)))
    (base / "kustomization.yaml").write_text(f"resources: [{', '.join(BASE)}]\n")
    return overlay
