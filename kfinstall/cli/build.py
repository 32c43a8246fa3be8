"""`kfinstall build`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kfinstall.cli.building import render
from kfinstall.cli.options import Allowed, component_option, environment_option, program_options, together
from kfinstall.cli.plain import BUILD_OPTIONS, FOLDER, HERE, Option
from kfinstall.errors import InputError
from kfinstall.light import lazy_pattern

BOOLEANS = {**dict.fromkeys(("true", "1"), True), **dict.fromkeys(("false", "0"), False)}

SHORT = lazy_pattern("-[a-z]=")

HELP = """Render a kustomization, byte for byte as 'kustomize build' does.

DIR is a folder with a kustomization, or a Git repository as kustomize spells
it; without it, this folder. A project ('kfinstall init') is checked whole
before. Nothing is sent to a cluster, nothing is run but your 'git' and what an
option allows, and nothing is fetched but the repositories and files that DIR,
or a kustomization, names: with GITHUB_TOKEN from GitHub, where it is set.

Files are kept as they were read, by their content, for the next build:
in ~/.cache/kfinstall/documents, at most 256 MiB, nothing of a Secret.
XDG_CACHE_HOME or KFINSTALL_CACHE_DIR move it, KFINSTALL_NO_CACHE=1 turns it
off.

\b
Examples:
  kfinstall build overlays/gke | kubectl apply -f -
  kfinstall build overlays/gke -o rendered.yaml
  kfinstall build overlays/gke -o rendered/      one file a resource
  kfinstall build overlays/gke --format json | jq '.items[].metadata.name'
  kfinstall build 'https://github.com/org/repo//overlays/gke?ref=v1.2.0'
  kfinstall build overlays/gke --explain Deployment/minio:spec.replicas
  kfinstall build --environment prod -c jupyter  a part of the project here
"""


def _declared(option: Option) -> Callable[[Any], Any]:
    """Give a row of the table as an option of click's."""
    kind = click.Choice(option.choices) if option.choices else None
    return click.option(
        *option.spellings,
        option.parameter,
        type=kind,
        default=option.absent,
        is_flag=option.is_flag,
        metavar=option.metavar,
        help=option.help,
    )


class WithBooleans(click.Command):
    """A command whose options may be typed as kustomize's: `--enable-helm=true`, `--enable-helm=false`, `-o=file`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write such options as click knows them: flags alone, or not at all."""
        flags = {name for one in self.params if isinstance(one, click.Option) and one.is_flag for name in one.opts}
        words: list[str] = []
        for at, word in enumerate(args):
            flag, _, value = word.partition("=")
            if word == "--":
                return super().parse_args(ctx, [*words, *args[at:]])
            if SHORT.match(word):
                words += [flag, value]
            elif flag not in flags or value not in BOOLEANS:
                words.append(word)
            elif BOOLEANS[value]:
                words.append(flag)
        return super().parse_args(ctx, words)


@click.command(help=HELP, cls=WithBooleans)
@click.argument(FOLDER, metavar="[DIR]", default=HERE)
@together(*map(_declared, BUILD_OPTIONS))
@environment_option
@component_option
@program_options
@click.option("--stack-trace", is_flag=True, hidden=True, expose_value=False)
def command(allowed: Allowed, **given: Any) -> None:
    """Hand over what was given."""
    _check_variables(allowed, given[FOLDER])
    parameters = {name: given[name] for name in (FOLDER, *(option.parameter for option in BUILD_OPTIONS))}
    render(**parameters, allowed=allowed, environment=given["environment"], only=given["only"])


def _check_variables(allowed: Allowed, folder: str) -> None:
    """Refuse a variable for functions where none may run and an environment of the project is called so."""
    for name in () if allowed.enable_alpha_plugins or allowed.enable_exec else allowed.env:
        if (Path(folder) / "environments" / name / "kustomization.yaml").is_file():
            hint = f"an environment of the project is --environment {name}"
            raise InputError(f"--env {name} is kustomize's: a variable for functions", hint=hint)
