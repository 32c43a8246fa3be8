"""A rendered folder on disk: compared with what should be in it, and written.

Nothing is touched that kfinstall did not write: its files are in a list beside them. The list comes first, then the
files, each beside its place and then in it, what a kustomization names before the kustomization, and what is no longer
rendered goes last. Stopped at any point, every file is whole, and the next run knows them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple, TypeAlias

from kfinstall.errors import InputError, raise_all
from kfinstall.project.writing import remove_files, write_files
from kfinstall.resource import Origin

LIST = ".kfinstall-render"
HEAD = "# The files 'kfinstall render' has written here. It removes those that it no longer renders, and no others.\n"

RANDOM_CHARACTERS = 8
"""At the end of the name of a file that is not in its place yet. Source: CPython, `tempfile`."""

State: TypeAlias = Literal["missing", "differs", "obsolete"]


class Stale(NamedTuple):
    """A file that is not as the render has it, with what is there and what should be; empty for none."""

    path: str
    state: State
    there: str
    wanted: str


class Written(NamedTuple):
    """What was written and what was removed, paths below the rendered folder."""

    written: list[str]
    removed: list[str]


def is_rendered(folder: Path) -> bool:
    """Say whether kfinstall has rendered into a folder."""
    return (folder / LIST).is_file()


def find_stale(folder: Path, files: Mapping[str, str]) -> tuple[Stale, ...]:
    """Give the files of a rendered folder that are not as they should be, by path; writes nothing.

    Raises: InputError, or a group of them, for a list that kfinstall did not write.
    """
    earlier = _listed(folder)
    wanted = {**files, LIST: _list_text(files)} if files else {}
    texts = {path: _read(folder / path) for path in {*earlier, *wanted, LIST}}
    return tuple(sorted(_stale(texts, wanted)))


def _stale(texts: Mapping[str, str | None], files: Mapping[str, str]) -> Iterator[Stale]:
    for path, text in texts.items():
        wanted = files.get(path)
        if wanted is None:
            yield Stale(path, "obsolete", text or "", "")
        elif text is None:
            yield Stale(path, "missing", "", wanted)
        elif text != wanted:
            yield Stale(path, "differs", text, wanted)


def write_rendered(folder: Path, files: Mapping[str, str]) -> Written:
    """Make a folder hold these files, and none that an earlier render has written.

    In:     `files`, what a kustomization names before it.
    Raises: InputError, or a group of them: a file in the way, a list that kfinstall did not write, no room.
    """
    earlier = _listed(folder)
    _check_free(folder, files, earlier)
    obsolete = sorted(earlier - files.keys())
    _clear_away(folder, {*earlier, *files, LIST})
    _write_list(folder, {*earlier, *files})
    written = write_files(folder, {path: text.encode() for path, text in files.items()})
    removed = [path for path in obsolete if (folder / path).is_file()]
    remove_files(folder, obsolete)
    _write_list(folder, files)
    return Written(written, removed)


def _clear_away(folder: Path, paths: set[str]) -> None:
    """Remove what a run that was killed has written beside files and not moved into their place."""
    names = {str((folder / path).parent / f".{(folder / path).name}.") for path in paths}
    for parent in {(folder / path).parent for path in paths}:
        for there in parent.glob(".*") if parent.is_dir() else ():
            if str(there)[:-RANDOM_CHARACTERS] in names and there.is_file():
                there.unlink()


def remove_rendered(folder: Path) -> list[str]:
    """Remove what was rendered into a folder, and the folder if nothing else is in it; give the paths."""
    removed = sorted(_listed(folder))
    remove_files(folder, [*removed, LIST])
    if not any(folder.iterdir()):
        folder.rmdir()
    return removed


def _write_list(folder: Path, paths: Iterable[str]) -> None:
    write_files(folder, {LIST: _list_text(paths).encode()})


def _list_text(paths: Iterable[str]) -> str:
    return HEAD + "".join(f"{path}\n" for path in sorted(paths))


def _listed(folder: Path) -> set[str]:
    """Read which files are kfinstall's; a line that leads elsewhere is a mistake, for what it names may be removed."""
    text = _read(folder / LIST) or ""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    raise_all(
        InputError(
            f"'{line}' cannot be a file that kfinstall has rendered",
            origin=Origin(str(folder / LIST), number),
            hint="bring the list back from version control, or take the line out",
        )
        for number, line in lines
        if not _is_below(folder, line)
    )
    return {line for _, line in lines}


def _is_below(folder: Path, line: str) -> bool:
    path = PurePosixPath(line)
    is_plain = not path.is_absolute() and ".." not in path.parts and str(path) == line and path.suffix == ".yaml"
    return is_plain and not any((folder / parent).is_symlink() for parent in list(path.parents)[:-1])


def _check_free(folder: Path, files: Mapping[str, str], earlier: set[str]) -> None:
    """Refuse to write over what a person has put there."""
    others = [path for path in files if path not in earlier and _read(folder / path) not in (None, files[path])]
    others += [path for path in files if not _is_below(folder, path)]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        message = f"'{folder / others[0]}'{more} is in the way: kfinstall did not write it"
        raise InputError(message, hint="render into a folder of its own: --to rendered/dev")


def _read(path: Path) -> str | None:
    """Give the text of a file, None where there is none."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from None
