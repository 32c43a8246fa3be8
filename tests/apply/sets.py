"""Sets of resources that the tests of an apply use, and short ways to run them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import yaml

from kfinstall.apply import Event, Installation, Options, install, uninstall
from kfinstall.errors import KfinstallError
from kfinstall.plan.kept import KEPT_TYPE
from kfinstall.resource import Manifest, Origin, Resource, ResourceId, id_of
from tests.fakes import FakeClock, FakeCluster

TARGET = Installation("demo")
DEPLOYMENT = ResourceId("apps", "Deployment", "app", "web")
CONFIG = ResourceId("", "ConfigMap", "app", "settings")
THING = ResourceId("example.com", "Thing", "app", "one")
NAMESPACE = ResourceId("", "Namespace", "", "app")

TWELVE = """
apiVersion: v1
kind: Namespace
metadata: {name: app}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: app}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: app}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: app}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: runner, namespace: app}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: app}
data: {colour: blue}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: app}
stringData: {word: Xq9-secret-value}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: files, namespace: app}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: runner
      containers:
      - name: web
        image: web:1
        env: [{name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}]
      volumes: [{name: files, persistentVolumeClaim: {claimName: files}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: app}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: one, namespace: app}
spec: {size: 1}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: app}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: once, image: once:1}]
"""


def parse(text: str) -> tuple[Resource, ...]:
    """Give the resources of a YAML text; each one's origin is its place in it, counted from 1."""
    manifests = [manifest for manifest in yaml.safe_load_all(text) if manifest]
    return tuple(Resource(manifest, Origin("set.yaml", number)) for number, manifest in enumerate(manifests, 1))


@cache
def twelve() -> tuple[Resource, ...]:
    """Give a set with every kind of edge."""
    return parse(TWELVE)


def without(resources: Iterable[Resource], *ids: ResourceId) -> tuple[Resource, ...]:
    """Give the set without some."""
    return tuple(resource for resource in resources if resource.id not in ids)


def changed(resources: Iterable[Resource], id: ResourceId, **parts: Any) -> tuple[Resource, ...]:
    """Give the set with top-level parts of one manifest replaced."""
    return tuple(
        Resource({**resource.manifest, **parts}, resource.origin) if resource.id == id else resource
        for resource in resources
    )


def annotated(resources: Iterable[Resource], id: ResourceId, **annotations: str) -> tuple[Resource, ...]:
    """Give the set with annotations `kfinstall.dev/NAME` on one, `_` in the name standing for `-`."""
    manifest = next(resource.manifest for resource in resources if resource.id == id)
    ours = {f"kfinstall.dev/{name.replace('_', '-')}": value for name, value in annotations.items()}
    return changed(resources, id, metadata={**manifest["metadata"], "annotations": ours})


class Outcome:
    """What a run said and how it ended."""

    def __init__(self, events: Iterator[Event]) -> None:
        self.events: list[Event] = []
        self.errors: list[BaseException] = []
        try:
            for event in events:
                self.events.append(event)
        except ExceptionGroup as group:
            self.errors = list(group.exceptions)
        except KfinstallError as error:
            self.errors = [error]

    def of(self, type: str) -> list[Event]:
        """Give the events of a type."""
        return [event for event in self.events if event.type == type]

    @property
    def summary(self) -> str:
        """The sentence of the summary."""
        return self.events[-1].reason

    @property
    def texts(self) -> str:
        """All errors as a person reads them."""
        return "\n".join(str(error) for error in self.errors)


def apply(
    cluster: FakeCluster, resources: Iterable[Resource], options: Options | None = None, target: Installation = TARGET
) -> Outcome:
    """Install a set and give what came of it."""
    return Outcome(install(tuple(resources), target, cluster, cluster.clock, options or Options()))


def delete(cluster: FakeCluster, options: Options | None = None, target: Installation = TARGET) -> Outcome:
    """Uninstall and give what came of it."""
    return Outcome(uninstall(target, cluster, cluster.clock, options or Options()))


def new_cluster(*namespaces: str) -> FakeCluster:
    """Give an empty cluster with its own clock."""
    return FakeCluster(FakeClock(), *namespaces)


def specs(cluster: FakeCluster, *, ignoring: str = "kfinstall-system") -> dict[ResourceId, Manifest]:
    """Give what people write of each resource, to compare two clusters; not what is kept for a rollback."""
    return {
        id: {key: value for key, value in cluster.peek(id).items() if key not in {"metadata", "status"}}
        for id in cluster.ids
        if id.namespace != ignoring and id_of(cluster.peek(id)).name != ignoring
        if cluster.peek(id).get("type") != KEPT_TYPE
    }
