"""The playbook installs the platform, and says "changed" only when something was written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.sites import ROOT, Site

BIN = Path(sys.executable).parent
PLAYBOOK = ROOT / "playbooks" / "apply.yml"


def play(site: Site, *variables: str) -> subprocess.CompletedProcess[str]:
    given = [f"--extra-vars={variable}" for variable in (f"kubeconfig={site.kubeconfig}", *variables)]
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "ANSIBLE_LOCALHOST_WARNING": "False"}
    command = [str(BIN / "ansible-playbook"), str(PLAYBOOK), *given]
    return subprocess.run(command, cwd=site.home, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def test_the_playbook_changes_the_cluster_once(plain_site: Site) -> None:
    first = play(plain_site)
    assert first.returncode == 0, first.stdout
    assert "changed=1" in first.stdout
    again = play(plain_site)
    assert again.returncode == 0, again.stdout
    assert "changed=0" in again.stdout


def test_the_playbook_fails_with_the_cause_for_a_platform_that_the_cluster_is_not(plain_site: Site) -> None:
    done = play(plain_site, "platform=openshift")
    assert done.returncode != 0
    assert "--platform openshift, but the cluster is kind" in done.stdout
