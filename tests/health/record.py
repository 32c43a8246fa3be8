"""Writes down what other programs say of each state of the corpus: `make judges` runs it.

The program that asks them links their own code and takes minutes to build, so that the tests read what it said.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.health.corpus import HERE, VERDICTS, load_states

PROGRAM = HERE / "judges"
JUDGES = {
    "argocd": ("github.com/argoproj/argo-cd/v3", "github.com/argoproj/argo-cd/gitops-engine"),
    "kstatus": ("sigs.k8s.io/cli-utils",),
    "kubectl": ("k8s.io/kubectl",),
}
"""Judge -> the modules that its verdicts come from."""


def main() -> None:
    """Ask about all states, and write the answers."""
    files = [str(HERE / "live" / f"{state.name}.yaml") for state in load_states()]
    answers = [json.loads(line) for line in _go("run", "-trimpath", ".", *files).splitlines()]
    digests = {state.name: state.digest for state in load_states()}
    VERDICTS.write_text(_text([{**answer, "digest": digests[answer["name"]]} for answer in answers]))


def _text(states: list[dict[str, Any]]) -> str:
    """Give JSON with a line per state, so that a change of one is a change of one line."""
    judges = {name: [_version(module) for module in modules] for name, modules in JUDGES.items()}
    lines = ",\n".join(json.dumps(state, sort_keys=True) for state in states)
    return f'{{"judges": {json.dumps(judges)},\n"states": [\n{lines}\n]}}\n'


def _version(module: str) -> str:
    return _go("list", "-m", "-f", "{{.Path}} {{with .Replace}}{{.Version}}{{else}}{{.Version}}{{end}}", module).strip()


def _go(*arguments: str) -> str:
    return subprocess.run(["go", *arguments], cwd=PROGRAM, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
