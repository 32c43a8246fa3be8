from collections.abc import Mapping
from typing import Any

from kfinstall.cli.addresses import Address, addresses
from kfinstall.errors import ClusterError
from kfinstall.resource import GroupKind, Manifest, ResourceId, id_of


class Reads:
    """A cluster that can only be read."""

    def __init__(self, *manifests: Manifest, forbidden: bool = False) -> None:
        self.manifests: Mapping[ResourceId, Manifest] = {id_of(manifest): manifest for manifest in manifests}
        self.forbidden = forbidden

    def get(self, id: ResourceId) -> Manifest | None:
        return self.manifests.get(id)

    def list(self, kind: GroupKind) -> list[Manifest]:
        if self.forbidden:
            raise ClusterError("nodes is forbidden", status=403)
        return [manifest for id, manifest in self.manifests.items() if id.group_kind == kind]


def service(name: str, type: str, *, status: Any = None, mapping: str = "", **port: Any) -> Manifest:
    annotations = {"getambassador.io/config": mapping} if mapping else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "kubeflow", "annotations": annotations},
        "spec": {"type": type, "ports": [{"port": 80, **port}]},
        "status": {"loadBalancer": status or {}},
    }


NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "n"},
    "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.7"}, {"type": "Hostname", "address": "n"}]},
}
BALANCED = service("ambassador", "LoadBalancer", status={"ingress": [{"ip": "198.51.100.1"}]})
ARGO = service(
    "argo-server", "ClusterIP", mapping="---\nkind: Mapping\nprefix: /argo/\n---\nkind: Mapping\nprefix: /\n"
)


def found(*manifests: Manifest, forbidden: bool = False) -> list[Address]:
    cluster = Reads(*manifests, forbidden=forbidden)
    return addresses(manifests, cluster)  # type: ignore[arg-type]


def test_a_load_balancer_has_its_address_and_what_it_serves_for_others() -> None:
    assert found(BALANCED, ARGO) == [
        Address("ambassador", "http://198.51.100.1/", "LoadBalancer"),
        Address("argo-server", "http://198.51.100.1/argo/", "ambassador"),
    ]


def test_a_load_balancer_may_have_a_name_instead_of_an_address() -> None:
    named = service("web", "LoadBalancer", status={"ingress": [{"hostname": "lb.example.com"}]}, port=443)
    assert found(named) == [Address("web", "https://lb.example.com/", "LoadBalancer")]


def test_a_load_balancer_without_an_address_says_so() -> None:
    assert found(service("web", "LoadBalancer")) == [Address("web", "", "LoadBalancer")]


def test_a_node_port_is_reached_through_a_node() -> None:
    assert found(service("web", "NodePort", nodePort=30080), NODE) == [
        Address("web", "http://192.0.2.7:30080/", "NodePort")
    ]


def test_who_may_not_read_nodes_gets_no_node_address() -> None:
    assert found(service("web", "NodePort", nodePort=30080), forbidden=True) == [Address("web", "", "NodePort")]


def test_a_route_is_reached_by_its_host() -> None:
    route = {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"name": "ambassador", "namespace": "kubeflow"},
        "spec": {"tls": {}},
        "status": {"ingress": [{"host": "ambassador.apps.example.com"}]},
    }
    assert found(route) == [Address("ambassador", "http://ambassador.apps.example.com/", "Route")]


def test_a_service_inside_the_cluster_has_no_address() -> None:
    assert found(service("web", "ClusterIP"), ARGO) == []
