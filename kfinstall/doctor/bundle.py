"""A snapshot as a file: redacted, to be judged somewhere else.

It is gzipped JSON, readable by its owner alone until that one passes it on.
"""

from __future__ import annotations

import gzip
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kfinstall.doctor.redact import KEPT_LOG, Hide, hider, redact_manifest
from kfinstall.doctor.snapshot import Answers, Known, LocalFacts, Problem, Refused, Remote, Snapshot
from kfinstall.errors import InputError
from kfinstall.health.model import part
from kfinstall.plan.model import KindInfo
from kfinstall.plan.templates import pod_templates
from kfinstall.resource import GroupKind, Manifest, Origin, Resource, ResourceId

VERSION: Final = 1
_TEXTS: Final = ("environment", "files", "versions")
_LIMIT_BYTES: Final = 2**30


def write_bundle(path: str, snapshot: Snapshot) -> None:
    """Write a snapshot without secrets to a new file that only its owner can read.

    Raises: InputError when the file exists or cannot be written.
    """
    content = gzip.compress(
        json.dumps(as_data(snapshot, secrets.token_bytes(32)), ensure_ascii=False, separators=(",", ":")).encode(),
        mtime=0,
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(f"'{path}' is there already", hint="name a new file") from None
    except OSError as error:
        raise InputError(
            f"'{path}' cannot be written: {error.strerror}", hint="name a file in a folder of yours"
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def read_bundle(path: str) -> Snapshot:
    """Give the snapshot of a bundle.

    Raises: InputError for a file that is none.
    """
    try:
        with gzip.open(Path(path), "rb") as file:
            data = json.loads(file.read(_LIMIT_BYTES))
        return from_data(data)
    except FileNotFoundError:
        raise InputError(f"there is no file '{path}'", hint="'kfinstall doctor --bundle FILE' writes one") from None
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        hint = "'kfinstall doctor --bundle FILE' writes one"
        raise InputError(f"'{path}' is no bundle of this version of kfinstall", hint=hint) from error


def as_data(snapshot: Snapshot, key: bytes) -> dict[str, Any]:
    """Give a snapshot as plain data, without anything that may be a secret.

    In: `key`, random and kept by nobody: free values are told apart by digests with it.
    """
    rendered = [resource.manifest for resource in snapshot.rendered or ()]
    everything = [*rendered, *(manifest for found in snapshot.manifests.values() for manifest in found)]
    hide = hider(everything, frozenset(_words(everything)), key)
    return {
        "v": VERSION,
        "now": snapshot.now.isoformat(),
        "manifests": [
            [*kind, [redact_manifest(one, hide) for one in found]] for kind, found in snapshot.manifests.items()
        ],
        "unread": [[*kind, hide(reason)] for kind, reason in snapshot.unread.items()],
        "kinds": [[*info[:4], list(info.versions), sorted(info.verbs)] for info in snapshot.kinds.values()],
        "broken_groups": list(snapshot.broken_groups),
        "version": snapshot.version,
        "cluster": hide(snapshot.cluster),
        "chosen": snapshot.chosen,
        "rendered": None if snapshot.rendered is None else [_resource(one, hide) for one in snapshot.rendered],
        "local": _local(snapshot.local, hide),
        "answers": _answers(snapshot.answers, hide),
        "clock_ahead_s": snapshot.clock_ahead_s,
        "logs": [[*place, _known_lines(text, hide)] for place, text in snapshot.logs.items()],
    }


def _words(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Give the words that name something: they are no secrets, wherever else they stand."""
    for manifest in manifests:
        metadata = part(manifest, "metadata")
        yield from (str(metadata.get(key)) for key in ("name", "namespace", "generateName") if metadata.get(key))
        yield from map(str, part(metadata, "labels").values())
        for template in pod_templates(manifest):
            for container in part(template, "spec").get("containers") or ():
                yield from (str(container.get("image")), str(container.get("name")))


def _resource(resource: Resource, hide: Hide) -> list[Any]:
    return [redact_manifest(resource.manifest, hide), resource.origin.path, resource.origin.line]


def _local(facts: LocalFacts | None, hide: Hide) -> dict[str, Any] | None:
    if facts is None:
        return None
    texts = {name: {key: hide(text) for key, text in getattr(facts, name).items()} for name in _TEXTS}
    return {
        **texts,
        "problem": [hide(text) for text in facts.problem] if facts.problem else None,
        "contexts": [[hide(context), hide(server), answers] for context, server, answers in facts.contexts],
        "modes": dict(facts.modes),
        "server": hide(facts.server),
        "context": hide(facts.context),
        "driver": facts.driver,
        "remotes": [[hide(name), ref, *origin] for name, ref, origin in facts.remotes],
    }


def _read_local(data: Mapping[str, Any]) -> LocalFacts:
    return LocalFacts(
        **{name: data[name] for name in _TEXTS},
        problem=Problem(*data["problem"]) if data["problem"] else None,
        contexts=tuple(Known(*one) for one in data["contexts"]),
        modes=data["modes"],
        server=data["server"],
        context=data["context"],
        driver=data["driver"],
        remotes=tuple(Remote(name, ref, Origin(path, line)) for name, ref, path, line in data["remotes"]),
    )


def _answers(answers: Answers | None, hide: Hide) -> dict[str, Any] | None:
    if answers is None:
        return None
    return {
        "user": answers.user,
        "groups": list(answers.groups),
        "forbidden": [[verb, *kind, namespace] for verb, kind, namespace in answers.forbidden],
        "refused": [[list(one.id), one.reason, hide(one.message), one.origin] for one in answers.refused],
    }


def _known_lines(text: str, hide: Hide) -> str:
    return "\n".join(hide(line) for line in text.splitlines() if KEPT_LOG.search(line))


def from_data(data: Mapping[str, Any]) -> Snapshot:
    """Give the snapshot that `as_data` was given, as far as it was kept.

    Raises: ValueError for another version, KeyError or TypeError for other data.
    """
    if data["v"] != VERSION:
        raise ValueError(data["v"])
    rendered, local, answers = data["rendered"], data["local"], data["answers"]
    kinds = [
        KindInfo(group, kind, plural, is_namespaced, tuple(versions), frozenset(verbs))
        for group, kind, plural, is_namespaced, versions, verbs in data["kinds"]
    ]
    return Snapshot(
        now=datetime.fromisoformat(data["now"]),
        manifests={GroupKind(group, kind): tuple(found) for group, kind, found in data["manifests"]},
        unread={GroupKind(group, kind): reason for group, kind, reason in data["unread"]},
        kinds={GroupKind(info.group, info.kind): info for info in kinds},
        broken_groups=tuple(data["broken_groups"]),
        version=data["version"],
        cluster=data["cluster"],
        chosen=data["chosen"],
        rendered=None if rendered is None else tuple(Resource(one, Origin(path, line)) for one, path, line in rendered),
        local=None if local is None else _read_local(local),
        answers=None if answers is None else _read_answers(answers),
        clock_ahead_s=data["clock_ahead_s"],
        logs={(namespace, pod, container): text for namespace, pod, container, text in data["logs"]},
    )


def _read_answers(data: Mapping[str, Any]) -> Answers:
    return Answers(
        data["user"],
        tuple(data["groups"]),
        tuple((verb, GroupKind(group, kind), namespace) for verb, group, kind, namespace in data["forbidden"]),
        tuple(
            Refused(ResourceId(*id), reason, message, Origin(*origin) if origin else None)
            for id, reason, message, origin in data["refused"]
        ),
    )
