"""The command line as click reads it: the table of commands, and mistakes in what was typed.

Commands are loaded when they are run, so that `kfinstall --help` starts at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from shlex import join
from typing import NamedTuple

import click

from kfinstall.cli import output
from kfinstall.cli.ksonnet import GONE, in_our_words
from kfinstall.cli.start import COMPLETE_VARIABLE
from kfinstall.cli.start import run as run
from kfinstall.errors import InputError, did_you_mean

PROGRAM = "kfinstall"

EXIT_DECLINED = 1
EXIT_USAGE = 2


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
    "doctor": Entry("kfinstall.cli.doctor", "Find out what is wrong, and what to do about it.", "Install"),
    "open": Entry("kfinstall.cli.open", "Reach a page of what is installed from here.", "Install"),
    "list": Entry("kfinstall.cli.list", "List what is installed in a cluster.", "Install"),
    "history": Entry("kfinstall.cli.history", "Show what was applied before.", "Install"),
    "rollback": Entry("kfinstall.cli.rollback", "Go back to what was applied before.", "Install"),
    "handover": Entry("kfinstall.cli.handover", "Leave what is installed to Argo CD or Flux.", "Install"),
    "delete": Entry("kfinstall.cli.delete", "Remove what an installation has put there.", "Install"),
    "init": Entry("kfinstall.cli.init", "Make a project: a small folder of plain kustomize.", "Project"),
    "component": Entry("kfinstall.cli.component", "List, add and remove components.", "Project"),
    "param": Entry("kfinstall.cli.param", "Look at and set parameters.", "Project"),
    "env": Entry("kfinstall.cli.env", "Add and remove environments.", "Project"),
    "upgrade": Entry("kfinstall.cli.upgrade", "Bring a project to a newer catalogue.", "Project"),
    "generate": Entry("kfinstall.cli.generate", "Make a workload from a prototype.", "Project"),
    "prototype": Entry("kfinstall.cli.prototype", "List what workloads are made from.", "Project"),
    "import-ksonnet": Entry("kfinstall.cli.import_ksonnet", "Make a project of an old ksonnet application.", "Project"),
    "show": Entry("kfinstall.cli.show", "Print the manifests of the project, or a part.", "Project"),
    "build": Entry("kfinstall.cli.build", "Render a kustomization, byte for byte as kustomize does.", "Manifests"),
    "render": Entry("kfinstall.cli.render", "Write a folder for Git, for Argo CD or Flux to sync.", "Manifests"),
    "gitops": Entry("kfinstall.cli.gitops", "Have Argo CD sync the same, in the same order.", "Manifests"),
    "graph": Entry("kfinstall.cli.graph", "Show what waits for what, and why.", "Manifests"),
    "images": Entry("kfinstall.cli.images", "List the images, and take them from a mirror.", "Manifests"),
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
  kfinstall build overlays/gke          the manifests, as kustomize does
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
            near = GONE.get(args[0]) or did_you_mean(args[0], COMMANDS)
            hint = near or "see 'kfinstall --help' for the commands there are"
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


def invoke(argv: Sequence[str]) -> object:
    """Let click read the command line and run the command; give what the command gave, or an exit code.

    Raises: what the command raises.
    """
    try:
        return _invoke(_understood(argv))
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        output.note("stopped; nothing was changed")
        return EXIT_DECLINED
    except click.exceptions.NoArgsIsHelpError as problem:
        output.note(problem.format_message())
        return EXIT_USAGE
    except click.ClickException as problem:
        return _usage(problem)


def _understood(argv: Sequence[str]) -> Sequence[str]:
    """Give a command line in our words, and say so where it was in ksonnet's."""
    words = in_our_words(argv, _is_environment) if argv else argv
    if list(words) != list(argv):
        output.note(f"read as: {PROGRAM} {join(words)}")
    return words


def _is_environment(word: str) -> bool:
    return not Path(word).exists() and Path("environments", word, "kustomization.yaml").is_file()


def _invoke(argv: Sequence[str]) -> object:
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, PROGRAM, COMPLETE_VARIABLE, instruction)
    with cli.make_context(PROGRAM, list(argv)) as context:
        return cli.invoke(context)


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
