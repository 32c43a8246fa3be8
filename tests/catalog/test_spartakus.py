"""The usage reporter, run as the process it is in its pod."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from kfinstall import catalog
from tests.catalog.apiserver import Api, serving

REPORT = catalog.root() / "base" / "spartakus" / "report.py"
INFO = {
    "machineID": "m-1",
    "systemUUID": "u-1",
    "operatingSystem": "linux",
    "osImage": "Container-Optimized OS",
    "kernelVersion": "6.6",
    "architecture": "amd64",
    "containerRuntimeVersion": "containerd://2.0",
    "kubeletVersion": "v1.36.3",
}
NODE = {
    "metadata": {"name": "secret-node-name"},
    "spec": {"providerID": "gce://secret-project/z/n"},
    "status": {"nodeInfo": INFO, "capacity": {"cpu": "4", "memory": "16Gi"}},
}


def report(api: Api, account: Path, url: str = "") -> tuple[str, bool]:
    """Run it until it has reported or said why not. Gives its first line, and whether it calls itself ready."""
    (account / "token").write_text("t")
    mark = account / "reported"
    environment = {
        "API_SERVER": api.url,
        "SERVICE_ACCOUNT_DIR": str(account),
        "REPORT_URL": url,
        "REPORT_PERIOD_S": "3600",
        "USAGE_ID": "my-cluster",
        "MARK": str(mark),
    }
    with subprocess.Popen(
        [sys.executable, "-I", str(REPORT)], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            for _ in range(200):
                if mark.exists() or line.startswith("no report"):
                    break
                time.sleep(0.01)
        finally:
            process.kill()
    return line, mark.exists()


def with_node(api: Api, node: dict[str, Any] = NODE) -> None:
    api.held["/version"] = {"gitVersion": "v1.36.3"}
    api.held["/api/v1/nodes"] = {"items": [node]}


def test_without_a_url_the_report_is_printed(tmp_path: Path) -> None:
    with serving() as api:
        with_node(api)
        line, ready = report(api, tmp_path)
    document = json.loads(line)
    assert ready
    assert (document["clusterID"], document["masterVersion"]) == ("my-cluster", "v1.36.3")
    (node,) = document["nodes"]
    assert node["cloudProvider"] == "gce"
    assert node["capacity"] == [{"resource": "cpu", "value": "4"}, {"resource": "memory", "value": "16Gi"}]


def test_a_report_holds_no_names(tmp_path: Path) -> None:
    with serving() as api:
        with_node(api)
        line, _ = report(api, tmp_path)
    assert not [secret for secret in ("secret-node-name", "secret-project", "m-1", "u-1") if secret in line]


def test_with_a_url_the_report_is_posted_there(tmp_path: Path) -> None:
    with serving() as api, serving() as collector:
        with_node(api)
        line, ready = report(api, tmp_path, collector.url)
        assert line == "report sent: 201\n"
        assert ready
        assert collector.held["/api/v1"]["clusterID"] == "my-cluster"


def test_a_report_that_fails_is_said_and_the_pod_is_not_ready(tmp_path: Path) -> None:
    with serving() as api:
        line, ready = report(api, tmp_path)
    assert line.startswith("no report: ")
    assert not ready
