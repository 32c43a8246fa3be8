"""Rendering a chart with the Helm that a person has.

Helm gets files, never values in its arguments: what is secret in them does not show in a list of processes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from kfinstall.build.helm import (
    check_version,
    home_of,
    needs_values_file,
    pull_arguments,
    template_arguments,
    values_path,
    values_text,
)
from kfinstall.build.programs import Chart
from kfinstall.build.reading.files import Folder, read_file
from kfinstall.errors import InputError
from kfinstall.light import NamedTuple
from kfinstall.load.process import Order, run_well

Helm: TypeAlias = Callable[[list[str]], bytes]
"""Runs Helm with arguments, and gives what it prints."""


class HelmOptions(NamedTuple):
    """Which Helm, and what it is told about every chart that does not say it itself."""

    command: str = "helm"
    api_versions: tuple[str, ...] = ()
    kube_version: str = ""
    debug: bool = False


def render_chart(chart: Chart, options: HelmOptions, folder: Folder) -> bytes:
    """Give what `helm template` prints; a chart that is not there is pulled into its chart home first.

    In:     `folder`, that of the kustomization: what its files may be.
    Raises: InputError.
    """
    chart, origin = _with_options(chart, options), chart.told.origin
    with TemporaryDirectory(prefix="kustomize-helm-") as temporary:
        for path in chart.told.additional_values_files:
            read_file(folder, path, origin)
        helm = _helm(chart, options.command, chart.config_home or f"{temporary}/helm")
        check_version(helm(["version", "--short"]), origin)
        _require_chart(chart, helm)
        values = Path(temporary) / f"{chart.told.name}-kustomize-values.yaml"
        values.write_bytes(_values(chart, folder))
        return helm(template_arguments(chart, str(values)))


def _with_options(chart: Chart, options: HelmOptions) -> Chart:
    if not options.command:
        raise InputError("--helm-command is empty", hint="name the Helm to run")
    told = chart.told
    told = told._replace(
        api_versions=told.api_versions or options.api_versions,
        kube_version=told.kube_version or options.kube_version,
        debug=told.debug or options.debug,
    )
    return chart._replace(told=told)


def _helm(chart: Chart, command: str, config: str) -> Helm:
    env = {
        "HELM_CONFIG_HOME": config,
        "HELM_CACHE_HOME": f"{config}/.cache",
        "HELM_DATA_HOME": f"{config}/.data",
    }
    hint = "install Helm, or say where it is with --helm-command"

    def run(arguments: list[str]) -> bytes:
        label = f"'{command} {arguments[0]}' for the chart '{chart.told.name}'"
        return run_well(Order([command, *arguments], label, chart.told.origin, env=env, hint=hint)).stdout

    return run


def _require_chart(chart: Chart, helm: Helm) -> None:
    """Pull the chart when its folder is not there."""
    path = Path(home_of(chart), chart.told.name)
    if path.is_dir():
        return
    if not chart.told.repo:
        hint = "name its 'repo' to pull it from, or the folder it is in with 'helmGlobals: {chartHome: …}'"
        raise InputError(f"there is no chart at '{path}'", origin=chart.told.origin, hint=hint)
    helm(pull_arguments(chart))


def _values(chart: Chart, folder: Folder) -> bytes:
    told, path = chart.told, values_path(chart)
    content = read_file(folder, path, told.origin) if needs_values_file(told) else b""
    return values_text(told, content, folder.show(path))
