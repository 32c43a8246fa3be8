"""Why a request got no answer: what kind of failure it is to `retries`, and how a person is told."""

from __future__ import annotations

import re
import ssl

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from kfinstall.errors import ClusterError


def classify(error: HTTPError, connect_timeout_s: float) -> tuple[str, str]:
    """Give the kind of failure by which it is tried again, and what happened in words."""
    if isinstance(error, ReadTimeoutError):
        return "timeout", "it does not answer in time"
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return "unreachable", f"no connection within {connect_timeout_s:.0f} s"
    if isinstance(error, ProxyError):
        return "unreachable", f"the proxy refuses: {error.original_error}"
    if isinstance(error, NewConnectionError):
        return "unreachable", re.sub(r"\[Errno -?\d+\] ", "", str(error).rpartition(": ")[2])
    if isinstance(error, ProtocolError | SSLError):
        return "reset", "the connection was lost"
    return "reset", type(error).__name__


def is_untrusted(error: HTTPError) -> bool:
    """Do the two sides not agree on TLS? A connection that merely ends, as when a server is killed, says nothing."""
    return isinstance(error, SSLError) and not any(isinstance(cause, ssl.SSLEOFError) for cause in error.args)


def tls_error(error: HTTPError, server: str) -> ClusterError:
    """Give the error for a server that is not trusted, or speaks no TLS."""
    text = str(error)
    hints = {
        "CERTIFICATE_VERIFY_FAILED": "the certificate-authority of the kubeconfig is not this server's; fetch it again",
        "WRONG_VERSION_NUMBER": "the server speaks no TLS on this port; is it http:// or a proxy?",
        "CERTIFICATE_EXPIRED": "the client certificate has expired; fetch the kubeconfig again",
    }
    hint = next((hint for word, hint in hints.items() if word in text.upper().replace(" ", "_")), "")
    return ClusterError(f"no trusted connection to {server}: {text}", hint=hint, reason="TLS")
