"""Disk -> Project: reads the files kfinstall edits, and reports every mistake in them with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from kfinstall import catalog
from kfinstall.errors import InputError, KfinstallError, did_you_mean, raise_all
from kfinstall.project.document import read_document
from kfinstall.project.layout import (
    CHANGES,
    COMPONENTS,
    ENVIRONMENTS,
    FILE,
    LOCK,
    PARAMETERS,
    ROOT,
    environment_file,
    is_project,
    owned,
)
from kfinstall.project.literals import values_in
from kfinstall.project.model import Project, Settings, catalogue_of
from kfinstall.project.reader import Reader, entries_of
from kfinstall.project.vendored import check_catalogue
from kfinstall.resource import Origin

FILES = (ROOT, COMPONENTS, PARAMETERS, CHANGES)
BASE = re.compile(r"(?:\.\./)+catalogue/base/([^/]+)/?")
PLATFORM = re.compile(r"(?:\.\./)+catalogue/platforms/([^/]+)/?")


def read_project(root: Path, at: Path | None = None) -> Project:
    """Give the project in a folder.

    In:     `at`, a catalogue to read it with in place of its own, which is not looked at then.
    Raises: InputError, or a group of all that is wrong: YAML, unknown components, platforms and parameters, values of
            the wrong type, a catalogue that was changed, lists that do not go with what is set.
    """
    if not is_project(root):
        hint = "make one with 'kfinstall init DIR', or go to its folder"
        raise InputError(f"'{root}' is no project: it has no {LOCK}", hint=hint)
    if at is None:
        check_catalogue(root)
    texts = {path: _text(root, path) for path in (*FILES, *map(environment_file, environment_names(root)))}
    errors: list[KfinstallError] = []
    documents = _documents(root, texts, errors)
    raise_all(errors)
    reader = Reader(root, at or catalogue_of(root), documents, errors)
    settings = _settings(reader)
    raise_all(errors)
    _check_lists(reader, settings)
    raise_all(errors)
    return Project(root, texts, settings)


def environment_names(root: Path) -> list[str]:
    """Give the names of the environments, sorted: the folders with a kustomization."""
    return sorted(path.parent.name for path in (root / ENVIRONMENTS).glob(f"*/{FILE}"))


def _text(root: Path, path: str) -> str:
    try:
        return (root / path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"'{root / path}' is no text: {error.reason}", origin=Origin(str(root / path), 1)) from None
    except OSError as error:
        hint = "bring it back from version control; a project needs it"
        raise InputError(f"cannot read '{root / path}': {error.strerror}", hint=hint) from None


def _documents(root: Path, texts: Mapping[str, str], errors: list[KfinstallError]) -> Mapping[str, CommentedMap]:
    documents: dict[str, CommentedMap] = {}
    for path, text in texts.items():
        try:
            documents[path] = read_document(text, str(root / path))
        except InputError as error:
            errors.append(error)
    return documents


def _settings(reader: Reader) -> Settings:
    at = reader.catalogue
    components = _names(reader, BASE, (COMPONENTS, "resources"), (PARAMETERS, "resources"))
    components.pop("shared", None)
    known = {name: origin for name, origin in components.items() if _is_component(reader, name, origin, at)}
    platform = _platform(reader, at)
    settings = Settings(platform, _namespace(reader), tuple(sorted(known)))
    _check_required(reader, settings, known, at)
    values = values_in(reader, PARAMETERS, settings)
    environments = {
        name: values_in(reader, environment_file(name), settings) for name in environment_names(reader.root)
    }
    return Settings(settings.platform, settings.namespace, settings.components, values, environments)


def _is_component(reader: Reader, name: str, origin: Origin, at: Path) -> bool:
    return reader.attempt(partial(catalog.component, name, at, origin)) is not None


def _names(reader: Reader, pattern: re.Pattern[str], *places: tuple[str, str]) -> dict[str, Origin]:
    """Give the names that entries of some lists have in the catalogue, and where each stands."""
    entries = [entry for path, field in places for entry in entries_of(reader, path, field)]
    found = [(pattern.fullmatch(entry.text), entry.origin) for entry in entries]
    return {match[1]: origin for match, origin in found if match}


def _platform(reader: Reader, at: Path) -> str:
    names = _names(reader, PLATFORM, (COMPONENTS, "components"))
    if len(names) != 1:
        what = f"names {len(names)} platforms" if names else "names no platform"
        hint = "components has one entry ../catalogue/platforms/NAME"
        reader.errors.append(InputError(f"the project {what}", origin=Origin(reader.shown(COMPONENTS), 1), hint=hint))
    for name, origin in names.items():
        reader.attempt(partial(catalog.platform, name, at, origin))
    return next(iter(names), "")


def _namespace(reader: Reader) -> str:
    namespace = reader.documents[COMPONENTS].get("namespace")
    if not isinstance(namespace, str):
        origin = Origin(reader.shown(COMPONENTS), 1)
        reader.errors.append(InputError("the project has no namespace", origin=origin, hint="write 'namespace: NAME'"))
    return str(namespace)


def _check_required(reader: Reader, settings: Settings, origins: Mapping[str, Origin], at: Path) -> None:
    for name in settings.components:
        for other in catalog.component(name, at).requires:
            if other not in settings.components:
                hint = f"add it with 'kfinstall component add {other}'"
                message = f"component {name} requires {other}, which is not in this project"
                reader.errors.append(InputError(message, origin=origins[name], hint=hint))


def _check_lists(reader: Reader, settings: Settings) -> None:
    """Report what a value needs and is not listed, and options that are listed and not asked for.

    kustomize would say nothing: the value would have no effect, or the option would show its placeholder.
    """
    for path, wanted in owned(settings, reader.catalogue).items():
        there = list(entries_of(reader, path, "components"))
        texts = [entry.text for entry in there]
        for entry in wanted.lists.get("components", ()):
            if entry not in texts:
                near = did_you_mean(entry, texts)
                hint = near or f"add '- {entry}' to components, before the changes of your own"
                message = f"'{entry}' is missing: what is set would have no effect"
                reader.errors.append(InputError(message, origin=Origin(reader.shown(path), 1), hint=hint))
        for listed in there:
            if "/options/" in listed.text and listed.text not in wanted.lists.get("components", ()):
                message = f"'{listed.text}' is listed, but no parameter asks for it"
                hint = "remove the entry, or set its parameter: 'kfinstall param list'"
                reader.errors.append(InputError(message, origin=listed.origin, hint=hint))
