"""Which cluster, and as whom: reads kubeconfig files and runs credential plugins; never prints a credential."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from kfinstall.cluster.settings import plain_settings
from kfinstall.errors import ClusterError, InputError, KfinstallError, did_you_mean


class NoContextError(InputError):
    """The context that is meant is in no kubeconfig, or none is meant."""


_START_ONE = "'kfinstall local up' starts a local cluster; for another one pass --kubeconfig FILE or set KUBECONFIG"
_EXPIRY_MARGIN = timedelta(seconds=30)


class Endpoint(NamedTuple):
    """The context used and the URL of its API server."""

    context: str
    server: str


@dataclass(slots=True)
class Credentials:
    """The authorization header, renewed by its plugin when it expires, or read anew from its file. Owned by one
    connection, shared by threads.
    """

    configuration: Any
    plugin: Mapping[str, Any] | None = None
    cluster: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""
    token_file: str = ""
    _token: str = ""
    _expires: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def header(self) -> str:
        """Give the value of the authorization header, empty when a client certificate is used."""
        if self.plugin is None and self.token_file:
            return f"Bearer {_read_token(self.token_file)}"
        if self.plugin is None:
            setting = self.configuration.auth_settings().get("BearerToken", {})
            return str(setting.get("value") or "")
        with self._lock:
            if self._expires is not None and datetime.now(UTC) >= self._expires - _EXPIRY_MARGIN:
                self.run_plugin()
            return self._token

    def renew(self) -> bool:
        """Run the plugin again after the server refused the token; False when there is no plugin."""
        if self.plugin is None:
            return False
        with self._lock:
            self.run_plugin()
        return True

    def run_plugin(self) -> None:
        """Ask the credential plugin for a token or a client certificate.

        Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
        """
        status = _run_exec_plugin(self.plugin or {}, self.cluster, self.folder)
        self._token = f"Bearer {status['token']}" if status.get("token") else ""
        self._expires = _parse_time(status.get("expirationTimestamp"))
        if status.get("clientCertificateData"):
            _write_client_certificate(self.configuration, status)


@dataclass(frozen=True, slots=True)
class Access:
    """All that a connection needs: where, the credentials, and the TLS settings (`Settings`, or a `Configuration` of
    the Kubernetes library, which has the same attributes and more).
    """

    endpoint: Endpoint
    configuration: Any
    credentials: Credentials


def load_access(kubeconfig: str | Path | None = None, context: str | None = None) -> Access:
    """Give access to the cluster that a kubeconfig and a context name.

    In:      without `kubeconfig`: $KUBECONFIG (may be a list), else ~/.kube/config, else the pod's service account.
    Raises:  ClusterError when there is none or its credential plugin fails; InputError when the file cannot be read
             or the context is not in it.
    """
    paths = _find_files(kubeconfig)
    if not paths:
        return _load_in_cluster(context)
    merged = _merge([(path, _read(path)) for path in paths])
    chosen = _choose_context(merged, context, paths)
    return _load_context(paths, merged, chosen)


def known_contexts(kubeconfig: str | Path | None = None) -> tuple[Endpoint, ...]:
    """Give the contexts of the kubeconfig with their servers; runs no plugin, and asks nobody.

    Raises: InputError when a file cannot be read.
    """
    merged = _merge([(path, _read(path)) for path in _find_files(kubeconfig)])
    servers = {name: str(settings.get("server") or "") for name, (_, settings) in merged["clusters"].items()}
    return tuple(
        Endpoint(str(name), servers.get(settings.get("cluster"), ""))
        for name, (_, settings) in merged["contexts"].items()
    )


def kubeconfig_files(kubeconfig: str | Path | None = None) -> tuple[Path, ...]:
    """Give the kubeconfig files that are there and would be read.

    Raises: InputError when the one that is named does not exist.
    """
    return tuple(_find_files(kubeconfig))


def _find_files(kubeconfig: str | Path | None) -> list[Path]:
    if kubeconfig is not None:
        path = Path(kubeconfig).expanduser()
        if not path.is_file():
            raise InputError(f"kubeconfig '{kubeconfig}' does not exist", hint=_START_ONE)
        return [path]
    listed = os.environ.get("KUBECONFIG", "") or str(Path("~/.kube/config").expanduser())
    return [path for text in listed.split(os.pathsep) if text and (path := Path(text).expanduser()).is_file()]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"kubeconfig {path}:{line} is not YAML: {error.problem}") from error
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"kubeconfig '{path}' cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"kubeconfig '{path}' is empty or no mapping", hint=_START_ONE)
    return content


def _merge(files: Sequence[tuple[Path, Mapping[str, Any]]]) -> dict[str, Any]:
    """Merge as kubectl does: the first file that names something wins."""
    merged: dict[str, Any] = {"current-context": "", "contexts": {}, "clusters": {}, "users": {}}
    for path, content in files:
        merged["current-context"] = merged["current-context"] or str(content.get("current-context") or "")
        for section in ("contexts", "clusters", "users"):
            for name, settings in _entries(content, section, path):
                merged[section].setdefault(name, (path, settings))
    return merged


def _entries(content: Mapping[str, Any], section: str, path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the entries of a section by name.

    Raises: InputError when they are not what they must be.
    """
    given = content.get(section) or []
    for item in given if isinstance(given, list) else [given]:
        settings = (item.get(section[:-1]) or {}) if isinstance(item, dict) else None
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or not isinstance(settings, dict) or not _has_texts(settings):
            hint = f"each has 'name', and a mapping '{section[:-1]}' with texts"
            raise InputError(f"kubeconfig '{path}': an entry of '{section}' cannot be read", hint=hint)
        yield name, settings


def _has_texts(settings: Mapping[str, Any]) -> bool:
    return all(isinstance(settings.get(field), str | None) for field in _TEXTS)


def _choose_context(merged: Mapping[str, Any], context: str | None, paths: Sequence[Path]) -> str:
    known = sorted(str(name) for name in merged["contexts"])
    chosen = context or merged["current-context"]
    if not chosen:
        hint = f"pass --context NAME; known are: {', '.join(known)}" if known else _START_ONE
        raise NoContextError(f"no current context in {_name(paths)}", hint=hint)
    if chosen not in merged["contexts"]:
        hint = did_you_mean(chosen, known) or (f"known are: {', '.join(known)}" if known else _START_ONE)
        raise NoContextError(f"context '{chosen}' does not exist in {_name(paths)}", hint=hint)
    return str(chosen)


def _name(paths: Sequence[Path]) -> str:
    return ", ".join(str(path) for path in paths)


def _load_context(paths: Sequence[Path], merged: Mapping[str, Any], context: str) -> Access:
    where, settings = merged["contexts"][context]
    user_path, user = merged["users"].get(settings.get("user"), (where, {}))
    cluster_path, cluster = merged["clusters"].get(settings.get("cluster"), (where, None))
    if not cluster or not cluster.get("server"):
        raise InputError(
            f"context '{context}' names cluster '{settings.get('cluster')}', which {where} does not define"
        )
    plugin = user.get("exec")
    whole_user, whole_cluster = _with_folder({**user, "exec": None}, user_path), _with_folder(cluster, cluster_path)
    configuration = plain_settings(whole_cluster, whole_user) or _load_configuration(
        {
            "current-context": context,
            "contexts": [{"name": context, "context": {**settings, "user": "user", "cluster": "cluster"}}],
            "users": [{"name": "user", "user": whole_user}],
            "clusters": [{"name": "cluster", "cluster": whole_cluster}],
        }
    )
    credentials = Credentials(configuration, plugin, cluster, str(user_path.parent), whole_user.get("tokenFile") or "")
    if plugin:
        credentials.run_plugin()
    return Access(Endpoint(context, configuration.host), configuration, credentials)


_FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_TEXTS = (*_FILES, *(f"{name}-data" for name in _FILES), "cluster", "user", "namespace", "server", "token", "proxy-url")


def _with_folder(settings: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Make the file names absolute: a kubeconfig's are relative to itself. What is None is left out."""
    folder = path.resolve().parent
    return {
        key: str(folder / value) if key in _FILES and value else value
        for key, value in settings.items()
        if value is not None
    }


def _load_configuration(config: Mapping[str, Any]) -> Any:
    from kubernetes.client import Configuration
    from kubernetes.config import load_kube_config_from_dict
    from kubernetes.config.config_exception import ConfigException

    configuration = Configuration()
    try:
        load_kube_config_from_dict(config, client_configuration=configuration, persist_config=False)
    except (ConfigException, ValueError, OSError) as error:
        raise InputError(f"context '{config['current-context']}' cannot be used: {error}") from error
    return configuration


def _load_in_cluster(context: str | None) -> Access:
    from kubernetes.client import Configuration
    from kubernetes.config import load_incluster_config
    from kubernetes.config.config_exception import ConfigException

    if context or not os.environ.get("KUBERNETES_SERVICE_HOST"):
        raise _no_kubeconfig()
    configuration = Configuration()
    try:
        load_incluster_config(client_configuration=configuration)
    except ConfigException as error:
        raise ClusterError(f"the pod's service account cannot be used: {error}") from error
    return Access(Endpoint("in-cluster", configuration.host), configuration, Credentials(configuration))


def _no_kubeconfig() -> KfinstallError:
    listed = os.environ.get("KUBECONFIG", "")
    named = f"KUBECONFIG names '{listed}', which does not exist" if listed else "~/.kube/config does not exist"
    return ClusterError(f"no kubeconfig: {named}", hint=_START_ONE, reason="NoKubeconfig")


def _run_exec_plugin(plugin: Mapping[str, Any], cluster: Mapping[str, Any], folder: str) -> Mapping[str, Any]:
    from kubernetes.config.config_exception import ConfigException
    from kubernetes.config.exec_provider import ExecProvider
    from kubernetes.config.kube_config import ConfigNode

    command = str(plugin.get("command") or "")
    if not shutil.which(str(Path(folder) / command) if os.sep in command else command):
        hint = str(plugin.get("installHint") or "").strip() or f"install '{command}' or put it on PATH"
        raise ClusterError(f"credential plugin '{command}' is not installed", hint=hint, reason="ExecPlugin")
    try:
        status = ExecProvider(ConfigNode("exec", plugin), folder, ConfigNode("cluster", cluster)).run()
    except (ConfigException, OSError) as error:
        hint = f"run `{command}` by hand; most often a login has expired"
        raise ClusterError(f"credential plugin '{command}' failed: {error}", hint=hint, reason="ExecPlugin") from error
    if not isinstance(status, dict) or not (status.get("token") or status.get("clientCertificateData")):
        raise ClusterError(f"credential plugin '{command}' gave no token and no certificate", reason="ExecPlugin")
    return status


def _read_token(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ClusterError(f"the token in {path} cannot be read: {error.strerror}", reason="TokenFile") from error


def _write_client_certificate(configuration: Any, status: Mapping[str, Any]) -> None:
    from kubernetes.config.kube_config import FileOrData

    for attribute, key in (("cert_file", "clientCertificateData"), ("key_file", "clientKeyData")):
        content = FileOrData(status, None, data_key_name=key, base64_file_content=False)
        setattr(configuration, attribute, content.as_file())


def _parse_time(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
