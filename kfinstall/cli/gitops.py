"""`kfinstall gitops`."""

from __future__ import annotations

from pathlib import Path

import click

from kfinstall.cli import options
from kfinstall.cli.options import Wanted
from kfinstall.cli.output import Format, show

HELP = """Have Argo CD sync what kfinstall would apply, in the same order.

\b
Examples:
  kfinstall gitops waves overlays/gke
  kfinstall gitops argocd --platform gke --repo URL --path overlays/gke/waves
  kfinstall gitops health --platform gke
"""

WAVES_HELP = """Write the order of the graph beside an overlay, as Argo CD's sync waves.

The folder DIR/waves (or --to) gets a plain kustomization that builds what DIR builds, with a wave on each resource; it
is what Argo CD's path names. The waves are marked, and kfinstall itself never reads them. No cluster is needed.

\b
Examples:
  kfinstall gitops waves overlays/gke
  kfinstall gitops waves overlays/gke --check     for CI: 1 where it is stale
  kfinstall gitops waves my-overlay --to my-overlay-waves
  kfinstall render overlays/gke/waves --to rendered     the same as files

\b
Exit codes:
  0    it is written; with --check: it is as it should be
  1    with --check: the graph has changed since
  2    the input is wrong
"""

ARGOCD_HELP = """Print the objects of Argo CD that sync a set: an AppProject and an Application.

They are made from the manifests: the project allows the kinds and namespaces of the set and no others, and fields that
controllers write are not called differences. No cluster is needed.

\b
Examples:
  kfinstall gitops argocd overlays/gke --repo URL --path overlays/gke/waves
  kfinstall gitops argocd --platform gke --repo URL --path rendered \\
    --per-component
  kfinstall gitops argocd my-ml --repo URL --path rendered \\
    --applicationset --environments dev,prod=https://prod.example.com
  kfinstall gitops argocd overlays/gke --repo URL \\
    --path overlays/gke/waves | kubectl apply -f -
"""


HEALTH_HELP = """Print scripts for Argo CD, so that it judges health as kfinstall does.

It is the part of Argo CD's own ConfigMap, argocd-cm, for the kinds that the set installs or defines; claims and
Applications are always in it. No cluster is needed.

\b
Examples:
  kfinstall gitops health --platform gke
  kfinstall gitops health overlays/gke | kubectl apply --server-side \\
    --field-manager kfinstall-health -f -
"""


@click.group(help=HELP)
def command() -> None:
    """Hold the commands on what others sync."""


@command.command("waves", help=WAVES_HELP)
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--to", "to", metavar="DIR", type=click.Path(), help="Folder to write; DIR/waves where none is named.")
@click.option("--check", "is_check", is_flag=True, help="Write nothing; end with 1 where the folder is stale.")
@options.output_option("text", "json", "yaml")
def waves_command(folder: str, *, to: str | None, is_check: bool, output: Format) -> int:
    """Compare or write the waves of an overlay."""
    from kfinstall.cli.gitopswaves import check_waves, write_waves
    from kfinstall.cli.output import suggest

    target = Path(to) if to is not None else Path(folder) / "waves"
    done = (check_waves if is_check else write_waves)(Path(folder), target)
    show(done.data(), output, done.lines)
    if not is_check:
        suggest(f"kfinstall gitops argocd {folder} --repo URL --path {target}", "what Argo CD is to have")
    elif done.stale:
        again = f" --to {to}" if to is not None else ""
        suggest(f"kfinstall gitops waves {folder}{again}", "writes it; then commit it")
    return 1 if is_check and done.stale else 0


@command.command("health", help=HEALTH_HELP)
@options.render_options
@click.option("--argocd-namespace", metavar="NAMESPACE", default="argocd", show_default=True, help="Of Argo CD itself.")
@options.output_option("yaml", "json")
def health_command(wanted: Wanted, *, argocd_namespace: str, output: Format) -> None:
    """Build, and print the scripts for what is in it."""
    from kfinstall.cli.gitopsview import asked_for, print_manifests
    from kfinstall.gitops.lua import health_settings

    resources, _ = asked_for(wanted)
    print_manifests([health_settings(resources, argocd_namespace)], output)


@command.command("argocd", help=ARGOCD_HELP)
@options.render_options
@click.option("--repo", metavar="URL", required=True, help="Repository, as Argo CD is to clone it.")
@click.option("--path", metavar="PATH", required=True, help="Folder in it that is synced.")
@click.option("--revision", metavar="REF", default="HEAD", show_default=True, help="Branch, tag or commit.")
@click.option(
    "--name",
    "application",
    metavar="NAME",
    help="Of the Application; the platform's or the folder's, where none is named.",
)
@click.option("--project", metavar="NAME", help="AppProject; one of the Application's name, where none is named.")
@click.option("--argocd-namespace", metavar="NAMESPACE", default="argocd", show_default=True, help="Of Argo CD itself.")
@click.option("--plugin", metavar="NAME", default="", help="Plugin that builds the folder; else Argo CD does.")
@click.option("--server", metavar="URL", help="Cluster to install into, as Argo CD knows it; else its own.")
@click.option("--single", "shape", flag_value="single", default="single", help="One Application for all: the default.")
@click.option("--per-component", "shape", flag_value="component", help="One for each folder of a rendered folder.")
@click.option("--applicationset", "shape", flag_value="set", help="One for each of --environments, in PATH/NAME.")
@click.option("--environments", metavar="NAME[=URL],...", help="With --applicationset: which, and on which cluster.")
@options.output_option("yaml", "json")
def argocd_command(
    wanted: Wanted,
    *,
    repo: str,
    path: str,
    revision: str,
    application: str | None,
    project: str | None,
    argocd_namespace: str,
    plugin: str,
    server: str | None,
    shape: str,
    environments: str | None,
    output: Format,
) -> None:
    """Build, and print what Argo CD is to have."""
    from kfinstall.cli.gitopsview import asked_for, print_objects
    from kfinstall.gitops.argocd import IN_CLUSTER, Target

    resources, known = asked_for(wanted)
    name = application or known
    target = Target(name, repo, path, revision, server or IN_CLUSTER, argocd_namespace, project or name, plugin)
    print_objects(resources, target, shape, environments, output)
