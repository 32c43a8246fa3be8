"""A small set with an edge of every kind, in two versions: what an installer is killed and cut off with."""

from __future__ import annotations

from kfinstall.resource import Resource
from tests.apply.sets import parse

EVERY_EDGE = """
apiVersion: v1
kind: Namespace
metadata: {name: PREFIX-app}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: PREFIX-app}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: PREFIX-app}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: reads
  namespace: PREFIX-app
  annotations: {kfinstall.dev/on-immutable: recreate}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: runner, namespace: PREFIX-app}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: PREFIX-app}
data: {colour: blue}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: PREFIX-app}
stringData: {word: Xq9-secret-value}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: PREFIX-disk
  annotations: {local.kfinstall.dev/provisioned: "true", local.kfinstall.dev/access-modes: ReadWriteOnce}
provisioner: example.com/disk
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: files, namespace: PREFIX-app}
spec:
  storageClassName: PREFIX-disk
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: PREFIX-app}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {local.kfinstall.dev/webhook: admit}
    spec:
      serviceAccountName: runner
      containers:
      - name: web
        image: example.com/web:1
        ports: [{containerPort: 8443}]
        env:
        - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
        - {name: WORD, valueFrom: {secretKeyRef: {name: login, key: word}}}
        volumeMounts: [{name: files, mountPath: /files}]
      volumes: [{name: files, persistentVolumeClaim: {claimName: files}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: PREFIX-app}
spec: {selector: {app: web}, ports: [{port: 443, targetPort: 8443}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.PREFIX.example.com}
spec:
  group: PREFIX.example.com
  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: PREFIX
  annotations: {local.kfinstall.dev/inject-ca: "true"}
webhooks:
- name: things.PREFIX.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  clientConfig: {service: {name: web, namespace: PREFIX-app}}
  rules: [{apiGroups: [PREFIX.example.com], apiVersions: [v1], resources: [things], operations: [CREATE, UPDATE]}]
---
apiVersion: PREFIX.example.com/v1
kind: Thing
metadata: {name: one, namespace: PREFIX-app}
spec: {size: 1}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: notes
  namespace: PREFIX-app
  annotations: {config.kubernetes.io/depends-on: apps/namespaces/PREFIX-app/Deployment/web}
data: {text: written once the workload runs}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: last
  namespace: PREFIX-app
  annotations: {argocd.argoproj.io/sync-wave: "1"}
data: {text: written at the very end}
"""

UPGRADE = (
    ("image: example.com/web:1", "image: example.com/web:2"),
    ("{colour: blue}", "{colour: red}"),
    ("Xq9-secret-value", "Zb4-another-value"),
    ("{size: 1}", "{size: 2}"),
    ("{name: reader, namespace: PREFIX-app}", "{name: writer, namespace: PREFIX-app}"),
    ("kind: Role, name: reader}", "kind: Role, name: writer}"),
    ("name: notes", "name: remarks"),
)
"""What the second version changes: a rollout, a new and two vanished names, and a field that cannot be changed."""


def every_edge(prefix: str, *, is_upgraded: bool = False) -> tuple[Resource, ...]:
    """Give the set with a namespace, a kind and cluster-wide names of its own."""
    text = EVERY_EDGE
    for old, new in UPGRADE if is_upgraded else ():
        assert old in text
        text = text.replace(old, new)
    return parse(text.replace("PREFIX", prefix))
