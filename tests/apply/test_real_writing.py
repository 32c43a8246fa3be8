"""What is written, and what is recorded of it, on a real API server: conflicts, spellings, sizes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kfinstall.apply import Installation, Options, status
from kfinstall.apply.record import read_record, remove_record, write_record
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.plan.model import Inventory, Member
from kfinstall.resource import GroupKind, ResourceId
from tests.apply.real import CLOCK, WEB, apply, placed, versions
from tests.relay import open_relay

AWKWARD = """
apiVersion: v1
kind: Secret
metadata: {name: words, labels: {a: "1"}, annotations: null}
type: Opaque
data: {b: Yg==, empty: ""}
stringData: {a: "1", b: "wins", multi: "x\\ny\\n"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: odd, labels: {}, finalizers: []}
data: {z: "", a: "null"}
binaryData: {b: AAEC}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits}
spec: {limits: [{type: Container, defaultRequest: {cpu: 0.05, memory: "64Mi"}, max: {cpu: 4000m, memory: 8192Mi}}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: odd}
automountServiceAccountToken: null
imagePullSecrets: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: odd}
rules:
- {apiGroups: ["apps", ""], resources: [pods, deployments], verbs: [watch, get, list]}
- {apiGroups: [""], resources: [secrets], resourceNames: [], verbs: ["*"]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: odd}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1024Mi}}, selector: null}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: odd, creationTimestamp: null}
spec:
  serviceName: odd
  replicas: 1.0
  selector: {matchLabels: {app: odd}}
  template:
    metadata: {labels: {app: odd}, creationTimestamp: null}
    spec:
      nodeSelector: {}
      tolerations: []
      securityContext: {}
      containers:
      - name: odd
        image: odd:1
        args: []
        command: null
        env: [{name: B, value: "2"}, {name: A, value: ""}, {name: C}]
        ports: [{containerPort: 53, protocol: UDP, name: udp}, {containerPort: 53, name: tcp}]
        resources: {limits: {cpu: "1", memory: 0.5Gi, ephemeral-storage: 1e9}, requests: {cpu: 1e-1}}
        livenessProbe: {httpGet: {port: 80}, periodSeconds: 10}
        volumeMounts: [{name: tmp, mountPath: /tmp}, {name: cfg, mountPath: /cfg, readOnly: false}]
      volumes: [{name: tmp, emptyDir: {}}, {name: cfg, configMap: {name: odd, items: []}}]
---
apiVersion: v1
kind: Service
metadata: {name: odd}
spec:
  type: ClusterIP
  clusterIP: ""
  selector: {app: odd}
  externalIPs: []
  ports: [{port: 53, protocol: UDP, name: udp}, {port: 53, name: tcp, targetPort: tcp}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: odd}
spec: {podSelector: {}, ingress: [{}], egress: [], policyTypes: [Ingress]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: odd}
spec: {maxUnavailable: "50%", selector: {matchLabels: {app: odd}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: odd}
spec:
  schedule: "@daily"
  suspend: true
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: odd, annotations: {kfinstall.dev/health: ignore}}
spec:
  maxReplicas: 3
  scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: odd}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
"""


def test_of_two_fields_in_conflict_each_goes_its_way(cluster: ApiCluster, plane: Plane, namespace: str):
    assert apply(cluster, namespace, placed(WEB, namespace)).errors == []
    kubectl = [str(Path(sys.executable).parent / "kubectl"), "--kubeconfig", str(plane.kubeconfig), "-n", namespace]
    subprocess.run([*kubectl, "set", "image", "deployment/web", "web=web:theirs"], check=True)
    subprocess.run([*kubectl, "scale", "deployment/web", "--replicas=3"], check=True)
    rules = 'spec.replicas=yield; spec.template.spec.containers[name="web"].image=force'
    named = "{name: web}\nspec:\n  replicas: 2"
    assert named in WEB
    annotated = named.replace("{name: web}", f"{{name: web, annotations: {{kfinstall.dev/on-conflict: '{rules}'}}}}")
    outcome = apply(cluster, namespace, placed(WEB.replace(named, annotated).replace("web:1", "web:2"), namespace))
    assert outcome.errors == []
    live = cluster.get(ResourceId("apps", "Deployment", namespace, "web"))
    assert live is not None
    assert live["spec"]["replicas"] == 3
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "web:2"


def test_what_the_server_spells_otherwise_is_never_drift(cluster: ApiCluster, namespace: str):
    odd = placed(AWKWARD, namespace)
    first = apply(cluster, namespace, odd)
    assert first.errors == [], first.texts
    before = versions(cluster, namespace)
    assert apply(cluster, namespace, odd).summary == f"nothing to do: {len(odd)} resources are as wanted"
    assert versions(cluster, namespace) == before
    assert [row for row in status(Installation("test", namespace), cluster, CLOCK) if row.drifted] == []


def test_a_broken_pod_that_is_never_replaced_is_called_with_what_to_type(cluster: ApiCluster, namespace: str):
    text = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: fault.local.kfinstall.dev/image-pull}]}
"""
    assert "image" in apply(cluster, namespace, placed(text, namespace)).texts
    good = placed(text.replace("fault.local.kfinstall.dev/image-pull", "example.com/db:1"), namespace)
    called = apply(cluster, namespace, good, Options(timeout_s=300))
    assert f"kubectl -n {namespace} delete pod db-0" in called.texts
    assert "not healthy after" not in called.texts
    cluster.delete(ResourceId("", "Pod", namespace, "db-0"))
    assert apply(cluster, namespace, good).errors == []


def test_ten_thousand_members_fit_and_are_read_back(cluster: ApiCluster, namespace: str):
    target = Installation("many", namespace)
    ids = (ResourceId("", "ConfigMap", "app", f"name-{n}") for n in range(10_000))
    many = Inventory("many", namespace, tuple(Member(id, "v1", "u" * 36, "d" * 22, "d" * 22) for id in ids), 1)
    write_record(read_record(target, cluster), many, cluster)
    assert read_record(target, cluster).known == many
    remove_record(target, cluster)
    left = {manifest["metadata"]["name"] for manifest in cluster.list(GroupKind("", "ConfigMap"), namespace)}
    assert left <= {"kube-root-ca.crt"}


def test_a_connection_that_ends_in_the_middle_of_tls_is_opened_again(
    cluster: ApiCluster, plane: Plane, namespace: str, tmp_path: Path
):
    with open_relay(plane.kubeconfig, tmp_path) as relay, connect(relay.kubeconfig) as shaky:
        shaky.server_version()
        for number, cut_after in enumerate((1, 700, 2500, 6000)):
            relay.cut_after.append(cut_after)
            with connect(relay.kubeconfig) as fresh:
                assert fresh.server_version() == shaky.server_version()
                fresh.kinds()
            assert relay.cuts == number + 1
