"""Runs on the local control plane: sets in a namespace of the test's own, and their record there too."""

from __future__ import annotations

from collections.abc import Iterable

from kfinstall.apply import Installation, Options, SystemClock, install, uninstall
from kfinstall.cluster.api import ApiCluster
from kfinstall.resource import GroupKind, Resource, ResourceId, id_of
from tests.apply.sets import TWELVE, Outcome, parse

CLOCK = SystemClock()
WATCHED_KINDS = [
    GroupKind("", kind) for kind in ("ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim")
] + [GroupKind("apps", "Deployment"), GroupKind("apps", "StatefulSet"), GroupKind("batch", "Job")]

WEB = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {word: Xq9-secret-value}
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
      - name: web
        image: web:1
        ports: [{containerPort: 80}]
        resources: {requests: {cpu: 0.1, memory: "1024Mi"}, limits: {cpu: 1000m}}
        env:
        - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
        - {name: WORD, valueFrom: {secretKeyRef: {name: login, key: word}}}
        - {name: EMPTY, value: ""}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""


def placed(text: str, namespace: str) -> tuple[Resource, ...]:
    """Give the resources of a text, in a namespace unless they name one."""
    found = []
    for resource in parse(text):
        metadata = resource.manifest["metadata"]
        is_global = resource.manifest["kind"] in {"Namespace", "CustomResourceDefinition", "ClusterRole"}
        place = {} if is_global else {"namespace": namespace}
        found.append(Resource({**resource.manifest, "metadata": {**place, **metadata}}, resource.origin))
    return tuple(found)


def twelve_in(namespace: str, **changes: str) -> tuple[Resource, ...]:
    """Give the set of twelve with a namespace and a kind of its own; `changes` are replacements in its text."""
    text = TWELVE.replace("namespace: app", f"namespace: {namespace}-app").replace(
        "{name: app}", f"{{name: {namespace}-app}}"
    )
    for old, new in changes.items():
        text = text.replace(old, new)
    return parse(text.replace("example.com", f"{namespace}.example.com"))


def apply(
    cluster: ApiCluster, namespace: str, resources: Iterable[Resource], options: Options | None = None
) -> Outcome:
    """Install a set as `test`, recorded in the namespace."""
    target = Installation("test", namespace)
    return Outcome(install(tuple(resources), target, cluster, CLOCK, options or Options(timeout_s=60)))


def delete(cluster: ApiCluster, namespace: str, options: Options | None = None) -> Outcome:
    """Uninstall it."""
    return Outcome(uninstall(Installation("test", namespace), cluster, CLOCK, options or Options(timeout_s=60)))


def versions(cluster: ApiCluster, namespace: str) -> dict[ResourceId, str]:
    """Give the resource version of all that an apply may write in a namespace: no two runs agree if one wrote."""
    kinds = [*WATCHED_KINDS, GroupKind("coordination.k8s.io", "Lease")]
    return {
        id_of(manifest): manifest["metadata"]["resourceVersion"]
        for kind in kinds
        for manifest in cluster.list(kind, namespace)
    }
