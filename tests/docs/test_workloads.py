"""What docs/workloads.md says is done here as written: its commands in their order, on a control plane like kind's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from kfinstall import localplane

PAGE = (Path(__file__).parents[2] / "docs" / "workloads.md").read_text()
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def test_the_guide_to_workloads_does_what_it_says(tmp_path: Path) -> None:
    with localplane.up("kind") as plane:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "KUBECONFIG": str(plane.kubeconfig)}
        folder = tmp_path

        def do(command: str) -> str:
            done = subprocess.run(
                command,
                shell=True,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done
            return done.stdout

        for command in [line for text in BLOCK.findall(PAGE) for line in text.splitlines()]:
            if command.startswith("cd "):
                folder = folder / command.removeprefix("cd ")
            else:
                do(command)
        first = (folder / "workloads" / "mnist.yaml").read_text().splitlines()[0]
        assert first.startswith(re.findall(r"^# kfinstall generate .*(?= …)", PAGE, re.MULTILINE)[0])
        assert yaml.safe_load((folder / "digits.yaml").read_text())["kind"] == "PyTorchJob"
        assert len(list((folder / "workloads").glob("*.yaml"))) == 11
