"""Storage classes that claims rely on: no default, several, one that does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kfinstall.doctor.changing import update
from kfinstall.doctor.claims import (
    DEFAULT,
    class_name,
    class_of,
    default_classes,
    fits_any_volume,
    names_volume,
    pending_claims,
)
from kfinstall.doctor.grouping import counted, ids, names, place, said
from kfinstall.doctor.kinds import CLAIM, STORAGE_CLASS, VOLUME
from kfinstall.doctor.model import Check, Found, Severity, Step
from kfinstall.doctor.snapshot import Snapshot
from kfinstall.health.model import part
from kfinstall.resource import Manifest, ResourceId, id_of

_NO_DEFAULT = ResourceId("storage.k8s.io", "StorageClass", "", "(default)")


def _find_no_default(snapshot: Snapshot) -> Iterator[Found]:
    if default_classes(snapshot):
        return
    relying = [claim for claim in pending_claims(snapshot) if class_name(claim) is None and not names_volume(claim)]
    asking = [one.id for one in snapshot.written(CLAIM) if one.origin and class_name(one.manifest) is None]
    if relying or asking:
        classes = snapshot.of(STORAGE_CLASS)
        number = len(relying) or len(asking)
        yield Found(
            _NO_DEFAULT,
            f"no StorageClass is the default, and {counted(number, 'claim relies', 'claims rely')} on one",
            _default_hint(sorted(map(_name, classes))),
            ids(relying) or tuple(asking),
            said(relying, snapshot, "FailedBinding"),
            # which of several it should be is a person's choice
            fix=_marking(classes[0], "true") if len(classes) == 1 else (),
        )


def _default_hint(known: Sequence[str]) -> str:
    if not known:
        return "there is no StorageClass at all: install a provisioner, such as local-path on machines of your own"
    patch = f'\'{{"metadata":{{"annotations":{{"{DEFAULT}":"true"}}}}}}\''
    others = f" (there are {', '.join(known)})" if len(known) > 1 else ""
    return f"kubectl patch storageclass {known[0]} -p {patch}{others}"


def _marking(storage_class: Manifest, value: str) -> tuple[Step, ...]:
    what = "the default" if value == "true" else "no default any more"
    path = ("metadata", "annotations", DEFAULT)
    return (update(storage_class, path, lambda _: value, f"StorageClass {_name(storage_class)} is {what}"),)


def _find_several_defaults(snapshot: Snapshot) -> Iterator[Found]:
    marked = default_classes(snapshot)
    if len(marked) > 1:
        first, *others = marked
        yield Found(
            id_of(first),
            f"{len(others) + 1} StorageClasses are marked as the default: {names(map(_name, [first, *others]))}; "
            f"the newest, {_name(first)}, is taken",
            f"kubectl annotate storageclass {' '.join(map(_name, others))} {DEFAULT}-",
            fix=tuple(step for other in others for step in _marking(other, "false")),
        )


def _find_no_class(snapshot: Snapshot) -> Iterator[Found]:
    by_name: dict[str, list[Manifest]] = {}
    for claim in pending_claims(snapshot):
        name = class_name(claim)
        if (
            name
            and class_of(claim, snapshot) is None
            and not names_volume(claim)
            and not fits_any_volume(claim, snapshot)
        ):
            by_name.setdefault(name, []).append(claim)
    known = sorted(_name(one) for one in snapshot.of(STORAGE_CLASS))
    for name, claims in by_name.items():
        yield Found(
            ResourceId(*STORAGE_CLASS, "", name),
            f"StorageClass '{name}' does not exist, and {counted(len(claims), 'claim asks', 'claims ask')} for it; "
            f"there is: {names(known, 6) or 'none'}",
            f"create it, or delete the claim and name another: kubectl {place(id_of(claims[0]))}delete pvc "
            f"{_name(claims[0])}",
            ids(claims),
            said(claims, snapshot, "ProvisioningFailed"),
        )


def _name(manifest: Mapping[str, Any]) -> str:
    return str(part(manifest, "metadata").get("name"))


_READS = (CLAIM, STORAGE_CLASS)

CHECKS = (
    Check(
        "KF301",
        "No StorageClass is the default, and a claim relies on one",
        Severity.ERROR,
        _find_no_default,
        remedy="Mark one class as the default.",
        docs="""A claim that names no StorageClass gets the default one. Without one it stays Pending, with an event
of type Normal (`no persistent volumes available for this claim and no storage class is set`), and
notebooks are lost when their container is made anew. Where there is one class only, `--fix` marks
it.""",
        reads=_READS,
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF302",
        "Several StorageClasses are the default",
        Severity.WARNING,
        _find_several_defaults,
        remedy="Leave the mark on one of them.",
        docs="""Kubernetes then takes the newest without a word, so that an upgrade of a driver changes where new
volumes are made.""",
        reads=(STORAGE_CLASS,),
        fix="ask",
        is_proven=True,
    ),
    Check(
        "KF303",
        "A claim names a StorageClass that does not exist",
        Severity.ERROR,
        _find_no_class,
        remedy="Create the class, or name one that is there.",
        docs="""The class of a claim cannot be changed: the claim has to be deleted and made again. A free
PersistentVolume of that class name would do as well, and is looked for.""",
        reads=_READS,
        helps=(VOLUME,),
        is_proven=True,
    ),
)
