"""The catalogue's folders: where they are and what their declarations say. Reads the disk, writes nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypeVar

from kfinstall.catalog.declaration import read_declaration
from kfinstall.catalog.model import ComponentInfo, PlatformInfo
from kfinstall.errors import InputError, did_you_mean
from kfinstall.resource import Origin

T = TypeVar("T", ComponentInfo, PlatformInfo)

PACKAGE = Path(__file__).resolve().parent.parent


@cache
def root() -> Path:
    """Give the folder that holds base/, platforms/ and overlays/: in the package, else the source checkout."""
    for folder in (PACKAGE / "data", PACKAGE.parent):
        if (folder / "overlays").is_dir():
            return folder
    raise InputError(
        f"the catalogue is missing: no overlays/ in {PACKAGE / 'data'}",
        hint="reinstall kfinstall, its package is damaged",
    )


@cache
def components(at: Path | None = None) -> tuple[ComponentInfo, ...]:
    """Give what each base declares, in the order of their names; `at`, a catalogue other than kfinstall's own."""
    return _read_all(ComponentInfo, (at or root()) / "base", "component.yaml")


@cache
def platforms(at: Path | None = None) -> tuple[PlatformInfo, ...]:
    """Give what each platform declares, in the order of their names; `at`, a catalogue other than kfinstall's own."""
    return _read_all(PlatformInfo, (at or root()) / "platforms", "platform.yaml")


def forget_folders() -> None:
    """Read declarations anew from now on: a catalogue was written."""
    components.cache_clear()
    platforms.cache_clear()


def component(name: str, at: Path | None = None, origin: Origin | None = None) -> ComponentInfo:
    """Give one component. Raises InputError with the nearest name when there is none such."""
    return _pick("component", name, components(at), origin)


def platform(name: str, at: Path | None = None, origin: Origin | None = None) -> PlatformInfo:
    """Give one platform.

    Raises: InputError: there is none such; the hint has what took its place, or the nearest name.
    """
    for info in platforms(at):
        if name in info.formerly:
            hint = f"what the old guides call {name} is {info.name} today: --platform {info.name}"
            raise InputError(f"there is no platform '{name}'", origin=origin, hint=hint)
    return _pick("platform", name, platforms(at), origin)


def overlay(name: str) -> Path:
    """Give the packaged overlay of a platform: what `--platform NAME` applies."""
    return root() / "overlays" / platform(name).name


def images() -> tuple[str, ...]:
    """Give every image that any component names, sorted, each once."""
    return tuple(sorted({use.image for info in components() for use in info.images}))


def _pick(word: str, name: str, infos: tuple[T, ...], origin: Origin | None) -> T:
    for info in infos:
        if info.name == name:
            return info
    names = [info.name for info in infos]
    hint = did_you_mean(name, names) or f"there are {', '.join(names)}"
    raise InputError(f"there is no {word} '{name}'", origin=origin, hint=hint)


def _read_all(cls: type[T], folder: Path, file: str) -> tuple[T, ...]:
    return tuple(read_info(cls, path) for path in sorted(folder.glob(f"*/{file}")))


def read_info(cls: type[T], path: Path) -> T:
    """Read one declaration; the folder it stands in must have its name. Raises as `read_declaration`."""
    info = read_declaration(cls, path.read_text(encoding="utf-8"), str(path))
    if info.name != path.parent.name:
        raise InputError(f"name '{info.name}' stands in the folder '{path.parent.name}'", origin=Origin(str(path)))
    return info
