"""Where the programs of a control plane come from.

In this order, each program from the first place that has it in the right minor version: a folder the user names
(`--bin-dir`, or KUBEBUILDER_ASSETS in the environment), PATH, our cache, the official releases, a Go build of the
sources that come with kfinstall. Which one is used is told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from kfinstall.errors import InputError
from kfinstall.localplane.making import Order, make
from kfinstall.localplane.progress import Progress, Step, silent
from kfinstall.localplane.versions import LOCALPLANE, REQUIRED, is_right, version_of


@dataclass(frozen=True, slots=True)
class Binary:
    """A program that was found: its file, its version, and in words the place it is from."""

    program: str
    path: Path
    version: str
    place: str

    def __str__(self) -> str:
        return f"{self.program} {self.version} from {self.place}: {self.path}"


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs to run. `localplane` is always there and stands for every program that was not found by itself."""

    found: Mapping[str, Binary]

    @property
    def localplane(self) -> Path:
        """Our own program."""
        return self.found[LOCALPLANE].path

    def used(self) -> tuple[Binary, ...]:
        """Give those that will run."""
        return tuple(self.found.values())

    def prefix(self, program: str, watch_fd: int) -> tuple[str, ...]:
        """Give how a program is called so that it ends when the watch pipe closes."""
        ours = (str(self.localplane), "--watch-fd", str(watch_fd))
        other = self.found.get(program)
        return (*ours, program) if other is None else (*ours, "exec", str(other.path))


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user says about where programs may come from."""

    bin_dir: Path | None = None
    may_download: bool = True


DEFAULT_CHOICE = Choice()


def find_binaries(
    choice: Choice = DEFAULT_CHOICE, environ: Mapping[str, str] = os.environ, progress: Progress = silent
) -> Binaries:
    """Find every program; what no place has is downloaded or built.

    Raises:  InputError when the user's own folder has a wrong version, or when nothing can be built.
    """
    if choice.bin_dir is not None and not any((choice.bin_dir / program).exists() for program in REQUIRED):
        hint = f"programs are looked for by name: {', '.join(REQUIRED)}"
        raise InputError(f"none of the programs is in {choice.bin_dir}", hint=hint)
    found: dict[str, Binary] = {}
    for folder, place in _places(choice, environ):
        for binary in look_in(folder, place, progress, wanted=REQUIRED.keys() - found.keys()):
            found[binary.program] = binary
        if LOCALPLANE in found:
            break
    if LOCALPLANE not in found:
        for made in make(found.keys(), Order(choice.may_download, environ, progress)):
            found[made.program] = Binary(made.program, made.path, made.version, made.place)
    return Binaries(found)


def _places(choice: Choice, environ: Mapping[str, str]) -> list[tuple[Path, str]]:
    named = [(choice.bin_dir, "--bin-dir")] if choice.bin_dir else []
    if assets := environ.get("KUBEBUILDER_ASSETS"):
        named.append((Path(assets), "KUBEBUILDER_ASSETS"))
    return named + [(Path(folder), "PATH") for folder in environ.get("PATH", "").split(os.pathsep) if folder]


def look_in(folder: Path, place: str, progress: Progress, wanted: Set[str] = REQUIRED.keys()) -> list[Binary]:
    """Give the programs a folder has in the right version; the others are told of and passed over.

    Raises:  InputError when it is the user's own folder (`--bin-dir`) and one has a wrong version.
    """
    binaries = []
    for program in (name for name in REQUIRED if name in wanted):
        path = folder.absolute() / program
        if not os.access(path, os.X_OK) or path.is_dir():
            continue
        version = version_of(path, REQUIRED[program])
        if is_right(version, REQUIRED[program]):
            binaries.append(Binary(program, path, version, place))
        else:
            _pass_over(program, path, version, place, progress)
    return binaries


def _pass_over(program: str, path: Path, version: str, place: str, progress: Progress) -> None:
    has = f"is version {version}" if version else "does not tell its version"
    message = f"{path} {has}, {program} {REQUIRED[program].minor} is needed"
    if place == "--bin-dir":
        raise InputError(message, hint="name a folder with the right version, or leave --bin-dir out")
    progress(Step("programs", "note", detail=f"passed over: {message}"))
