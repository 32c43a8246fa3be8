"""Trees made to do harm: each ends in time and within a gigabyte, with an error that says where; nothing is run.

Each is built by a process of its own, which the kernel stops when it takes more.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.judge import write_tree

CPU_S = 30
MEMORY_BYTES = 1 << 30
PROGRAM = (sys.executable, "-m", "kfinstall")
WIDGET = "kind: Widget\nmetadata: {name: w}\n"


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))


def _build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command where `python`, `sh`, `git` and all else cannot be found."""
    environ = {"PATH": "/nowhere", "HOME": str(folder), "KFINSTALL_NO_CACHE": "1"}
    command = [*PROGRAM, "build", "root", *options]
    return subprocess.run(
        command, cwd=folder, env=environ, preexec_fn=_limit, capture_output=True, text=True, errors="replace"
    )


def _bomb(key: str) -> str:
    """Give ten lines that stand for ten thousand million values."""
    rows = [f"{key}:", "  a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "\n".join(rows) + "\n"


def _resource(text: str | bytes) -> dict[str, str | bytes]:
    return {"root/kustomization.yaml": "resources: [a.yaml]\n", "root/a.yaml": text}


def _patched(patch: str) -> dict[str, str | bytes]:
    return {
        "root/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: Widget}}]\n",
        "root/a.yaml": WIDGET,
        "root/p.yaml": patch,
    }


def _doubling_folders() -> dict[str, str | bytes]:
    """Give thirty folders, each of which names the next one twice."""
    files: dict[str, str | bytes] = {
        f"b{n}/kustomization.yaml": f"resources: [../b{n + 1}, ../b{n + 1}/.]\n" for n in range(30)
    }
    return {**files, "root/kustomization.yaml": "resources: [../b0]\n", "b30/kustomization.yaml": "namePrefix: a\n"}


def _doubling_copies() -> dict[str, str | bytes]:
    rows = [f"- {{op: copy, from: /spec, path: /spec/a{n}}}\n" for n in range(60)]
    return _patched("".join(rows)) | {"root/a.yaml": WIDGET + "spec: {x: y}\n"}


def _doubling_texts() -> dict[str, str | bytes]:
    one = (
        "- source: {kind: Widget, fieldPath: a}\n"
        "  targets: [{select: {kind: Widget}, fieldPaths: [a], options: {delimiter: '|', index: -1}}]\n"
    )
    return _resource(WIDGET + "a: '0123456789'\n") | {
        "root/kustomization.yaml": "resources: [a.yaml]\nreplacements:\n" + one * 60
    }


def _doubling_schemas() -> dict[str, str | bytes]:
    """Give the definitions of a kind whose properties can be reached in very many ways."""
    marks: dict[str, object] = {"apiVersion": {}, "kind": {}, "metadata": {}}
    chain = {
        f"s{n}": {"Schema": {"properties": {**marks, "a": {"$ref": f"s{n + 1}"}, "b": {"$ref": f"s{n + 1}"}}}}
        for n in range(60)
    }
    return {"root/kustomization.yaml": "crds: [c.json]\nnamePrefix: a\n", "root/c.json": json.dumps(chain)}


TREES: dict[str, tuple[dict[str, str | bytes], str]] = {
    "aliases in a resource": (_resource(WIDGET + _bomb("spec")), "root/a.yaml:9: aliases stand for more"),
    "aliases in a kustomization": (
        {"root/kustomization.yaml": _bomb("commonLabels")},
        "root/kustomization.yaml:7: aliases stand for more",
    ),
    "aliases in a patch": (_patched(WIDGET + _bomb("spec")), "root/p.yaml:9: aliases stand for more"),
    "an alias of itself": (_resource(WIDGET + "spec: &a [*a]\n"), "root/a.yaml:3: anchor 'a' contains itself"),
    "deep lists": (_resource("a: " + "[" * 500_000), "root/a.yaml:1: nested deeper than 200"),
    "deep mappings": (
        {"root/kustomization.yaml": "a: " + "{a: " * 500_000},
        "root/kustomization.yaml:1: nested deeper than 200",
    ),
    "deep lines": (
        _resource("".join(" " * n + "a:\n" for n in range(2000))),
        "root/a.yaml:202: nested deeper than 200",
    ),
    "deep JSON in a patch": (_patched("[" * 200_000), "root/p.yaml:1:"),
    "deep JSON in an openapi": (
        {"root/kustomization.yaml": "openapi: {path: o.json}\n", "root/o.json": '{"a":' * 200_000},
        "root/o.json:1:",
    ),
    "deep JSON in crds": (
        {"root/kustomization.yaml": "crds: [o.json]\n", "root/o.json": '{"a":' * 200_000},
        "root/o.json:1:",
    ),
    "not UTF-8": (_resource(b"a: b\nc: \xff\xfe\n"), "root/a.yaml:2: not UTF-8 text"),
    "zeros": (_resource(b"\0" * 100_000), "root/a.yaml:1:"),
    "keys that come twice": (_resource(WIDGET + "kind: B\n"), "root/a.yaml:3: the key 'kind' is already defined"),
    "a cycle": (
        {"root/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../root]\n"},
        "b/kustomization.yaml:1: bases form a cycle: root -> b -> root",
    ),
    "itself": (
        {"root/kustomization.yaml": "resources: [../root/.]\n"},
        "root/kustomization.yaml:1: bases form a cycle",
    ),
    "a path that leaves": (
        {"root/kustomization.yaml": "resources: [../../../../../../etc/passwd]\n"},
        "root/kustomization.yaml:1: '../../../../../../etc/passwd' is outside 'root'",
    ),
    "an absolute path": (
        {"root/kustomization.yaml": "configMapGenerator: [{name: a, files: [/etc/passwd]}]\n"},
        "root/kustomization.yaml:1: '/etc/passwd' is outside 'root'",
    ),
    "a path with a zero": ({"root/kustomization.yaml": 'resources: ["a\\0b"]\n'}, r"no such file or folder: 'a\x00b'"),
    "a path that is long": (
        {"root/kustomization.yaml": f"resources: [{'a' * 100_000}]\npatches: [{{path: {'b/' * 5000}}}]\n"},
        "root/kustomization.yaml:1:",
    ),
    "many that are not there": (
        {"root/kustomization.yaml": "resources:\n" + "".join(f"- none{n}.yaml\n" for n in range(10_000))},
        "root/kustomization.yaml:10001: no such file",
    ),
    "ten megabytes of kustomization": (
        {"root/kustomization.yaml": "commonLabels:\n" + "".join(f"  k{n}: v\n" for n in range(700_000)) + "a: b\n"},
        "unknown field 'a'",
    ),
    "folders that double": (_doubling_folders(), "folders"),
    "copies that double": (_doubling_copies(), "root/p.yaml:1: the JSON patch does not apply"),
    "texts that double": (_doubling_texts(), "root/kustomization.yaml:"),
    "schemas that double": (_doubling_schemas(), "root/kustomization.yaml:1:"),
    "a pattern that goes back": (
        {
            "root/kustomization.yaml": "resources: [a.yaml]\npatches:\n- target: {name: '(a*)*b'}\n  patch: '[1]'\n",
            "root/a.yaml": WIDGET.replace("w}", "a" * 60_000 + "}"),
        },
        "root/kustomization.yaml:4: operation 0 of the JSON patch is no mapping",
    ),
    "vars that grow": (
        {
            "root/kustomization.yaml": "resources: [a.yaml]\nvars:\n- name: A\n"
            "  objref: {apiVersion: v1, kind: Pod, name: w}\n  fieldref: {fieldpath: spec.text}\n",
            "root/a.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: w}\n"
            f"spec: {{text: {'x' * 1_000_000}, containers: [{{args: ['{'$(A)' * 100_000}']}}]}}\n",
        },
        "root/a.yaml:1: ",
    ),
    "resources named again and again": (
        {
            "root/kustomization.yaml": f"resources: [{', '.join(['a.yaml'] * 510)}]\n",
            "root/a.yaml": "---\n".join(f"kind: Widget\nmetadata: {{name: w{n}}}\n" for n in range(2000)),
        },
        "root/kustomization.yaml:1: more than 1000000 resources are built",
    ),
    "many label requirements": (
        _patched("- {op: remove, path: /kind}")
        | {
            "root/kustomization.yaml": "resources: [a.yaml]\npatches:\n- path: p.yaml\n"
            f"  target: {{labelSelector: '{'a,' * 20_000}!'}}\n"
        },
        "is not a label selector",
    ),
    "a long index": (
        _patched(f"- {{op: add, path: /a/{'9' * 10_000}, value: 1}}\n") | {"root/a.yaml": WIDGET + "a: [1]\n"},
        "root/p.yaml:1:",
    ),
    "a long number": (_resource(WIDGET.replace("w}", "9" * 1_000_000 + "}") + "a: [\n"), "root/a.yaml:3: not YAML"),
    "escapes in names": (
        {"root/kustomization.yaml": 'resources: ["\\e[31mred\\n\\u202e.yaml"]\nnamePrefix: ["\\e]0;title\\a"]\n'},
        r"root/kustomization.yaml:1: no such file or folder: '\x1b[31mred",
    ),
}
"""What is in the tree, and what is said of it."""


@pytest.mark.parametrize("name", TREES)
def test_a_hostile_tree_is_refused_in_time(name: str, tmp_path: Path) -> None:
    files, said = TREES[name]
    write_tree(tmp_path, files)
    done = _build(tmp_path)
    assert done.returncode == 2, f"{done.returncode}: {done.stderr[-2000:]}"
    assert said in done.stderr, done.stderr[:2000]
    assert "bug" not in done.stderr
    assert not done.stdout
    assert all(char.isprintable() or char == "\n" for char in done.stderr)


def _make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(path))


ODD_FILES: dict[str, Callable[[Path], None]] = {
    "a FIFO": lambda path: os.mkfifo(path),
    "a socket": _make_socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a loop of symlinks": lambda path: path.symlink_to(path.name),
    "a symlink that leaves": lambda path: path.symlink_to("/etc/passwd"),
    "a file of 100 MB": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 100 << 20),
    "a file nobody may read": lambda path: path.symlink_to("/proc/self/mem"),
}
PLACES = {
    "resources": "resources: [odd]\n",
    "patches": "patches: [{path: odd}]\n",
    "generator": "secretGenerator: [{name: a, envs: [odd], files: [odd]}]\n",
    "configurations": "configurations: [odd]\ncrds: [odd]\nopenapi: {path: odd}\n",
    "replacements": "replacements: [{path: odd}]\n",
    "transformers": "transformers: [odd]\ngenerators: [odd]\n",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ODD_FILES)
def test_an_odd_file_is_refused_unread(kind: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"root/kustomization.yaml": PLACES[place]})
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    ODD_FILES[kind](tmp_path / "root" / "odd")
    done = _build(tmp_path)
    assert done.returncode == 2, done.stderr
    assert "root/kustomization.yaml:" in done.stderr
    assert "bug" not in done.stderr


def test_a_folder_of_a_hundred_thousand_files_is_looked_at_in_time(tmp_path: Path) -> None:
    write_tree(tmp_path, {"root/kustomization.yaml": "resources:\n" + "- nothing.yaml\n- other.yml\n" * 50})
    for number in range(100_000):
        os.close(os.open(tmp_path / "root" / f"file-{number}.yaml", os.O_CREAT))
    done = _build(tmp_path)
    assert done.returncode == 2
    assert "root/kustomization.yaml:101: no such file or folder: 'other.yml'" in done.stderr


def test_ten_thousand_resources_are_built_in_time(tmp_path: Path) -> None:
    files = {f"root/{n}.yaml": WIDGET.replace("w}", f"w{n}, annotations: {{a: true}}}}") for n in range(10_000)}
    names = "".join(f"- {n}.yaml\n" for n in range(10_000))
    write_tree(tmp_path, {"root/kustomization.yaml": f"resources:\n{names}namePrefix: a-\n", **files})
    done = _build(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("name: a-w") == 10_000


def test_ten_thousand_documents_in_a_file_are_built_in_time(tmp_path: Path) -> None:
    text = "---\n".join(WIDGET.replace("w}", f"w{n}, annotations: {{a: true}}}}") for n in range(10_000))
    write_tree(tmp_path, _resource(text))
    done = _build(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("name: w") == 10_000
