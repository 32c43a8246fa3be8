"""Cases that are there, changed a little: what the real tool makes of them must be made of them here too."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml
from odd_trees import ODD_WORDS, is_yaml

from kfinstall.build.decode import fields_of
from kfinstall.build.kustomization import Kustomization

OWN = Path(__file__).parent / "cases"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "kustomize"
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
REMOTE = (b"://", b"github.com", b"git@")
MAX_BYTES = 50_000
LINES = ("---", "# c", "", "...", "--- # x", "- a", "a: b", "  x: y", "metadata: {}", "namespace: ns")
CHARACTERS = "aZ0-:{}[]#&*!|>'\"%@` ,.~/\\\t=$()"

MISTAKEN = 0.1
"""How much of what can plainly not be built is compared too."""
FIELDS = set(fields_of(Kustomization)) | {"apiversion", "kind", "metadata"}

Content = dict[str, bytes]


class Case(NamedTuple):
    """The files of a case, and the folder in it that is built."""

    name: str
    files: Content
    folder: str
    is_built: bool = True


@cache
def cases() -> tuple[Case, ...]:
    """Give the cases of this project, and those of kustomize where they are there."""
    own = [Case(one.name, _read(one / "in"), ".", (one / "want.yaml").exists()) for one in sorted(OWN.iterdir())]
    shared = [_shared(path) for path in sorted(SHARED.glob("*/case.json"))]
    return tuple(case for case in (*own, *shared) if sum(map(len, case.files.values())) < MAX_BYTES)


def _shared(path: Path) -> Case:
    told = json.loads(path.read_text())
    return Case(path.parent.name, _read(path.parent / "tree"), told["dir"], told["outcome"] == "ok")


def _read(folder: Path) -> Content:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@cache
def _words() -> tuple[str, ...]:
    texts = (content.decode(errors="ignore") for case in cases() for content in case.files.values())
    return tuple(sorted({word for text in texts for word in text.split() if len(word) < 40}))


def mutated(random: Random) -> Case:
    """Give a case with one to four changes; never one that names something remote."""
    case = random.choice([one for one in cases() if one.is_built or random.random() < MISTAKEN])
    files = dict(case.files)
    for _ in range(random.choice([1, 1, 2, 3, 4])):
        path = random.choice(sorted(files)) if random.random() > 0.5 else _kustomization(random, files)
        change = random.choice([_change_line, _change_line, _change_line, _change_tree])
        changed = change(random, path, files[path], case) or {}
        if all(_may_be_read(one, text) for one, text in changed.items()) or random.random() < MISTAKEN:
            files |= changed
    is_remote = any(mark in content for content in files.values() for mark in REMOTE)
    return case if is_remote else case._replace(files=files)


def _may_be_read(path: str, text: bytes) -> bool:
    """Is a text still YAML, and has a kustomization none but fields that are known?"""
    if path.rpartition("/")[2] not in NAMES:
        return not path.endswith((".yaml", ".yml", ".json")) or is_yaml(text)
    try:
        file = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return isinstance(file, dict) and {str(key).lower() for key in file} <= FIELDS


def _kustomization(random: Random, files: Content) -> str:
    found = [path for path in sorted(files) if path.rpartition("/")[2] in NAMES]
    return random.choice(found or sorted(files))


def _change_line(random: Random, path: str, content: bytes, case: Case) -> Content | None:
    try:
        lines = content.decode().split("\n")
    except UnicodeDecodeError:
        return None
    at = random.randrange(len(lines))
    line = lines[at]
    key, colon, _ = line.partition(":")
    words = line.split() or [""]
    column = random.randrange(len(line) + 1)
    other = random.choice(cases()).files
    borrowed = random.choice([one.decode(errors="ignore") for one in other.values()] or [""]).split("\n")
    start = random.randrange(len(borrowed))
    lines[at : at + 1] = random.choice(
        [
            [],
            [line, line],
            [*lines[at + 1 : at + 2], line],
            [
                f"{key}: {random.choice(ODD_WORDS)}"
                if colon
                else line.partition("-")[0] + f"- {random.choice(ODD_WORDS)}"
            ],
            [f"{key}: {random.choice(ODD_WORDS)}" if colon else line],
            [line.replace(random.choice(words), random.choice(_words()), 1) if line.strip() else line],
            [line[: len(line) - len(line.lstrip(" -"))] + f"{random.choice(ODD_WORDS)}:{line.partition(':')[2]}"],
            ["  " + line],
            [line.removeprefix("  ")],
            [line[:column] + random.choice(CHARACTERS) + line[column + random.randint(0, 1) :]],
            [line, random.choice(LINES)],
            [line, *borrowed[start : start + 3]],
        ]
    )
    return {path: "\n".join(lines).encode()}


def _change_tree(random: Random, path: str, content: bytes, case: Case) -> Content | None:
    """Drop a field of a kustomization, or give it one of another case, with the files of that."""
    try:
        file = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError):
        return None
    if not isinstance(file, dict) or not file:
        return None
    if random.random() > 0.7:
        file.pop(random.choice(sorted(file, key=str)))
        return {path: yaml.safe_dump(file).encode()}
    other = random.choice(cases())
    theirs = _kustomization(random, other.files)
    folder, home = theirs.rpartition("/")[0], path.rpartition("/")[0]
    try:
        more: Any = yaml.safe_load(other.files[theirs])
    except (yaml.YAMLError, ValueError):
        return None
    if not isinstance(more, dict) or not more:
        return None
    name = random.choice(sorted(more, key=str))
    both = isinstance(file.get(name), list) and isinstance(more[name], list)
    file[name] = file[name] + more[name] if both else more[name]
    brought = {
        f"{home}/{one.removeprefix(folder).lstrip('/')}".lstrip("/"): text
        for one, text in other.files.items()
        if one.startswith(folder) and one.rpartition("/")[2] not in NAMES
    }
    kept = {one: text for one, text in brought.items() if one not in case.files}
    return {**kept, path: yaml.safe_dump(file).encode()}
