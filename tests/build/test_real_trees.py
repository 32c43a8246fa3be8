"""The tool that compares the folders of other people's checkouts with the real one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from rendering import write_tree

from benchmarks.real_trees import AGREED, Compared, Outcome, Verdict, build_here, disagreements

FILES = {
    "good/kustomization.yaml": "resources: [a.yaml]\nnamePrefix: p-\n",
    "good/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    "outside/kustomization.yaml": "resources: [../good/a.yaml]\n",
    "broken/kustomization.yml": "resources: [missing.yaml]\n",
    "remote/kustomization.yaml": "resources: ['https://example.com/org/repo//folder?ref=v1']\n",
}

TEXT, OTHER = Outcome(b"a: 1\n", "", 0), Outcome(b"a: 2\n", "", 0)
REFUSAL, CRASH = Outcome(None, "no", 0), Outcome(None, "Traceback", 0, is_crash=True)
NO_NETWORK = Outcome(None, "Get https://example.com: dial tcp 127.0.0.1:9: connection refused", 0)


def test_every_folder_of_a_checkout_is_built_with_both(tmp_path: Path) -> None:
    write_tree(tmp_path, FILES)
    command = [sys.executable, "-m", "benchmarks.real_trees", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stdout + done.stderr
    folders, same, refused, network, *others = done.stdout.splitlines()[1].split()[1:9]
    assert (folders, same, refused, network, set(others)) == ("4", "2", "1", "1", {"0"})


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        (TEXT, TEXT, Verdict.SAME),
        (TEXT, OTHER, Verdict.DIFFER),
        (REFUSAL, REFUSAL, Verdict.REFUSED),
        (REFUSAL, TEXT, Verdict.ONLY_OURS),
        (TEXT, REFUSAL, Verdict.ONLY_THEIRS),
        (TEXT, NO_NETWORK, Verdict.NETWORK),
        (CRASH, REFUSAL, Verdict.CRASH),
    ],
)
def test_a_folder_is_listed_unless_both_agree(ours: Outcome, theirs: Outcome, verdict: Verdict) -> None:
    one = Compared(Path("folder"), (), ours, theirs)
    assert one.verdict is verdict
    assert bool(list(disagreements([one]))) == (verdict not in AGREED)


def test_what_is_no_clear_error_is_a_crash(tmp_path: Path) -> None:
    write_tree(tmp_path, FILES)
    assert not build_here(tmp_path / "broken").is_crash
    assert build_here(tmp_path / "good", None).is_crash  # type: ignore[arg-type]
