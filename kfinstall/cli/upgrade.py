"""`kfinstall upgrade`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kfinstall.cli import options
from kfinstall.cli.output import DIFF_STYLES, Format, count, lines, show, styled, warning

if TYPE_CHECKING:
    from kfinstall.project.upgrade import Upgrade

HELP = """Bring a project to the catalogue of this kfinstall, or to one from Git.

It shows what changes in the files and in what they render to, in which
environments, and asks. Your own lines stay: only what kfinstall keeps in a file
is merged. Nothing is written unless every environment builds.

--restore writes a catalogue anew in which files were changed or are missing;
what was changed there is lost.

\b
Examples:
  kfinstall upgrade --dry-run
  kfinstall upgrade
  kfinstall upgrade --catalog-ref https://host.example/kfinstall.git@v0.2.0
  kfinstall upgrade --restore
"""


@click.command(help=HELP)
@options.catalog_ref_option
@click.option("--restore", is_flag=True, help="Write a changed or damaged catalogue anew.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@options.project_option
@options.yes_option
@options.output_option("text", "json", "yaml")
def command(catalog_ref: str | None, restore: bool, dry_run: bool, project: str, yes: bool, output: Format) -> None:
    """Merge, build, show, ask, write."""
    from kfinstall.cli.asking import confirm
    from kfinstall.project.catalogues import open_catalogue
    from kfinstall.project.upgrade import plan_restore, plan_upgrade, write_upgrade
    from kfinstall.project.vendored import changed_files

    root = Path(project)
    with open_catalogue(catalog_ref) as (catalogue, source):
        plan = plan_restore if restore else plan_upgrade
        upgrade = plan(root, catalogue, source)
        has_work = restore or not upgrade.is_noop
        if has_work and output == "text":
            lines(_shown(upgrade))
        lost = [f"the changes in {path} are lost" for path in changed_files(root)] if restore else []
        for sentence in lost:
            warning(sentence)
        is_written = has_work and not dry_run
        if is_written:
            confirm("Write this?", yes=yes, is_risky=bool(lost))
            write_upgrade(upgrade)
    show(_data(upgrade, lost, is_written=is_written), output, lambda: _ended(upgrade, has_work, dry_run))


def _ended(upgrade: Upgrade, has_work: bool, dry_run: bool) -> list[str]:
    if not has_work:
        return [f"the project has the catalogue of {upgrade.source} already"]
    return [] if dry_run else [f"the project has the catalogue of {upgrade.source} now"]


def _data(upgrade: Upgrade, lost: Sequence[str], *, is_written: bool) -> dict[str, Any]:
    """Give what an upgrade changes as data; None among the environments is the project without one."""
    return {
        "source": upgrade.source,
        "rendered": [{"environments": list(names), "diff": text} for names, text in upgrade.diffs.items()],
        "files": list(upgrade.texts),
        "catalogue_files": list(upgrade.files),
        "warnings": list(lost),
        "is_written": is_written,
    }


def _shown(upgrade: Upgrade) -> Iterator[str]:
    """Say what an upgrade changes: in the manifests of each environment, then in how many files."""
    for environments, text in upgrade.diffs.items():
        names = [name or "without an environment" for name in environments]
        everywhere = len(names) == len(upgrade.after.settings.environments) + 1
        yield styled(f"rendered {'everywhere' if everywhere else ', '.join(names)}:", "bold")
        yield from (styled(line, DIFF_STYLES.get(line[:1])) for line in text.splitlines())
        yield ""
    if not upgrade.diffs:
        yield "what is rendered stays as it is"
    yield from (f"changes {path}" for path in upgrade.texts)
    yield f"changes {count(len(upgrade.files), 'file')} of the catalogue"
