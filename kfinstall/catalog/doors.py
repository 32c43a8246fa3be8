"""Resources -> the doors they open: what is reached from outside the cluster, and what asks nobody who they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

import yaml

from kfinstall.catalog.folders import components
from kfinstall.catalog.model import ComponentInfo, Parameter
from kfinstall.fields import get_at
from kfinstall.plan.prune import component_of
from kfinstall.resource import GroupKind, Manifest, Resource, gvk_of

FRONT_DOOR = "ambassador"
MAPPINGS = "getambassador.io/config"
MAPPING = GroupKind("getambassador.io", "Mapping")
SHUT = "ClusterIP"
BACKEND_CONFIG = GroupKind("cloud.google.com", "BackendConfig")
UNASKED: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"--auth-mode=server\b"), "whoever reaches Argo's server acts with its rights"),
    (re.compile(r"\.token=(''|\"\")?(?=\s|$)"), "whoever reaches the notebook server runs programs in it"),
    (re.compile(r"authenticator_class\s*=\s*['\"]\S*(dummy|null)", re.IGNORECASE), "whoever reaches JupyterHub is in"),
    (re.compile(r"^APP_DISABLE_AUTH=true$"), "whoever reaches the page makes notebooks and runs programs in them"),
)
"""Words that take away the question who somebody is, in a program's arguments or its configuration.

Source: the manuals of Argo Workflows' server, Jupyter Server, JupyterHub and Kubeflow's web apps.
"""


class Surroundings(NamedTuple):
    """What the doors of a run lead to: what a component declares, the paths behind ambassador, what is guarded."""

    info_of: Callable[[str], ComponentInfo | None]
    paths: Sequence[str]
    is_guarded: bool


Judge: TypeAlias = Callable[[Manifest, Surroundings], Iterator[str]]


def open_doors(resources: Iterable[Resource], at: Path | None = None) -> list[str]:
    """Give a sentence for each door among resources: what opens it, and who reaches what.

    In:  all resources of a run; `at`, a catalogue other than kfinstall's own, which says what its components show.
    """
    manifests = [one.manifest for one in resources]
    paths = sorted({path for manifest in manifests for path in _paths(manifest)})
    around = Surroundings(partial(_info_of, at), paths, any(_asks_at_google(manifest) for manifest in manifests))
    return distinct(sentence for manifest in manifests for sentence in _judge(manifest, around))


def _info_of(at: Path | None, name: str) -> ComponentInfo | None:
    """Give what a component declares. All are read for one, which takes a while, so only when it is asked."""
    return next((info for info in components(at) if info.name == name), None) if name else None


def distinct(sentences: Iterable[str]) -> list[str]:
    """Give each sentence once, and of those that begin alike the one that says more."""
    found = list(dict.fromkeys(sentences))
    return [one for one in found if not any(other != one and other.startswith(one) for other in found)]


def is_open(parameter: Parameter, value: str) -> bool:
    """Say whether a value of a parameter opens a door."""
    closed = SHUT if SHUT in parameter.allowed else parameter.default
    return bool(parameter.opens) and value != closed


def _judge(manifest: Manifest, around: Surroundings) -> Iterator[str]:
    judge = JUDGES.get(gvk_of(manifest).group_kind)
    return judge(manifest, around) if judge else iter(())


def _of_service(service: Manifest, around: Surroundings) -> Iterator[str]:
    kind = get_at(service, ("spec", "type"), SHUT)
    if kind not in WHO:
        return
    info = around.info_of(component_of(service))
    said = [one for one in info.parameters if kind in one.allowed and is_open(one, kind)] if info else []
    if info and said:
        yield f"{said[0].name}={kind} opens a door: {said[0].opens}{_behind([info.name], around)}"
        return
    ports = " and ".join(str(port.get("port")) for port in _each(service, "spec", "ports"))
    yield f"Service {_name(service)} of type {kind} opens a door: {WHO[kind]} reaches its port {ports}"


def _of_ingress(ingress: Manifest, around: Surroundings) -> Iterator[str]:
    paths = [path for rule in _each(ingress, "spec", "rules") for path in _each(rule, "http", "paths")]
    names = [get_at(one, ("backend", "service", "name")) for one in paths]
    if not around.is_guarded:
        yield _by_host(ingress, [get_at(ingress, ("spec", "defaultBackend", "service", "name")), *names], around)


def _of_http_route(route: Manifest, around: Surroundings) -> Iterator[str]:
    backends = [one for rule in _each(route, "spec", "rules") for one in _each(rule, "backendRefs")]
    yield _by_host(route, [one.get("name") for one in backends], around)


def _of_route(route: Manifest, around: Surroundings) -> Iterator[str]:
    yield _by_host(route, [get_at(route, ("spec", "to", "name"))], around)


def _by_host(manifest: Manifest, services: Iterable[str | None], around: Surroundings) -> str:
    names = sorted({str(name) for name in services if name})
    who = f"whoever reaches its host name sees what {' and '.join(names)} serves"
    return f"{manifest['kind']} {_name(manifest)} opens a door: {who}{_behind(names, around)}"


def _behind(names: Sequence[str], around: Surroundings) -> str:
    return f": {' '.join(around.paths)}" if FRONT_DOOR in names and around.paths else ""


def _of_workload(workload: Manifest, around: Surroundings) -> Iterator[str]:
    pod = ("spec", "template", "spec")
    containers = [*_each(workload, *pod, "initContainers"), *_each(workload, *pod, "containers")]
    name = f"{workload['kind']} {_name(workload)}"
    if any(port.get("hostPort") for one in containers for port in _each(one, "ports")):
        yield f"hostPort in {name} opens a door: {WHO['NodePort']} reaches it"
    yield from _unasked(name, (word for one in containers for word in _words(one)))


def _words(container: Manifest) -> Iterator[str]:
    """Give all that a container's program is told, a variable as NAME=VALUE."""
    for field in ("command", "args"):
        words = container.get(field)
        yield from map(str, words if isinstance(words, list) else ())
    yield from (f"{one.get('name')}={one.get('value')}" for one in _each(container, "env"))


def _of_config(config: Manifest, around: Surroundings) -> Iterator[str]:
    data = config.get("data")
    yield from _unasked(f"ConfigMap {_name(config)}", map(str, data.values() if isinstance(data, dict) else ()))


def _unasked(name: str, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for pattern, who in UNASKED:
            if match := pattern.search(text):
                yield f"'{match[0]}' in {name} opens a door: {who}, and is not asked who they are"


def _paths(manifest: Manifest) -> Iterator[str]:
    """Give the paths that a resource asks ambassador to serve."""
    if gvk_of(manifest).group_kind == MAPPING:
        yield str(get_at(manifest, ("spec", "prefix"), ""))
    annotation = get_at(manifest, ("metadata", "annotations", MAPPINGS))
    with suppress(yaml.YAMLError):  # what is no YAML is no Mapping either
        found = list(yaml.safe_load_all(annotation)) if isinstance(annotation, str) else []
        yield from (str(mapping["prefix"]) for mapping in found if isinstance(mapping, dict) and "prefix" in mapping)


def _asks_at_google(manifest: Manifest) -> bool:
    """Say whether it puts Google's Identity-Aware Proxy before what an Ingress leads to."""
    return gvk_of(manifest).group_kind == BACKEND_CONFIG and bool(get_at(manifest, ("spec", "iap", "enabled")))


def _name(manifest: Manifest) -> str:
    return str(get_at(manifest, ("metadata", "name"), ""))


def _each(value: Manifest, *path: str) -> list[Manifest]:
    """Give the mappings in the list at a path; none where something else stands there."""
    found = get_at(value, path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


WHO = {"LoadBalancer": "whoever reaches the load balancer", "NodePort": "whoever reaches the nodes"}
JUDGES: Mapping[GroupKind, Judge] = {
    GroupKind("", "Service"): _of_service,
    GroupKind("", "ConfigMap"): _of_config,
    GroupKind("networking.k8s.io", "Ingress"): _of_ingress,
    GroupKind("gateway.networking.k8s.io", "HTTPRoute"): _of_http_route,
    GroupKind("route.openshift.io", "Route"): _of_route,
    GroupKind("apps", "Deployment"): _of_workload,
    GroupKind("apps", "StatefulSet"): _of_workload,
    GroupKind("apps", "DaemonSet"): _of_workload,
}
"""Kind -> what of it opens a door."""
