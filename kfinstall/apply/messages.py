"""What workers and watches put into the inbox of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from kfinstall.apply.diagnosis import Diagnosis
from kfinstall.apply.foreign import Held
from kfinstall.apply.protocols import WatchEventLike
from kfinstall.resource import GroupKind, Manifest, ResourceId


class Sent(NamedTuple):
    """A change was sent: `live` is what the server has now, or `error` says why not."""

    id: ResourceId
    live: Manifest | None = None
    error: BaseException | None = None


class Served(NamedTuple):
    """The API server acts on a definition or a webhook by now, or `error` says why not."""

    id: ResourceId
    error: BaseException | None = None


class Diagnosed(NamedTuple):
    """It was found out why a resource failed, or `diagnosis` is None; `message` is the verdict that began it."""

    id: ResourceId
    message: str
    diagnosis: Diagnosis | None = None


class Removed(NamedTuple):
    """A removal was sent or looked after: `live` is what is still there, `kept` says why it was not removed."""

    id: ResourceId
    live: Manifest | None = None
    kept: str = ""
    error: BaseException | None = None


class Surveyed(NamedTuple):
    """Namespaces were looked into: by name what each holds that is not ours, or `error` says why that is not known.
    `began_s`: when the look began.
    """

    began_s: float
    held: Mapping[str, Held]
    error: BaseException | None = None


class Swept(NamedTuple):
    """A namespace that is going was emptied of what is inert; `left`: the kinds that were not, for a pod is still in
    it; or `error` ended that.
    """

    id: ResourceId
    left: frozenset[GroupKind] = frozenset()
    error: BaseException | None = None


class Seen(NamedTuple):
    """A watch saw something. `namespace` is None where it watches them all; `is_related`: it is not of the set."""

    group_kind: GroupKind
    namespace: str | None
    event: WatchEventLike
    is_related: bool = False


class Retried(NamedTuple):
    """A request is sent again."""

    reason: str


Message: TypeAlias = Sent | Served | Diagnosed | Removed | Surveyed | Swept | Seen | Retried

ANSWERS: Final = (Sent, Served, Diagnosed, Removed, Surveyed, Swept)
"""What workers put in, each once for all they were given."""
