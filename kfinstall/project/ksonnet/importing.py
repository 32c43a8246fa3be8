"""An application and a folder -> a project on disk, and what is not in it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from kfinstall import catalog
from kfinstall.errors import InputError, KfinstallError, mistakes_in
from kfinstall.project.ksonnet.application import read_application
from kfinstall.project.ksonnet.translating import Leftover, translate
from kfinstall.project.making import make_project
from kfinstall.project.model import Project
from kfinstall.project.reading import read_project
from kfinstall.project.workloads import add_workload
from kfinstall.prototypes import Request


class Imported(NamedTuple):
    """A project that was made of an application, the workloads in it, and what is not."""

    project: Project
    workloads: tuple[Request, ...]
    leftovers: tuple[Leftover, ...]


def import_application(application: Path, root: Path, platform: str, catalogue: Path, source: str) -> Imported:
    """Write a project made of an application into a folder that has none.

    In:     `platform`, where the application names none; `catalogue`, which is copied; `source`, where it is from.
    Raises: InputError when the application cannot be read, or a file is in the way; nothing is written then.
    """
    app = read_application(application)
    found = translate(app, catalog.platform(platform, catalogue).name, catalogue)
    if not found.settings.components:
        hint = "make a project with 'kfinstall init', and put what 'ks show' prints into workloads/"
        raise InputError(f"no component in '{application}' has a counterpart", hint=hint)
    make_project(root, found.settings, catalogue, source)
    added: list[Request] = []
    left = list(found.leftovers)
    for request in found.workloads:
        try:
            add_workload(read_project(root), request)
            added.append(request)
        except (KfinstallError, ExceptionGroup) as problem:
            why = "; ".join(mistake.message for mistake in mistakes_in(problem))
            left.append(Leftover(f"component {request.name}, a {request.prototype}", why))
    return Imported(read_project(root), tuple(added), tuple(left))
