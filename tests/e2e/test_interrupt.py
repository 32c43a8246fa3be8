"""An apply that is asked to end records where it is, lets go of the lock, and goes on when it is run again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.e2e.sites import Site
from tests.proxy import Asked, Fault, open_proxy

WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: slow
  namespace: default
spec:
  selector: {matchLabels: {app: slow}}
  template:
    metadata:
      labels: {app: slow}
      annotations: {local.kfinstall.dev/fault: FAULT}
    spec:
      containers:
      - name: slow
        image: example.com/slow:1
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_apply_goes_on_when_it_is_run_again(plain_site: Site, tmp_path: Path, sign: int) -> None:
    path = tmp_path / "slow.yaml"
    path.write_text(WORKLOAD.replace("FAULT", "slow-start=600"))
    command = [sys.executable, "-m", "kfinstall", "apply", str(path), "-o", "json"]
    env = {**os.environ, "KUBECONFIG": str(plain_site.kubeconfig)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while json.loads(process.stdout.readline())["type"] != "health":
            pass
        process.send_signal(sign)
        said = process.stderr.read()
        assert process.wait() == 130
    assert "interrupted; run the same command again to go on" in said
    assert "Traceback" not in said
    path.write_text(WORKLOAD.replace("FAULT", '""'))
    again = plain_site.kfinstall("apply", path, "-o", "json")
    assert again.code == 0, again
    assert not [event for event in again.events if event["type"] == "lock" and "waiting" in event.get("reason", "")]
    assert plain_site.kfinstall("delete", "--name", "slow", "--yes").code == 0


def test_a_second_interrupt_ends_it_at_once_and_the_next_run_goes_on(plain_site: Site, tmp_path: Path) -> None:
    path = tmp_path / "slow.yaml"
    path.write_text(WORKLOAD.replace("FAULT", '""'))
    is_sent, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        is_sent.set()
        is_over.wait(60)

    def choose(asked: Asked) -> Fault | None:
        return Fault(then=hold, is_before=True) if asked.method == "PATCH" else None

    with open_proxy(plain_site.kubeconfig, tmp_path) as proxy:
        proxy.fault = choose
        command = [sys.executable, "-m", "kfinstall", "apply", str(path), "--yes"]
        env = {**os.environ, "KUBECONFIG": str(proxy.kubeconfig)}
        with subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            assert is_sent.wait(60)
            process.send_signal(signal.SIGINT)
            while "again to stop at once" not in process.stderr.readline():
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            said = process.stderr.read()
            assert process.wait() == 130
        assert not is_over.is_set()  # the request was still under way
        is_over.set()
    assert "run the same command again to go on" in said
    assert "Traceback" not in said
    again = plain_site.kfinstall("apply", path, "-o", "json")
    assert again.code == 0, again
    assert not [event for event in again.events if event["type"] == "lock" and "waiting" in event.get("reason", "")]
    assert plain_site.kfinstall("delete", "--name", "slow", "--yes").code == 0
