"""Options that several commands share, so that they are spelled and explained the same everywhere."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])
Decorator = Callable[[Function], Function]

UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Duration(click.ParamType[float]):
    """A time such as `90s`, `10m`, `1h30m`; a bare number counts seconds. Gives seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the seconds, or a usage error that shows what may stand there."""
        if isinstance(value, int | float):
            return float(value)
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return float(value)
        if not re.fullmatch(r"(\d+(\.\d+)?[smh])+", value):
            self.fail(f"'{value}' is not a time; write for example 90s, 10m or 1h30m", param, ctx)
        return sum(float(number) * UNITS_S[unit] for number, unit in re.findall(r"([\d.]+)([smh])", value))


def together(*options: Decorator[Any]) -> Decorator[Any]:
    """Give one decorator that adds several options, in the order given."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


access_options = together(
    click.option("--kubeconfig", type=click.Path(), metavar="FILE", help="Kubeconfig to read instead of $KUBECONFIG."),
    click.option("--context", metavar="NAME", help="Context of the kubeconfig, instead of the current one."),
)
"""Which cluster: --kubeconfig and --context."""

installation_options = together(
    click.option("--name", metavar="NAME", help="Name of the installation  [default: the platform's or folder's name]"),
    click.option(
        "--namespace",
        "-n",
        metavar="NS",
        default="kfinstall-system",
        show_default=True,
        help="Namespace that keeps the record of what is installed; never rewrites manifests.",
    ),
)
"""Which installation: --name and --namespace."""

source_options = together(
    click.argument("source", metavar="[DIR|FILE|-]", required=False),
    click.option(
        "--platform",
        metavar="PLATFORM",
        help="Kind of cluster, see 'kfinstall platforms'; 'auto' asks the cluster  [default: auto without DIR]",
    ),
    click.option(
        "--with", "components", metavar="COMPONENT", multiple=True, help="Add a component that is opt-in; repeatable."
    ),
)
"""What to install: a folder, a file, or the packaged overlay of a platform."""

yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


def timeout_option(default: str = "10m") -> Decorator[Any]:
    """Give --timeout with this default; its value is in seconds, as `timeout_s`."""
    return click.option(
        "--timeout",
        "timeout_s",
        type=Duration(),
        default=default,
        show_default=True,
        metavar="TIME",
        help="How long a resource may take to become healthy.",
    )


def output_option(*formats: str) -> Decorator[Any]:
    """Give -o/--output with these formats; the first is the default."""
    return click.option(
        "--output",
        "-o",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="Format of the result.",
    )


def _log_to_stderr(ctx: click.Context, param: click.Parameter, value: int) -> None:
    if value and not ctx.resilient_parsing:
        level = logging.INFO if value == 1 else logging.DEBUG
        logging.basicConfig(level=logging.WARNING, format="%(relativeCreated)7.0f ms %(name)s: %(message)s")
        logging.getLogger("kfinstall").setLevel(level)


verbose_option = click.option(
    "--verbose",
    "-v",
    count=True,
    expose_value=False,
    is_eager=True,
    callback=_log_to_stderr,
    help="Say more on standard error: retries, then (-vv) requests.",
)
