"""What docs/doctor.md says is done here as written: its files are made, its commands run in their order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from kfinstall import localplane

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "doctor.md").read_text()
BLOCK = re.compile(r"```(sh|yaml|text)\n(.*?)```", re.DOTALL)
EXIT = re.compile(r"# exits with (\d)$")


def test_the_guide_to_the_doctor_does_what_it_says(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    last = ""
    with localplane.up("kind") as plane:
        environment = {**os.environ, "PATH": path, "KUBECONFIG": str(plane.kubeconfig)}
        for language, text in BLOCK.findall(PAGE):
            if language == "yaml":
                (tmp_path / text.removeprefix("# ").partition("\n")[0]).write_text(text)
            elif language == "text":
                assert_said(text, last)
            for command in text.splitlines() if language == "sh" else ():
                wanted = int(found[1]) if (found := EXIT.search(command)) else 0
                done = subprocess.run(
                    command, shell=True, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
                    capture_output=True, text=True,
                )  # fmt: skip
                assert done.returncode == wanted, (command, done.stdout, done.stderr)
                last = done.stderr
    assert "image: registry.k8s.io/pause:3.9" in (tmp_path / "web.yaml").read_text()
    assert "# a registry of old" in (tmp_path / "web.yaml").read_text()


def assert_said(text: str, said: str) -> None:
    """Each line of the page is what was printed, `…` for what differs from run to run."""
    for line in text.splitlines():
        assert re.search(".*".join(map(re.escape, line.split("…"))), said), (line, said)


def test_every_option_that_the_guide_names_is_there() -> None:
    help_text = (ROOT / "docs" / "reference" / "cli.md").read_text()
    assert [option for option in sorted(set(re.findall(r"--[a-z-]+", PAGE))) if option not in help_text] == []
