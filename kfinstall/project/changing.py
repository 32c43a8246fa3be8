"""Project -> the same with other settings: new texts of its files, checked by a build before any is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kfinstall.build import build_resources
from kfinstall.build.reading.files import Status
from kfinstall.build.reading.tree import read_tree
from kfinstall.errors import KfinstallError, raise_all
from kfinstall.load.disk import DiskFiles
from kfinstall.load.downloads import Downloads
from kfinstall.project.comparing import Rendered
from kfinstall.project.edits import rename_environment
from kfinstall.project.layout import ENVIRONMENTS, Owned, empty_environment, empty_texts, environment_file, owned
from kfinstall.project.merge import merge_owned
from kfinstall.project.model import Project, Settings
from kfinstall.resource import Resource

NOTHING = Owned()

Texts = Mapping[str, str]
"""Path below the project -> text."""


def change(project: Project, settings: Settings, at: Path | None = None) -> Project:
    """Give the project with other settings. Only what they make different is touched in its files.

    In:     `at`, the catalogue that the new settings are for, where it is another than the project's.
    Raises: InputError when a file is no YAML.
    """
    before = owned(project.settings, project.catalogue)
    after = owned(settings, at or project.catalogue)
    texts = {
        path: merge_owned(text, str(project.root / path), before.get(path, NOTHING), after[path])
        for path, text in _with_environments(project.texts, settings).items()
    }
    return replace(project, texts=texts, settings=settings)


def rename(project: Project, name: str, new: str) -> Project:
    """Give the project with an environment under another name; its file keeps all that a person wrote there."""
    settings = rename_environment(project.settings, name, new)
    old, fresh = environment_file(name), environment_file(new)
    texts = {fresh if path == old else path: text for path, text in project.texts.items()}
    return replace(project, texts=texts, settings=settings)


def fill(root: Path, settings: Settings, at: Path) -> Project:
    """Give a new project with these settings; `at`, the catalogue it is made of."""
    after = owned(settings, at)
    texts = _with_environments(empty_texts(root.resolve().name), settings)
    return Project(
        root, {path: merge_owned(text, path, NOTHING, after[path]) for path, text in texts.items()}, settings
    )


def _with_environments(texts: Texts, settings: Settings) -> Texts:
    """Give the texts of the files there are to be: new ones for new environments, none for those that go."""
    wanted = {environment_file(name): empty_environment(name) for name in settings.environments}
    kept = {path: text for path, text in texts.items() if path in wanted or not path.startswith(f"{ENVIRONMENTS}/")}
    return {**{path: text for path, text in wanted.items() if path not in kept}, **kept}


def folders_of(settings: Settings) -> Mapping[str | None, str]:
    """Give what can be built: environment (None for the project without one) -> folder below the project."""
    return {None: ".", **{name: f"{ENVIRONMENTS}/{name}" for name in settings.environments}}


class ChangedFiles(DiskFiles):
    """The files of this machine, some of them with another content than on disk."""

    def __init__(self, changed: Mapping[str, bytes]) -> None:
        self.changed = changed
        self.folders = {str(parent) for path in changed for parent in Path(path).parents}

    def status(self, path: str) -> Status:
        """Give what stands at a path."""
        path = os.path.realpath(path)
        if path in self.changed:
            return Status("file", len(self.changed[path]))
        return Status("folder") if path in self.folders else super().status(path)

    def real_path(self, path: str) -> str:
        """Give the absolute path without symlinks."""
        full = os.path.realpath(path)
        return full if full in self.changed or full in self.folders else super().real_path(path)

    def read(self, path: str) -> bytes:
        """Give the content of a file."""
        return self.changed[path] if path in self.changed else super().read(path)

    def names(self, path: str) -> list[str]:
        """Give the names in a folder."""
        there = {Path(name).name for name in self.changed if str(Path(name).parent) == path}
        try:
            return sorted({*super().names(path), *there})
        except FileNotFoundError:
            return sorted(there)


def render(project: Project, others: Mapping[str, bytes] | None = None) -> Rendered:
    """Give what a project renders to, without an environment and in each, though nothing of it may be on disk yet.

    In:     `others`, files that differ from the disk beside those of the project itself: path below it -> content.
    Raises: InputError, or a group of all mistakes, each with the file that was or would be written.
    """
    root = project.root.resolve()
    contents = {**{path: text.encode() for path, text in project.texts.items()}, **(others or {})}
    files = ChangedFiles({str(root / path): content for path, content in contents.items()})
    rendered: dict[str | None, tuple[Resource, ...]] = {}
    errors: list[KfinstallError] = []
    with Downloads() as downloads:
        for name, folder in folders_of(project.settings).items():
            try:
                tree = read_tree(files, downloads, str(project.root / folder))
                rendered[name] = build_resources(tree)
            except KfinstallError as error:
                errors.append(error)
            except ExceptionGroup as group:
                errors.extend(error for error in group.exceptions if isinstance(error, KfinstallError))
    raise_all(list({str(error): error for error in errors}.values()))
    return rendered
