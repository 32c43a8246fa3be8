"""Helm charts: which a kustomization names, what Helm is told about each, and what becomes of what it prints.

Source: kustomize v5.8.1, HelmChartInflationGenerator and api/types/helmchartargs.go.
"""

from __future__ import annotations

import re
from posixpath import isabs, join, normpath

from kfinstall.build.decode import decode_plain
from kfinstall.build.ids import with_notes
from kfinstall.build.keyed_lists import MergeError
from kfinstall.build.kustomization import HelmChart, HelmGlobals
from kfinstall.build.merge_keys import MergeKeys
from kfinstall.build.programs import Chart, read_output
from kfinstall.build.strategic_merge import merge
from kfinstall.errors import InputError, did_you_mean
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest import dump_manifest, parse_documents
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from kfinstall.build.programs import Programs
    from kfinstall.build.tree import Tree
    from kfinstall.manifest import Document
    from kfinstall.resource import Resource

CHART_HOME = "charts"
VERSIONS = ("3", "4")
ENABLE = "add --enable-helm, or render the chart with 'helm template' into a file and name that in 'resources'"
NO_KEYS = MergeKeys({}, {})


def charts_of(tree: Tree, namespace: str) -> list[Chart]:
    """Give the charts of `helmCharts`, those of the older `helmChartInflationGenerator` behind them.

    In:     `namespace`, that of the kustomization or of the nearest around it: for charts that name none.
    """
    home = tree.kustomization.helm_globals or HelmGlobals()
    charts = []
    for told in tree.kustomization.helm_charts:
        chart = told._replace(namespace=told.namespace or namespace)
        charts.append(_chart(chart, home, tree))
    return charts


def chart_of(config: Resource, tree: Tree) -> Chart:
    """Give the chart that the configuration of a HelmChartInflationGenerator names.

    Raises: InputError.
    """
    told = decode_plain(config.manifest, HelmChart, config.origin)._replace(origin=config.origin)
    return _chart(told, decode_plain(config.manifest, HelmGlobals, config.origin), tree)


def _chart(told: HelmChart, home: HelmGlobals, tree: Tree) -> Chart:
    shown = tree.kustomization.path.rpartition("/")[0] or "."
    return Chart(told, home.chart_home, home.config_home, tree.root, shown, tree.clone)


def render(chart: Chart, programs: Programs | None) -> tuple[Resource, ...]:
    """Give the resources of a chart.

    Raises: InputError when Helm may not be run, the entry is wrong, or Helm refuses.
    """
    told = chart.told
    if programs is None:
        raise helm_refused(told)
    _check(told)
    resources = read_output(programs.render_chart(chart), f"'helm template' of the chart '{told.name}'", told.origin)
    return tuple(with_notes(one, one.notes._replace(from_helm=True)) for one in resources)


def helm_refused(told: HelmChart) -> InputError:
    """Give the error for a chart where Helm may not be run."""
    return InputError(f"the chart '{told.name}' needs Helm, which is not enabled", origin=told.origin, hint=ENABLE)


def _check(told: HelmChart) -> None:
    if not told.name:
        raise InputError("a chart has no name", origin=told.origin, hint="add 'name:'")
    if "/" in told.name:
        hint = "name its folder in chartHome, or its registry in repo"
        raise InputError(f"the chart name '{told.name}' has a slash", origin=told.origin, hint=hint)
    for field, value in (("name", told.name), ("releaseName", told.release_name)):
        if value.startswith("-"):
            hint = "begin it with a letter or a digit"
            raise InputError(f"the {field} '{value}' of a chart is an option of Helm's", origin=told.origin, hint=hint)
    if told.values_merge and told.values_merge not in MERGES:
        hint = did_you_mean(told.values_merge, MERGES) or f"it is one of: {', '.join(MERGES)}"
        raise InputError(f"valuesMerge is '{told.values_merge}'", origin=told.origin, hint=hint)


def check_version(printed: bytes, origin: Origin) -> None:
    """Refuse a Helm whose version is not known to work.

    In:     `printed`, by `helm version --short`.
    """
    found = re.search(r"v?([0-9]+)(?:\.[0-9]+)+", printed.decode(errors="replace"))
    version = found[0] if found else ""
    if found is None or found[1] not in VERSIONS:
        said = f"is {version}" if version else "does not say its version"
        hint = f"use version {' or '.join(VERSIONS)}, named with --helm-command"
        raise InputError(f"Helm {said}", origin=origin, hint=hint)


def home_of(chart: Chart) -> str:
    """Give the folder that has the chart's folder in it; charts with repo and version have one for each version."""
    home = chart.chart_home or CHART_HOME
    home = normpath(home if isabs(home) else join(chart.root, home))
    told = chart.told
    return join(home, f"{told.name}-{told.version}") if told.version and told.repo else home


def values_path(chart: Chart) -> str:
    """Give the file of values to use: the one named, else the chart's own."""
    return chart.told.values_file or join(home_of(chart), chart.told.name, "values.yaml")


def pull_arguments(chart: Chart) -> list[str]:
    """Give what Helm is told to fetch a chart."""
    told = chart.told
    if told.repo.startswith("oci://"):
        source = [f"{told.repo.removesuffix('/')}/{told.name}"]
    else:
        source = ["--repo", told.repo, told.name]
    version = ["--version", told.version] if told.version else []
    return ["pull", "--untar", "--untardir", home_of(chart), *source, *version, *(["--devel"] if told.devel else [])]


def template_arguments(chart: Chart, values: str) -> list[str]:
    """Give what Helm is told to render a chart.

    In:     `values`, the path of the file that has them.
    """
    told = chart.told
    files = [values, *(normpath(f"{chart.root}/{path}") for path in told.additional_values_files)]
    return [
        "template",
        told.release_name or "--generate-name",
        join(home_of(chart), told.name),
        *_option("--namespace", told.namespace),
        *_option("--name-template", told.name_template),
        *_each("-f", files),
        *_each("--api-versions", told.api_versions),
        *_option("--kube-version", told.kube_version),
        *(flag for flag, is_set in _flags(told) if is_set),
    ]


def _option(name: str, value: str) -> list[str]:
    return [name, value] if value else []


def _each(name: str, values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from (name, value)


def _flags(told: HelmChart) -> list[tuple[str, bool]]:
    return [
        ("--include-crds", told.include_crds),
        ("--skip-tests", told.skip_tests),
        ("--no-hooks", told.skip_hooks),
        ("--debug", told.debug),
        ("--devel", told.devel),
    ]


def needs_values_file(told: HelmChart) -> bool:
    """Is the file of values read? Not where inline values take its place."""
    return not (told.values_inline and told.values_merge == "replace")


def values_text(told: HelmChart, content: bytes, path: str) -> bytes:
    """Give the values that Helm gets: the file's, or the inline ones merged with it as `valuesMerge` says.

    In:     `content` of the file at `path`.
    Raises: InputError; it never holds a value.
    """
    if not told.values_inline:
        return content
    inline = {key: _as_go(value) for key, value in told.values_inline.items()}
    merged = MERGES[told.values_merge or "override"](content, inline, path)
    return dump_manifest(merged).encode()


def _as_go(value: Any) -> Any:
    """Go reads every number of JSON as a float."""
    if isinstance(value, dict):
        return {key: _as_go(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_go(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _override(content: bytes, inline: dict[str, Any], path: str) -> Any:
    document = _parse(content, path)
    return _merged(document.manifest, inline, path, document.empty_nulls)


def _merge(content: bytes, inline: dict[str, Any], path: str) -> Any:
    return _merged(inline, _parse(content, path).manifest, path)


def _replace(content: bytes, inline: dict[str, Any], path: str) -> Any:
    return inline


MERGES: Mapping[str, Callable[[bytes, dict[str, Any], str], Any]] = {
    "override": _override,
    "merge": _merge,
    "replace": _replace,
}
"""valuesMerge -> how inline values and those of the file come together: who wins where both say something."""


def _parse(content: bytes, path: str) -> Document:
    documents = parse_documents(content, path)
    if not documents:
        raise InputError("the file of values says nothing", origin=Origin(path), hint="write '{}' in it")
    return documents[0]


def _merged(values: Any, patch: Any, path: str, empties: tuple[tuple[str | int, ...], ...] = ()) -> Any:
    try:
        merged = merge(values, patch, NO_KEYS, empties=empties)
        return merged if merged is values else _as_written(merged, patch)
    except MergeError as error:
        hint = "give both the same shape, or set 'valuesMerge: replace'"
        raise InputError(
            f"valuesInline and the file do not go together: {error}", origin=Origin(path), hint=hint
        ) from None


def _as_written(merged: Any, patch: Any) -> Any:
    """Give merged values with those of the patch as what they are: here a number in the place of quoted text is one."""
    if not isinstance(merged, dict) or not isinstance(patch, dict):
        return merged if isinstance(patch, dict | list) or patch is None else patch
    return {key: _as_written(value, patch[key]) if key in patch else value for key, value in merged.items()}
