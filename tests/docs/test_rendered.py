"""What docs/gitops/rendered.md says is typed here as written, in a project with an overlay beside it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from kfinstall.cli.start import run
from tests.judge import write_tree

PAGE = (Path(__file__).parents[2] / "docs" / "gitops" / "rendered.md").read_text()
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def bash(command: str, folder: Path) -> int:
    author = {f"GIT_{who}_{what}": "t@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env={**os.environ, **author, "PATH": path}, capture_output=True
    ).returncode


def test_the_page_on_rendered_manifests_does_what_it_says(tmp_path):
    folder = tmp_path / "my-ml"
    assert run(["init", str(folder), "--platform", "gke"]) == 0
    overlay = {"my-overlay/kustomization.yaml": "namePrefix: a-\nresources: [one.yaml]\n"}
    write_tree(folder, {**overlay, "my-overlay/one.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"})
    commands = [line for block in BLOCK.findall(PAGE) for line in block.splitlines()]
    assert len(commands) >= 8
    compare = [command for command in commands if "diff" in command]
    for command in commands[: -len(compare)]:
        if "--check" not in command:
            shutil.rmtree(folder / "rendered", ignore_errors=True)  # each line is another way to begin
        assert bash(command, folder) == 0, command
    assert bash("git init -qb main && git add -A && git commit -qm one && git switch -qc change", folder) == 0
    assert bash("kfinstall param set modelServerReplicas 2", folder) == 0
    assert bash("kfinstall render --all-environments --to rendered && git add -A && git commit -qm two", folder) == 0
    assert [bash(command, folder) for command in compare] == [1] * len(compare)
    assert "+  replicas: 2" in (folder / "comment.md").read_text()
