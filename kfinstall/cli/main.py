"""`kfinstall`: finds the command, runs it, and turns what went wrong into one line, a hint and an exit code.

Commands are loaded when they are run, so that `kfinstall --help` and `kfinstall build` start at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

import click

from kfinstall.cli import output
from kfinstall.errors import InputError, KfinstallError, did_you_mean

PROGRAM = "kfinstall"
COMPLETE_VARIABLE = "_KFINSTALL_COMPLETE"

EXIT_DECLINED = 1
EXIT_USAGE = 2
EXIT_BUG = 70
EXIT_INTERRUPTED = 130
EXIT_NOBODY_READS = 141
"""As the shell reports a program that SIGPIPE ended."""


class Entry(NamedTuple):
    """One command: the module that has it, its line in the overview, and the heading it stands under."""

    module: str
    short_help: str
    heading: str


COMMANDS: Mapping[str, Entry] = {
    "apply": Entry("kfinstall.cli.apply", "Install or update, and wait until it is healthy.", "Install"),
    "diff": Entry("kfinstall.cli.diff", "Show what apply would change, field by field.", "Install"),
    "plan": Entry("kfinstall.cli.plan", "Show what apply would do, and in which order.", "Install"),
    "status": Entry("kfinstall.cli.status", "Show what is installed and whether it is healthy.", "Install"),
    "delete": Entry("kfinstall.cli.delete", "Remove what an installation has put there.", "Install"),
    "build": Entry("kfinstall.cli.build", "Render a kustomization, byte for byte as kustomize does.", "Manifests"),
    "graph": Entry("kfinstall.cli.graph", "Show what waits for what, and why.", "Manifests"),
    "component": Entry("kfinstall.cli.component", "List the components of the catalogue.", "Manifests"),
    "platforms": Entry("kfinstall.cli.platforms", "List the kinds of cluster kfinstall knows.", "Manifests"),
    "local": Entry("kfinstall.cli.local", "Run a throwaway Kubernetes control plane here.", "Try it here"),
    "completion": Entry("kfinstall.cli.completion", "Print a completion script for your shell.", "About"),
    "version": Entry("kfinstall.cli.version", "Print the version.", "About"),
}

OVERVIEW = """Install a machine-learning platform on Kubernetes, from plain kustomize folders.

\b
Examples:
  kfinstall apply --platform gke        install or update the platform
  kfinstall status                      what runs, and is it healthy
  kfinstall build overlays/gke          the manifests, as kustomize prints them
  kfinstall local up --shape gke        a throwaway cluster to try it on
"""


class Commands(click.Group):
    """The commands of the table; a module is imported when its command is run or asked for its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; None when there is none of that name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = import_module(entry.module).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed; a typo gets the nearest name."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS) or "see 'kfinstall --help' for the commands there are"
            raise InputError(f"there is no command '{args[0]}'", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the table, without loading a command."""
        for heading in dict.fromkeys(entry.heading for entry in COMMANDS.values()):
            rows = [(name, entry.short_help) for name, entry in COMMANDS.items() if entry.heading == heading]
            with formatter.section(heading):
                formatter.write_dl(rows, col_spacing=4)


@click.group(
    cls=Commands,
    help=OVERVIEW,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="'kfinstall COMMAND --help' has the options of a command, and examples.",
)
@click.version_option(package_name="kfinstall", message="kfinstall %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Parse what stands before the command: nothing but --help and --version."""
    if ctx.invoked_subcommand is None:
        output.line(ctx.get_help())


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code; SIGTERM is an interrupt like Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(argv: Sequence[str]) -> int:
    """Run the command line; give its exit code. Errors are printed, none is raised."""
    try:
        result = _invoke(argv)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        output.note("stopped; nothing was changed")
        return EXIT_DECLINED
    except click.ClickException as problem:
        return _usage(problem)
    except KeyboardInterrupt:
        output.note("\ninterrupted; run the same command again to go on")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_NOBODY_READS
    except Exception as problem:  # noqa: BLE001 the one place that turns whatever is left into a line and a code
        return fail(problem, argv)


def _invoke(argv: Sequence[str]) -> object:
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, PROGRAM, COMPLETE_VARIABLE, instruction)
    with cli.make_context(PROGRAM, list(argv)) as context:
        return cli.invoke(context)


def fail(problem: Exception, argv: Sequence[str]) -> int:
    """Print every error of the run, or write a report where one of them is a bug; give the exit code."""
    expected = list(output.leaves(problem))
    if not expected or len(expected) < _count(problem):
        return _bug(problem, argv)
    for error in expected:
        output.error(error)
    return expected[0].exit_code


def _count(problem: BaseException) -> int:
    """How many exceptions are in a group?"""
    return sum(map(_count, problem.exceptions)) if isinstance(problem, BaseExceptionGroup) else 1


def _bug(problem: Exception, argv: Sequence[str]) -> int:
    from kfinstall.cli.report import write_report

    command = next((word for word in argv if word in COMMANDS), "")
    path = write_report(problem, command)
    hint = f"a report without any values is in {path}; please send it with what you did"
    output.error(KfinstallError(f"this is a bug in kfinstall: unexpected {type(problem).__name__}", hint=hint))
    return EXIT_BUG


def _usage(problem: click.ClickException) -> int:
    """Print a mistake on the command line as any other error."""
    message = problem.message if isinstance(problem, click.exceptions.NoSuchOption) else problem.format_message()
    context = getattr(problem, "ctx", None)
    command = context.command_path if context else "kfinstall"
    near = getattr(problem, "possibilities", None) or ()
    hint = f"did you mean '{near[0]}'?" if near else f"see '{command} --help'"
    output.error(InputError(_lower_case(message), hint=hint))
    return EXIT_USAGE


def _lower_case(message: str) -> str:
    """Give click's sentence the shape of our messages."""
    message = message.strip().rstrip(".")
    return message[:1].lower() + message[1:]
