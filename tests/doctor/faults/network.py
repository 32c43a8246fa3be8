"""Nodes without a network, Services that reach nothing, and routes that lead nowhere."""

from __future__ import annotations

from tests.doctor.faults.scheduling import deployment, node
from tests.doctor.matrix import Fault, Place


def service(fields: str, name: str = "web", annotations: str = "{}") -> str:
    """Give a Service of the pods of `deployment`; `fields` are further ones of its spec, in YAML's flow style."""
    return f"""
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, annotations: {annotations}}}
spec: {{{fields}}}
"""


def policy(fields: str) -> str:
    return f"""
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: closed}}
spec: {{podSelector: {{matchLabels: {{app: web}}}}, {fields}}}
"""


def ingress(name: str) -> str:
    backend = "backend: {service: {name: web, port: {number: 80}}}"
    return f"""
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}}}
spec: {{rules: [{{host: ml.test, http: {{paths: [{{path: /hub, pathType: Prefix, {backend}}}]}}}}]}}
"""


DNS = """
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {selector: {k8s-app: kube-dns}, ports: [{port: 53, protocol: UDP}]}
"""
SANDBOX = """\
apiVersion: v1
kind: Pod
metadata: {name: web, annotations: {local.kfinstall.dev/fault: sandbox}}
spec: {containers: [{name: web, image: "example.com/web:1"}]}
"""
OLD_ROUTE = """{getambassador.io/config: "apiVersion: ambassador/v0\\nkind: Mapping\\nname: a\\nprefix: /a/\\n"}"""
HUB = """
---
apiVersion: v1
kind: ConfigMap
metadata: {name: hub}
data: {jupyterhub_config.py: "c.JupyterHub.authenticator_class = 'dummy'"}
"""
SELECTS = "selector: {app: web}, ports: [{port: 80, targetPort: 80}]"


def _no_plugin(place: Place) -> None:
    place.kubectl("annotate", "node", "no-plugin", "local.kfinstall.dev/fault=not-ready")


FAULTS = (
    Fault(
        "no-network-plugin",
        "KF401",
        "Node no-plugin",
        node("no-plugin"),
        says=("no pod can start on no-plugin",),
        also=("KF102",),
        make=_no_plugin,
    ),
    Fault("sandbox", "KF402", "Node *", SANDBOX, says=("get no network",), also=("KF701", "KF707")),
    Fault(
        "no-dns",
        "KF403",
        "Service kube-system/kube-dns",
        DNS,
        says=("no name resolves", "scale deployment/coredns"),
        undo=lambda place: place.kubectl("-n", "kube-system", "delete", "service", "kube-dns"),
    ),
    Fault(
        "selector-typing-error",
        "KF404",
        "Service {ns}/web",
        deployment("") + service("selector: {app: wbe}, ports: [{port: 80}]"),
        says=("no pod has app=wbe; deployment/web has app=web",),
    ),
    Fault(
        "target-port",
        "KF405",
        "Service {ns}/web",
        deployment("") + service("selector: {app: web}, ports: [{port: 80, targetPort: http}]"),
        says=("sends to port http, which deployment/web has not",),
    ),
    Fault(
        "no-address",
        "KF406",
        "Service {ns}/web",
        deployment("") + service(f"type: LoadBalancer, loadBalancerClass: example.com/none, {SELECTS}"),
        says=("nobody serves the class 'example.com/none'",),
    ),
    Fault(
        "node-port-taken",
        "KF407",
        "Service {ns}/other",
        deployment("") + service(f"type: NodePort, {SELECTS.replace('80}', '80, nodePort: 30999}')}"),
        rendered=service(f"type: NodePort, {SELECTS.replace('80}', '80, nodePort: 30999}')}", name="other"),
        says=("port 30999 of the nodes is taken by Service {ns}/web",),
    ),
    Fault(
        "path-taken",
        "KF407",
        "Ingress {ns}/b",
        deployment("") + service(SELECTS) + ingress("a") + ingress("b"),
        says=("both take ml.test/hub",),
    ),
    Fault(
        "closed-to-dns",
        "KF408",
        "NetworkPolicy {ns}/closed",
        deployment("") + policy("policyTypes: [Egress]"),
        says=("deployment/web may not ask for names",),
    ),
    Fault(
        "closed-service",
        "KF408",
        "NetworkPolicy {ns}/closed",
        deployment("") + service(SELECTS) + policy("ingress: [{ports: [{port: 8080}]}]"),
        says=("nobody may reach Service 'web': no rule lets anything in to port 80",),
    ),
    Fault(
        "old-route",
        "KF409",
        "Service {ns}/web",
        deployment("") + service(SELECTS, annotations=OLD_ROUTE),
        says=("ambassador/v0",),
    ),
    Fault(
        "overlap",
        "KF410",
        "Node overlap-b",
        node("overlap-a").replace("spec: {", "spec: {podCIDR: 10.77.0.0/16, podCIDRs: [10.77.0.0/16], ")
        + node("overlap-b").replace("spec: {", "spec: {podCIDR: 10.77.3.0/24, podCIDRs: [10.77.3.0/24], "),
        says=("10.77.0.0/16 and 10.77.3.0/24",),
    ),
    Fault(
        "open-hub",
        "KF411",
        "Service {ns}/web",
        deployment("volumes: [{name: c, configMap: {name: hub}}], ") + service(f"type: NodePort, {SELECTS}") + HUB,
        says=("who reaches it by its NodePort is let in as any user",),
    ),
)
