"""Requests to one API server over a pool of connections: TLS, credentials, retries. Raw JSON in, raw JSON out.

Never logs a header or a body: they hold tokens and secrets.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import urllib3
from urllib3 import HTTPHeaderDict
from urllib3.exceptions import HTTPError, InsecureRequestWarning

from kfinstall.cluster.kubeconfig import Access
from kfinstall.cluster.limit import MOST, Limit
from kfinstall.cluster.lost import classify, is_untrusted, tls_error
from kfinstall.cluster.redact import redact_error
from kfinstall.cluster.refusals import Call, refusal
from kfinstall.cluster.retries import RETRIES, Retry, TransientError, run_with_retries
from kfinstall.errors import ClusterError

log = logging.getLogger(__name__)
CONNECT_TIMEOUT_S = 10.0
JSON = "application/json"
LEASES = "leases.coordination.k8s.io"
NEVER_AGAIN = frozenset({"WebhookUnreachable", "UnknownField", "TooLarge"})
"""Refusals with a status that is retried elsewhere, or in vain."""
ANYTHING = "*/*"
"""What is accepted where the answer is text, or may be."""


class Request(NamedTuple):
    """One request: `call` is what it means, for error messages."""

    call: Call
    method: str
    path: str
    query: Mapping[str, str | int] = {}
    body: Any = None
    content_type: str = JSON
    accept: str = JSON

    @property
    def is_urgent(self) -> bool:
        """Is it about a lock? Others, which have their turn, wait for its renewal, so it must not wait for one."""
        return self.call.resource == LEASES

    @property
    def url(self) -> str:
        """The path with its query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def ignore_retry(retry: Retry) -> None:
    """Tell nobody; it is in the log."""


def never_guard() -> None:
    """Allow every write."""


class Acting(NamedTuple):
    """Whom the API server is to take this user for. Source: kubernetes.io, user impersonation."""

    user: str
    groups: tuple[str, ...] = ()

    def added_to(self, headers: Mapping[str, str]) -> HTTPHeaderDict:
        """Give the headers of a request with whom it is to be taken for; each group is a header of its own."""
        whole = HTTPHeaderDict(headers)
        whole.add("Impersonate-User", self.user)
        for group in self.groups:
            whole.add("Impersonate-Group", group)
        return whole


@dataclass(slots=True)
class Transport:
    """Owner of the connections to one API server; a context manager. Safe to use from several threads."""

    access: Access
    request_timeout_s: float = 30.0
    _pool: urllib3.PoolManager = field(init=False)
    _limit: Limit = field(default_factory=Limit)
    _was_reached: bool = False
    acting: Acting | None = None
    clock_ahead_s: float = 0.0
    """By how much the server's clock was ahead of this machine's at the last answer, to the second."""

    def __post_init__(self) -> None:
        self._pool = open_pool(self.access.configuration)

    @property
    def in_flight_at_most(self) -> int:
        """How many requests it lets be under way now; the others wait for their turn."""
        return self._limit.allowed

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._pool.clear()

    def send(
        self,
        request: Request,
        *,
        guard: Callable[[], None] = never_guard,
        on_retry: Callable[[Retry], None] = ignore_retry,
    ) -> Any:
        """Send a request and give its answer's JSON (text when it is none).

        In:      `guard` is called each time right before it is sent, when it waits for nothing more, and may raise;
                 `on_retry` hears of each repeat.
        Raises:  ClusterError when the server refuses, or cannot be reached.
        """

        def tell(retry: Retry) -> None:
            log.info("%s %s: %s", request.method, request.url, retry)
            on_retry(retry)

        return run_with_retries(lambda: self._attempt(request, guard), on_retry=tell, sleep=time.sleep)

    def send_once(self, request: Request) -> Any:
        """Send a request without a second try, for an answer that is not worth waiting for.

        Raises:  ClusterError when the server refuses, or cannot be reached.
        """
        try:
            return self._attempt(request, never_guard)
        except TransientError as failure:
            raise failure.error from failure

    def open(self, request: Request, *, read_timeout_s: float) -> urllib3.BaseHTTPResponse:
        """Open a streaming answer (a watch); the caller closes it."""
        response = self._exchange(request, never_guard, preload=False, read_timeout_s=read_timeout_s)
        if response.status >= 400:
            raise self._read_refusal(request, response.status, response.read())
        return response

    def _attempt(self, request: Request, guard: Callable[[], None]) -> Any:
        with nullcontext() if request.is_urgent else self._limit.slot():
            began_s = time.monotonic()
            response = self._exchange(request, guard, preload=True, read_timeout_s=self.request_timeout_s)
            took_s = time.monotonic() - began_s
        log.debug("%s %s: %s", request.method, request.url, response.status)
        if response.status < 400:
            if request.method == "GET":
                self._limit.keep_up()
            else:
                self._limit.note(took_s)
            return self._decode(request, response)
        if response.status == 429:
            self._limit.narrow()
        error = self._read_refusal(request, response.status, response.data)
        if str(response.status) in RETRIES and error.reason not in NEVER_AGAIN:
            raise TransientError(str(response.status), error, _retry_after_s(response.headers))
        raise error

    def _decode(self, request: Request, response: urllib3.BaseHTTPResponse) -> Any:
        """Give what was answered: text where anything is accepted, else an object."""
        answer = _decode(response)
        if isinstance(answer, dict) or request.accept == ANYTHING:
            return answer
        raise ClusterError(
            f"what answers at {self.access.endpoint.server} is no API server (status {response.status})",
            hint="is a proxy, or a page to log in, in between? choose another with --context",
            reason="NotAnApiServer",
        )

    def _exchange(
        self, request: Request, guard: Callable[[], None], *, preload: bool, read_timeout_s: float
    ) -> urllib3.BaseHTTPResponse:
        """Ask once, and once more with new credentials where the old ones are good no longer."""
        response = self._exchange_once(request, guard, preload=preload, read_timeout_s=read_timeout_s)
        if response.status != 401 or not self.access.credentials.renew():
            return response
        response.close()
        return self._exchange_once(request, guard, preload=preload, read_timeout_s=read_timeout_s)

    def _exchange_once(
        self, request: Request, guard: Callable[[], None], *, preload: bool, read_timeout_s: float
    ) -> urllib3.BaseHTTPResponse:
        headers: MutableMapping[str, str] = {"Accept": request.accept, "User-Agent": "kfinstall"}
        if authorization := self.access.credentials.header():
            headers["Authorization"] = authorization
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        if self.acting is not None:
            headers = self.acting.added_to(headers)
        guard()
        try:
            response = self._pool.request(
                request.method,
                self.access.endpoint.server + request.url,
                body=None if request.body is None else json.dumps(request.body).encode(),
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=preload,
                timeout=urllib3.Timeout(total=read_timeout_s, connect=CONNECT_TIMEOUT_S),
            )
        except HTTPError as error:
            raise self._lost(error, request) from error
        self._was_reached = True
        self.clock_ahead_s = _ahead_s(response.headers.get("Date", ""), time.time())
        return response

    def _lost(self, error: HTTPError, request: Request) -> Exception:
        server = self.access.endpoint.server
        if is_untrusted(error):
            return tls_error(error, server)
        kind, what = classify(error, CONNECT_TIMEOUT_S)
        if kind == "unreachable" and not self._was_reached:
            kind = "never-reached"
        explained = ClusterError(
            f"cannot reach the API server {server} of context '{self.access.endpoint.context}': {what}",
            hint="start it ('kfinstall local up' for a local one), or choose another with --context",
            reason="Unreachable",
        )
        return TransientError(kind, explained)

    def _read_refusal(self, request: Request, status: int, data: bytes) -> ClusterError:
        try:
            body = json.loads(data)
        except ValueError:
            body = {"message": data[:300].decode(errors="replace")}
        error = refusal(body if isinstance(body, dict) else {}, status, request.call)
        redact_error(error, request.body if isinstance(request.body, dict) else {})
        return error


def open_pool(configuration: Any) -> urllib3.PoolManager:
    """Give a pool of connections with the TLS settings and proxy of a kubernetes `Configuration`."""
    settings: dict[str, Any] = {
        "num_pools": 4,
        "maxsize": 2 * MOST,  # watches hold connections too
        "block": False,
        "cert_reqs": "CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE",
        "ca_certs": configuration.ssl_ca_cert,
        "cert_file": configuration.cert_file,
        "key_file": configuration.key_file,
    }
    if not configuration.verify_ssl:
        urllib3.disable_warnings(InsecureRequestWarning)  # the kubeconfig asks for it; kubectl says nothing either
    if configuration.tls_server_name:
        settings["server_hostname"] = settings["assert_hostname"] = configuration.tls_server_name
    try:
        if configuration.proxy and not _bypasses_proxy(configuration):
            return urllib3.ProxyManager(configuration.proxy, **settings)
        return urllib3.PoolManager(**settings)
    except (OSError, ValueError) as error:
        raise ClusterError(f"the TLS settings of {configuration.host} cannot be used: {error}") from error


def _bypasses_proxy(configuration: Any) -> bool:
    from urllib.parse import urlsplit
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # missing in typeshed

    host = urlsplit(configuration.host).hostname or ""
    no_proxy = getattr(configuration, "no_proxy", "") or ""
    return host in {"127.0.0.1", "localhost", "::1"} or bool(proxy_bypass_environment(host, {"no": no_proxy}))


def _decode(response: urllib3.BaseHTTPResponse) -> Any:
    if "json" not in response.headers.get("Content-Type", ""):
        return response.data.decode(errors="replace")
    try:
        return json.loads(response.data)
    except ValueError as error:
        raise TransientError("reset", ClusterError("the API server's answer is cut off", reason="Truncated")) from error


def _ahead_s(date: str, now_s: float) -> float:
    """Give by how much a date of HTTP is ahead; nothing where there is none, or it cannot be read."""
    try:
        return parsedate_to_datetime(date).timestamp() - now_s if date else 0.0
    except ValueError:
        return 0.0


def _retry_after_s(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0
