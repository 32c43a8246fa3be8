"""The wheel is all a user needs: it is installed into a fresh environment and used from an empty folder."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("kfinstall-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the programs' folder of an environment that holds the wheel and its locked dependencies, nothing else."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    subprocess.run([python, *PIP, "--require-hashes", "-r", str(ROOT / "requirements" / "runtime.txt")], check=True)
    subprocess.run([python, *PIP, "--no-deps", "--no-index", str(wheel)], check=True)
    return home / "bin"


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    folder = tmp_path / "nowhere"
    folder.mkdir()
    return folder


def environment() -> dict[str, str]:
    """Give the environment without what would let the checkout be found."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}


def run(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *arguments], cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def test_the_wheel_carries_everything_that_is_installed_and_no_program_of_this_machine(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        size = sum(entry.file_size for entry in archive.infolist())
    for folder in ("base", "platforms", "overlays", "playbooks", "prototypes", "samples", "localplane"):
        assert any(name.startswith(f"kfinstall/data/{folder}/") for name in names), folder
    assert size < 20_000_000
    assert not any("__pycache__" in name for name in names)


def test_the_wheel_brings_a_script_that_imports_nothing_but_the_program(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (entry,) = (one for one in archive.infolist() if one.filename.endswith("/scripts/kfinstall"))
        lines = archive.read(entry).decode().split("\n")
    assert entry.external_attr >> 16 & 0o111 == 0o111
    assert lines == ["#!python", "from kfinstall.cli.start import main", "", "main()", ""]


def test_the_packaged_overlay_builds_from_an_empty_folder_to_the_bytes_of_the_checkout(
    installed: Path, nowhere: Path
) -> None:
    code = "from kfinstall import catalog; print(catalog.overlay('gke'))"
    folder = run(installed / "python", "-c", code, cwd=nowhere).stdout.strip()
    assert folder.startswith(str(installed.parent))
    built = run(installed / "kfinstall", "build", folder, cwd=nowhere)
    assert built.returncode == 0, built.stderr
    kubectl = Path(sys.executable).parent / "kubectl"
    judge = subprocess.run(
        [kubectl, "kustomize", ROOT / "overlays" / "gke"], capture_output=True, text=True, check=True
    )
    assert built.stdout == judge.stdout


def test_the_main_job_works_from_an_empty_folder(installed: Path, nowhere: Path) -> None:
    kfinstall = installed / "kfinstall"
    up = run(kfinstall, "local", "up", "--name", "from-wheel", "--shape", "minikube", cwd=nowhere)
    try:
        assert up.returncode == 0, up.stderr
        kubeconfig = run(kfinstall, "local", "kubeconfig", "from-wheel", cwd=nowhere).stdout.strip()
        cluster = ("--kubeconfig", kubeconfig)
        applied = run(kfinstall, "apply", "--platform", "minikube", "-o", "json", *cluster, cwd=nowhere)
        assert applied.returncode == 0, applied.stderr
        assert json.loads(applied.stdout.splitlines()[-1])["type"] == "summary"
        assert run(kfinstall, "status", *cluster, cwd=nowhere).returncode == 0
    finally:
        run(kfinstall, "local", "down", "from-wheel", cwd=nowhere)
    assert list(nowhere.iterdir()) == []
