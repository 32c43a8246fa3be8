"""What a command works on: the argument, else the project in this folder, else the packaged overlay of a platform."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kfinstall.cli.options import Allowed, Wanted
from kfinstall.errors import InputError, collect, did_you_mean
from kfinstall.resource import Resource

KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
COMPONENT_LABEL = "kfinstall.dev/component"
HERE = "."
HEALTH_RULES = "health.yaml"


class Source(NamedTuple):
    """The manifests of a run. `name` is the installation's default name, `label` says where they come from.

    `warnings` has what a person should think about before they are sent.
    """

    resources: tuple[Resource, ...]
    name: str
    label: str
    warnings: tuple[str, ...] = ()


def settle_source(wanted: Wanted) -> Wanted:
    """Give what was asked for with the project of this folder as its source, where nothing else was named.

    Out:    with the project's platform; the project is checked whole.
    Raises: InputError, or a group of all that is wrong in the project; for a platform that is not the project's, an
            environment it has not, and an environment without a project.
    """
    from kfinstall.project.layout import is_project

    if wanted.source is None and is_project(Path(HERE)):
        wanted = replace(wanted, source=HERE)
    _check_alone(wanted)
    if not _is_project(wanted):
        if wanted.environment is not None:
            hint = "go to the folder of a project, or name it; 'kfinstall init' makes one"
            raise InputError(f"--environment {wanted.environment}, but there is no project here", hint=hint)
        return wanted
    from kfinstall.project.edits import check_environment
    from kfinstall.project.reading import read_project

    settings = read_project(Path(str(wanted.source))).settings
    if wanted.environment is not None:
        check_environment(settings, wanted.environment)
    platform = settings.platform
    if wanted.platform in (None, "auto", platform):
        return replace(wanted, platform=platform)
    hint = f"leave out --platform, or 'kfinstall param set cloud {wanted.platform}'"
    raise InputError(f"--platform {wanted.platform}, but the project is for {platform}", hint=hint)


def _check_alone(wanted: Wanted) -> None:
    """Refuse a project among several sources: its platform, its checks and its name hold for all of a run."""
    from kfinstall.project.layout import is_project

    if wanted.more and (projects := [one for one in _sources(wanted) if one != "-" and is_project(Path(one))]):
        raise InputError(
            f"{projects[0]} is a project, which is applied alone",
            hint="add the others to the resources in its changes/kustomization.yaml, or apply them by themselves",
        )


def _sources(wanted: Wanted) -> tuple[str, ...]:
    return (*([wanted.source] if wanted.source is not None else []), *wanted.more)


def _is_project(wanted: Wanted) -> bool:
    from kfinstall.project.layout import is_project

    return wanted.source not in (None, "-") and is_project(Path(str(wanted.source)))


def read_source(wanted: Wanted, platform: str) -> Source:
    """Read and build what was asked for.

    In:      `wanted`, settled; `platform`, the one to take the packaged overlay of; unused where there is a source.
    Raises:  InputError, or a group of them: every mistake in the files.
    """
    from kfinstall.catalog.doors import open_doors
    from kfinstall.project.model import catalogue_of

    source = read_manifests(wanted, platform)
    resources = source.resources
    if wanted.only is not None:
        resources = _with_namespaces(only(wanted.only, resources), resources)
    at = catalogue_of(Path(str(wanted.source))) if _is_project(wanted) else None
    resources, remarks = _judged(resources, wanted)
    return source._replace(resources=resources, warnings=(*source.warnings, *remarks, *open_doors(resources, at)))


def _judged(resources: tuple[Resource, ...], wanted: Wanted) -> tuple[tuple[Resource, ...], tuple[str, ...]]:
    """Give the resources with the health rules of the file that was named, or of the project; and remarks on these."""
    path = Path(str(wanted.source)) / HEALTH_RULES if _is_project(wanted) else None
    if wanted.health_rules is not None:
        path = Path(wanted.health_rules)
        _check_exists(path)
        if not path.is_file():
            raise InputError(f"'{path}' is a folder, and --health-rules takes a file")
    if path is None or not path.is_file():
        return resources, ()
    from kfinstall.plan.health_rules import read_health_rules, unused, with_health_rules

    rules = read_health_rules(path.read_bytes(), str(path))
    return with_health_rules(resources, rules), tuple(unused(resources, rules)) if wanted.only is None else ()


def _with_namespaces(part: tuple[Resource, ...], whole: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """Give a part of the resources with the namespaces it is in, as far as the whole has them."""
    names = {one.id.namespace for one in part}
    around = [one for one in whole if one.id.kind == "Namespace" and one.id.name in names and one not in part]
    return (*around, *part)


def read_manifests(wanted: Wanted, platform: str) -> Source:
    """Read and build what was asked for, all components of it."""
    if wanted.source is None:
        return _packaged(platform, wanted)
    if wanted.components:
        raise InputError(
            "--with goes with the packaged overlays only",
            hint=f"add the component to the resources of {wanted.source}, or leave out {wanted.source}",
        )
    if wanted.more:
        return _several(wanted)
    name = source_name(wanted.source, wanted.environment) or wanted.name or ""
    if _is_project(wanted):
        return Source(_project(wanted), name, _project_label(wanted), _reports(wanted))
    from kfinstall.build.repository import without_secrets

    return Source(_read(wanted.source, wanted), name, without_secrets(wanted.source))


def _several(wanted: Wanted) -> Source:
    """Read all sources as one set; the mistakes of all are told together. No one of them lends the set its name."""
    from kfinstall.build.repository import without_secrets

    sources = _sources(wanted)
    if sources.count("-") > 1:
        raise InputError("standard input can be read once", hint="name '-' once")
    parts = collect(sources, lambda source: _read(source, wanted))
    label = f"{', '.join(map(without_secrets, sources[:-1]))} and {without_secrets(sources[-1])}"
    return Source(tuple(resource for part in parts for resource in part), wanted.name or "", label)


def only(component: str, resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """Give the resources of one component.

    Raises: InputError when there is none, with the nearest component there is.
    """
    found = tuple(one for one in resources if _component(one) == component)
    if found:
        return found
    there = sorted({name for name in map(_component, resources) if name})
    hint = did_you_mean(component, there) or (f"there are {', '.join(there)}" if there else "")
    raise InputError(f"there is nothing of a component '{component}'", hint=hint)


def _component(resource: Resource) -> str:
    return str((resource.manifest["metadata"].get("labels") or {}).get(COMPONENT_LABEL) or "")


def source_name(source: str, environment: str | None = None) -> str:
    """Give the name that a folder, file or repository lends to its installation; empty for standard input."""
    if source == "-":
        return ""
    from kfinstall.build.repository import parse_repository

    repository = parse_repository(source)
    path = Path(f"{repository.path}/{repository.folder}" if repository else source).resolve()
    stem = path.name if path.is_dir() else path.stem
    words = stem if environment is None else f"{stem}-{environment}"
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _project(wanted: Wanted) -> tuple[Resource, ...]:
    return _built(project_folder(str(wanted.source), wanted.environment), wanted)


def project_folder(source: str, environment: str | None) -> str:
    """Give the folder to build of a project."""
    return source if environment is None else str(Path(source) / "environments" / environment)


def _reports(wanted: Wanted) -> tuple[str, ...]:
    from kfinstall.project.edits import reports
    from kfinstall.project.reading import read_project

    project = read_project(Path(str(wanted.source)))
    return tuple(reports(project.settings, wanted.environment, project.catalogue))


def _project_label(wanted: Wanted) -> str:
    where = f" in the environment {wanted.environment}" if wanted.environment else ""
    return f"the project {source_name(str(wanted.source))}{where}"


def _read(source: str, wanted: Wanted) -> tuple[Resource, ...]:
    from kfinstall.build.repository import parse_repository
    from kfinstall.load import load_resources

    is_repository = parse_repository(source) is not None
    if source != "-" and not is_repository:
        _check_exists(Path(source))
    if is_repository or (source != "-" and any((Path(source) / name).is_file() for name in KUSTOMIZATION_FILES)):
        return _built(source, wanted)
    return load_resources(source)


def _built(root: Path | str, wanted: Wanted) -> tuple[Resource, ...]:
    """Read and build a kustomization, with what is kept of earlier runs and the programs that are allowed."""
    from kfinstall.build import build_resources
    from kfinstall.build.reading.yaml import ANEW
    from kfinstall.cli.programs import find_programs
    from kfinstall.load import load_tree, open_cache
    from kfinstall.load.downloads import Downloads

    cache = None if wanted.no_cache else open_cache()
    allowed = Allowed(enable_helm=wanted.enable_helm, helm_command=wanted.helm_command)
    with Downloads() as downloads:
        tree = load_tree(root, reader=cache or ANEW, downloads=downloads)
        resources = build_resources(tree, programs=find_programs(allowed, downloads))
    if cache:
        cache.save()
    return resources


def _check_exists(path: Path) -> None:
    if path.exists():
        return
    near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
    raise InputError(
        f"there is no file or folder '{path}'", hint=near or "name a folder, a file, or - for standard input"
    )


def _packaged(platform: str, wanted: Wanted) -> Source:
    from kfinstall import catalog

    with catalog.composed(platform, wanted.components) as folder:
        resources = _built(folder, wanted)
    extra = "".join(f" with {name}" for name in wanted.components)
    return Source(resources, platform, f"the packaged overlay {platform}{extra}")
