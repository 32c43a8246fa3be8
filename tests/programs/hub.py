"""The hub, run as its StatefulSet says, and a person's browser in front of it."""

from __future__ import annotations

import json
import secrets
import sys
import urllib.parse
import urllib.request
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

from tests.e2e.sites import Site
from tests.programs import stand_ins
from tests.programs.running import NAMESPACE, Program, free_port, kubeconfig_of, read, running, write_private

JUPYTERHUB = Path(sys.prefix) / "programs" / "bin" / "jupyterhub"
CONFIG = "jupyterhub_config.py"
NOTEBOOK_PORT = 8888


class Hub(NamedTuple):
    """A hub that runs, what it tells its proxy, and what it asks of notebook servers."""

    url: str
    program: Program
    password: str
    routes: Mapping[str, Any]
    asked: list[str]


@contextmanager
def running_hub(site: Site, folder: Path) -> Iterator[Hub]:
    """Run the hub on the configuration that is installed, with the environment of its container, as its account.

    Only addresses and the database's folder differ: it listens on loopback, and looks for notebook servers there.
    """
    assert JUPYTERHUB.is_file(), f"{JUPYTERHUB} is missing: 'make test' installs it"
    pod = read(site, "statefulset", "tf-hub")["spec"]["template"]["spec"]
    (container,) = [each for each in pod["containers"] if each["name"] == "hub"]
    (config,) = [each["configMap"]["name"] for each in pod["volumes"] if each["name"] == "config"]
    write_private(folder / CONFIG, read(site, "configmap", config)["data"][CONFIG].encode())
    variables = _variables(site, container["env"])
    kubeconfig = kubeconfig_of(site, pod["serviceAccountName"], folder)
    port, home = free_port(), f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
    with (
        stand_ins.proxy(variables["CONFIGPROXY_AUTH_TOKEN"]) as proxy,
        stand_ins.notebook(home, NOTEBOOK_PORT) as asked,
    ):
        _, _, path, *rest = container["command"]
        assert Path(path).name == CONFIG
        command = [
            *(str(JUPYTERHUB), "--config", str(folder / CONFIG), *rest),
            f"--JupyterHub.hub_bind_url=http://127.0.0.1:{port}",
            f"--JupyterHub.db_url=sqlite:///{folder}/jupyterhub.sqlite",
            f"--ConfigurableHTTPProxy.api_url={proxy.url}",
            f"--KubeSpawner.pod_connect_ip={home}",
        ]
        with running(command, folder, {**variables, "KUBECONFIG": str(kubeconfig)}) as program:
            hub = Hub(f"http://127.0.0.1:{port}", program, variables["JUPYTERHUB_PASSWORD"], proxy.routes, asked)
            program.until(lambda: _is_up(hub))
            yield hub


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


def _is_up(hub: Hub) -> bool:
    try:
        with urllib.request.urlopen(f"{hub.url}/hub/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


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
