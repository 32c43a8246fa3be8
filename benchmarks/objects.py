"""Manifests to install: as many as wanted, in the proportions of a platform with many small services.

An application is twenty objects with one pod. So pods, which the simulated kubelet has to start, are a twentieth of all
and never what an install waits for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

NAMESPACES = 5
OF_AN_APPLICATION = 20
CONFIG_MAPS, SECRETS = 9, 5
KINDS = 9
IMAGE, OTHER_IMAGE = "registry.example/app:v1", "registry.example/app:v2"

NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata: {{name: {namespace}}}
"""
APPLICATION = """\
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
rules:
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {name}}}
subjects:
- {{kind: ServiceAccount, name: {name}, namespace: {namespace}}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
spec:
  selector: {{app: {name}}}
  ports:
  - {{name: http, port: 80, targetPort: 8080}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
spec:
  maxUnavailable: 1
  selector: {{matchLabels: {{app: {name}}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      serviceAccountName: {name}
      containers:
      - name: main
        image: {image}
        ports:
        - containerPort: 8080
        env:
        - name: PASSWORD
          valueFrom: {{secretKeyRef: {{name: {name}-0, key: password}}}}
        resources:
          requests: {{cpu: 1m, memory: 4Mi}}
        volumeMounts:
        - {{name: settings, mountPath: /etc/app}}
      volumes:
      - name: settings
        configMap: {{name: {name}-0}}
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}-{i}, namespace: {namespace}, labels: {{app: {name}}}}}
data:
  level: info
  settings.ini: |
    [server]
    listen = 0.0.0.0:8080
    workers = 4
    [storage]
    endpoint = http://minio:9000
    bucket = {name}-{i}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {{name: {name}-{i}, namespace: {namespace}, labels: {{app: {name}}}}}
data: {{password: bm90LWEtc2VjcmV0LW9mLWFueWJvZHk=}}
"""


def manifests(count: int, *, changed_image: bool = False) -> str:
    """Give `count` objects of nine kinds as YAML, namespaces first; with `changed_image` one Deployment differs.

    In:  `count`, a multiple of twenty, at least a hundred.
    """
    return "---\n".join(_documents(count, changed_image))


def write(folder: Path, count: int, *, changed_image: bool = False) -> Path:
    """Write the same to a file of a folder; give the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "objects.yaml"
    file.write_text(manifests(count, changed_image=changed_image))
    return file


def applications(count: int) -> int:
    """Give how many of `count` objects are Deployments."""
    return count // OF_AN_APPLICATION


def _documents(count: int, changed_image: bool) -> Iterator[str]:
    yield from (NAMESPACE.format(namespace=f"bench-{n}") for n in range(NAMESPACES))
    for n in range(applications(count)):
        image = OTHER_IMAGE if changed_image and n == 0 else IMAGE
        config_maps = CONFIG_MAPS - 1 if n < NAMESPACES else CONFIG_MAPS  # the namespaces count, too
        place = {"name": f"app-{n}", "namespace": f"bench-{n % NAMESPACES}"}
        yield from (CONFIG_MAP.format(i=i, **place) for i in range(config_maps))
        yield from (SECRET.format(i=i, **place) for i in range(SECRETS))
        yield APPLICATION.format(image=image, **place)
