"""Credentials that stand in clear text where anybody may read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kfinstall.doctor.containers import containers_of, template_specs
from kfinstall.doctor.grouping import names
from kfinstall.doctor.kinds import CONFIG_MAP
from kfinstall.doctor.model import Check, Found, Severity
from kfinstall.doctor.redact import NO_CREDENTIAL
from kfinstall.doctor.snapshot import Snapshot, Written
from kfinstall.health.model import part

_NAME: Final = re.compile(r"(?i)(^|[_.-])(password|passwd|token|api_?key|access_?key|secret_?key|private_?key)$")


def _find_in_clear(snapshot: Snapshot) -> Iterator[Found]:
    for written in snapshot.written():
        found = [*_variables(written), *_keys(written)]
        if found and written.id.namespace != "kube-system":
            yield Found(
                written.id,
                f"a credential stands in it in clear text: {names(found)}",
                "revoke it, put the new one into a Secret (of which Git has a sealed or an external one), and name it "
                "there: valueFrom.secretKeyRef",
                origin=written.origin,
            )


def _variables(written: Written) -> Iterator[str]:
    for spec in template_specs(written.manifest):
        for container in containers_of(spec):
            for variable in container.get("env") or ():
                if is_credential(str(variable.get("name")), variable.get("value")):
                    yield str(variable["name"])


def _keys(written: Written) -> Iterator[str]:
    if written.id.group_kind == CONFIG_MAP:
        data: Mapping[str, Any] = part(written.manifest, "data")
        yield from (str(key) for key, value in data.items() if is_credential(str(key), value))


def is_credential(name: str, value: object) -> bool:
    """Is it one by its name, and does something stand there that may be one?"""
    return bool(value) and bool(_NAME.search(name)) and not NO_CREDENTIAL.search(str(value))


CHECKS = (
    Check(
        "KF009",
        "A credential stands in clear text",
        Severity.WARNING,
        _find_in_clear,
        remedy="Revoke it, and put a new one into a Secret.",
        docs="""Variables of containers and keys of ConfigMaps whose name says password, token or key, with
a value that is none of a path, an address or a number. Who may read the object, the repository or its
backups may use it; that it is taken out later does not help. The value is never shown.""",
        needs=("written",),
        helps=(CONFIG_MAP,),
        is_proven=True,
    ),
)
