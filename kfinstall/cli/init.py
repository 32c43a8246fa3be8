"""`kfinstall init`."""

from __future__ import annotations

from pathlib import Path

import click

from kfinstall.cli import completing, options
from kfinstall.cli.output import Format, show, warning
from kfinstall.errors import InputError

HELP = """Make a project: a small folder of plain kustomize, to be kept in Git.

It holds what is installed, what it is set to, what differs in dev, test and
prod, and a copy of the catalogue, pinned by checksums. kfinstall, kubectl,
Argo CD and Flux build it to the same manifests. In a folder that is a project
already nothing is changed. With --gitops jobs for GitHub and GitLab come with
it, which check and comment pull requests, and a hook before commits.

\b
Examples:
  kfinstall init my-ml --platform gke
  kfinstall init my-ml --platform minikube --components jupyter,tf-operator
  kfinstall init my-ml --platform gke --gitops
  cd my-ml && kfinstall param set jupyterNotebookPVCMount /home/jovyan
"""


@click.command(help=HELP)
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option(
    "--platform",
    metavar="PLATFORM",
    shell_complete=completing.platforms,
    help="Kind of cluster, see 'kfinstall platforms'.",
)
@click.option(
    "--components",
    metavar="NAMES",
    shell_complete=completing.components,
    multiple=True,
    help="Install these, separated by commas, and what they require. Default: the core set.",
)
@click.option("--gitops", is_flag=True, help="Add what a repository needs that Argo CD or Flux syncs from.")
@options.catalog_ref_option
@options.output_option("text", "json", "yaml")
def command(
    folder: str,
    platform: str | None,
    components: tuple[str, ...],
    gitops: bool,
    catalog_ref: str | None,
    output: Format,
) -> None:
    """Write the project, or say that it is there."""
    from kfinstall.catalog.doors import open_doors
    from kfinstall.cli.projectview import made, made_data
    from kfinstall.project.catalogues import open_catalogue
    from kfinstall.project.layout import is_project
    from kfinstall.project.making import complete_project, make_project, new_settings

    if platform is None:
        hint = "name one with --platform; 'kfinstall platforms' lists them"
        raise InputError("a project is for one platform", hint=hint)
    root = Path(folder)
    names = [name for names in components for name in names.split(",") if name]
    if is_project(root):
        there = complete_project(root, platform, names)
        show(made_data(there), output, lambda: [f"{folder} is a project already; nothing was changed"])
        if gitops:
            _add_gitops(root)
        return
    with open_catalogue(catalog_ref) as (catalogue, source):
        project, resources = make_project(root, new_settings(platform, names, catalogue), catalogue, source)
    warnings = open_doors(resources, project.catalogue)
    show(made_data(project, warnings), output, lambda: made(project, folder))
    for sentence in warnings:
        warning(sentence)
    if gitops:
        _add_gitops(root)


def _add_gitops(root: Path) -> None:
    """Write the jobs and the hook, and say which are there already and differ."""
    from kfinstall.cli.output import note, suggest
    from kfinstall.project.gitops_files import add_gitops_files

    added = add_gitops_files(root)
    for path in added.written:
        note(f"wrote {root / path}")
    for path in added.kept:
        warning(f"{root / path} is there already and is left as it is; samples/gitops has what would stand there")
    suggest("kfinstall render --all-environments --to rendered", "what Argo CD and Flux sync; commit it")
