"""The text of a kustomization file -> Kustomization, with all its mistakes.

Source: kustomize v5.8.1, api/types/kustomization.go (FixKustomization, CheckEmpty, EnforceFields).
"""

from __future__ import annotations

from kfinstall.build.decode import decode_node, new_decoding
from kfinstall.build.kustomization import Generator, HelmChart, HelmChartArgs, HelmGlobals, Kustomization
from kfinstall.build.reading.yaml import ANEW, Reader
from kfinstall.errors import InputError, KfinstallError, did_you_mean
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from kfinstall.manifest.node import Node, NodeDocument

KUSTOMIZATION_VERSION = "kustomize.config.k8s.io/v1beta1"
API_VERSIONS = {"Kustomization": KUSTOMIZATION_VERSION, "Component": "kustomize.config.k8s.io/v1alpha1"}
RUN_EDIT_FIX = "Run 'kustomize edit fix' to update your Kustomization automatically."
DEPRECATED = {
    "bases": ("resources", ""),
    "commonLabels": ("labels", ""),
    "imageTags": ("images", ""),
    "patchesJson6902": ("patches", ""),
    "patchesStrategicMerge": ("patches", ""),
    "vars": ("replacements", "[EXPERIMENTAL] "),
}
BEHAVIORS = ("create", "merge", "replace")
MOVED_AWAY = frozenset({"bases", "imageTags", "helmChartInflationGenerator"})


class Read(NamedTuple):
    """A kustomization file, and what a person has to be warned of."""

    kustomization: Kustomization
    warnings: tuple[str, ...]


def read_kustomization(content: bytes, path: str, errors: list[KfinstallError], reader: Reader = ANEW) -> Read:
    """Give a kustomization file as its type; mistakes are added to `errors`.

    Raises: InputError for what is no YAML, or empty.
    """
    document = reader.node(content, path)
    if document.node is None:
        raise InputError("the kustomization is empty", origin=Origin(path), hint="name something in 'resources'")
    decoding = new_decoding(path)
    given = decode_node(document.node, Kustomization, decoding)
    kustomization = _fixed(given._replace(path=path, lines=decoding.lines))
    errors += decoding.errors
    if not decoding.errors:
        errors += _mistakes(kustomization, document.node)
    return Read(kustomization, (*_warnings(document), *_unknown_behaviors(kustomization)))


def _fixed(given: Kustomization) -> Kustomization:
    """Move deprecated fields to the end of those that took their place."""
    kind = given.kind or "Kustomization"
    version = given.api_version if ("apiVersion",) in given.lines else ""
    return given._replace(
        kind=kind,
        api_version=version or API_VERSIONS.get(kind, KUSTOMIZATION_VERSION),
        resources=given.resources + given.bases,
        images=given.images + given.image_tags,
        helm_globals=given.helm_globals or _helm_globals(given.helm_chart_inflation_generator),
        helm_charts=(*given.helm_charts, *map(_helm_chart, given.helm_chart_inflation_generator)),
        config_map_generator=tuple(map(_with_env, given.config_map_generator)),
        secret_generator=tuple(map(_with_env, given.secret_generator)),
        lines=_moved_lines(given),
    )


def _with_env(generator: Generator) -> Generator:
    return generator._replace(envs=(*generator.envs, generator.env), env="") if generator.env else generator


def _helm_globals(charts: tuple[HelmChartArgs, ...]) -> HelmGlobals:
    """Give what older entries say of Helm as a whole; the last one that says something counts."""
    homes = [one.chart_home for one in charts if one.chart_home]
    configs = [one.helm_home for one in charts if one.helm_home]
    return HelmGlobals(homes[-1] if homes else "", configs[-1] if configs else "")


def _helm_chart(old: HelmChartArgs) -> HelmChart:
    """Give an older entry as one of `helmCharts`; namespace and extra arguments are left out, as kustomize does."""
    return HelmChart(
        name=old.chart_name,
        version=old.chart_version,
        repo=old.chart_repo_url,
        release_name=old.release_name,
        values_file=old.values,
        values_inline=old.values_local,
        values_merge=old.values_merge,
        origin=old.origin,
    )


def _moved_lines(given: Kustomization) -> dict[tuple[str | int, ...], int]:
    """Give the lines of moved entries under their new place too."""
    lines = dict(given.lines)
    for old, new, start in (("bases", "resources", given.resources), ("imageTags", "images", given.images)):
        for key, line in given.lines.items():
            if key[0] == old and len(key) > 1 and isinstance(key[1], int):
                lines[(new, key[1] + len(start), *key[2:])] = line
    return lines


def _mistakes(kustomization: Kustomization, node: Node) -> list[InputError]:
    mistakes = []
    kind = kustomization.kind
    if kind not in API_VERSIONS:
        hint = f"use {' or '.join(API_VERSIONS)}"
        mistakes.append(InputError(f"unknown kind '{kind}'", origin=kustomization.origin_of("kind"), hint=hint))
    elif kustomization.api_version != API_VERSIONS[kind]:
        message = f"the apiVersion of a {kind} is not '{kustomization.api_version}'"
        origin = kustomization.origin_of("apiVersion")
        mistakes.append(InputError(message, origin=origin, hint=f"use {API_VERSIONS[kind]}"))
    if not any(_says_something(name, child) for name, child in node.value.items()):
        hint = "name something in 'resources'"
        mistakes.append(InputError("the kustomization is empty", origin=Origin(kustomization.path), hint=hint))
    return [*mistakes, *_refusals(kustomization)]


def _says_something(name: str, node: Node) -> bool:
    is_moved = name in MOVED_AWAY and node.value == []
    return name.lower() not in ("kind", "apiversion") and node.value not in (None, "") and not is_moved


def _refusals(kustomization: Kustomization) -> list[InputError]:
    """Give an error for each field that cannot be honoured, rather than build without it."""
    refused = []
    for i in range(len(kustomization.config_map_generator)):
        key = ("configMapGenerator", i, "type")
        if key in kustomization.lines:
            message = f"unknown field 'type' in configMapGenerator[{i}]"
            refused.append(InputError(message, origin=kustomization.origin_of(*key), hint="only secrets have a type"))
    if kustomization.openapi.get("path") == "":
        origin = kustomization.origin_of("openapi", "path")
        refused.append(InputError("openapi has an empty path", origin=origin, hint="name a file, or remove the field"))
    for name in kustomization.openapi:
        if name not in ("path", "version"):
            origin, hint = kustomization.origin_of("openapi", name), did_you_mean(name, ("path", "version"))
            hint = hint or "it has a path, or a version"
            refused.append(InputError(f"unknown field '{name}' in openapi", origin=origin, hint=hint))
    return refused


def _warnings(document: NodeDocument) -> list[str]:
    given = document.node.value if document.node and isinstance(document.node.value, dict) else {}
    present = {name.lower() for name in given if given[name].value is not None}
    warnings = [
        f"# Warning: '{old}' is deprecated. Please use '{new}' instead. {tag}{RUN_EDIT_FIX}"
        for old, (new, tag) in DEPRECATED.items()
        if old.lower() in present
    ]
    if document.unread:
        warnings.append(f"# Warning: {document.unread}: a second document is not read")
    twice = "is given twice; the last one counts"
    return warnings + [f"# Warning: {one.origin}: '{one.key}' {twice}" for one in document.repeated]


def _unknown_behaviors(kustomization: Kustomization) -> list[str]:
    """Give a warning for each behavior that is none: kustomize takes it for `create` and says nothing."""
    generators = (*kustomization.config_map_generator, *kustomization.secret_generator)
    return [
        f"# Warning: {one.origin}: behavior '{one.behavior}' is none of {', '.join(BEHAVIORS)}; it means create"
        for one in generators
        if one.behavior and one.behavior not in BEHAVIORS
    ]
