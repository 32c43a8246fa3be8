"""Cloning a repository with the user's Git: one ref, without its history, into a folder.

What was fetched runs nothing: no hooks, no transport but those of an address, no ref that is an option. Git asks nobody
for anything. A token or a password stands in the environment of the process, never among its arguments, in the clone or
in a message.
"""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kfinstall.build.repository import Repository, without_secrets
from kfinstall.errors import InputError
from kfinstall.light import NamedTuple, lazy_pattern
from kfinstall.load.disk_use import TooLargeError, wait_within
from kfinstall.load.github import github_token, rate_hint

LOG = "git.log"
MOST_LOG_BYTES = 64 * 1024
MAX_CLONE_BYTES = 1024 * 1024 * 1024
SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "protocol.ext.allow": "never",
    "advice.detachedHead": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
"""What is set whatever the user's own settings say; no secret, so Git gets it as arguments."""
NO_LOCAL_SUBMODULES = {"protocol.file.allow": "user"}
"""What a repository from elsewhere may not have: submodules that are folders of this machine."""
QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GCM_INTERACTIVE": "never",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "LC_ALL": "C",
}
"""Environment in which nothing asks for a password, and messages are those of `HINTS`."""
DROPPED = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_CURL_VERBOSE",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_TEMPLATE_DIR",
        "GIT_WORK_TREE",
    }
)
"""Variables that would lead Git to another repository (`git rev-parse --local-env-vars`), or let it say too much."""
USER_IN_URL = lazy_pattern(r"(?i)(https?://)[^/\s@]*@")
CONTROL = lazy_pattern(r"[\x00-\x1f\x7f-\x9f]")
OPTION_AS_HOST = lazy_pattern(r"^(?:ssh://)?(?:[^/@]*@)?-")
ASKED_TOO_OFTEN = lazy_pattern(r"(?i)\b429\b|rate limit")
LOGIN_HINT = "it is private, or not there; Git logs in by a credential helper, an SSH key or, at GitHub, GITHUB_TOKEN"
HINTS = (
    (
        lazy_pattern(r"couldn't find remote ref|not our ref"),
        "name a branch, a tag, or the whole id of a commit in ?ref=",
    ),
    (lazy_pattern(r"transport '.*' not allowed"), "your Git does not allow that; see protocol.allow in its manual"),
    (lazy_pattern(r"Host key verification failed"), "connect to the host once with ssh, to take its key"),
    (lazy_pattern(r"(?i)could not read|authentication failed|permission denied|\b40[13]\b"), LOGIN_HINT),
    (lazy_pattern(r"(?i)could not resolve|failed to connect|timed out|refused"), "can this machine reach that host?"),
    (lazy_pattern(r"(?i)not found|does not exist|not appear to be a git"), "is it spelled right?"),
)
"""What Git's messages come down to -> what to do; Git has no other way to say which of them it is."""


def clone_repository(
    repository: Repository, folder: Path, environ: Mapping[str, str], most_bytes: int = MAX_CLONE_BYTES
) -> None:
    """Put the files of a repository, at its ref, into an empty folder of its own.

    In:     `most_bytes` that it may take, with what Git says meanwhile.
    Raises: InputError without an origin, for what cannot be had.
    Source: kustomize v5.8.1, api/internal/git/cloner.go.
    """
    _check(repository)
    job = _Job(repository, folder, git_environment(repository, environ), _secrets(repository, environ), most_bytes)
    url = without_secrets(repository.url)
    _run(job, "init", "--quiet", "--template=")
    _run(job, "remote", "add", "origin", url)
    _run(job, "fetch", "--quiet", "--depth=1", "--", url, repository.query.ref or "HEAD")
    _run(job, "checkout", "--quiet", "FETCH_HEAD")
    if repository.query.has_submodules:
        _run(job, "submodule", "--quiet", "update", "--init", "--recursive", "--checkout")


def _check(repository: Repository) -> None:
    """Refuse what Git could take for an option, or could not be given."""
    name = without_secrets(repository.written)
    if repository.query.ref.startswith("-"):
        raise InputError(f"the ref '{repository.query.ref}' begins with '-'", hint="name a branch, a tag or a commit")
    if OPTION_AS_HOST.search(repository.url):
        raise InputError(f"the host of '{name}' begins with '-'", hint="name a host")
    if CONTROL.search(repository.url) or CONTROL.search(repository.query.ref):
        raise InputError("the repository has a control character in its name", hint="remove it")


class _Job(NamedTuple):
    """One clone: what Git runs with, and what must not be said."""

    repository: Repository
    folder: Path
    environ: Mapping[str, str]
    secrets: tuple[str, ...]
    most_bytes: int


def _run(job: _Job, *arguments: str) -> None:
    """Run one command, with the time the repository's spelling gives it.

    Raises: InputError when it fails, takes too long, or there is no Git.
    """
    chosen = SETTINGS if job.repository.host == "file://" else SETTINGS | NO_LOCAL_SUBMODULES
    settings = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
    log = job.folder.parent / LOG
    with log.open("wb") as messages:
        code = _wait(job, ["git", *settings, *arguments], messages.fileno())
    if code:
        raise _failure(job, _tail(log))


def _wait(job: _Job, command: Sequence[str], messages: int) -> int:
    try:
        process = subprocess.Popen(
            command,
            cwd=job.folder,
            env=job.environ,
            stdin=subprocess.DEVNULL,
            stdout=messages,
            stderr=messages,
            start_new_session=True,  # no terminal to ask at, and one group to end
        )
    except OSError:
        message = f"cannot clone {job.repository.shown}: there is no git to run"
        raise InputError(message, hint="install Git, or clone it beside your tree") from None
    try:
        return wait_within(process, job.folder.parent, job.repository.query.timeout_s, job.most_bytes)
    except TooLargeError:
        message = f"cannot clone {job.repository.shown}: it has more than {job.most_bytes // 2**20} MiB"
        raise InputError(message, hint="clone it beside your tree, and name the folder") from None
    except TimeoutError:
        message = f"cannot clone {job.repository.shown}: not done in {job.repository.query.timeout_s:g} s"
        raise InputError(message, hint="give it longer with ?timeout=120s, or clone it beside your tree") from None


def _tail(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(-min(log.stat().st_size, MOST_LOG_BYTES), os.SEEK_END)
        return file.read().decode(errors="replace")


def _failure(job: _Job, log: str) -> InputError:
    """Give the error for what Git said: its first reason, and what to do."""
    for secret in job.secrets:
        log = log.replace(secret, "***")
    lines = [CONTROL.sub(" ", line).strip() for line in USER_IN_URL.sub(r"\1", log).splitlines()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))] or [*filter(None, lines)][-1:]
    reason = told[0].removeprefix("fatal: ").removeprefix("error: ") if told else "git failed"
    return InputError(f"cannot clone {job.repository.shown}: {reason}", hint=_hint(job.repository, " ".join(lines)))


def _hint(repository: Repository, said: str) -> str:
    if ASKED_TOO_OFTEN.search(said):
        return rate_hint(urlsplit(repository.url).hostname)
    return next((hint for found, hint in HINTS if found.search(said)), "")


def git_environment(repository: Repository, environ: Mapping[str, str]) -> dict[str, str]:
    """Give the environment Git runs in, with the secrets it needs as settings that go with it."""
    result = {
        name: value for name, value in environ.items() if name not in DROPPED and not name.startswith("GIT_TRACE")
    }
    result |= QUIET
    if allowed := result.get("GIT_ALLOW_PROTOCOL"):
        result["GIT_ALLOW_PROTOCOL"] = ":".join(one for one in allowed.split(":") if one != "ext")
    given = environ.get("GIT_CONFIG_COUNT", "")
    count = int(given) if given.isdigit() else 0
    for i, (name, value) in enumerate(_secret_settings(repository, environ).items(), count):
        result |= {f"GIT_CONFIG_KEY_{i}": name, f"GIT_CONFIG_VALUE_{i}": value, "GIT_CONFIG_COUNT": str(i + 1)}
    return result


def _secret_settings(repository: Repository, environ: Mapping[str, str]) -> dict[str, str]:
    """Give the token as a header for GitHub alone, and user and password as another spelling of the host."""
    settings = {}
    if token := github_token(environ):
        settings["http.https://github.com/.extraHeader"] = f"Authorization: Basic {_basic(token)}"
    host = without_secrets(repository.host)
    if host != repository.host:
        settings[f"url.{repository.host}.insteadOf"] = host
    return settings


def _basic(token: str) -> str:
    return b64encode(f"x-access-token:{token}".encode()).decode()


def _secrets(repository: Repository, environ: Mapping[str, str]) -> tuple[str, ...]:
    token = github_token(environ)
    login = repository.host.rpartition("@")[0].rpartition("://")[2]
    words = (login, *login.split(":")[1:]) if login and ":" in login else ()
    found = {token, _basic(token) if token else "", *words, *map(unquote, words)}
    return tuple(sorted(filter(None, found), key=len, reverse=True))
