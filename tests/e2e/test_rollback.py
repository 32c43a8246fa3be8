"""Going back to what was applied before, on a real API server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.e2e.sites import Site, added

APP = """\
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: default}
stringData: {word: WORD}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: default}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
      - name: app
        image: IMAGE
"""
GOOD, BROKEN = "example.com/app:1", "fault.local.kfinstall.dev/image-pull"
LOGIN = "jsonpath={.data.word}"
IMAGE = "jsonpath={.spec.template.spec.containers[0].image}"


def write(path: Path, image: str, word: str) -> Path:
    path.write_text(APP.replace("IMAGE", image).replace("WORD", word))
    return path


def test_a_failed_apply_goes_back_by_itself_or_by_hand_and_a_delete_leaves_nothing(
    plain_site: Site, tmp_path: Path
) -> None:
    before = plain_site.objects()
    app = tmp_path / "app.yaml"
    assert plain_site.kfinstall("apply", write(app, GOOD, "first-Xq9"), "--yes").code == 0

    failed = plain_site.kfinstall("apply", write(app, BROKEN, "second-Xq9"), "--yes", "--rollback-on-failure")
    assert failed.code == 4, failed
    assert "cannot be pulled" in failed.err
    assert "going back to the last healthy revision" in failed.err
    assert plain_site.kubectl("get", "deployment", "app", "-o", IMAGE) == GOOD
    assert plain_site.kubectl("get", "secret", "login", "-o", LOGIN) == "Zmlyc3QtWHE5"
    plain_site.kubectl("rollout", "status", "deployment", "app", "--timeout=60s")

    assert plain_site.kfinstall("apply", write(app, "example.com/app:2", "third-Xq9"), "--yes").code == 0
    shown = plain_site.kfinstall("history", "--name", "app", "-o", "json")
    assert [row["ended"] for row in json.loads(shown.out)] == ["healthy", "failed", "healthy", "healthy"]
    back = plain_site.kfinstall("rollback", "1", "--name", "app", "--yes")
    assert back.code == 0, back
    assert plain_site.kubectl("get", "deployment", "app", "-o", IMAGE) == GOOD
    assert "Xq9" not in failed.out + failed.err + shown.out + back.out + back.err

    [listed] = json.loads(plain_site.kfinstall("list", "-o", "json").out)
    assert (listed["name"], listed["revision"], listed["ended"]) == ("app", 5, "healthy")

    assert plain_site.kfinstall("delete", "--name", "app", "--yes").code == 0
    assert plain_site.kfinstall("list").out == "nothing is installed; begin with 'kfinstall apply'\n"
    assert added(before, plain_site.objects()) == set()


def test_status_lists_pods_and_goes_on_until_it_is_interrupted(plain_site: Site, tmp_path: Path) -> None:
    app = write(tmp_path / "seen.yaml", GOOD, "first-Xq9")
    assert plain_site.kfinstall("apply", app, "--yes").code == 0
    shown = plain_site.kfinstall("status", "--name", "seen", "--all").out
    assert "Current     Deployment.apps default/app\n  Current     Pod app-" in shown
    command = [sys.executable, "-m", "kfinstall", "status", "--name", "seen", "--watch"]
    env = {**os.environ, "KUBECONFIG": str(plain_site.kubeconfig)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "installation 'seen'" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert plain_site.kfinstall("delete", "--name", "seen", "--yes").code == 0


def test_without_a_healthy_revision_there_is_nothing_to_go_back_to(plain_site: Site, tmp_path: Path) -> None:
    app = write(tmp_path / "broken.yaml", BROKEN, "first-Xq9")
    failed = plain_site.kfinstall("apply", app, "--yes", "--rollback-on-failure")
    assert failed.code == 4, failed
    assert "there is no healthy revision to go back to" in failed.err
    assert plain_site.kfinstall("delete", "--name", "broken", "--yes").code == 0
