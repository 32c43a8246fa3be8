"""What `doctor` says of the machine one is at, each fault of which is really made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kfinstall.localplane import Plane
from tests.doctor.local_faults import LOCAL_FAULTS, LocalFault, machine

CLEARED = ("KUBECONFIG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


@pytest.mark.parametrize("fault", LOCAL_FAULTS, ids=lambda fault: fault.make.__name__)
def test_a_fault_of_this_machine_is_found(fault: LocalFault, plane: Plane, tmp_path: Path) -> None:
    code, findings = examine(fault, plane, tmp_path)
    found = {finding["check"]: finding for finding in findings}
    assert fault.check in found
    assert found[fault.check]["subject"]["kind"] == fault.subject
    assert fault.says in f"{found[fault.check]['message']} {found[fault.check]['hint']}"
    beside = {"KF003"} if fault.code == 3 else set()  # where the server is one that does not answer
    assert set(found) - beside <= {fault.check}
    assert code == fault.code


def examine(fault: LocalFault, plane: Plane, home: Path) -> tuple[int, list[dict[str, Any]]]:
    with machine(home, plane) as made:
        fault.make(made)
        env = {key: value for key, value in os.environ.items() if key not in CLEARED} | made.environment
        if made.kubeconfig is not None:
            env["KUBECONFIG"] = str(made.kubeconfig)
        command = [sys.executable, "-m", "kfinstall", "doctor", "--only", "client,KF101,KF259,KF260", "-o", "json"]
        done = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)["findings"]
