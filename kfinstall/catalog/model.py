"""What the catalogue says of its components and platforms. Nothing here reads a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ParameterType = Literal[
    "boolean",
    "enum",
    "folder",
    "image",
    "integer",
    "integers",
    "json",
    "location",
    "name",
    "names",
    "numbers",
    "path",
    "quantity",
    "schedule",
    "string",
    "url",
]


@dataclass(frozen=True, slots=True)
class ImageUse:
    """An image a component runs, or starts later on a user's behalf, and what for."""

    image: str
    use: str


@dataclass(frozen=True, slots=True)
class Port:
    """A port of one of the component's Services, and what is spoken there."""

    service: str
    port: int
    use: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A claim that holds data. `size` is a Kubernetes quantity."""

    claim: str
    size: str
    access: Literal["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany"]
    holds: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting of a component, as base/README.md explains it.

    `default` is text, as kustomize moves it. `opens` says who reaches what at a value that opens a door: any but
    ClusterIP where that is allowed, else any but the default.
    `adds` names a Component beside component.yaml that is listed at any other value; `{value}` in it stands for that.
    `minimum` and `maximum` are for integers, one or several; `formerly` has names that are understood as well.
    """

    name: str
    type: ParameterType
    description: str
    default: str = ""
    allowed: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 2**31 - 1
    opens: str = ""
    adds: str = ""
    formerly: tuple[str, ...] = ()
    since: str = "0.1.0"


@dataclass(frozen=True, slots=True)
class ComponentInfo:
    """What `base/<name>/component.yaml` declares.

    `version` is the upstream version that is pinned, `proven` what of it was run and how; `namespace` is empty for
    what lives in the platform's namespace; `unrestricted` says why its pods cannot meet Pod Security "restricted", and
    is empty where they do; `upstream` is what has become of it, and `successor` says where it went when it is dead or
    moving.
    """

    name: str
    description: str
    version: str
    status: Literal["stable", "experimental"]
    proven: str
    source: str
    images: tuple[ImageUse, ...]
    requires: tuple[str, ...] = ()
    namespace: str = ""
    unrestricted: str = ""
    upstream: Literal["alive", "unmaintained", "dead"] = "alive"
    successor: str = ""
    ports: tuple[Port, ...] = ()
    stores: tuple[Stored, ...] = ()
    secrets: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class PlatformInfo:
    """What `platforms/<name>/platform.yaml` declares.

    `brings` names components beyond the core set, `images` what its options run; `formerly` has names whose place it
    took.
    """

    name: str
    description: str
    brings: tuple[str, ...] = ()
    images: tuple[ImageUse, ...] = ()
    formerly: tuple[str, ...] = ()


class Detection(NamedTuple):
    """Which platform a cluster is, and the one thing that says so. Both are empty when nothing does."""

    platform: str
    by: str
