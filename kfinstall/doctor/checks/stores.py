"""Object stores and databases: is what settings name there, with the port and the keys that they name?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from kfinstall.doctor.containers import containers_of, template_specs
from kfinstall.doctor.grouping import names, place
from kfinstall.doctor.kinds import CONFIG_MAP, DEPLOYMENT, NAMESPACE, SECRET, SERVICE, STATEFUL_SET
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.repositories import CONFIG_MAPS, DATABASES, STORES, credentials, endpoints
from kfinstall.doctor.snapshot import Snapshot, Written
from kfinstall.errors import did_you_mean
from kfinstall.health.model import part
from kfinstall.resource import ResourceId

_DATABASE_FLAG: Final = "--mysql_config_host="
"""Source: google/ml-metadata."""


class _Named(NamedTuple):
    """A host that a setting names, and where: a variable, or a key of a ConfigMap."""

    written: Written
    where: str
    address: str


def _find_no_store(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written(CONFIG_MAP):
        if written.id.name in CONFIG_MAPS:
            for key, text in part(written.manifest, "data").items():
                for address in endpoints(str(text)):
                    yield from _not_there(_Named(written, key, address), "the object store", snapshot)
                yield from _no_keys(written, key, str(text), snapshot)
    for named in _in_workloads(snapshot, STORES, ""):
        yield from _not_there(named, "the object store", snapshot)


def _find_no_database(snapshot: Snapshot) -> Iterator[Found]:
    for named in _in_workloads(snapshot, DATABASES, _DATABASE_FLAG):
        yield from _not_there(named, "the database", snapshot)


def _in_workloads(snapshot: Snapshot, variables: frozenset[str], flag: str) -> Iterator[_Named]:
    for written in snapshot.written(DEPLOYMENT, STATEFUL_SET):
        for spec in template_specs(written.manifest):
            for container in containers_of(spec):
                yield from _in_container(written, container, variables, flag)


def _in_container(
    written: Written, container: Mapping[str, Any], variables: frozenset[str], flag: str
) -> Iterator[_Named]:
    for variable in container.get("env") or ():
        if variable.get("name") in variables and variable.get("value"):
            yield _Named(written, str(variable["name"]), str(variable["value"]))
    for text in (*(container.get("command") or ()), *(container.get("args") or ())):
        if flag and str(text).startswith(flag):
            yield _Named(written, flag.rstrip("="), str(text).removeprefix(flag))


def _not_there(named: _Named, what: str, snapshot: Snapshot) -> Iterator[Found]:
    """Tell of an address inside the cluster that no Service has."""
    id = named.written.id
    host, _, port = named.address.rpartition("://")[2].partition("/")[0].partition(":")
    service = _service_of(host, id.namespace, snapshot)
    if service is None or "$" in named.address:
        return
    ports = _ports(snapshot).get(service)
    if ports is None:
        there = [one.name for one in _ports(snapshot) if one.namespace == service.namespace]
        near = did_you_mean(service.name, there)
        said = f"{near} " if near else ""
        message = f"{named.where} names {what} '{host}', and there is no Service '{service.name}'"
        hint = f"{said}see what there is: kubectl {place(service)}get services"
    elif port and ports and port not in ports:
        message = f"{named.where} names {what} at port {port}, and Service '{service.name}' has {names(sorted(ports))}"
        hint = f"write {host}:{min(ports)}"
    else:
        return
    yield Found(id, message, hint, (service,), origin=named.written.origin)


def _service_of(host: str, namespace: str, snapshot: Snapshot) -> ResourceId | None:
    """Give the Service that a host name means, None for what is outside the cluster, or may be."""
    name, *rest = host.split(".")
    if not rest:
        return ResourceId(*SERVICE, namespace, name) if name and name != "localhost" else None
    is_inside = rest[1:2] == ["svc"] or (len(rest) == 1 and snapshot.get(NAMESPACE, "", rest[0]) is not None)
    return ResourceId(*SERVICE, rest[0], name) if is_inside else None


def _ports(snapshot: Snapshot) -> Mapping[ResourceId, frozenset[str]]:
    return snapshot.memo("ports of services", _ports_of_services)


def _ports_of_services(snapshot: Snapshot) -> Mapping[ResourceId, frozenset[str]]:
    """Give the ports of each Service that there is or will be."""
    everything = [*(Written(one, None) for one in snapshot.of(SERVICE)), *snapshot.written(SERVICE)]
    return {
        one.id: frozenset(str(port.get("port")) for port in part(one.manifest, "spec").get("ports") or ())
        for one in everything
    }


def _no_keys(written: Written, where: str, text: str, snapshot: Snapshot) -> Iterator[Found]:
    """Tell of keys that no Secret has. Before an install they may be still to make: only what is live is looked at."""
    if snapshot.rendered is not None or not snapshot.has(SECRET):
        return
    for field, name, key in credentials(text):
        secret = snapshot.get(SECRET, written.id.namespace, name)
        if secret is None or key not in part(secret, "data"):
            missing = f"no Secret '{name}'" if secret is None else f"no key '{key}' in Secret '{name}'"
            yield Found(
                written.id,
                f"{where} takes its credentials from a Secret ({field}), and there is {missing}",
                f"see what it holds: kubectl {place(written.id)}describe secret {name}",
                (ResourceId(*SECRET, written.id.namespace, name),),
            )


CHECKS = (
    Check(
        "KF812",
        "The object store that a setting names is not there",
        Severity.ERROR,
        _find_no_store,
        remedy="Name the Service and the port that are there, or install the store.",
        docs="""Argo Workflows, Pipelines and model servers each have a setting of their own for where artifacts
are: a ConfigMap with `endpoint` and the Secret of its keys, or variables such as `S3_ENDPOINT`. Where
one of them was changed and the others were not, steps end with `failed to save outputs`. Names of
Services are resolved as in the cluster's DNS; what is outside the cluster is not looked at, nor is
whether the bucket is there.""",
        reads=(SERVICE,),
        helps=(CONFIG_MAP, SECRET, NAMESPACE),
        is_proven=True,
    ),
    Check(
        "KF815",
        "The database that a setting names is not there",
        Severity.ERROR,
        _find_no_database,
        remedy="Name the Service that is there, or install the database.",
        docs="""Katib, Pipelines and the metadata store find their database by a host name in a variable or a flag.
Where there is no Service of that name they crash, or wait for ever. (A database whose pod or claim is
in trouble is told as that.)""",
        reads=(SERVICE,),
        helps=(NAMESPACE,),
        is_proven=True,
    ),
)
