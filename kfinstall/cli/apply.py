"""`kfinstall apply`."""

from __future__ import annotations

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Wanted
from kfinstall.cli.output import Format
from kfinstall.plan.conflicts import Policy

HELP = """Install or update, and wait until everything is healthy.

What is applied: a kustomization folder, a folder or file of manifests, or '-' for standard input; several of them are
one installation, which takes a --name, and no resource may be in two of them. Without one, the project in this folder,
or else the packaged overlay of the platform. It shows what it will do and asks. Each resource is sent as soon as what
it waits for is there; resources that are no longer in the manifests are removed at the end. Run it again at any time:
what is as wanted is not written.

What would surely fail stops it before the first write: rights that are missing, a webhook that must answer and cannot,
a pod that no node can take. What does not become healthy is told with its cause, as 'kfinstall doctor' finds it.

\b
Examples:
  kfinstall apply --platform gke                 the packaged platform, on GKE
  kfinstall apply                                … on whatever the cluster is
  kfinstall apply --platform gke --with spartakus
  kfinstall apply my-overlay                     your own kustomization
  kfinstall apply --environment prod             the project in this folder
  kfinstall apply --environment prod -c jupyter  … one component of it
  kfinstall apply operators my-overlay --name ml two folders as one
  helm template my-chart | kfinstall apply - --name my-chart
  kfinstall apply --platform aks --yes -o json   in a pipeline: events as JSON
  kfinstall apply --platform aks --rollback-on-failure

\b
Exit codes:
  0    healthy, or nothing to do
  2    the input is wrong
  3    the cluster refused, or cannot be reached
  4    not healthy in time
  5    another installer holds the lock
  130  interrupted; run it again to go on
"""


@click.command(help=HELP)
@options.wanted_options
@options.access_options
@options.prune_option
@options.conflict_options
@options.adopt_option
@options.mismatch_option
@options.preflight_option
@options.rollback_option
@options.timeout_option()
@options.yes_option
@options.output_option("text", "json")
@options.verbose_option
def command(
    wanted: Wanted,
    access: Access,
    *,
    without_prune: bool,
    on_conflict: Policy,
    force_conflicts: bool,
    adopt: bool,
    allow_mismatch: bool,
    skip_preflight: bool,
    rollback_on_failure: bool,
    timeout_s: float,
    yes: bool,
    output: Format,
) -> None:
    """Preview, ask, run, and show how it went."""
    from kfinstall.apply import Options
    from kfinstall.cli.runs import run_apply, run_apply_or_rollback
    from kfinstall.cli.source import settle_source
    from kfinstall.cli.target import open_job
    from kfinstall.cluster import connect

    how = Options(
        on_conflict="force" if force_conflicts else on_conflict,
        prune=not without_prune,
        timeout_s=timeout_s,
        adopt=adopt,
        component=wanted.only or "",
    )
    wanted = settle_source(wanted)
    with connect(access.kubeconfig, access.context) as cluster:
        job = open_job(cluster, wanted, allow_mismatch=allow_mismatch)
        apply = run_apply_or_rollback if rollback_on_failure else run_apply
        apply(cluster, job, how, access=access, yes=yes, format=output, skip_preflight=skip_preflight)
