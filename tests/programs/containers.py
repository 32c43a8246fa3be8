"""A pod's container -> the process of this machine that stands for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Manifest = Mapping[str, Any]
ConfigMapData = Callable[[str, str], Mapping[str, str]]
"""Namespace and name -> what a ConfigMap holds."""

HOST = re.compile(r"\b([a-z0-9][-a-z0-9]*)\.([a-z0-9][-a-z0-9]*)\.svc\b")


class Disk(NamedTuple):
    """The folders that stand for volumes: those of claims stay, the others are a pod's own."""

    claims: Path
    own: Path
    config_map: ConfigMapData


class Command(NamedTuple):
    """What is run in place of a container."""

    words: list[str]
    variables: dict[str, str]


def address_of(namespace: str, name: str) -> str:
    """Give the address of loopback at which a pod's program listens; no other pod has the same."""
    first, second, third = hashlib.sha256(f"{namespace}/{name}".encode()).digest()[:3]
    return f"127.{100 + first % 100}.{second}.{1 + third % 254}"


def command_of(pod: Manifest, program: list[str], disk: Disk) -> Command:
    """Give the command of a pod's only container, with `program` in place of the image's.

    What kubelet and DNS would do is done in the text: a path below a mount becomes one below the volume's folder, and
    `NAME.NAMESPACE.svc` the address of that pod.
    """
    (container,) = pod["spec"]["containers"]
    metadata = pod["metadata"]
    folders = dict(_mounts(pod, container, disk))
    arguments = [*container.get("command", [])[1:], *container.get("args", [])]
    variables = {each["name"]: each.get("value", "") for each in container.get("env", [])}
    return Command(
        [*program, *(_here(word, folders) for word in arguments)],
        {
            **{name: _here(value, folders) for name, value in variables.items()},
            "POD_ADDRESS": address_of(metadata["namespace"], metadata["name"]),
        },
    )


def _here(text: str, folders: Mapping[str, Path]) -> str:
    for mount in sorted(folders, key=len, reverse=True):
        text = re.sub(rf"(?<![\w./-]){re.escape(mount)}(?![\w.-])", str(folders[mount]), text)
    return HOST.sub(lambda host: address_of(host[2], host[1]), text)


def _mounts(pod: Manifest, container: Manifest, disk: Disk) -> Iterator[tuple[str, Path]]:
    """Give where each volume is mounted, and the folder that is there; service accounts' tokens are left out."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        volume = volumes[mount["name"]]
        if "projected" in volume:
            continue
        folder = _folder(volume, pod["metadata"]["namespace"], disk) / mount.get("subPath", "")
        folder.mkdir(parents=True, exist_ok=True)
        yield mount["mountPath"], folder


def _folder(volume: Manifest, namespace: str, disk: Disk) -> Path:
    if claim := volume.get("persistentVolumeClaim"):
        return disk.claims / namespace / str(claim["claimName"])
    folder = disk.own / str(volume["name"])
    if source := volume.get("configMap"):
        folder.mkdir(parents=True)
        for name, text in disk.config_map(namespace, source["name"]).items():
            (folder / name).write_text(text)
        return folder
    assert "emptyDir" in volume, f"nothing here stands for {volume}"
    return folder
