"""Make a project, or complete one that is there: nothing a person has written is ever overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kfinstall import catalog
from kfinstall.errors import InputError
from kfinstall.project.changing import fill, render
from kfinstall.project.layout import README
from kfinstall.project.model import Project, Settings
from kfinstall.project.reading import read_project
from kfinstall.project.vendored import catalogue_files, vendored_texts
from kfinstall.project.writing import write_files
from kfinstall.resource import Resource

ENVIRONMENTS = ("dev", "test", "prod")

README_TEXT = """\

    kfinstall diff                       what an apply would change
    kfinstall apply                      install or update it
    kfinstall apply --environment prod   the same, with what differs in prod
    kubectl kustomize environments/prod  what Argo CD and Flux build: the same bytes as `kfinstall build`

| folder | what is in it | who writes it |
| --- | --- | --- |
| `components/` | what is installed, for which platform, in which namespace | `kfinstall component`, you |
| `parameters/` | what it is set to, in every environment | `kfinstall param`, you |
| `changes/` | patches, images and replicas of your own, in every environment | you |
| `environments/` | what differs in each: values, patches | `kfinstall env`, `kfinstall param --environment`, you |
| `workloads/` | training jobs, model servers, workflows | `kfinstall generate`, you |
| `catalogue/`, `catalogue.yaml` | the components, pinned by checksums | `kfinstall upgrade` alone |

Point Argo CD or Flux at `environments/prod`, or at this folder. Commit all of it.
"""


def new_settings(platform: str, components: Sequence[str], at: Path) -> Settings:
    """Give the settings of a new project: what the platform's packaged overlay has, or the components named.

    Raises: InputError for a platform or a component that does not exist.
    """
    name = catalog.platform(platform, at).name
    chosen = catalog.with_required(components, at) if components else catalog.packaged_set(name, at)
    return Settings(name, catalog.NAMESPACE, chosen, {}, {environment: {} for environment in ENVIRONMENTS})


class Made(NamedTuple):
    """A new project, and what it renders to."""

    project: Project
    resources: Sequence[Resource]


def make_project(root: Path, settings: Settings, catalogue: Path, source: str) -> Made:
    """Write a project into a folder that has none.

    In:     `catalogue`, the one that is copied; `source`, where it is from.
    Raises: InputError when a file is in the way, or the project does not build; nothing is written then.
    """
    project = fill(root, settings, catalogue)
    vendored = vendored_texts(catalogue_files(catalogue), source)
    own = {path: text.encode() for path, text in {**project.texts, README: readme(project)}.items()}
    # What makes the folder a project comes last: cut short, it is none yet and init goes on.
    contents = {**own, **vendored}
    _check_free(root, contents)
    rendered = render(project, vendored)
    write_files(root, contents)
    return Made(project, rendered[None])


def complete_project(root: Path, platform: str, components: Sequence[str]) -> Project:
    """Give the project that is there, when it is what was asked for; nothing is written.

    Raises: InputError that says how to change it.
    """
    project = read_project(root)
    name = catalog.platform(platform, project.catalogue).name
    if name != project.settings.platform:
        message = f"'{root}' is a project for {project.settings.platform} already"
        raise InputError(message, hint=f"change it with 'kfinstall param set cloud {name}'")
    asked = catalog.with_required(components, project.catalogue)
    missing = [name for name in asked if name not in project.settings.components]
    if missing:
        message = f"'{root}' is a project without {', '.join(missing)} already"
        raise InputError(message, hint=f"add it with 'kfinstall component add {' '.join(missing)}'")
    return project


def _check_free(root: Path, contents: Mapping[str, bytes]) -> None:
    there = [
        path for path, content in contents.items() if (root / path).exists() and not _is_same(root / path, content)
    ]
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        hint = "a new project needs a folder in which its files are free"
        raise InputError(f"'{root / there[0]}'{more} is in the way", hint=hint)


def _is_same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def readme(project: Project) -> str:
    """Give the page that stands in a project."""
    what = f"A machine-learning platform on Kubernetes ({project.settings.platform})"
    return f"# {project.name}\n\n{what}: plain kustomize, kept by kfinstall.\n{README_TEXT}"
