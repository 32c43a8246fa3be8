"""Time from `kfinstall apply` to a healthy platform, beside `kubectl apply --server-side` in a retry loop.

Same manifests, a fresh control plane for each; both are whole programs, their start included. The loop is what people
write: apply until it succeeds, then wait for each workload.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from benchmarks.table import Row
from kfinstall import catalog, localplane

PLATFORMS = ("gke", "aks", "openshift", "minikube")
KUBECTL = str(Path(sys.executable).parent / "kubectl")
PATIENCE_S = 180.0
PAUSE_S = 1.0
LAST_LINES = 12
Run: TypeAlias = Callable[[str, Path], None]
"""Installs a platform: its name, the kubeconfig."""


class FailedRunError(Exception):
    """A program that is measured failed; the message says which, how, and what it said."""


def measure(rounds: int) -> list[Row]:
    """Measure each platform: the first install, and the same again on what is there.

    Raises: FailedRunError.
    """
    return [row for platform in PLATFORMS for row in _platform(platform, rounds)]


def _platform(platform: str, rounds: int) -> list[Row]:
    ours = [_first_and_again(platform, _kfinstall) for _ in range(rounds)]
    other = [_first_and_again(platform, _kubectl_loop) for _ in range(rounds)]
    return [
        Row(
            f"{platform}, {what}",
            tuple(times[i] for times in ours),
            "kubectl apply --server-side, retried",
            tuple(times[i] for times in other),
        )
        for i, what in enumerate(("first install", "nothing changed"))
    ]


def _first_and_again(platform: str, run: Run) -> tuple[float, float]:
    with localplane.up(platform) as plane:
        try:
            return _time(lambda: run(platform, plane.kubeconfig)), _time(lambda: run(platform, plane.kubeconfig))
        except FailedRunError as error:
            raise FailedRunError(f"{platform}: {error}") from None


def _time(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _kfinstall(platform: str, kubeconfig: Path) -> None:
    _call([sys.executable, "-m", "kfinstall", "apply", "--platform", platform, "--yes"], kubeconfig)


def _kubectl_loop(platform: str, kubeconfig: Path) -> None:
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(_call([KUBECTL, "kustomize", str(catalog.overlay(platform))], kubeconfig))
        file.flush()
        _retry([KUBECTL, "apply", "--server-side", "-f", file.name], kubeconfig)
    for workload in _workloads(kubeconfig):
        _call([KUBECTL, "rollout", "status", "--timeout=180s", *workload], kubeconfig)
    _call([KUBECTL, "wait", "--for=condition=complete", "--timeout=180s", "-A", "--all", "jobs"], kubeconfig)


def _workloads(kubeconfig: Path) -> list[tuple[str, str, str]]:
    listed = _call([KUBECTL, "get", "deployments,statefulsets,daemonsets", "-A", "-o", "json"], kubeconfig)
    metadata = [(item["kind"], item["metadata"]) for item in json.loads(listed)["items"]]
    return [("-n", meta["namespace"], f"{kind.lower()}/{meta['name']}") for kind, meta in metadata]


def _retry(command: Sequence[str], kubeconfig: Path) -> None:
    give_up = time.perf_counter() + PATIENCE_S
    while True:
        try:
            _call(command, kubeconfig)
            return
        except FailedRunError:
            if time.perf_counter() > give_up:
                raise
            time.sleep(PAUSE_S)


def _call(command: Sequence[str], kubeconfig: Path) -> bytes:
    """Give what a command prints.

    Raises: FailedRunError when it fails.
    """
    env = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    done = subprocess.run(command, env=env, check=False, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise FailedRunError(failure(command, done.returncode, done.stderr.decode(errors="replace")))
    return done.stdout


def failure(command: Sequence[str], exit_code: int, said: str) -> str:
    """Give what failed and, below it, the last that it said."""
    words = " ".join([Path(command[0]).name, *command[1:]])
    last = said.strip().splitlines()[-LAST_LINES:] or ["it said nothing"]
    return "\n".join([f"'{words}' ended with {exit_code}:", *(f"  {line}" for line in last)])
