"""Routes of the gateway, and doors that stand open behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kfinstall.doctor.checks.services import makers_of
from kfinstall.doctor.grouping import place, ref
from kfinstall.doctor.kinds import CONFIG_MAP, INGRESS, MAPPING, SERVICE
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.snapshot import Snapshot, Written
from kfinstall.errors import InputError
from kfinstall.health.model import part
from kfinstall.manifest import parse_documents
from kfinstall.plan.templates import references
from kfinstall.resource import ResourceId

_ANNOTATION = "getambassador.io/config"
_OLD = re.compile(r"ambassador/v[012]\b")
_OPEN = re.compile(r"""authenticator_class\s*=\s*["']?(dummy|null|\S*(?:Dummy|Null)Authenticator)""")
_SHARED = ("weight", "headers", "regex_headers", "method", "query_parameters", "precedence")
"""Fields by which several Mappings of one prefix are told apart."""


class _Mapping(NamedTuple):
    owner: Written
    name: str
    spec: Mapping[str, Any]


def _find_bad_routes(snapshot: Snapshot) -> Iterator[Found]:
    taken: dict[tuple[str, str], _Mapping] = {}
    for mapping in _mappings(snapshot):
        yield from _wrong_service(mapping, snapshot)
        if any(field in mapping.spec for field in _SHARED):
            continue
        key = (str(mapping.spec.get("hostname") or mapping.spec.get("host") or "*"), str(mapping.spec.get("prefix")))
        holder = taken.setdefault(key, mapping)
        if holder is not mapping and (holder.owner.id, holder.name) != (mapping.owner.id, mapping.name):
            yield _found(mapping, f"prefix {key[1]} is also that of Mapping '{holder.name}' in {ref(holder.owner.id)}")
    yield from _find_old(snapshot)


def _found(mapping: _Mapping, what: str) -> Found:
    at = mapping.owner.origin or f"kubectl {place(mapping.owner.id)}edit {ref(mapping.owner.id)}"
    return Found(
        mapping.owner.id, f"Mapping '{mapping.name}': {what}", f"correct it in {at}", origin=mapping.owner.origin
    )


def _mappings(snapshot: Snapshot) -> Iterator[_Mapping]:
    """Give the routes that are resources, and those in annotations of Services."""
    for written in snapshot.written(MAPPING):
        yield _Mapping(written, written.id.name, part(written.manifest, "spec"))
    for written in snapshot.written(SERVICE):
        for document in _annotated(written):
            if document.get("kind") == "Mapping" and not _OLD.search(str(document.get("apiVersion"))):
                yield _Mapping(written, str(document.get("name")), document)


def _annotated(written: Written) -> Iterator[Mapping[str, Any]]:
    text = part(part(written.manifest, "metadata"), "annotations").get(_ANNOTATION)
    try:
        yield from (one.manifest for one in parse_documents(str(text or ""), _ANNOTATION))
    except InputError:
        return  # what is no YAML is the gateway's to tell


def _wrong_service(mapping: _Mapping, snapshot: Snapshot) -> Iterator[Found]:
    host = re.sub(r"^\w+://", "", str(mapping.spec.get("service") or "")).partition("/")[0].partition(":")[0]
    name, *rest = host.removesuffix(".cluster.local").removesuffix(".svc").split(".")
    if not host or len(rest) > 1:
        return
    namespace = rest[0] if rest else mapping.owner.id.namespace
    id = ResourceId("", "Service", namespace, name)
    is_known = snapshot.find(id) is not None or any(one.id == id for one in snapshot.rendered or ())
    other = next((one.id for one in snapshot.written(SERVICE) if one.id.name == name), None)
    if not is_known and (snapshot.is_live or other):
        near = f"; there is one in {other.namespace}" if other else ""
        yield _found(mapping, f"there is no Service '{name}' in namespace '{namespace}'{near}")


def _find_old(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written(SERVICE):
        text = str(part(part(written.manifest, "metadata"), "annotations").get(_ANNOTATION) or "")
        if old := _OLD.search(text):
            yield Found(
                written.id,
                f"the route in its annotation is {old[0]}, which Emissary reads no more: nothing comes in by it",
                "write it as getambassador.io/v3alpha1, with a hostname, in the annotation or as a Mapping",
                origin=written.origin,
            )


def _find_open_hubs(snapshot: Snapshot) -> Iterator[Found]:
    """JupyterHubs that let in everybody, where they can be reached from outside."""
    hubs = {one.id: found[1] for one in snapshot.written(CONFIG_MAP) if (found := _OPEN.search(_text(one)))}
    for written in snapshot.written(SERVICE) if hubs else ():
        door = _door(written, snapshot)
        for made in makers_of(written.manifest, snapshot) if door else ():
            named = {r.name for spec in made.specs for r in references(spec) if r.kind == CONFIG_MAP}
            for id, how in hubs.items():
                if id.namespace == written.id.namespace and id.name in named:
                    yield Found(
                        written.id,
                        f"who reaches it {door} is let in as any user: the authenticator of JupyterHub is '{how}'",
                        f"set another authenticator in ConfigMap {id.name}, or make the Service a ClusterIP",
                        origin=written.origin,
                    )


def _text(written: Written) -> str:
    return "\n".join(map(str, part(written.manifest, "data").values()))


def _door(written: Written, snapshot: Snapshot) -> str:
    """Say how a Service is reached from outside, nothing when it is not."""
    kind = part(written.manifest, "spec").get("type")
    if kind in ("LoadBalancer", "NodePort"):
        return f"by its {kind}"
    names = {(one.id.namespace, backend) for one in snapshot.written(INGRESS) for backend in _backends(one)}
    return "by an Ingress" if (written.id.namespace, written.id.name) in names else ""


def _backends(ingress: Written) -> Iterator[str]:
    spec = part(ingress.manifest, "spec")
    for rule in spec.get("rules") or ():
        for path in part(rule, "http").get("paths") or ():
            yield str(part(part(path, "backend"), "service").get("name"))
    yield str(part(part(spec, "defaultBackend"), "service").get("name"))


CHECKS = (
    Check(
        "KF409",
        "A route of the gateway leads nowhere",
        Severity.ERROR,
        _find_bad_routes,
        remedy="Write it as getambassador.io/v3alpha1, to a Service that exists, with a prefix of its own.",
        docs="""Old guides route with `ambassador/v0` in an annotation, which Emissary does not read. A Mapping must
name a Service that exists, with its namespace where that is another, and two Mappings of one prefix are
told apart by weight, headers or method only.""",
        needs=("written",),
        helps=(MAPPING, SERVICE),
        is_proven=True,
    ),
    Check(
        "KF411",
        "Everybody outside is let in as any user",
        Severity.WARNING,
        _find_open_hubs,
        remedy="Set an authenticator, or do not let it be reached from outside.",
        docs="""JupyterHub's dummy authenticator takes any name and password, and was what early guides set. It is told
where a Service of type LoadBalancer or NodePort, or an Ingress, leads to such a hub.""",
        needs=("written",),
        helps=(CONFIG_MAP, SERVICE, INGRESS),
        is_proven=True,
    ),
)
