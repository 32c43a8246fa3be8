"""`kfinstall doctor`."""

from __future__ import annotations

from dataclasses import replace

import click

from kfinstall.cli import options
from kfinstall.cli.options import Access, Duration, Wanted
from kfinstall.errors import InputError

HELP = """Find out what is wrong, why, and what to do about it.

It reads the cluster and, without --fix, changes nothing. What has one cause is one finding, with all that suffers from
it below; the most important comes first.

\b
Examples:
  kfinstall doctor                       the cluster as it is
  kfinstall doctor --pre --platform gke  before an install: rights and room
  kfinstall doctor --rendered rendered/  manifests alone, without a cluster
  kfinstall doctor --only storage,KF601  some groups or checks
  kfinstall doctor --suppress 'KF613=Deployment kubeflow/*'
  kfinstall doctor --pre --as alice      what another user may install
  kfinstall doctor --user alice          why this notebook does not start
  kfinstall doctor --wait 5m --fail-on warning
  kfinstall doctor --fix                 show each change, ask, make it
  kfinstall doctor --bundle facts.gz     for somebody else; without secrets
  kfinstall doctor -o sarif > doctor.sarif
  kfinstall doctor --explain KF601       what a check looks for

\b
Exit codes:
  0    nothing found, or less than --fail-on
  1    something was found
  2    the input is wrong
  3    could not check: no cluster, or a check failed
"""

FORMATS = ("text", "short", "json", "sarif", "junit", "md", "html")


def _asked_options(function: options.Function) -> options.Function:
    from kfinstall.cli.doctorrun import Asked

    return options.gathered(
        Asked,
        "asked",
        click.option("--pre", is_flag=True, help="Look at what an install would meet, with what is to be installed."),
        click.option("--rendered", type=click.Path(), metavar="PATH", help="Judge these manifests, without a cluster."),
        click.option(
            "--from-bundle", type=click.Path(), metavar="FILE", help="Judge what --bundle wrote, without a cluster."
        ),
        click.option(
            "--only", "chosen", multiple=True, metavar="CHECKS", help="Ids, patterns or groups, with commas between."
        ),
        click.option("--skip", multiple=True, metavar="CHECKS", help="Leave these out."),
        click.option(
            "--suppress",
            "suppressions",
            multiple=True,
            metavar="CHECK[=OBJECT]",
            help="Do not count these findings; 'KF613=Deployment kubeflow/minio' for one object. Repeatable.",
        ),
        click.option(
            "--ignorefile",
            "ignore_file",
            type=click.Path(),
            metavar="FILE",
            help="What not to count, with reasons and dates, instead of .kfinstallignore.yaml in this folder.",
        ),
        click.option("--as", "acting", metavar="USER", help="With --pre: judge what this user may do."),
        click.option(
            "--as-group",
            "acting_groups",
            multiple=True,
            metavar="GROUP",
            help="A group that this user is in. Repeatable.",
        ),
        click.option("--user", metavar="NAME", help="What is wrong with the Jupyter server of this user alone."),
        click.option(
            "--exit-zero", is_flag=True, help="Exit with 0 whatever was found; 3 stays where nobody could look."
        ),
        click.option(
            "--fail-on",
            type=click.Choice(("error", "warning", "info")),
            default="error",
            show_default=True,
            help="How bad a finding must be for exit code 1.",
        ),
        click.option(
            "--wait", "wait_s", type=Duration(), default="0s", metavar="TIME", help="Look again until it is well."
        ),
    )(function)


@click.command(help=HELP)
@options.manifest_options
@options.access_options
@_asked_options
@click.option("--list", "list_checks", is_flag=True, help="List the checks.")
@click.option("--explain", metavar="CHECK", help="Say what a check looks for.")
@click.option("--bundle", type=click.Path(), metavar="FILE", help="Write what was seen to a new file, without secrets.")
@click.option("--fix", is_flag=True, help="Make good what can be: harmless changes at once, others after a yes.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the changes, and make none.")
@options.yes_option
@options.output_option(*FORMATS)
@options.verbose_option
def command(
    asked: object,
    wanted: Wanted,
    access: Access,
    *,
    list_checks: bool,
    explain: str | None,
    bundle: str | None,
    fix: bool,
    dry_run: bool,
    yes: bool,
    output: str,
) -> int:
    """Look, judge, make good what was asked for, and print the report."""
    from kfinstall.cli import doctorfix, doctorrun, doctorview
    from kfinstall.cli.output import lines
    from kfinstall.doctor.bundle import write_bundle
    from kfinstall.doctor.checks import CHECKS
    from kfinstall.doctor.choice import choose

    assert isinstance(asked, doctorrun.Asked)
    checks = choose(CHECKS, asked.chosen, asked.skip)
    if fix and asked.from_bundle is not None:
        hint = "run it on the cluster that the bundle is of; what is in a bundle is redacted"
        raise InputError("--fix changes nothing in a bundle", hint=hint)
    if list_checks or explain:
        lines(
            doctorview.explained(doctorrun.find_check(CHECKS, explain), explain)
            if explain
            else doctorview.listed(checks)
        )
        return doctorrun.CLEAN
    at_once = replace(asked, wait_s=0.0)  # what is to be fixed is not waited for before, but after
    looked = doctorrun.examine(at_once if fix else asked, wanted, access, checks)
    if fix:
        folder = asked.rendered or wanted.source
        was_changed = doctorfix.make_good(looked, checks, access, folder, yes=yes, dry_run=dry_run)
        if was_changed or (asked.wait_s and not dry_run):
            looked = doctorrun.examine(asked, wanted, access, checks)
    if bundle:
        write_bundle(bundle, looked.snapshot)
    doctorrun.show(looked.report, checks, output)
    return doctorrun.exit_code(looked.report, asked)
