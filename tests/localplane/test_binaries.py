"""Each program is taken from the first place that has it in the right version, and the place is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kfinstall.errors import InputError, KfinstallError
from kfinstall.localplane.binaries import Binaries, Choice, find_binaries
from kfinstall.localplane.progress import Step
from kfinstall.localplane.versions import REQUIRED
from tests.localplane.programs import VERSION_LINES, write_go, write_program, write_versioned

SYSTEM = "/usr/bin:/bin"


class Machine:
    """A machine's folders and environment: where programs may be, and what is told while they are looked for."""

    def __init__(self, root: Path) -> None:
        self.named = root / "named"
        self.assets = root / "assets"
        self.path = root / "path"
        self.cache = root / "cache"
        self.builds = root / "builds"
        self.steps: list[Step] = []

    @property
    def environ(self) -> dict[str, str]:
        folders = {"KUBEBUILDER_ASSETS": str(self.assets), "KFINSTALL_CACHE_DIR": str(self.cache)}
        return {**folders, "PATH": f"{self.path}:{SYSTEM}"}

    def find(self, *, named: bool = False, may_download: bool = False) -> Binaries:
        choice = Choice(self.named if named else None, may_download)
        return find_binaries(choice, self.environ, self.steps.append)

    @property
    def notes(self) -> list[str]:
        return [step.detail for step in self.steps if step.status == "note"]

    @property
    def build_count(self) -> int:
        return len(self.builds.read_text().splitlines()) if self.builds.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def places(binaries: Binaries) -> dict[str, str]:
    return {binary.program: binary.place for binary in binaries.used()}


def test_a_folder_that_is_named_comes_first_and_our_program_stands_for_all(machine: Machine):
    for folder in (machine.named, machine.assets, machine.path):
        write_versioned(folder, "localplane")
    found = machine.find(named=True)
    assert places(found) == {"localplane": "--bin-dir"}
    assert found.prefix("kube-apiserver", 7) == (str(machine.named / "localplane"), "--watch-fd", "7", "kube-apiserver")


def test_kubebuilder_assets_come_before_path(machine: Machine):
    write_versioned(machine.assets, "localplane")
    write_versioned(machine.path, "localplane")
    assert places(machine.find()) == {"localplane": "KUBEBUILDER_ASSETS"}


def test_each_program_is_taken_from_the_first_place_that_has_it(machine: Machine):
    write_versioned(machine.assets, "etcd")
    write_versioned(machine.path, "etcd")
    write_versioned(machine.path, "kwok")
    write_go(machine.path, machine.builds)
    assert places(machine.find()) == {
        "etcd": "KUBEBUILDER_ASSETS",
        "kwok": "PATH",
        "localplane": "a Go build just made",
    }


def test_a_program_of_somebody_elses_ends_with_us_too(machine: Machine):
    etcd = write_versioned(machine.assets, "etcd")
    ours = write_versioned(machine.path, "localplane")
    assert machine.find().prefix("etcd", 7) == (str(ours), "--watch-fd", "7", "exec", str(etcd))


@pytest.mark.parametrize("program", [name for name in REQUIRED if name != "localplane"])
def test_another_minor_version_is_passed_over_and_told(machine: Machine, program: str):
    path = write_versioned(machine.assets, program, "version v1.35.0")
    write_versioned(machine.path, "localplane")
    assert places(machine.find()) == {"localplane": "PATH"}
    assert machine.notes == [f"passed over: {path} is version 1.35.0, {program} {REQUIRED[program].minor} is needed"]


@pytest.mark.parametrize("program", VERSION_LINES)
def test_the_right_minor_version_is_taken_whatever_the_patch(machine: Machine, program: str):
    write_versioned(machine.assets, program)
    write_versioned(machine.path, "localplane")
    assert places(machine.find())[program] == "KUBEBUILDER_ASSETS"


def test_a_program_that_does_not_tell_its_version_is_passed_over(machine: Machine):
    write_program(machine.path, "etcd", "exit 1")
    write_versioned(machine.path, "localplane")
    assert places(machine.find()) == {"localplane": "PATH"}
    assert "does not tell its version" in machine.notes[0]


def test_a_folder_that_was_named_and_has_nothing_is_an_error(machine: Machine):
    machine.named.mkdir()
    write_versioned(machine.path, "localplane")
    with pytest.raises(InputError, match="none of the programs is in") as raised:
        machine.find(named=True)
    assert "kube-apiserver" in raised.value.hint


def test_our_program_without_the_others_cannot_stand_for_them(machine: Machine):
    write_versioned(machine.assets, "localplane", "localplane v1.36.3 simulation only")
    write_versioned(machine.path, "localplane")
    assert places(machine.find()) == {"localplane": "PATH"}


def test_a_wrong_version_in_the_folder_that_was_named_is_an_error(machine: Machine):
    write_versioned(machine.named, "kube-apiserver", "Kubernetes v1.30.1")
    with pytest.raises(InputError, match=r"is version 1\.30\.1, kube-apiserver 1\.36 is needed") as raised:
        machine.find(named=True)
    assert "--bin-dir" in raised.value.hint


def test_what_no_place_has_is_built_once_and_then_comes_from_the_cache(machine: Machine):
    write_go(machine.path, machine.builds)
    assert places(machine.find()) == {"localplane": "a Go build just made"}
    assert places(machine.find()) == {"localplane": "the cache"}
    assert machine.build_count == 1


def test_a_build_tells_how_long_it_takes_and_what_is_compiled(machine: Machine):
    write_go(machine.path, machine.builds, build="sleep 0.7")
    machine.find()
    told = [step for step in machine.steps if step.name.startswith("building")]
    assert [told[0].status, told[-1].status] == ["started", "done"]
    assert any("example.com/compiled" in step.detail for step in told if step.status == "running")
    assert "-X k8s.io/component-base/version.gitVersion=v1.36.3" in machine.builds.read_text()


def test_a_build_that_fails_says_what_the_compiler_said_and_keeps_nothing(machine: Machine):
    write_go(machine.path, machine.builds, build="echo 'main.go:7:2: undefined: x' >&2; exit 1")
    with pytest.raises(KfinstallError, match=r"main\.go:7:2: undefined: x"):
        machine.find()
    assert [entry.name for entry in machine.cache.rglob("*") if entry.is_file()] == [".lock"]


def test_without_go_and_without_downloads_the_error_says_what_to_install(machine: Machine):
    with pytest.raises(InputError, match="there is no 'go' on PATH") as raised:
        machine.find()
    assert "https://go.dev/dl" in raised.value.hint
    assert "--bin-dir" in raised.value.hint


def test_a_go_that_cannot_fetch_the_version_we_need_is_as_good_as_none(machine: Machine):
    write_go(machine.path, machine.builds, version="go version go1.19.8 linux/amd64")
    with pytest.raises(InputError, match="is too old"):
        machine.find()


def test_when_all_others_came_from_elsewhere_only_our_own_part_is_built(machine: Machine):
    for program in REQUIRED.keys() - {"localplane"}:
        write_versioned(machine.assets, program)
    write_go(machine.path, machine.builds)
    assert len(places(machine.find())) == len(REQUIRED)
    assert "-tags simulation" in machine.builds.read_text()
