"""What docs/walkthrough.md says is done here as written, up to the answer of the model that was trained and served."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kfinstall.localplane.process import end
from kfinstall.localplane.state import instances
from tests.e2e.sites import Site
from tests.programs.building import training_operator
from tests.programs.node import running_node
from tests.programs.operators import TF, mount_certificate, operating

PAGE = (Path(__file__).parents[2] / "docs" / "walkthrough.md").read_text()
IMAGES = Path(__file__).parents[1] / "programs" / "images"
PROGRAMS = {
    "registry.example/half-plus-two:1": [sys.executable, str(IMAGES / "half_plus_two.py")],
    "docker.io/tensorflow/serving:2.20.0": [sys.executable, str(IMAGES / "model_server.py")],
}
"""Image -> what runs in its place."""
BLOCK = re.compile(r"```(sh|json)\n(.*?)```", re.DOTALL)
COMMANDS = [line for language, text in BLOCK.findall(PAGE) for line in text.splitlines() if language == "sh"]
(ANSWER,) = [json.loads(text) for language, text in BLOCK.findall(PAGE) if language == "json"]
DIFFERENCE = ("kfinstall diff", "kfinstall param diff")
EXPORT = re.compile(r"export (\w+)=\$\((.*)\)")
FIRST_WORKLOAD = next(at for at, word in enumerate(COMMANDS) if word.startswith("kfinstall generate"))


class Reader:
    """Somebody who types the page's commands: where they are, and what they exported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "XDG_STATE_HOME": str(folder / "state")}

    def type(self, command: str) -> str:
        """Give what a command prints; it must end as the page says."""
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return ""
        if export := EXPORT.fullmatch(command):
            self.environment[export[1]] = self.type(export[2]).strip()
            return ""
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == (1 if command.startswith(DIFFERENCE) else 0), done
        return done.stdout


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Give a reader whose control plane has ended afterwards, also where the page was not read to its end."""
    yield Reader(tmp_path)
    for instance in instances(tmp_path / "state" / "kfinstall" / "local"):
        end([instance.owner, *instance.programs.values()])


@contextmanager
def what_pods_would_run(site: Site, folder: Path) -> Iterator[None]:
    """Run the training operator with the rights that it has on this cluster, and a node that runs pods."""
    program = training_operator(lambda _: None)
    for name in ("operator", "node"):
        (folder / name).mkdir()
    with operating(site, program, TF, folder / "operator") as operator:
        mount_certificate(site, operator, folder / "operator")
        with running_node(site, PROGRAMS, folder / "node"):
            yield


def test_the_walkthrough_ends_with_an_answer_of_the_model_that_it_trained(reader: Reader, tmp_path: Path) -> None:
    before, after = COMMANDS[:FIRST_WORKLOAD], COMMANDS[FIRST_WORKLOAD:]
    for command in before:
        reader.type(command)
    with what_pods_would_run(Site(Path(reader.environment["KUBECONFIG"]), tmp_path), tmp_path):
        said = {command.partition(" -")[0]: reader.type(command) for command in after[:-1]}
    assert "saved version 1" in said["kubectl logs half-plus-two-chief-0"]
    predictions = json.loads(said["kubectl create"])["predictions"]
    assert predictions == pytest.approx(ANSWER["predictions"], abs=0.05)
    assert after[-1] == "kfinstall local down"
    reader.type(after[-1])
    assert instances(tmp_path / "state" / "kfinstall" / "local") == ()
