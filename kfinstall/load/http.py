"""Fetching one file over HTTP: bounded in size, time and redirects."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage, responses
from threading import Thread
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from kfinstall.build.reading.files import MAX_BYTES
from kfinstall.build.reading.remotes import FetchError
from kfinstall.build.repository import DEFAULT_TIMEOUT_S, parse_repository, without_secrets
from kfinstall.errors import InputError
from kfinstall.load.github import authorization, rate_hint

MOST_REDIRECTS = 10
SAFE = "%/:=&?~+!$,;'@()*[]"
"""What stands for itself in a URL, escapes among it."""
REDIRECTS = range(300, 400)
SCHEMES = ("http", "https")
HINTS = {
    401: "it needs a login: download it into your tree, or for GitHub set GITHUB_TOKEN",
    403: "it needs a login: download it into your tree, or for GitHub set GITHUB_TOKEN",
    404: "is it spelled right? what is private at GitHub needs GITHUB_TOKEN",
}


def fetch_file(url: str, environ: Mapping[str, str]) -> bytes:
    """Give the content of a file.

    Raises: FetchError without an origin.
    """
    repository = parse_repository(url)
    timeout_s = repository.query.timeout_s if repository else DEFAULT_TIMEOUT_S
    answers: list[bytes | InputError] = []
    thread = Thread(target=lambda: answers.append(_outcome(url, timeout_s, environ)), daemon=True)
    thread.start()
    thread.join(timeout_s)  # a server that sends a byte now and then would get past the timeout of the socket
    assert answers or thread.is_alive()
    answer = answers[0] if answers else _too_slow(url, timeout_s)
    if isinstance(answer, InputError):
        raise answer
    return answer


def _outcome(url: str, timeout_s: float, environ: Mapping[str, str]) -> bytes | InputError:
    name = without_secrets(url)
    try:
        with _opener(environ).open(_request(url, environ), timeout=timeout_s) as response:
            content: bytes = response.read(MAX_BYTES + 1)
            is_whole = not response.length or len(content) > MAX_BYTES
    except InputError as error:
        return error
    except HTTPError as error:
        with error:
            return _refusal(name, error)
    except TimeoutError:
        return _too_slow(url, timeout_s)
    except (URLError, HTTPException, OSError, ValueError) as error:
        return _unreachable(url, timeout_s, getattr(error, "reason", error))
    if len(content) > MAX_BYTES:
        return FetchError(f"'{name}' has more than {MAX_BYTES // 2**20} MiB", hint="split it")
    return content if is_whole else FetchError(f"'{name}' came in part: the server hung up", hint="try again")


def _unreachable(url: str, timeout_s: float, reason: object) -> FetchError:
    if isinstance(reason, TimeoutError):
        return _too_slow(url, timeout_s)
    said = reason if isinstance(reason, str) else getattr(reason, "strerror", None) or type(reason).__name__
    return FetchError(f"cannot fetch '{without_secrets(url)}': {said}", hint="can this machine reach that host?")


def _too_slow(url: str, timeout_s: float) -> FetchError:
    message = f"cannot fetch '{without_secrets(url)}': not done in {timeout_s:g} s"
    return FetchError(message, hint="download it into your tree and name the file")


def _refusal(name: str, error: HTTPError) -> FetchError:
    if error.code in REDIRECTS:
        hint = "name where it ends"
        return FetchError(f"'{name}' redirects more than {MOST_REDIRECTS} times", hint=hint, status=error.code)
    says_so = error.headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in error.headers
    is_limited = error.code == 429 or (error.code == 403 and says_so)
    hint = rate_hint(urlsplit(name).hostname) if is_limited else HINTS.get(error.code, "")
    said = f"{error.code} {responses.get(error.code, '')}".strip()  # not the server's own words
    return FetchError(f"'{name}' answers {said}", hint=hint, status=error.code)


def _opener(environ: Mapping[str, str]) -> OpenerDirector:
    return build_opener(_Redirects(environ))


def _request(url: str, environ: Mapping[str, str]) -> Request:
    """Give the request for a URL: its login, or the token for that host, goes with it and not with a redirect of it."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise URLError("it leads to what is no address of HTTP")
    login, _, host = parts.netloc.rpartition("@")
    address = urlunsplit((parts.scheme, host, quote(parts.path, SAFE), quote(parts.query, SAFE), ""))
    request = Request(address, headers={"User-Agent": "kfinstall"})  # noqa: S310 http and https alone, see above
    headers = authorization(parts.scheme, parts.hostname, environ)
    if login:
        headers = {"Authorization": f"Basic {b64encode(unquote(login).encode()).decode()}"}
    for name, value in headers.items():
        request.add_unredirected_header(name, value)
    return request


class _Redirects(HTTPRedirectHandler):
    """Follows a few redirects, to HTTP alone; each address gets the token it may have, and no other."""

    max_redirections = MOST_REDIRECTS
    max_repeats = MOST_REDIRECTS

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request:
        """Give the request for the next address."""
        request = _request(newurl, self._environ)
        request.timeout = req.timeout
        return request
