"""What is particular to GitHub: where its token may go, and what to do once it has had enough."""

from __future__ import annotations

from collections.abc import Mapping

from kfinstall.errors import InputError

TOKEN_VARIABLE = "GITHUB_TOKEN"  # noqa: S105 a name
HOSTS = frozenset({"github.com", "raw.githubusercontent.com"})


def github_token(environ: Mapping[str, str]) -> str:
    """Give the token of the environment, empty if there is none.

    Raises: InputError without an origin, for what can be no token.
    """
    token = environ.get(TOKEN_VARIABLE, "").strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        message = f"{TOKEN_VARIABLE} holds what can be no token"
        raise InputError(message, hint="set it to the token alone, or leave it unset")
    return token


def authorization(scheme: str, host: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Give the header that carries the token of the environment, for GitHub over https; none for others."""
    token = github_token(environ) if scheme == "https" and host in HOSTS else ""
    return {"Authorization": f"token {token}"} if token else {}


def is_asked_too_often(error: BaseException) -> bool:
    """Was a server asked too often, at one place at least?"""
    if isinstance(error, BaseExceptionGroup):
        return any(map(is_asked_too_often, error.exceptions))
    return isinstance(error, InputError) and error.hint in (rate_hint("github.com"), rate_hint(None))


def rate_hint(host: str | None) -> str:
    """Give what to do where a server was asked too often."""
    if host in HOSTS:
        return "GitHub limits how often one may ask: wait a while, or set GITHUB_TOKEN"
    return "the server limits how often one may ask: wait a while"
