"""The pages of what is installed, and how to log in to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from kfinstall.resource import ResourceId


class Page(NamedTuple):
    """A Service, the port of it that answers a browser, the path to begin at, and how to log in.

    `login` has who one is there, `commands` what prints it; `{ns}` in them is the namespace.
    """

    service: str
    port: int
    path: str
    login: str = ""
    commands: tuple[str, ...] = ()


def _key(secret: str, key: str) -> str:
    return f"kubectl get secret {secret} -n {{ns}} -o go-template='{{{{.data.{key} | base64decode}}}}'"


PAGES: Mapping[str, Page] = {
    "jupyter": Page(
        "tf-hub-lb",
        80,
        "/hub/",
        "any name, and the one password",
        (_key("jupyter-hub-credentials", "password"),),
    ),
    # Its pages think that they are below /argo/, which ambassador takes off.
    "argo": Page(
        "ambassador",
        80,
        "/argo/",
        "'Bearer ' and a token; that of argo-server may look and change nothing",
        ("kubectl create token argo-server -n {ns}",),
    ),
    "minio": Page(
        "minio-service",
        9001,
        "/",
        "user and password",
        (_key("minio-credentials", "accesskey"), _key("minio-credentials", "secretkey")),
    ),
    "dashboard": Page("ambassador", 80, "/"),
}


def how_to_log_in(page: Page, namespace: str) -> Iterator[str]:
    """Say who one is on a page, and what prints it; nothing where nobody is asked."""
    if page.login:
        yield f"log in with {page.login}:"
        yield from (f"  {command.replace('{ns}', namespace)}" for command in page.commands)


def first_page(ids: Iterable[ResourceId]) -> tuple[str, str] | None:
    """Give the first page that is among resources, and its namespace."""
    there = {id.name: id.namespace for id in ids if id.kind == "Service"}
    return next(((name, there[page.service]) for name, page in PAGES.items() if page.service in there), None)
