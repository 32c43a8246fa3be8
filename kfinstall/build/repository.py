"""The spelling of a Git repository in a kustomization -> its parts; and how a remote name is shown without its secrets.

Source: kustomize v5.8.1, api/internal/git/repospec.go, and api/internal/loader/fileloader.go for files.
"""

from __future__ import annotations

from posixpath import normpath

from kfinstall.light import NamedTuple, lazy_pattern

DEFAULT_TIMEOUT_S = 27.0
SCHEMES = ("ssh://", "https://", "http://", "file://")
TRUE, FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")
UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
MOST_S = 2.0**63 / 1e9
"""What a duration holds in Go; one that is longer is no duration."""
DURATION_PART = lazy_pattern(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
USER = lazy_pattern(r"[a-zA-Z][a-zA-Z0-9-]*@")
NOT_IN_URL = lazy_pattern(r"[\x00-\x1f\x7f]|%(?![0-9a-fA-F]{2})")
HTTP_USER = lazy_pattern(r"(?i)(https?://)[^/]*@")
PASSWORD = lazy_pattern(r"^((?:git::)?(?:[a-zA-Z]+://)?[^/:@]*):[^/@]*@")
HTTP = ("http:", "https:")
QUERY_NAMES = frozenset({"ref", "version", "timeout", "submodules"})


class Query(NamedTuple):
    """What stands behind the `?` of a repository."""

    ref: str = ""
    timeout_s: float = DEFAULT_TIMEOUT_S
    has_submodules: bool = True
    is_readable: bool = True


class Repository(NamedTuple):
    """A folder in a Git repository, as an entry names it.

    `written` is the entry; `host` what stands before the path, with scheme and user; `path` that of the repository,
    `folder` that of the folder in it. `query.is_readable` is false for a query kustomize would ignore as a whole.
    """

    written: str
    host: str
    path: str
    folder: str = ""
    query: Query = Query()

    @property
    def url(self) -> str:
        """What Git is given; it may hold a password."""
        return self.host + self.path

    @property
    def shown(self) -> str:
        """The same for people, without what may be secret: a password, and whoever logs in over HTTP."""
        shown = without_secrets(self.url)
        return shown.rpartition("@")[2] if is_url(_without_prefix(self.written, "git::")) else shown


def is_url(path: str) -> bool:
    """Say whether a file is fetched by HTTP."""
    return path[:4].lower() == "http" and path[:6].lower().startswith(HTTP) and NOT_IN_URL.search(path) is None


def parse_repository(text: str) -> Repository | None:
    """Give the parts of a repository's spelling; None for what is no repository, such as a path on disk."""
    if text.startswith("/"):
        return None
    name, _, query = text.partition("?")
    found = _split_host(name)
    if found is None:
        return None
    host, rest = found
    path, folder = _split_path(rest, takes_all=host == "file://")
    if not path or _leaves(folder):
        return None
    return Repository(text, host, path, folder.removeprefix("/"), _parse_query(query))


def without_secrets(text: str) -> str:
    """Give a remote name without user, password and unknown parameters, all of which may be secret."""
    if "://" not in text and "@" not in text:
        return text
    name, mark, query = text.partition("?")
    name = PASSWORD.sub(r"\1@", HTTP_USER.sub(r"\1", name))
    known = [pair for pair in query.split("&") if pair.partition("=")[0] in QUERY_NAMES]
    return name + (mark + "&".join(known) if known else "")


def _split_host(name: str) -> tuple[str, str] | None:
    """Give the host, with scheme and user, and the rest; None where there is no host."""
    name = _without_prefix(name, "git::")
    scheme = next((one for one in SCHEMES if name[: len(one)].lower() == one), "")
    name = name[len(scheme) :]
    if scheme == "file://":
        return scheme, name
    match = USER.match(name) if "@" in name else None
    user = match.group() if match else ""
    name = name[len(user) :]
    is_github = name.lower().startswith(("github.com/", "github.com:"))
    is_scp_style = not scheme and (bool(user) or is_github)
    if not scheme and not is_scp_style:
        return None
    end = _host_end(name, is_scp_style)
    host, rest = (name, "") if end < 0 else (name[: end + 1], name[end + 1 :])
    if is_github:
        return (f"{user}github.com:" if user or scheme == "ssh://" else "https://github.com/"), rest
    return (scheme + user + host, rest) if host else None


def _without_prefix(text: str, prefix: str) -> str:
    return text[len(prefix) :] if text[: len(prefix)].lower() == prefix else text


def _host_end(name: str, is_scp_style: bool) -> int:
    slash, colon = name.find("/"), name.find(":")
    if is_scp_style and (slash < 0 or 0 < colon < slash):
        return colon
    return slash


def _split_path(rest: str, *, takes_all: bool) -> tuple[str, str]:
    """Give the repository's path and the folder in it: at a mark if there is one, else behind `org/repo`."""
    before, mark, after = rest.partition("_git/")
    if mark:
        repository, _, folder = after.partition("/")
        return before + mark + repository, folder
    before, mark, after = rest.partition("//")
    if mark:
        return before, after
    before, mark, after = rest.partition(".git")
    if mark:
        return before + mark, after
    if takes_all:
        return rest, ""
    segments = rest.split("/")
    return ("/".join(segments[:2]), "/".join(segments[2:])) if len(segments) > 1 else ("", "")


def _leaves(folder: str) -> bool:
    return normpath(folder.removeprefix("/")).split("/")[0] == ".."


def _parse_query(text: str) -> Query:
    """Give what a query says; a value that is none of its kind is as if it were not there, as in kustomize."""
    if not text:
        return Query()
    values = _query_values(text)
    if values is None:
        return Query(is_readable=False)
    submodules = values.get("submodules", "")
    return Query(
        values.get("ref") or values.get("version", ""),
        _seconds(values.get("timeout", "")) or DEFAULT_TIMEOUT_S,
        submodules not in FALSE,
    )


def _query_values(text: str) -> dict[str, str] | None:
    """Give the first value of each name; None where kustomize could not read the query."""
    from urllib.parse import unquote_plus

    values: dict[str, str] = {}
    for pair in filter(None, text.split("&")):
        if ";" in pair or NOT_IN_URL.search(pair):
            return None
        name, _, value = map(unquote_plus, pair.partition("="))
        values.setdefault(name, value)
    return values


def _seconds(text: str) -> float:
    """Give whole seconds, or a duration as Go writes it; 0 for what is neither."""
    text = text.removeprefix("+")
    if text.isascii() and text.isdigit():
        seconds = float(text)
    elif DURATION_PART.sub("", text):
        return 0.0
    else:
        seconds = sum(float(number) * UNITS_S[unit] for number, unit in DURATION_PART.findall(text))
    return seconds if seconds < MOST_S else 0.0
