"""Why a container is not running: one table by the reason the kubelet gives, with how long that may still recover."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kfinstall.health.model import Health, Live, failed, in_progress, part
from kfinstall.health.reading import age_s, as_int, last_words, parse_time

CRASHES_TO_BE_CERTAIN = 3
_GRACE_S = 60.0
_LONG_RUN_S = 600.0
_MAY_PASS = re.compile(
    r"i/o timeout|timed? ?out|connection (refused|reset)|toomanyrequests|429|TLS handshake"
    r"|50[0234] |service unavailable|temporary failure|EOF\b",
    re.IGNORECASE,
)


class Container(NamedTuple):
    """One container's spec and status beside its pod's name."""

    pod: str
    name: str
    spec: Mapping[str, Any]
    status: Mapping[str, Any]
    is_init: bool

    @property
    def label(self) -> str:
        """How a message calls it."""
        kind = "init container" if self.is_init else "container"
        return f"{kind} '{self.name}' of pod '{self.pod}'"

    @property
    def restarts(self) -> int:
        """How often the kubelet started it again."""
        return as_int(self.status.get("restartCount"))


def containers_of(live: Live) -> tuple[Container, ...]:
    """Give a pod's containers that must run, init containers first. A sidecar is an init container that stays."""
    return (
        *_paired(live, "initContainers", "initContainerStatuses"),
        *_paired(live, "containers", "containerStatuses"),
    )


def _paired(live: Live, specs: str, statuses: str) -> tuple[Container, ...]:
    by_name = {status.get("name"): status for status in _mappings(live.status.get(statuses))}
    pod = str(live.metadata.get("name"))
    return tuple(
        Container(pod, str(spec.get("name")), spec, by_name.get(spec.get("name"), {}), specs == "initContainers")
        for spec in _mappings(live.spec.get(specs))
    )


def _mappings(value: Any) -> Sequence[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def container_trouble(container: Container, live: Live) -> Health | None:
    """Say what keeps a container of this pod from running, None when nothing does."""
    state = part(container.status, "state")
    if waiting := part(state, "waiting"):
        rule = WAITING_RULES.get(str(waiting.get("reason")), _other)
        return rule(container, waiting, live)
    if (ended := part(state, "terminated")) and as_int(ended.get("exitCode")) != 0:
        return _crashed(container, live)
    return None


def ending(container: Container) -> str:
    """Give how a container last ended: `exit code 1, Error: last words`, with what an exit code is known to mean."""
    state, before = part(container.status, "state"), part(container.status, "lastState")
    ended = part(state, "terminated") or part(before, "terminated")
    if not ended:
        return ""
    code = as_int(ended.get("exitCode"))
    reason = str(ended.get("reason") or "")
    words = last_words(ended.get("message") or "")
    meaning = _meaning(code, reason, container)
    return f"exit code {code}" + "".join(f", {text}" for text in (reason, words, meaning) if text)


def _meaning(code: int, reason: str, container: Container) -> str:
    if reason == "OOMKilled":
        limit = part(part(container.spec, "resources"), "limits").get("memory")
        return f"it needs more memory than its limit of {limit}" if limit else "its node ran out of memory"
    return _EXIT_CODES.get(code, "")


_EXIT_CODES = {
    126: "its command cannot be executed",
    127: "its command was not found",
    132: "illegal instruction: the image needs a CPU feature (often AVX) that the node lacks",
    134: "it aborted",
    139: "segmentation fault",
}


def _crashed(container: Container, live: Live) -> Health:
    """Certain after some restarts in a row; of a pod that is to end, its Job decides how often it is tried."""
    is_to_stay = live.spec.get("restartPolicy", "Always") == "Always"
    is_loop = container.restarts >= CRASHES_TO_BE_CERTAIN and _ran_s(container, live) < _LONG_RUN_S
    verdict = failed if is_to_stay and is_loop else in_progress
    times = f" ({container.restarts} restarts)" if container.restarts else ""
    return verdict(f"{container.label} keeps crashing{times}: {ending(container) or 'no exit code known'}")


def _ran_s(container: Container, live: Live) -> float:
    """Give how long it ran before it ended last. After a long run the kubelet begins to count anew, and so do we.

    What could not be started at all has started in 1970, before its pod: that did not run.
    """
    state, before = part(container.status, "state"), part(container.status, "lastState")
    ended = part(state, "terminated") or part(before, "terminated")
    started, finished = parse_time(ended.get("startedAt")), parse_time(ended.get("finishedAt"))
    created = parse_time(live.metadata.get("creationTimestamp"))
    if not (started and finished and created) or started < created:
        return 0.0
    return (finished - started).total_seconds()


def _crash_loop(container: Container, waiting: Mapping[str, Any], live: Live) -> Health:
    return _crashed(container, live)


def _cannot_run(container: Container, waiting: Mapping[str, Any], live: Live) -> Health:
    return _crashed(container, live) if container.restarts else _other(container, waiting, live)


def _image(container: Container, waiting: Mapping[str, Any], live: Live) -> Health:
    """Certain once the kubelet backs off, unless the registry was only out of reach."""
    message = last_words(waiting.get("message") or "")
    verdict = in_progress if _MAY_PASS.search(message) else failed
    return verdict(f"{container.label}: image '{container.spec.get('image')}' cannot be pulled: {message}")


def _first_pull(container: Container, waiting: Mapping[str, Any], live: Live) -> Health:
    message = last_words(waiting.get("message") or "")
    return in_progress(
        f"{container.label}: the last try to pull image '{container.spec.get('image')}' failed: {message}"
    )


def _bad_image_name(container: Container, waiting: Mapping[str, Any], live: Live) -> Health:
    return failed(f"{container.label}: '{container.spec.get('image')}' is no valid image name")


def _never_pulled(container: Container, waiting: Mapping[str, Any], live: Live) -> Health:
    return failed(
        f"{container.label}: image '{container.spec.get('image')}' is not on the node and imagePullPolicy is Never"
    )


def _config(container: Container, waiting: Mapping[str, Any], live: Live) -> Health:
    """A missing ConfigMap or Secret may still come from a controller; after a while it is certain that it does not."""
    age = age_s(live.status.get("startTime") or live.metadata.get("creationTimestamp"), live.now)
    verdict = failed if age > _GRACE_S else in_progress
    return verdict(f"{container.label} cannot be created: {last_words(waiting.get('message') or '')}")


def _other(container: Container, waiting: Mapping[str, Any], live: Live) -> Health:
    words = " ".join(str(waiting.get(name) or "") for name in ("reason", "message"))
    return in_progress(f"{container.label} waits: {last_words(words)}")


WAITING_RULES: Mapping[str, Callable[[Container, Mapping[str, Any], Live], Health]] = {
    "CrashLoopBackOff": _crash_loop,
    "RunContainerError": _cannot_run,
    "ErrImagePull": _first_pull,
    "ImagePullBackOff": _image,
    "InvalidImageName": _bad_image_name,
    "ErrImageNeverPull": _never_pulled,
    "CreateContainerConfigError": _config,
    "CreateContainerError": _config,
}
"""Source: kubernetes v1.36, pkg/kubelet/images/types.go and pkg/kubelet/container/sync_result.go."""
