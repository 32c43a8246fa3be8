"""What every pod of the catalogue asks for, and what it may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kfinstall import catalog
from kfinstall.quantity import parse_quantity
from tests.catalog.manifests import Manifest, Pod, build, names, of_kind, pods, values_of

SILENT = {
    "DaemonSet/nvidia-device-plugin-daemonset": "the kubelet is its only client",
    "Deployment/ml-pipeline-persistenceagent": "it listens on no port and has no probe upstream either",
    "Deployment/ml-pipeline-viewer-crd": "it listens on no port and has no probe upstream either",
}
"""What does not say when it is ready, and why."""
MINIKUBE_CPU, MINIKUBE_MEMORY = 4, 8096 * 2**20
RESERVED_CPU, RESERVED_MEMORY = 1.0, 1.5 * 2**30  # the control plane, CoreDNS, kube-proxy and the kubelet's reserve


def restrictions_missing(pod: Pod, *, fixed_user: bool) -> Iterator[str]:
    """Give what the Pod Security level "restricted" misses. Source: its table in the Kubernetes documentation."""
    context = pod.spec.get("securityContext", {})
    if context.get("runAsNonRoot") is not True:
        yield "runAsNonRoot"
    if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "seccompProfile"
    if fixed_user and context.get("runAsUser") == 0:
        yield "runAsUser"
    if any("hostPath" in volume for volume in pod.spec.get("volumes", ())):
        yield "hostPath"
    for container in pod.containers:
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"{container['name']}: allowPrivilegeEscalation"
        if own.get("capabilities", {}).get("drop") != ["ALL"]:
            yield f"{container['name']}: capabilities"
        if own.get("privileged"):
            yield f"{container['name']}: privileged"


def test_every_pod_meets_pod_security_restricted_but_those_whose_component_says_why_not(
    component: catalog.ComponentInfo, base: tuple[Manifest, ...]
) -> None:
    short = {pod.name: list(restrictions_missing(pod, fixed_user=True)) for pod in pods(base)}
    assert component.unrestricted or not any(short.values()), short
    assert component.namespace == "kube-system" or not component.unrestricted


def test_every_container_asks_for_cpu_and_memory_and_limits_its_memory(base: tuple[Manifest, ...]) -> None:
    for pod in pods(base):
        for container in pod.containers:
            resources = container["resources"]
            assert {"cpu", "memory"} <= resources["requests"].keys(), pod.name
            assert parse_quantity(resources["limits"]["memory"]) >= parse_quantity(resources["requests"]["memory"])


def test_every_long_running_container_says_when_it_is_ready(base: tuple[Manifest, ...]) -> None:
    asked = [
        pod.name
        for pod in pods(base)
        if pod.owner["kind"] != "Job"
        for container in pod.spec["containers"]
        if not container.get("readinessProbe") and not container.get("livenessProbe")
    ]
    assert set(asked) <= SILENT.keys()


def test_probes_and_services_name_ports_that_exist(wide: tuple[Manifest, ...]) -> None:
    for pod in pods(wide):
        for container in pod.containers:
            ports = {port["name"] for port in container.get("ports", ())}
            wanted = {probe["port"] for kind in ("httpGet", "tcpSocket") for probe in values_of(container, kind)}
            assert wanted <= ports, pod.name
    for service in of_kind(wide, "Service"):
        (pod,) = [p for p in pods(wide) if service["spec"]["selector"].items() <= p.labels.items()]
        open_ports = {port["name"] for container in pod.containers for port in container.get("ports", ())}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= open_ports, service["metadata"]["name"]


def test_selectors_match_their_templates(wide: tuple[Manifest, ...]) -> None:
    for pod in pods(wide):
        if pod.owner["kind"] != "Job":
            assert pod.owner["spec"]["selector"]["matchLabels"].items() <= pod.labels.items(), pod.name


def test_whatever_a_pod_refers_to_is_in_the_overlay_or_made_by_a_job(wide: tuple[Manifest, ...]) -> None:
    made = set(generated(wide))
    have = {kind: names(wide, kind) for kind in ("ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim")}
    for pod in pods(wide):
        namespace = pod.owner["metadata"]["namespace"]
        for kind, name in references(pod.spec):
            assert (namespace, name) in have[kind] | (made if kind == "Secret" else set()), f"{pod.name}: {kind} {name}"


def test_every_secret_a_job_makes_is_used_by_a_workload_of_the_same_component(wide: tuple[Manifest, ...]) -> None:
    for pod in pods(wide):
        for wanted in generates(pod):
            users = [
                other
                for other in pods(wide)
                if ("Secret", wanted["name"]) in set(references(other.spec))
                and component_of(other) == component_of(pod)
            ]
            named = [ref for user in users for ref in values_of(user.spec, "secretKeyRef")]
            keys = {ref["key"] for ref in named if ref["name"] == wanted["name"]}
            assert users, wanted
            assert keys <= set(wanted["keys"]), wanted


def test_a_job_that_makes_secrets_may_read_and_create_those_alone(wide: tuple[Manifest, ...]) -> None:
    for pod in pods(wide):
        wanted = [secret["name"] for secret in generates(pod)]
        if wanted:
            rules = rules_of(wide, pod.spec["serviceAccountName"])
            assert {"apiGroups": [""], "resources": ["secrets"], "resourceNames": wanted, "verbs": ["get"]} in rules
            assert {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]} in rules
            assert len(rules) == 2


def test_the_minikube_overlay_fits_into_4_cpus_and_8096_mib() -> None:
    cpu = memory = 0.0
    with catalog.composed("minikube", ["spartakus"]) as folder:
        for pod in pods(build(folder)):
            cpu += pod.replicas * effective(pod, "cpu")
            memory += pod.replicas * effective(pod, "memory")
    notebook_cpu, notebook_memory = 0.5, 2**30  # what the start page asks for by itself
    assert cpu + notebook_cpu <= MINIKUBE_CPU - RESERVED_CPU
    assert memory + notebook_memory <= MINIKUBE_MEMORY - RESERVED_MEMORY


def test_service_links_never_leak_into_programs_that_read_their_environment(base: tuple[Manifest, ...]) -> None:
    leaky = [pod.name for pod in pods(base) if pod.spec.get("enableServiceLinks") is not False]
    assert set(leaky) <= {"DaemonSet/nvidia-device-plugin-daemonset"}  # there are no Services of ours in kube-system


def effective(pod: Pod, resource: str) -> float:
    """What the scheduler sets aside: the sum of the containers, or the largest init container."""
    request = lambda c: float(parse_quantity(c["resources"]["requests"][resource]))  # noqa: E731
    init = [request(c) for c in pod.spec.get("initContainers", ())]
    return max([sum(request(c) for c in pod.spec["containers"]), *init])


def generates(pod: Pod) -> list[dict[str, Any]]:
    annotations = pod.template["metadata"].get("annotations") or {}
    return json.loads(annotations.get("kfinstall.dev/generates", "[]"))


def generated(manifests: tuple[Manifest, ...]) -> Iterator[tuple[str, str]]:
    for pod in pods(manifests):
        for secret in generates(pod):
            yield pod.owner["metadata"]["namespace"], secret["name"]


def references(spec: Manifest) -> Iterator[tuple[str, str]]:
    """Give (kind, name) of whatever a pod needs before it can start."""
    if "serviceAccountName" in spec:
        yield "ServiceAccount", spec["serviceAccountName"]
    for volume in spec.get("volumes", ()):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    for reference in values_of(spec, "secretKeyRef"):
        yield "Secret", reference["name"]
    for reference in values_of(spec, "configMapKeyRef"):
        yield "ConfigMap", reference["name"]


def component_of(pod: Pod) -> str:
    return pod.labels["kfinstall.dev/component"]


def rules_of(manifests: tuple[Manifest, ...], account: str) -> list[Manifest]:
    """Give all rules of the Roles bound to an account."""
    bound = [
        binding["roleRef"]["name"]
        for binding in of_kind(manifests, "RoleBinding")
        if any(subject["name"] == account for subject in binding["subjects"])
    ]
    return [rule for role in of_kind(manifests, "Role") if role["metadata"]["name"] in bound for rule in role["rules"]]
