"""`doctor --fix`: each change is shown, asked about where it is not harmless, and made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import unified_diff
from pathlib import Path

import click

from kfinstall.apply import SystemClock
from kfinstall.cli import output
from kfinstall.cli.doctorrun import Looked
from kfinstall.cli.options import Access
from kfinstall.cluster import connect
from kfinstall.doctor.fixes.files import FileRepair, file_repairs
from kfinstall.doctor.fixes.patches import Patch, patches_to_add
from kfinstall.doctor.fixing import Repair, carry_out, diff_of, repairs
from kfinstall.doctor.model import Check
from kfinstall.errors import ClusterError, InputError
from kfinstall.manifest import dump_manifest


def make_good(
    looked: Looked, checks: Sequence[Check], access: Access, folder: str | None, *, yes: bool, dry_run: bool
) -> bool:
    """Show each change that would make something good, ask where it is not harmless, and make it.

    In:  `folder`, where what was rendered may be changed.
    Out: was anything changed?
    """
    in_files = file_repairs(looked.report.findings, Path(folder or "."))
    patches = tuple(patches_to_add(looked.report.findings, looked.snapshot.rendered or (), Path(folder or ".")))
    in_cluster = repairs(looked.report, checks, looked.snapshot) if looked.snapshot.is_live else ()
    for patch in patches:
        _show_patch(patch)
    if not in_files and not in_cluster and not patches:
        output.note("nothing that was found can be made good from here; each finding has the command")
        return False
    changed = [_make_in_file(one) for one in in_files if _is_wanted_in_file(one, dry_run=dry_run)]
    chosen = [one for one in in_cluster if _is_wanted(one, yes=yes, dry_run=dry_run)]
    if chosen:
        _make_in_cluster(chosen, access)
    return bool(changed or chosen)


def _show_patch(patch: Patch) -> None:
    """Print what to add to an overlay: what is wrong stands in a file that is not changed from here."""
    ids = ", ".join(dict.fromkeys(one.check for one in patch.findings))
    output.note(f"\n{ids}: add this to the patches of your kustomization", "bold")
    for line in dump_manifest(patch.manifest).splitlines():
        output.note(line)


def _make_in_cluster(chosen: Sequence[Repair], access: Access) -> None:
    with connect(access.kubeconfig, access.context) as cluster:
        for repair in chosen:
            try:
                carry_out(repair, cluster, SystemClock())
            except ClusterError as error:  # the others do not depend on it
                output.warning(f"not done: {repair.step.why}: {error.message}")
            else:
                output.note(f"done: {repair.step.why}", "good")


def _is_wanted(repair: Repair, *, yes: bool, dry_run: bool) -> bool:
    _show(f"{repair.finding.check}: {repair.step.why}", lambda: diff_of(repair))
    if dry_run or yes or repair.is_automatic:
        return not dry_run
    if not output.can_ask():
        output.note("not done: there is nobody to ask; --yes says yes to all of them", "warn")
        return False
    return click.confirm("Do this?", err=True)


def _is_wanted_in_file(repair: FileRepair, *, dry_run: bool) -> bool:
    """A file can be brought back from version control, and the diff says what was changed: nobody is asked."""
    path, before, after = str(repair.path), repair.before.splitlines(), repair.after.splitlines()
    _show(
        f"{repair.finding.check}: {repair.why}", lambda: unified_diff(before, after, path, f"{path} fixed", lineterm="")
    )
    return not dry_run


def _make_in_file(repair: FileRepair) -> FileRepair:
    try:
        if repair.mode is not None:
            repair.path.chmod(repair.mode)
        else:
            repair.path.write_bytes(repair.after.encode(errors="surrogateescape"))
    except OSError as error:
        hint = "see that the file is yours, and on a disk that can be written"
        raise InputError(f"'{repair.path}' cannot be changed: {error.strerror}", hint=hint) from error
    output.note(f"done: {repair.path}", "good")
    return repair


def _show(title: str, diff: Callable[[], Iterator[str]]) -> None:
    output.note(f"\n{title}", "bold")
    for line in diff():
        output.note(line, output.DIFF_STYLES.get(line[:1]))
