"""An apply that is asked to end records where it is, lets go of the lock, and goes on when it is run again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.sites import Site

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
