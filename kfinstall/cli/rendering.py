"""What `kfinstall render` does: which folders, what belongs into each, and what a person is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from kfinstall.cli import output
from kfinstall.cli.options import Wanted
from kfinstall.cli.source import read_manifests, settle_source
from kfinstall.errors import InputError, collect
from kfinstall.gitops.rendered import render_files
from kfinstall.gitops.shown import short_diff
from kfinstall.project.rendered import Stale, Written, find_stale, is_rendered, remove_rendered, write_rendered

SHOWN_FILES, SHOWN_DIFFS, SHOWN_LINES = 20, 3, 20
"""How much of a stale folder is told: names, diffs, and lines of each."""


class Job(NamedTuple):
    """A folder and what belongs into it; None for the folder of an environment that is no longer there."""

    folder: Path
    files: Mapping[str, str] | None


class Checked(NamedTuple):
    """What is stale, by folder."""

    stale: Mapping[Path, Sequence[Stale]]

    @property
    def is_fresh(self) -> bool:
        """Is everything as it should be?"""
        return not any(self.stale.values())

    def data(self) -> list[dict[str, Any]]:
        """Give it as plain data; no contents of files."""
        return [
            {"folder": str(folder), "stale": [{"path": one.path, "state": one.state} for one in found]}
            for folder, found in self.stale.items()
        ]

    def lines(self) -> Iterator[str]:
        """Say which files are stale, and how the first of them differ."""
        for folder, found in self.stale.items():
            yield from _stale_lines(folder, found)


class Rendered(NamedTuple):
    """What was written and removed, by folder, and how many files are there."""

    written: Mapping[Path, Written]
    counts: Mapping[Path, int]

    def data(self) -> list[dict[str, Any]]:
        """Give it as plain data."""
        return [
            {"folder": str(folder), "files": self.counts[folder], "written": done.written, "removed": done.removed}
            for folder, done in self.written.items()
        ]

    def lines(self) -> Iterator[str]:
        """Say how much was written."""
        for folder, (written, removed) in self.written.items():
            files = output.count(self.counts[folder], "file")
            yield f"{folder}: {files}, {len(written)} written, {len(removed)} removed"


def settle_jobs(wanted: Wanted, to: Path, *, every: bool, is_check: bool, since: str | None) -> Sequence[Job]:
    """Give the folders to render into, each with what belongs there.

    Raises: InputError, or a group of them: options that do not go together, mistakes in the files.
    """
    if since is not None and not (every and is_check):
        raise InputError("--since goes with --check and --all-environments", hint="add them, or leave out --since")
    if not every:
        return [Job(to, _files(wanted))]
    if wanted.environment is not None:
        raise InputError("--environment and --all-environments exclude each other", hint="leave one out")
    names = environments_of(wanted)
    gone = [folder for folder in _rendered_below(to) if folder.name not in names]
    chosen = [name for name in names if since is None or _has_changed(to / name, since)]
    jobs = collect(chosen, lambda name: Job(to / name, _files(replace(wanted, environment=name))))
    return [*jobs, *(Job(folder, None) for folder in gone)]


def environments_of(wanted: Wanted) -> Sequence[str]:
    """Give the environments of the project that is meant.

    Raises: InputError where there is no project, or it has none.
    """
    from kfinstall.project.reading import environment_names, read_project

    root = Path(wanted.source or ".")
    read_project(root)
    if not (names := environment_names(root)):
        raise InputError("the project has no environments", hint="add one with 'kfinstall env add dev'")
    return names


def _files(wanted: Wanted) -> Mapping[str, str]:
    settled = settle_source(wanted)
    if settled.source is None and settled.platform in (None, "auto"):
        hint = "go to the folder of a project, name a folder or file, or a --platform"
        raise InputError("there is nothing to render", hint=hint)
    return render_files(read_manifests(settled, settled.platform or "").resources)


def _rendered_below(to: Path) -> list[Path]:
    return sorted(folder for folder in to.iterdir() if is_rendered(folder)) if to.is_dir() else []


def _has_changed(folder: Path, since: str) -> bool:
    from kfinstall.load.revisions import differs, find_repository

    return differs(find_repository(folder), since, folder)


def check(jobs: Sequence[Job]) -> Checked:
    """Compare each folder with what belongs there."""
    return Checked({job.folder: find_stale(job.folder, job.files or {}) for job in jobs})


def write(jobs: Sequence[Job]) -> Rendered:
    """Write each folder; nothing is written before all is rendered."""
    done = {job.folder: _write(job) for job in jobs}
    return Rendered(done, {job.folder: len(job.files or ()) for job in jobs})


def _write(job: Job) -> Written:
    return Written([], remove_rendered(job.folder)) if job.files is None else write_rendered(job.folder, job.files)


def _stale_lines(folder: Path, found: Sequence[Stale]) -> Iterator[str]:
    if not found:
        yield f"{folder} is as it should be"
        return
    yield f"{folder} is stale: {output.count(len(found), 'file')}"
    for one in found[:SHOWN_FILES]:
        yield f"  {output.styled(f'{one.state:<9}', 'warn')} {one.path}"
    if len(found) > SHOWN_FILES:
        yield f"  … and {len(found) - SHOWN_FILES} more"
    differing = (one for one in found if one.state == "differs")
    for one in islice(differing, SHOWN_DIFFS):
        lines = short_diff(one.path, one.there, one.wanted, SHOWN_LINES)
        yield from (output.styled(line, output.DIFF_STYLES.get(line[:1])) for line in lines)
