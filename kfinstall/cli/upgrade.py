"""`kfinstall upgrade`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kfinstall.cli import options, output

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
def command(catalog_ref: str | None, restore: bool, dry_run: bool, project: str, yes: bool) -> None:
    """Merge, build, show, ask, write."""
    from kfinstall.cli.asking import confirm
    from kfinstall.project.catalogues import open_catalogue
    from kfinstall.project.upgrade import plan_restore, plan_upgrade, write_upgrade
    from kfinstall.project.vendored import changed_files

    root = Path(project)
    with open_catalogue(catalog_ref) as (catalogue, source):
        plan = plan_restore if restore else plan_upgrade
        upgrade = plan(root, catalogue, source)
        if upgrade.is_noop and not restore:
            output.line(f"the project has the catalogue of {source} already")
            return
        output.lines(_shown(upgrade))
        lost = [f"the changes in {path} are lost" for path in changed_files(root)] if restore else []
        for sentence in lost:
            output.warning(sentence)
        if dry_run:
            return
        confirm("Write this?", yes=yes, is_risky=bool(lost))
        write_upgrade(upgrade)
    output.line(f"the project has the catalogue of {upgrade.source} now")


def _shown(upgrade: Upgrade) -> Iterator[str]:
    """Say what an upgrade changes: in the manifests of each environment, then in how many files."""
    for environments, text in upgrade.diffs.items():
        names = [name or "without an environment" for name in environments]
        everywhere = len(names) == len(upgrade.after.settings.environments) + 1
        yield output.styled(f"rendered {'everywhere' if everywhere else ', '.join(names)}:", "bold")
        yield from (output.styled(line, output.DIFF_STYLES.get(line[:1])) for line in text.splitlines())
        yield ""
    if not upgrade.diffs:
        yield "what is rendered stays as it is"
    yield from (f"changes {path}" for path in upgrade.texts)
    yield f"changes {output.count(len(upgrade.files), 'file')} of the catalogue"
