"""Write the generated parts of docs/: everything in docs/reference comes from the code and its tables.

`make docs` writes them; a test compares what stands there with what would be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from kfinstall import catalog
from kfinstall.catalog import ComponentInfo, Parameter, allowed_values
from kfinstall.catalog.detection import SIGNALS
from kfinstall.cli.main import COMMANDS, cli
from kfinstall.doctor.checks import CHECKS
from kfinstall.doctor.model import Check
from kfinstall.health import HEALTH_BY_KIND
from kfinstall.prototypes import Prototype, prototypes

REFERENCE = Path(__file__).parent / "reference"
DOCTOR = Path(__file__).parent / "doctor"
NOTE = "<!-- Written by `make docs` from the code; changes here are lost. -->\n"


EXIT_CODES = (
    ("0", "done, or no difference"),
    ("1", "a difference, or a finding; or a question answered with no"),
    ("2", "the input is wrong"),
    ("3", "the cluster refused, or cannot be reached"),
    ("4", "not healthy in time"),
    ("5", "another installer holds the lock"),
    ("70", "a bug in kfinstall; a report without any values was written"),
    ("130", "interrupted; the same command goes on where it stopped"),
    ("141", "whoever read the output went away"),
)


def cli_page() -> str:
    """Give every command's help, as a terminal shows it."""
    with click.Context(cli, info_name="kfinstall", terminal_width=80, **cli.context_settings) as context:
        commands = [(name, cli.get_command(context, name)) for name in COMMANDS]
        shown = [text for name, found in commands if found for text in _command(found, name, context, "##")]
    return "\n".join([NOTE, "# Commands\n", table(("exit code", "meaning"), EXIT_CODES), *shown])


def _command(command: click.Command, name: str, parent: click.Context, level: str) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent, terminal_width=80) as context:
        yield f"{level} {context.command_path}\n"
        yield f"```text\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                yield from _command(found, child, context, f"{level}#")


def components_page() -> str:
    """Give each component's version, ports, parameters, storage and requirements."""
    rows = [
        (f"[{info.name}](#{info.name})", info.version, info.status, info.description) for info in catalog.components()
    ]
    overview = table(("component", "version", "status", "what it is"), rows)
    glance = table(("component", "platforms", "ports", "storage", "parameters"), [*map(_glance, catalog.components())])
    intro = "What each needs and takes, and on which platforms it is installed without being asked for:\n"
    return "\n".join([NOTE, "# Components\n", overview, intro, glance, *map(_component, catalog.components())])


def _glance(info: ComponentInfo) -> Sequence[str]:
    names = [one.name for one in catalog.platforms() if info.name in catalog.packaged_set(one.name)]
    everywhere = len(names) == len(catalog.platforms())
    return (
        f"[{info.name}](#{info.name})",
        "all" if everywhere else ", ".join(names) or "on request",
        ", ".join(dict.fromkeys(f"{port.service}:{port.port}" for port in info.ports)),
        ", ".join(f"{kept.claim} {kept.size}" for kept in info.stores),
        ", ".join(one.name for one in info.parameters),
    )


def _component(info: ComponentInfo) -> str:
    fate = "" if info.upstream == "alive" else f" ({info.upstream}, [more](../../base/{info.name}/README.md))"
    facts = [f"Upstream: {info.source}{fate}. Proven: {info.proven}."]
    if info.successor:
        facts.append(f"Successor: {info.successor}.")
    if info.unrestricted:
        facts.append(f'Does not meet Pod Security "restricted": {info.unrestricted}.')
    if info.requires:
        facts.append(f"Requires {', '.join(info.requires)}.")
    stored = [(kept.claim, kept.size, kept.access, kept.holds) for kept in info.stores]
    tables = [
        table(("image", "use"), [(f"`{use.image}`", use.use) for use in info.images]),
        table(("service", "port", "use"), [(port.service, str(port.port), port.use) for port in info.ports]),
        table(("claim", "size", "access", "holds"), stored),
        table(("parameter", "value", "default", "meaning"), _settings(info.parameters)),
    ]
    return "\n".join([f"## {info.name}\n", f"{info.description}.\n", " ".join(facts) + "\n", *filter(None, tables)])


def _meaning(parameter: Parameter) -> str:
    """Give what a parameter is for, which door it opens, and what it was called before."""
    opens = f". Opens: {parameter.opens}" if parameter.opens else ""
    formerly = f". Formerly {', '.join(parameter.formerly)}" if parameter.formerly else ""
    return f"{parameter.description}{opens}{formerly}. Since {parameter.since}"


def prototypes_page() -> str:
    """Give each prototype's requirements and parameters."""
    rows = [(f"[{found.name}](#{found.name})", found.description) for found in prototypes()]
    intro = "`kfinstall generate PROTOTYPE NAME --param PARAMETER=VALUE`; [how](../workloads.md).\n"
    overview = table(("prototype", "what it makes"), rows)
    return "\n".join([NOTE, "# Prototypes\n", intro, overview, *map(_prototype, prototypes())])


def _prototype(found: Prototype) -> str:
    requires = [f"Requires {', '.join(found.requires)}.\n"] if found.requires else []
    text = [f"## {found.name}\n", f"{found.description}.\n", *requires]
    return "\n".join([*text, table(("parameter", "value", "default", "meaning"), _settings(found.parameters))])


def _settings(parameters: Sequence[Parameter]) -> list[Sequence[str]]:
    return [(p.name, allowed_values(p), f"`{p.default}`" if p.default else "", _meaning(p)) for p in parameters]


def platforms_page() -> str:
    """Give the platforms and by what each is recognised."""
    rows = [(info.name, info.description, ", ".join(info.brings)) for info in catalog.platforms()]
    signals = [(str(i), platform, _signal(signal)) for i, (platform, signal) in enumerate(SIGNALS, 1)]
    return "\n".join(
        [
            NOTE,
            "# Platforms\n",
            "[What to do beforehand on each, and what else each offers](../platforms.md).\n",
            table(("platform", "what it is", "adds"), rows),
            "`--platform auto` takes the first of these that the cluster shows:\n",
            table(("", "platform", "signal"), signals),
        ]
    )


def _signal(signal: Callable[..., str]) -> str:
    """Give the words a signal looks for, from what its function holds."""
    held = [cell.cell_contents for cell in signal.__closure__ or ()]
    words = [word for content in held for word in ([content] if isinstance(content, str) else content)]
    kind = signal.__qualname__.split(".")[0].strip("_").replace("_", " ")
    return f"{kind} {', '.join(f'`{word}`' for word in words)}" if words else kind


def health_page() -> str:
    """Give the kinds whose health has a rule of its own, and where each rule is written."""
    rows = [(str(kind), rule.source) for kind, rule in sorted(HEALTH_BY_KIND.items(), key=lambda item: str(item[0]))]
    intro = "Kinds that are not here are judged by their generic conditions.\n"
    return "\n".join([NOTE, "# Health rules\n", intro, table(("kind", "source of the rule"), rows)])


_FIXES = {
    "auto": "`kfinstall doctor --fix` makes it good",
    "ask": "`kfinstall doctor --fix` shows the change, and makes it after a yes",
    "cmd": "the finding has the command",
}


def check_page(check: Check) -> str:
    """Give the page of one check of `kfinstall doctor`."""
    kind = "symptom of something else, and stands below its cause" if check.is_symptom else "cause"
    proof = "made in a test, or its text comes from a real program" if check.is_proven else "experimental: not proven"
    facts = [
        ("severity", check.severity.value),
        ("group", check.group),
        ("it is a", kind),
        ("reads", ", ".join(f"`{kind}`" for kind in (*check.reads, *check.helps)) or "manifests alone"),
        ("fix", _FIXES[check.fix]),
        ("the fault is", proof),
    ]
    docs = "\n\n".join(" ".join(paragraph.split()) for paragraph in check.docs.split("\n\n"))
    return "\n".join(
        [NOTE, f"# {check.id}: {check.title}\n", f"{docs}\n", f"**{check.remedy}**\n", table(("", ""), facts)]
    )


def checks_page() -> str:
    """Give the list of all checks."""
    rows = [
        (f"[{check.id}]({check.id}.md)", check.severity.value, check.group, check.fix, check.title) for check in CHECKS
    ]
    intro = "What `kfinstall doctor` looks for. `kfinstall doctor --explain KF601` shows a page in the terminal.\n"
    return "\n".join([NOTE, "# Checks\n", intro, table(("check", "severity", "group", "fix", "what it finds"), rows)])


def doctor_pages() -> Mapping[str, str]:
    """Give each page of docs/doctor by its name."""
    return {"README.md": checks_page(), **{f"{check.id}.md": check_page(check) for check in CHECKS}}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a Markdown table; nothing where there is no row."""
    if not rows:
        return ""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "components.md": components_page,
    "health.md": health_page,
    "platforms.md": platforms_page,
    "prototypes.md": prototypes_page,
}


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
    DOCTOR.mkdir(exist_ok=True)
    for old in DOCTOR.iterdir():
        old.unlink()
    for name, text in doctor_pages().items():
        (DOCTOR / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
