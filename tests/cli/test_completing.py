"""Names are offered to the shell for the word that is typed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

KFINSTALL = Path(sys.executable).with_name("kfinstall")
OFFERED = [
    ("kfinstall param set jupyterHub", ["jupyterHubServiceType"]),
    ("kfinstall param set jupyterHubServiceType ", ["ClusterIP", "NodePort", "LoadBalancer"]),
    ("kfinstall param unset repo", ["reportUsage", "reportUrl"]),
    ("kfinstall param describe clo", ["cloud"]),
    ("kfinstall param list --environment pr", ["prod"]),
    ("kfinstall param diff dev pr", ["prod"]),
    ("kfinstall env remove ", ["dev", "prod"]),
    ("kfinstall env add x --like d", ["dev"]),
    ("kfinstall component add tf-s", ["tf-serving"]),
    ("kfinstall component add tf-serving jupyter-", ["jupyter-web-app"]),
    ("kfinstall component describe spa", ["spartakus"]),
    ("kfinstall init x --platform mini", ["minikube"]),
    ("kfinstall init x --components argo,min", ["argo,minio"]),
    ("kfinstall apply --platform open", ["openshift"]),
    ("kfinstall apply --with kat", ["katib"]),
    ("kfinstall show -c jupyter", ["jupyter", "jupyter-web-app"]),
    ("kfinstall generate tf-j", ["tf-job"]),
    ("kfinstall generate tf-job mine --param numW", ["numWorkers="]),
    ("kfinstall generate tf-job mine --param waitFor=", ["waitFor=submitted", "waitFor=done"]),
    ("kfinstall prototype describe sw", ["sweep"]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what completion looks at of a project: that of a broken one is offered as well."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("dev", "prod"):
        (folder / "environments" / name).mkdir(parents=True)
        (folder / "environments" / name / "kustomization.yaml").write_text("a: [\n")
    return folder


@pytest.mark.parametrize(("line", "offered"), OFFERED)
def test_a_word_is_completed_by_what_may_stand_there(line: str, offered: list[str], folder: Path) -> None:
    number = len(shlex.split(line)) - (not line.endswith(" "))
    asked = {"_KFINSTALL_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(number)}
    done = subprocess.run(KFINSTALL, cwd=folder, env={**os.environ, **asked}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert [each.removeprefix("plain,") for each in done.stdout.splitlines()] == offered
