"""Trees in memory: the engine as a library, and that it is the engine of the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import build_text, errors_of, write_tree
from trees import make_tree

from kfinstall.build import build_files
from kfinstall.errors import InputError

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
TREE = {
    "base/kustomization.yaml": "resources: [a.yaml]\n",
    "base/a.yaml": CONFIG_MAP,
    "top/kustomization.yaml": "namePrefix: my-\nresources: [../base]\n",
}
NAMES = (
    "kustomization.yaml",
    "Kustomization",
    "a.yaml",
    "b.yaml",
    "base",
    "base/a.yaml",
    "../base",
    "../a.yaml",
    "x/y",
)
DAMAGES = (
    "resources: [{}]\n",
    "components: [{}]\n",
    "patches: [{{path: {}}}]\n",
    "crds: [{}]\n",
    "openapi: {{path: {}}}\n",
)


def _outcome(build: object, *arguments: object) -> str | list[str]:
    try:
        return build(*arguments)  # type: ignore[operator]
    except Exception as problem:  # noqa: BLE001 errors_of tells mistakes from bugs
        return [str(error) for error in errors_of(problem)]


def _both(files: dict[str, str], folder: str, place: Path) -> tuple[str | list[str], str | list[str]]:
    write_tree(place, files)
    before = Path.cwd()
    os.chdir(place)
    try:
        on_disk = _outcome(build_text, Path(folder))
    finally:
        os.chdir(before)
    return on_disk, _outcome(lambda: build_files(files, folder).text)


def test_a_folder_in_memory_is_built() -> None:
    built = build_files(TREE, "top")
    assert built.text == CONFIG_MAP.replace(" a", " my-a")
    assert [str(one.origin) for one in built.resources] == ["base/a.yaml:1"]
    assert built.warnings == ()


def test_contents_are_bytes_or_text_and_warnings_are_told() -> None:
    built = build_files({"kustomization.yaml": b"bases: [b]\n", "b/kustomization.yaml": "namePrefix: a\n"})
    assert built.text == ""
    assert "'bases' is deprecated" in built.warnings[0]


def test_the_options_are_those_of_the_command() -> None:
    files = {**TREE, "top/kustomization.yaml": "resources: [../base/a.yaml]\n"}
    with pytest.raises(InputError, match="is outside 'top'"):
        build_files(files, "top")
    assert "kustomize-v5" in build_files(files, "top", load_restrictor="none", managed_by=True).text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("resources: ['https://example.com/a.yaml?token=secret']", "https://example.com/a.yaml"),
        ("resources: ['https://me:secret@example.com/org/repo?ref=v1']", "https://example.com/org/repo?ref=v1"),
        ("resources: ['github.com/a/b//c?ref=d']", "github.com/a/b//c?ref=d"),
        ("components: ['git@github.com:a/b']", "git@github.com:a/b"),
        ("patches: [{path: 'https://example.com/a.yaml'}]", "https://example.com/a.yaml"),
    ],
)
def test_a_remote_entry_is_a_mistake(text: str, name: str) -> None:
    with pytest.raises(InputError) as caught:
        build_files({"kustomization.yaml": f"{text}\n"})
    assert f"'{name}' is remote: nothing is fetched here" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert str(caught.value).startswith("kustomization.yaml:1: ")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"../a.yaml": ""}, "the path '../a.yaml' names no file in the tree"),
        ({".": ""}, "the path '.' names no file in the tree"),
        ({"a.yaml": "", "./a.yaml": ""}, "the path './a.yaml' is given twice"),
        ({"a": "", "a/b": ""}, "the path 'a' is a file and a folder"),
    ],
)
def test_paths_that_are_no_tree_are_refused(files: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        build_files(files)
    assert caught.value.message == message


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_a_tree_in_memory_gives_the_bytes_and_the_errors_it_gives_on_disk(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    on_disk, in_memory = _both(make_tree(Random(seed)), "overlay", tmp_path_factory.mktemp("tree"))
    assert in_memory == on_disk


@given(
    st.dictionaries(
        st.sampled_from(
            ("base/kustomization.yaml", "base/a.yaml", "base/Kustomization", "a.yaml", "base/x/b.yaml", "top")
        ),
        st.sampled_from((CONFIG_MAP, "a: [", "", "kind: Kustomization\n", "resources: [a.yaml]\n")),
    ),
    st.lists(st.tuples(st.sampled_from(DAMAGES), st.sampled_from(NAMES)), max_size=3, unique_by=lambda one: one[0]),
    st.sampled_from(("root", "base", ".", "nowhere", "root/kustomization.yaml", "top/x")),
)
@settings(max_examples=150, deadline=None)
def test_what_is_wrong_in_memory_is_what_is_wrong_on_disk(
    tmp_path_factory: pytest.TempPathFactory, others: dict[str, str], fields: list[tuple[str, str]], folder: str
) -> None:
    text = "".join(field.format(name) for field, name in fields)
    files = {**others, "root/kustomization.yaml": text}
    on_disk, in_memory = _both(files, folder, tmp_path_factory.mktemp("tree"))
    assert in_memory == on_disk


def test_building_in_memory_opens_no_file_and_starts_no_program() -> None:
    program = (
        "import sys\nfrom kfinstall.build import build_files\n"
        f"files = {TREE!r}\nbuild_files(files, 'top').text\n"
        "seen = []\nsys.addaudithook(lambda event, args: seen.append((event, args)) if event.startswith("
        "('open', 'os.', 'socket.', 'subprocess.')) else None)\n"
        "build_files(files, 'top').text\nassert not seen, seen\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
