"""What the README says is done here as written: its commands in their order, on a local control plane like GKE's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kfinstall import localplane
from kfinstall.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXIT_CODES = {"kfinstall diff my-platform --name gke": 1, "kfinstall diff my-ml --name gke": 1}
"""Commands that end with another code than 0, as they should."""
DONE_ELSEWHERE = ("make", "pip")
"""The wheel's test installs, and `make demo` is `local up` and `apply`."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    lines = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(DONE_ELSEWHERE)]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of what is installed, and beside it the overlay that the README shows."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("base", "platforms", "overlays"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "my-platform").mkdir()
    (folder / "my-platform" / "kustomization.yaml").write_text(blocks("yaml")[0])
    return folder


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with localplane.up("gke") as plane:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        yield {**os.environ, "PATH": path, "KUBECONFIG": str(plane.kubeconfig)}


@pytest.mark.parametrize("command", commands())
def test_the_readmes_commands_do_what_it_says(command: str, checkout: Path, environment: dict[str, str]) -> None:
    asked = f"{command} --yes" if command.startswith("kfinstall delete") else command
    done = subprocess.run(
        asked, shell=True, cwd=checkout, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == EXIT_CODES.get(command, 0), done
    if command.startswith("kfinstall apply"):
        assert "warning: ambassadorServiceType=LoadBalancer opens a door: whoever reaches" in done.stderr


def test_the_readmes_overlay_is_plain_kustomize(checkout: Path) -> None:
    kubectl = Path(sys.executable).parent / "kubectl"
    judge = subprocess.run([kubectl, "kustomize", checkout / "my-platform"], capture_output=True, text=True)
    assert judge.returncode == 0, judge.stderr
    ours = subprocess.run(
        [sys.executable, "-m", "kfinstall", "build", checkout / "my-platform"], capture_output=True, text=True
    )
    assert ours.stdout == judge.stdout


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


def options(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """Give every option of a command and its commands, with the command's path."""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield from ((name, option) for option in parameter.opts)
    if isinstance(command, click.Group):
        for child in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), child)
            assert found is not None
            yield from options(found, f"{name} {child}")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_stands_in_the_reference_and_has_an_explanation(name: str) -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for path, option in options(command, f"kfinstall {name}"):
        section = page.split(f"# {path}\n", 1)[1].split("\n```\n", 1)[0]
        assert option in section, f"{path} {option}"
