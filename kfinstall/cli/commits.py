"""What `kfinstall diff --from REF --to REF` does: both commits are built out of Git, and what they give is compared."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import join
from typing import Any, NamedTuple

from kfinstall.cli import output
from kfinstall.cli.options import Wanted
from kfinstall.cli.output import Format
from kfinstall.cli.source import KUSTOMIZATION_FILES, read_manifests, settle_source
from kfinstall.errors import MISTAKES, InputError, mistakes_in, raise_all
from kfinstall.gitops.comment import Compared, write_comment
from kfinstall.gitops.comparing import Section, compare, said, together
from kfinstall.load.revisions import checked_out, find_repository
from kfinstall.project.layout import is_project
from kfinstall.project.reading import environment_names
from kfinstall.project.rendered import is_rendered
from kfinstall.resource import Origin, Resource

WORK_TREE = "the work tree"

Built = Mapping[str, Sequence[Resource]]
"""The title of a source, empty where there is one alone -> its resources."""


class Side(NamedTuple):
    """One of the two states: where its files are, below which top folder, and what it is called."""

    top: Path
    name: str


def compare_commits(wanted: Wanted, before: str, after: str | None, form: str) -> int:
    """Print what differs between two commits, or a commit and the work tree; give the exit code of a diff."""
    if wanted.platform is not None or wanted.components:
        hint = "leave out --platform and --with; a project knows its platform"
        raise InputError("--from compares what is in the repository, not the packaged overlays", hint=hint)
    sources = [Path(source) for source in (wanted.source or ".", *wanted.more)]
    repository = find_repository(sources[0])
    with ExitStack() as stack:
        old = Side(stack.enter_context(checked_out(repository, before)), before)
        new = Side(stack.enter_context(checked_out(repository, after)) if after else repository, after or WORK_TREE)
        places = [_below(repository, source) for source in sources]
        _check_there(places, (old, new))
        was, will_be = (_built(side, places, wanted) for side in (old, new))
    titles = sorted({**will_be, **was})
    sections = together({title: compare(was.get(title, ()), will_be.get(title, ())) for title in titles})
    _print(sections, Compared(before, new.name, _command(wanted, before, after)), form)
    return 1 if sections else 0


def _below(repository: Path, source: Path) -> str:
    """Give the way from the top of the repository to a source, which need not be there now."""
    path = os.path.relpath(source.absolute(), repository)
    if path.startswith(".."):
        raise InputError(
            f"'{source}' is not in the repository '{repository}'", hint="compare what is in one repository"
        )
    return path


def _check_there(places: Sequence[str], sides: tuple[Side, Side]) -> None:
    old, new = sides
    for place in places:
        if not any((side.top / place).exists() for side in sides):
            raise InputError(f"'{place}' is neither in {old.name} nor in {new.name}", hint="name a folder that is")


def _built(side: Side, places: Sequence[str], wanted: Wanted) -> Built:
    """Build all sources of one side; one that is not there is left out."""
    found: dict[str, Sequence[Resource]] = {}
    for place in places:
        below = _rendered_below(side.top / place)
        for title, root in below or [("" if len(places) == 1 else place, side.top / place)]:
            names = _environments(root, wanted) if root.exists() else []
            found |= {name or title: _resources(root, name, side, wanted) for name in names}
    return found


def _rendered_below(root: Path) -> list[tuple[str, Path]]:
    """Give the rendered folders in one that is none itself, as of `render --all-environments`, by name."""
    if not root.is_dir() or is_rendered(root) or any((root / name).is_file() for name in KUSTOMIZATION_FILES):
        return []
    return [(folder.name, folder) for folder in sorted(root.iterdir()) if is_rendered(folder)]


def _resources(root: Path, environment: str | None, side: Side, wanted: Wanted) -> Sequence[Resource]:
    with _told_as(side):
        one = replace(wanted, source=str(root), more=(), environment=environment)
        return read_manifests(settle_source(one), "").resources


def _environments(root: Path, wanted: Wanted) -> Sequence[str | None]:
    """Give the environments to compare: the one asked for, else all that a project has."""
    if not is_project(root):
        return [wanted.environment]
    names = environment_names(root)
    if wanted.environment is None:
        return names or [None]
    return [wanted.environment] if wanted.environment in names else []


@contextmanager
def _told_as(side: Side) -> Iterator[None]:
    """Name files in mistakes as they are in the commit, not where they were put to be read."""
    try:
        yield
    except MISTAKES as problem:
        raise_all(_renamed(mistake, side) for mistake in mistakes_in(problem))


def _renamed(mistake: Any, side: Side) -> Any:
    place = "" if side.name == WORK_TREE else f"{side.name}:"
    top = f"{side.top}{os.sep}"
    mistake.message = mistake.message.replace(top, place)
    mistake.hint = mistake.hint.replace(top, place)
    if mistake.origin:
        mistake.origin = Origin(mistake.origin.path.replace(top, place), mistake.origin.line)
    return mistake


def _command(wanted: Wanted, before: str, after: str | None) -> str:
    sources = [source for source in (wanted.source, *wanted.more) if source]
    environment = ["--environment", wanted.environment] if wanted.environment else []
    return join(["kfinstall", "diff", *sources, *environment, "--from", before, *(["--to", after] if after else [])])


def _print(sections: Sequence[Section], compared: Compared, form: str) -> None:
    if form == "markdown":
        output.raw(write_comment(sections, compared))
        return
    data = {"from": compared.before, "to": compared.after, "sections": [_data(section) for section in sections]}
    shown: Format = "json" if form == "json" else "yaml" if form == "yaml" else "text"
    output.show(data, shown, lambda: _lines(sections))
    output.note(said([one for section in sections for one in section.differences]))


def _data(section: Section) -> dict[str, Any]:
    return {
        "names": [name for name in section.names if name],
        "changes": [{**one._asdict(), "id": one.id._asdict()} for one in section.differences],
    }


def _lines(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        if any(section.names):
            yield output.styled(f"in {', '.join(section.names)}: {said(section.differences)}", "bold")
        for one in section.differences:
            yield from (output.styled(line, output.DIFF_STYLES.get(line[:1])) for line in one.diff.splitlines())
