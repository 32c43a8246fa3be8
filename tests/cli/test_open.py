"""`kfinstall open`, on a control plane whose simulated kubelets forward nothing: what is said then is seen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from kfinstall.localplane import Plane
from tests.fake_portforward import say

KFINSTALL = Path(sys.executable).with_name("kfinstall")
KUBECTL = Path(sys.executable).with_name("kubectl")
NS = "opened"

MANIFESTS = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}},
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "minio-service", "namespace": NS},
        "spec": {"selector": {"app": "minio"}, "ports": [{"port": 9001, "targetPort": "console"}]},
    },
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "minio", "namespace": NS, "labels": {"app": "minio"}},
        "spec": {
            "containers": [
                {"name": "c", "image": "i.example/i:1", "ports": [{"name": "console", "containerPort": 9001}]}
            ]
        },
    },
]


@pytest.fixture
def environment(plane: Plane) -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": str(plane.kubeconfig)}


def test_a_page_has_an_address_here_until_it_is_interrupted(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(MANIFESTS))
    for words in (["apply", "-f", tmp_path / "all.yaml"], ["wait", "--for=condition=Ready", "pod/minio", "-n", NS]):
        subprocess.run([KUBECTL, *words], env=environment, check=True, capture_output=True)
    command = [KFINSTALL, "open", "minio", "--no-browser", "--in", NS]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().strip())
        assert (address.scheme, address.hostname, address.path) == ("http", "127.0.0.1", "/")
        say(("127.0.0.1", address.port or 0), b"GET / HTTP/1.1\r\n\r\n")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"leads to minio in {NS} until Ctrl-C" in said
    assert said.endswith("closed\n")
    assert "Traceback" not in said


def test_what_is_not_installed_is_said(environment: dict[str, str], tmp_path: Path) -> None:
    command = [KFINSTALL, "open", "jupyter", "--no-browser", "--in", "nowhere"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3
    assert "there is no Service tf-hub-lb in the namespace nowhere" in done.stderr
    assert "hint:" in done.stderr


def test_a_page_that_is_not_known_is_refused() -> None:
    done = subprocess.run([KFINSTALL, "open", "jupiter"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "'jupyter', 'argo', 'minio', 'dashboard'" in done.stderr
