"""What docs/projects.md says is done here as written: its commands in their order, on a control plane like GKE's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from kfinstall.localplane import Plane

PAGE = (Path(__file__).parents[2] / "docs" / "projects.md").read_text()
EXIT_CODES = {"kfinstall param diff dev prod": 1, "kfinstall diff --environment prod": 1}
"""Commands that end with another code than 0, as they should."""
BLOCK = re.compile(r"```(sh|yaml)\n(.*?)```", re.DOTALL)


def test_the_guide_to_projects_does_what_it_says(plane: Plane, tmp_path: Path) -> None:
    folder = tmp_path
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "KUBECONFIG": str(plane.kubeconfig)}
    for language, text in BLOCK.findall(PAGE):
        if language == "yaml":
            with (folder / "changes" / "kustomization.yaml").open("a") as file:
                file.write(text)
            continue
        for command in text.splitlines():
            if command.startswith("cd "):
                folder = folder / command.removeprefix("cd ")
                continue
            done = subprocess.run(
                command,
                shell=True,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            assert done.returncode == EXIT_CODES.get(command, 0), done
            if "LoadBalancer" in command or command == "kfinstall diff --environment prod":
                assert "warning: jupyterHubServiceType=LoadBalancer opens a door" in done.stderr
    rendered = (folder / "rendered.yaml").read_text()
    assert (
        rendered
        == subprocess.run(
            [Path(sys.executable).with_name("kubectl"), "kustomize", folder / "environments" / "prod"],
            capture_output=True,
            text=True,
        ).stdout
    )
    assert "storage: 200Gi" in rendered
    assert "memory: 1Gi" in rendered
