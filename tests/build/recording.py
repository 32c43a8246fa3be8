"""Builds that run programs: what kfinstall and the real tool print, and how each called a program that stands in."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from rendering import KUBECTL, write_tree

from kfinstall.cli.main import run

STAND_INS = Path(__file__).parent / "stand_ins"
TEMPORARY = re.compile(r"/[^\s\"]*/(kustomize-helm|kust-plugin-config)-[A-Za-z0-9_]+")


class Run(NamedTuple):
    """What one tool did: what it printed (None where it refused), what it complained of, the calls that were made."""

    printed: str | None
    said: str
    calls: list[Any]


class Bench(NamedTuple):
    """Where a tree is built: by both tools at the same path, one after the other, each with the files as given."""

    folder: Path
    files: Mapping[str, str]
    env: Mapping[str, str] = {}

    def ours(self, *flags: str) -> Run:
        """Build with kfinstall, in this process."""

        def build(env: Mapping[str, str]) -> tuple[int, str, str]:
            out, err = io.StringIO(), io.StringIO()
            with chdir(self.folder), _environment(env), redirect_stdout(out), redirect_stderr(err):
                return run(["build", "tree", *flags]), out.getvalue(), err.getvalue()

        return self._run(build)

    def theirs(self, *flags: str) -> Run:
        """Build with the real tool."""

        def build(env: Mapping[str, str]) -> tuple[int, str, str]:
            argv = [KUBECTL, "kustomize", "tree", *flags]
            done = subprocess.run(argv, cwd=self.folder, env=env, capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr

        return self._run(build)

    def _run(self, build: Callable[[Mapping[str, str]], tuple[int, str, str]]) -> Run:
        calls = self.folder / "calls"
        calls.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "tree", ignore_errors=True)
        write_tree(self.folder / "tree", self.files)
        for path in self.files:
            if (self.folder / "tree" / path).read_bytes()[:2] == b"#!":
                (self.folder / "tree" / path).chmod(0o755)
        path = f"{STAND_INS}:{os.environ['PATH']}"
        status, printed, said = build({**os.environ, "PATH": path, "STAND_IN_CALLS": str(calls), **self.env})
        made = calls.read_text().splitlines() if calls.exists() else []
        found = [json.loads(TEMPORARY.sub("TEMPORARY", call)) for call in made]
        return Run(printed if status == 0 else None, said, found)


@contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
