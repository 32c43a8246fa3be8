"""The API server: kubeconfig, discovery, HTTP, server-side apply, watch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kfinstall.cluster.api import ApiCluster
    from kfinstall.cluster.http import Acting

__all__ = ["connect"]


@contextmanager
def connect(
    kubeconfig: str | Path | None = None,
    context: str | None = None,
    *,
    request_timeout_s: float = 30.0,
    acting: Acting | None = None,
) -> Iterator[ApiCluster]:
    """Open a connection to the cluster that a kubeconfig and a context name; nothing is sent yet.

    In:      `acting`, whom the server is to take us for.
    Raises:  InputError for a file or context that does not exist; ClusterError when there is no kubeconfig or its
             credential plugin fails.
    """
    from kfinstall.cluster.api import ApiCluster
    from kfinstall.cluster.http import Transport
    from kfinstall.cluster.kubeconfig import load_access

    transport = Transport(load_access(kubeconfig, context), request_timeout_s, acting=acting)
    try:
        yield ApiCluster(transport)
    finally:
        transport.close()
