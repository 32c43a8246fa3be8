"""`kfinstall completion`."""

from __future__ import annotations

import click

from kfinstall.cli.output import raw

HELP = """Print a script that completes commands and options in your shell.

\b
Examples:
  source <(kfinstall completion bash)        for this shell, or in .bashrc
  source <(kfinstall completion zsh)         the same for zsh
  kfinstall completion fish > ~/.config/fish/completions/kfinstall.fish
"""


@click.command(help=HELP)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print click's script for this shell."""
    from click.shell_completion import get_completion_class

    from kfinstall.cli.main import PROGRAM, cli
    from kfinstall.cli.start import COMPLETE_VARIABLE

    complete = get_completion_class(shell)
    assert complete is not None
    raw(complete(cli, {}, PROGRAM, COMPLETE_VARIABLE).source() + "\n")
