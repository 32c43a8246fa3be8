"""Rendered files, without a kustomization."""

import io

import pytest

from kfinstall.build.reading.files import MAX_BYTES
from kfinstall.errors import InputError
from kfinstall.load import load_resources
from tests.judge import write_tree

A = "kind: A\nmetadata: {name: a}\n"


def test_the_files_of_a_folder_are_read_in_order_of_name(tmp_path):
    files = {"b.yml": A.replace("A", "B"), "a.yaml": A, "sub/c.json": '{"kind": "C", "metadata": {"name": "c"}}'}
    write_tree(tmp_path, files | {"d.txt": "no"})
    assert [one.gvk.kind for one in load_resources(str(tmp_path))] == ["A", "B", "C"]


def test_one_file_is_read(tmp_path):
    write_tree(tmp_path, {"a.txt": f"{A}---\n{A}"})
    assert [one.origin.line for one in load_resources(str(tmp_path / "a.txt"))] == [1, 4]


def test_annotations_are_text_as_they_were_written(tmp_path):
    text = "kind: A\nmetadata:\n  name: x\n  annotations: {a: 1.10, b: True, e: 2001-01-01}\n"
    write_tree(tmp_path, {"a.yaml": text})
    (one,) = load_resources(str(tmp_path / "a.yaml"))
    assert one.manifest["metadata"]["annotations"] == {"a": "1.10", "b": "True", "e": "2001-01-01"}


def test_a_dash_is_standard_input():
    assert [str(one.origin) for one in load_resources("-", io.BytesIO(A.encode()))] == ["standard input:1"]


def test_standard_input_is_bounded():
    with pytest.raises(InputError, match="standard input has more than 64 MiB"):
        load_resources("-", io.BytesIO(bytes(MAX_BYTES + 1)))


def test_the_mistakes_of_all_files_are_found(tmp_path):
    write_tree(tmp_path, {"a.yaml": "kind: A\n", "b.yaml": A, "c.yaml": "a: [\n"})
    with pytest.raises(ExceptionGroup) as caught:
        load_resources(str(tmp_path))
    assert len(caught.value.exceptions) == 2


@pytest.mark.parametrize(
    ("path", "message"), [("none", "no such file or folder: 'none'"), (".", "has no YAML or JSON")]
)
def test_what_is_not_there_is_named(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        load_resources(path)


def test_all_files_of_a_folder_are_bounded_together(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.yaml").write_text("kind: A\nmetadata: {name: x}\n")
    assert len(load_resources(str(tmp_path), most_bytes=60)) == 3
    with pytest.raises(InputError, match=r"'c\.yaml' is one too many"):
        load_resources(str(tmp_path), most_bytes=50)
