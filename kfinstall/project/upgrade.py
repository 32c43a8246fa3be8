"""Put another catalogue under a project: a three-way merge of what kfinstall keeps in its files.

What kfinstall would have written for the old catalogue, and what it would write for the new one, differ by what the
catalogue's authors changed; that difference is put onto the files as a person left them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kfinstall import catalog
from kfinstall.catalog import Parameter, check_value
from kfinstall.catalog.folders import forget_folders
from kfinstall.errors import InputError, KfinstallError, did_you_mean, raise_all
from kfinstall.project.changing import change, render
from kfinstall.project.comparing import differences
from kfinstall.project.layout import CATALOGUE, LOCK
from kfinstall.project.model import Project, Settings, Values
from kfinstall.project.parameters import declared
from kfinstall.project.reading import read_project
from kfinstall.project.vendored import catalogue_files, vendored_texts
from kfinstall.project.writing import swap_folder, write_files


class Upgrade(NamedTuple):
    """What an upgrade would do.

    `files`: paths of the catalogue that differ; `texts`: of the project's own files that do; `diffs`: environments ->
    what differs in what they render to; `source`: where the new catalogue is from.
    """

    before: Project
    after: Project
    vendored: Mapping[str, bytes]
    files: tuple[str, ...]
    texts: tuple[str, ...]
    diffs: Mapping[tuple[str | None, ...], str]
    source: str

    @property
    def is_noop(self) -> bool:
        """Is the project as the new catalogue wants it already?"""
        return not (self.files or self.texts)


def plan_upgrade(root: Path, catalogue: Path, source: str) -> Upgrade:
    """Say what another catalogue would change; nothing is written.

    In:     `catalogue`, the folder of the new one; `source`, where it is from.
    Raises: InputError, or a group of them: the project is broken, has what the new catalogue has not, or does not
            build with it.
    """
    before = read_project(root)
    after = change(before, upgraded(before.settings, before.catalogue, catalogue), catalogue)
    return _compared(before, after, catalogue, source)


def plan_restore(root: Path, catalogue: Path, source: str) -> Upgrade:
    """Say what it takes to write a catalogue anew that was changed or damaged; the project's own files stay.

    Raises: InputError, or a group of them, when the project does not go with that catalogue.
    """
    project = read_project(root, catalogue)
    return _compared(project, project, catalogue, source, is_damaged=True)


def _compared(before: Project, after: Project, catalogue: Path, source: str, *, is_damaged: bool = False) -> Upgrade:
    vendored = vendored_texts(catalogue_files(catalogue), source)
    rendered = render(after, vendored)
    old = {} if is_damaged else render(before)
    fresh, there = catalogue_files(catalogue), catalogue_files(before.root / CATALOGUE)
    return Upgrade(
        before,
        after,
        vendored,
        tuple(path for path in sorted({*fresh, *there}) if fresh.get(path) != there.get(path)),
        tuple(path for path, text in after.texts.items() if before.texts.get(path) != text),
        {} if is_damaged else differences(old, rendered),
        source,
    )


def write_upgrade(upgrade: Upgrade) -> None:
    """Write it: the catalogue at once, then the project's own files, then the lock.

    Cut short, the lock does not fit the catalogue, which every command says, with the way out.
    """
    root = upgrade.after.root
    inside = {path.removeprefix(f"{CATALOGUE}/"): text for path, text in upgrade.vendored.items() if path != LOCK}
    swap_folder(root / CATALOGUE, inside)
    write_files(root, {path: text.encode() for path, text in upgrade.after.texts.items()})
    write_files(root, {LOCK: upgrade.vendored[LOCK]})
    forget_folders()


def upgraded(settings: Settings, old: Path, new: Path) -> Settings:
    """Give the settings as another catalogue understands them: with what is required now, and parameters' new names.

    Raises: a group of InputErrors for components and platforms it has not, and values it does not take.
    """
    errors: list[KfinstallError] = []
    names = [info.name for info in catalog.components(new)]
    for name in settings.components:
        if name not in names:
            hint = did_you_mean(name, names) or f"take it out first: 'kfinstall component remove {name}'"
            errors.append(InputError(f"the new catalogue has no component {name}", hint=hint))
    if settings.platform not in [info.name for info in catalog.platforms(new)]:
        hint = "set another one first: 'kfinstall param set cloud NAME'"
        errors.append(InputError(f"the new catalogue has no platform {settings.platform}", hint=hint))
    raise_all(errors)
    components = catalog.with_required(settings.components, new)
    known = {name: one for _, one in declared(components, new) for name in (one.name, *one.formerly)}
    values = dict(_translated(settings.values, known, errors))
    environments = {name: dict(_translated(chosen, known, errors)) for name, chosen in settings.environments.items()}
    raise_all(errors)
    return replace(settings, components=components, values=values, environments=environments)


def _translated(
    values: Values, known: Mapping[str, Parameter], errors: list[KfinstallError]
) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if name not in known:
            hint = did_you_mean(name, known) or f"take it back first: 'kfinstall param unset {name}'"
            errors.append(
                InputError(f"the new catalogue has no parameter {name}, which is set to '{value}'", hint=hint)
            )
            continue
        try:
            yield known[name].name, check_value(known[name], value)
        except InputError as error:
            errors.append(error)
