"""Doors: what anybody reaches, and what asks nobody who they are, is found in the manifests, whoever wrote them."""

from __future__ import annotations

from typing import Any

import pytest

from kfinstall import catalog
from kfinstall.catalog import Parameter
from kfinstall.catalog.doors import is_open, open_doors
from kfinstall.resource import Origin, Resource
from tests.catalog.manifests import build


def resources(*manifests: dict[str, Any]) -> list[Resource]:
    return [Resource(manifest, Origin("a.yaml")) for manifest in manifests]


def manifest(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "mine"}, **fields}


def workload(kind: str = "Deployment", **container: Any) -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"name": "c", "image": "i", **container}]}}}
    return manifest("apps/v1", kind, spec=spec)


ROUTE = {"to": {"kind": "Service", "name": "web"}}
HTTP_ROUTE = {"rules": [{"backendRefs": [{"name": "web", "port": 80}]}]}
INGRESS = {"defaultBackend": {"service": {"name": "web"}}}
RULES = {"rules": [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "web"}}}]}}]}
IAP = manifest("cloud.google.com/v1", "BackendConfig", spec={"iap": {"enabled": True}})
NO_IAP = manifest("cloud.google.com/v1", "BackendConfig", spec={"iap": {"enabled": False}})

OPEN = [
    (manifest("v1", "Service", spec={"type": "LoadBalancer", "ports": [{"port": 80}]}), "the load balancer reaches"),
    (manifest("v1", "Service", spec={"type": "NodePort", "ports": [{"port": 80}]}), "the nodes reaches its port 80"),
    (manifest("networking.k8s.io/v1", "Ingress", spec=INGRESS), "Ingress mine opens a door: whoever reaches its host"),
    (manifest("networking.k8s.io/v1", "Ingress", spec=RULES), "sees what web serves"),
    (manifest("route.openshift.io/v1", "Route", spec=ROUTE), "Route mine opens a door"),
    (manifest("gateway.networking.k8s.io/v1", "HTTPRoute", spec=HTTP_ROUTE), "HTTPRoute mine opens a door"),
    (workload(ports=[{"containerPort": 80, "hostPort": 80}]), "hostPort in Deployment mine"),
    (workload("DaemonSet", ports=[{"containerPort": 80, "hostPort": 80}]), "hostPort in DaemonSet mine"),
    (workload(args=["server", "--auth-mode=server"]), "'--auth-mode=server' in Deployment mine"),
    (workload("StatefulSet", command=["jupyter", "lab", "--ServerApp.token="]), "runs programs in it"),
    (workload(args=["--NotebookApp.token=''"]), "runs programs in it"),
    (workload(env=[{"name": "APP_DISABLE_AUTH", "value": "true"}]), "makes notebooks"),
    (
        manifest("v1", "ConfigMap", data={"c.py": 'c.JupyterHub.authenticator_class = "dummy"'}),
        "whoever reaches JupyterHub is in",
    ),
]
SHUT = [
    manifest("v1", "Service", spec={"type": "ClusterIP", "ports": [{"port": 80}]}),
    manifest("v1", "Service", spec={"ports": [{"port": 80}]}),
    workload(ports=[{"containerPort": 80}], args=["server", "--auth-mode=client"]),
    workload(args=["--ServerApp.token=$(TOKEN)"]),
    workload(env=[{"name": "APP_DISABLE_AUTH", "value": "false"}, {"name": "TOKEN", "valueFrom": {}}]),
    manifest("v1", "ConfigMap", data={"c.py": 'c.JupyterHub.authenticator_class = "shared-password"'}),
]


@pytest.mark.parametrize(("manifest", "said"), OPEN)
def test_a_door_in_a_manifest_is_named_with_who_reaches_what(manifest: dict[str, Any], said: str) -> None:
    (sentence,) = open_doors(resources(manifest))
    assert "opens a door" in sentence
    assert said in sentence


@pytest.mark.parametrize("manifest", SHUT)
def test_what_is_shut_is_not_spoken_of(manifest: dict[str, Any]) -> None:
    assert open_doors(resources(manifest)) == []


ODD = [
    manifest("v1", "Service"),
    manifest("v1", "Service", spec=None),
    manifest("v1", "Service", metadata={"name": "mine", "annotations": {"getambassador.io/config": "a: [\n- b"}}),
    manifest("v1", "Service", metadata={"name": "mine", "annotations": {"getambassador.io/config": "- a\n---\nb"}}),
    manifest("v1", "ConfigMap", data=["x"]),
    manifest("v1", "ConfigMap", data={"x": None}),
    manifest("apps/v1", "Deployment", spec={"template": None}),
    workload(args="one text", command=None, ports=[None], env={"a": "b"}),
    manifest("getambassador.io/v3alpha1", "Mapping", spec=None),
]


@pytest.mark.parametrize("manifest", ODD)
def test_what_the_api_server_will_refuse_is_left_to_it(manifest: dict[str, Any]) -> None:
    assert open_doors(resources(manifest)) == []


def test_routes_that_lead_nowhere_are_doors_without_a_name() -> None:
    for kind in (
        "networking.k8s.io/v1 Ingress",
        "route.openshift.io/v1 Route",
        "gateway.networking.k8s.io/v1 HTTPRoute",
    ):
        assert len(open_doors(resources(manifest(*kind.split(), spec={"rules": [None, {}], "to": "x"})))) == 1


def test_an_ingress_that_google_guards_is_no_open_door() -> None:
    ingress = manifest("networking.k8s.io/v1", "Ingress", spec=INGRESS)
    assert open_doors(resources(ingress, IAP)) == []
    assert len(open_doors(resources(ingress, NO_IAP))) == 1


OPENED = {
    "aks": "ambassadorServiceType=LoadBalancer",
    "docker-desktop": "ambassadorServiceType=LoadBalancer",
    "eks": "ambassadorServiceType=LoadBalancer",
    "gke": "ambassadorServiceType=LoadBalancer",
    "kind": "ambassadorServiceType=NodePort",
    "minikube": "ambassadorServiceType=NodePort",
    "onprem": "ambassadorServiceType=NodePort",
    "openshift": "Route ambassador",
}


def test_what_a_platform_opens_is_said_with_the_pages_behind_it(platform: str) -> None:
    built = resources(*build(catalog.overlay(platform)))
    (sentence,) = open_doors(built)
    assert sentence.startswith(f"{OPENED[platform]} opens a door: whoever reaches ")
    assert sentence.endswith(": / /argo/ /hub/ /user/")


def test_every_service_type_that_a_component_lets_one_choose_says_what_it_opens() -> None:
    choices = [one for info in catalog.components() for one in info.parameters if "LoadBalancer" in one.allowed]
    assert choices
    for parameter in choices:
        assert parameter.opens, parameter.name
        assert [is_open(parameter, value) for value in ("ClusterIP", "NodePort", "LoadBalancer")] == [False, True, True]


def test_a_parameter_that_is_no_choice_opens_at_any_other_value() -> None:
    parameter = Parameter("reportUrl", "url", "where to", opens="all goes there")
    assert (is_open(parameter, ""), is_open(parameter, "https://host.example")) == (False, True)
    assert not is_open(Parameter("size", "quantity", "how much"), "5Gi")
