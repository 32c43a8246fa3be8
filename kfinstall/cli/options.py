"""Options that several commands share, so that they are spelled and explained the same everywhere.

A group of options arrives in the command as one value: `access`, `wanted`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, TypeAlias

import click

from kfinstall.cli import completing

Function: TypeAlias = Callable[..., Any]
Decorator: TypeAlias = Callable[[Function], Function]

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


@dataclass(frozen=True, slots=True)
class Access:
    """Which cluster to speak to; None where the kubeconfig's own choice holds."""

    kubeconfig: str | None
    context: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: where the manifests are, for which platform, and the installation's name and record.

    `more` has further sources of the same run. `environment` is one of a project's, `only` the one component to look
    at; charts are rendered with `enable_helm`.
    """

    source: str | None = None
    platform: str | None = None
    components: tuple[str, ...] = ()
    name: str | None = None
    namespace: str = "kfinstall-system"
    environment: str | None = None
    only: str | None = None
    no_cache: bool = False
    enable_helm: bool = False
    helm_command: str | None = None
    health_rules: str | None = None
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which programs a build may run, and how."""

    enable_helm: bool = False
    helm_command: str | None = None
    helm_api_versions: tuple[str, ...] = ()
    helm_kube_version: str = ""
    helm_debug: bool = False
    enable_alpha_plugins: bool = False
    enable_exec: bool = False
    network: bool = False
    mount: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    as_current_user: bool = False


def together(*options: Decorator) -> Decorator:
    """Give one decorator that adds several options, shown in the order given."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def gathered(kind: type[Any], into: str, *options: Decorator) -> Decorator:
    """Give a decorator that adds options and hands them over as one value of `kind`, named `into`."""
    names = [field.name for field in fields(kind)]

    def decorate(function: Function) -> Function:
        @wraps(function)
        def call(**given: Any) -> Any:
            given[into] = kind(**{name: given.pop(name) for name in names if name in given})
            return function(**given)

        return together(*options)(call)

    return decorate


access_options = gathered(
    Access,
    "access",
    click.option("--kubeconfig", type=click.Path(), metavar="FILE", help="Kubeconfig to read instead of $KUBECONFIG."),
    click.option("--context", metavar="NAME", help="Context of the kubeconfig instead of its current one."),
)
"""Which cluster: --kubeconfig and --context, as `access`."""

_source = click.argument("source", metavar="[DIR|FILE|-]", required=False, type=click.Path())
_more = click.argument("more", metavar="[DIR|FILE|-]...", nargs=-1, type=click.Path())
_platform = click.option(
    "--platform",
    metavar="PLATFORM",
    shell_complete=completing.platforms,
    help="Kind of cluster (see 'kfinstall platforms'), or 'auto': ask the cluster. Without DIR or project: auto.",
)
_components = click.option(
    "--with",
    "components",
    metavar="COMPONENT",
    multiple=True,
    shell_complete=completing.components,
    help="Add a component that is opt-in. Repeatable.",
)
_name = click.option("--name", metavar="NAME", help="Name of the installation. Default: the platform's or folder's.")
_namespace = click.option(
    "--namespace",
    "-n",
    metavar="NS",
    default="kfinstall-system",
    show_default=True,
    help="Namespace that keeps the record of what is installed; it never changes manifests.",
)

_no_cache = click.option("--no-cache", is_flag=True, help="Read every file anew, and keep nothing of it.")
environment_option = click.option(
    "--environment",
    metavar="NAME",
    shell_complete=completing.environments,
    help="Environment of the project to work on.",
)
component_option = click.option(
    "--component",
    "-c",
    "only",
    metavar="COMPONENT",
    shell_complete=completing.components,
    help="This component alone.",
)

_enable_helm = click.option("--enable-helm", is_flag=True, help="Render charts with your Helm: it is run.")
_helm_command = click.option(
    "--helm-command", metavar="PATH", show_default="helm", help="The Helm to run, version 3 or 4."
)

_health_rules = click.option(
    "--health-rules",
    metavar="FILE",
    type=click.Path(),
    help="When resources of a kind are healthy, in CEL or JSONPath; a project has them in health.yaml.",
)

wanted_options = gathered(
    Wanted,
    "wanted",
    _source,
    _more,
    _platform,
    _components,
    environment_option,
    component_option,
    _name,
    _namespace,
    _no_cache,
    _enable_helm,
    _helm_command,
    _health_rules,
)
"""What to install, and under which name, as `wanted`."""

manifest_options = gathered(
    Wanted,
    "wanted",
    _source,
    _more,
    _platform,
    _components,
    environment_option,
    component_option,
    _no_cache,
    _enable_helm,
    _helm_command,
)
"""Which manifests to look at where no cluster is asked, as `wanted`."""

render_options = gathered(
    Wanted,
    "wanted",
    _source,
    _more,
    _platform,
    _components,
    environment_option,
    _no_cache,
    _enable_helm,
    _helm_command,
)
"""Which manifests to render, whole, as `wanted`."""

installed_options = gathered(Wanted, "wanted", _source, _more, _platform, environment_option, _name, _namespace)
"""Which of the installations there are, as `wanted`."""

record_options = gathered(Wanted, "wanted", environment_option, _name, _namespace)
"""Which of the installations there are, where an argument says something else, as `wanted`."""

_helm = (
    _enable_helm,
    _helm_command,
    click.option(
        "--helm-api-versions",
        multiple=True,
        metavar="VERSION",
        help="API version that charts see, where they name none. Repeatable.",
    ),
    click.option(
        "--helm-kube-version",
        default="",
        metavar="VERSION",
        help="Kubernetes version that charts see, where they name none.",
    ),
    click.option("--helm-debug", is_flag=True, help="Run Helm with --debug."),
)
_functions = (
    click.option(
        "--enable-alpha-plugins", is_flag=True, help="Run the functions and plugins that the tree names, and Helm."
    ),
    click.option("--enable-exec", is_flag=True, help="With it: also functions that are programs of this machine."),
    click.option("--network", is_flag=True, help="Let functions that ask for it reach the network."),
    click.option("--network-name", hidden=True, expose_value=False),  # kustomize takes it, and does nothing with it
    click.option("--mount", multiple=True, metavar="MOUNT", help="Let functions see a folder or volume. Repeatable."),
    click.option("-e", "--env", multiple=True, metavar="NAME[=VALUE]", help="Give functions a variable. Repeatable."),
    click.option("--as-current-user", is_flag=True, help="Run containers of functions as you, not as nobody."),
)
program_options = gathered(Allowed, "allowed", *_helm, *_functions)
"""Which programs a build may run, as `allowed`."""

project_option = click.option("--project", metavar="DIR", default=".", show_default=True, help="Folder of the project.")

catalog_ref_option = click.option(
    "--catalog-ref", metavar="REPO@REF", help="Take the catalogue from a Git repository, at a tag, branch or commit."
)

yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")

conflict_options = together(
    click.option(
        "--on-conflict",
        type=click.Choice(["fail", "force", "yield"]),
        default="fail",
        show_default=True,
        help="A field that someone else manages: refuse, take it over, or leave it to them.",
    ),
    click.option("--force-conflicts", is_flag=True, help="The same as --on-conflict force."),
)
adopt_option = click.option("--adopt", is_flag=True, help="Take over what Helm, GitOps or another installation owns.")
rollback_option = click.option(
    "--rollback-on-failure", is_flag=True, help="Where something fails, go back to the last healthy revision."
)
prune_option = click.option("--without-prune", is_flag=True, help="Leave what is no longer in the manifests.")
preflight_option = click.option(
    "--skip-preflight", is_flag=True, help="Begin though a check says that it would surely fail."
)
mismatch_option = click.option(
    "--allow-platform-mismatch",
    "allow_mismatch",
    is_flag=True,
    help="Go on though the cluster is of another kind.",
)


def timeout_option(default: str = "10m") -> Decorator:
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


def output_option(*formats: str) -> Decorator:
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
    help="Say more on standard error: retries, with -vv requests.",
)
