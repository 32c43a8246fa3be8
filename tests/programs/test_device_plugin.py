"""NVIDIA's released device plugin understands the environment and the file that each of its parameters makes.

There is no GPU here: it says what it was told, finds none, and waits or ends as it was told to.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kfinstall import catalog
from tests.catalog.manifests import Manifest, build, find
from tests.catalog.parameters import write_layer
from tests.programs import released
from tests.programs.running import Program, running


@contextmanager
def plugging(program: Path, folder: Path, values: dict[str, str]) -> Iterator[Program]:
    """Run the plugin with the environment of its container, and its file and a kubelet's folder in one of ours."""
    built = build(write_layer(folder / "layer", "onprem", catalog.component("nvidia-device-plugin"), values))
    pod = find(built, "DaemonSet", "nvidia-device-plugin-daemonset")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    variables = {each["name"]: each["value"] for each in container["env"]}
    if path := variables.get("CONFIG_FILE"):
        variables["CONFIG_FILE"] = str(mounted(built, pod, container, Path(path), folder))
    kubelet = {"KUBELET_SOCKET": str(folder / "kubelet.sock"), "PATH": os.environ["PATH"]}
    with running([str(program)], folder, {**variables, **kubelet}) as started:
        yield started


def mounted(built: tuple[Manifest, ...], pod: Manifest, container: Manifest, path: Path, folder: Path) -> Path:
    """Do the kubelet's part: bring a key of a ConfigMap to where the container has it. Gives where that is here."""
    (mount,) = [each for each in container["volumeMounts"] if each["mountPath"] == str(path.parent)]
    (volume,) = [each for each in pod["volumes"] if each["name"] == mount["name"]]
    config = find(built, "ConfigMap", volume["configMap"]["name"])["data"]
    (folder / path.name).write_text(config[path.name])
    return folder / path.name


def understood(program: Program) -> Any:
    """Give the settings that it says it runs with."""
    said = program.until(lambda: "No devices found" in program.said() and program.said())
    _, _, text = said.partition("Running with config:\n")
    settings, _ = json.JSONDecoder().raw_decode(text)
    return settings


@pytest.mark.parametrize(
    ("values", "strategy", "sharing"),
    [
        ({}, "none", {}),
        ({"migStrategy": "single"}, "single", {}),
        ({"migStrategy": "mixed"}, "mixed", {}),
        ({"gpuSharedBy": "4"}, "none", {"nvidia.com/gpu": 4}),
        ({"gpuSharedBy": "4", "migStrategy": "single", "nvidiaRuntimeClass": "true"}, "single", {"nvidia.com/gpu": 4}),
    ],
)
def test_it_runs_with_what_the_parameters_say_and_waits_for_a_gpu(
    device_plugin: Path, tmp_path: Path, values: dict[str, str], strategy: str, sharing: dict[str, int]
) -> None:
    with plugging(device_plugin, tmp_path, values) as program:
        settings = understood(program)
        assert program.process.poll() is None
    assert settings["flags"]["migStrategy"] == strategy
    shared = settings["sharing"].get("timeSlicing", {}).get("resources", ())
    assert {each["name"]: each["replicas"] for each in shared} == sharing


def test_told_to_fail_without_a_gpu_it_ends(device_plugin: Path, tmp_path: Path) -> None:
    with plugging(device_plugin, tmp_path, {"failOnInitError": "true"}) as program:
        assert program.process.wait(60) != 0
        assert "Incompatible" in program.said() or "incompatible" in program.said()


def test_a_strategy_that_does_not_exist_is_refused(device_plugin: Path, tmp_path: Path) -> None:
    with running([str(device_plugin)], tmp_path, {"MIG_STRATEGY": "double", "KUBELET_SOCKET": ""}) as program:
        assert program.process.wait(60) != 0
        assert "unknown MIG strategy: double" in program.said()


def test_what_is_said_to_be_proven_is_what_runs_here() -> None:
    assert released.DEVICE_PLUGIN.version in catalog.component("nvidia-device-plugin").proven
