"""What is particular to GitHub: where its token may go, and what to do once it has had enough."""

from __future__ import annotations

from collections.abc import Mapping

TOKEN_VARIABLE = "GITHUB_TOKEN"  # noqa: S105 a name
HOSTS = frozenset({"github.com", "raw.githubusercontent.com"})
RATE_HINT = "GitHub limits how often one may ask: wait a while, or set GITHUB_TOKEN"


def authorization(scheme: str, host: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Give the header that carries the token of the environment, for GitHub over https; none for others."""
    token = environ.get(TOKEN_VARIABLE)
    return {"Authorization": f"token {token}"} if token and scheme == "https" and host in HOSTS else {}
