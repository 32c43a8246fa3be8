"""Every entry point takes whatever it is given: it gives a result, or mistakes a person can act on."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import build_text, errors_of

from kfinstall.build.json6902 import JsonPatchError, apply_operations, check_operations
from kfinstall.build.schemas import read_openapi
from kfinstall.build.selectors import parse_label_selector
from kfinstall.cli.main import run
from kfinstall.load import load_resources
from kfinstall.resource import Origin
from tests.judge import write_tree

HERE = Origin("x", 1)
EXAMPLES = settings(max_examples=150, derandomize=True, deadline=None, database=None)
WORDS = st.sampled_from(
    [
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "namespace",
        "labels",
        "annotations",
        "spec",
        "data",
        "a",
        "b",
        "v1",
        "ConfigMap",
        "Deployment",
        "op",
        "path",
        "value",
        "from",
        "add",
        "remove",
        "copy",
        "target",
        "patch",
        "select",
        "fieldPaths",
        "source",
        "options",
        "create",
        "delimiter",
        "index",
        "$patch",
        "delete",
        "definitions",
        "properties",
        "items",
        "x-kubernetes-patch-strategy",
        "merge",
        "Schema",
        "fieldSpecs",
        "literals",
        "files",
        "envs",
        "./k",
        "null",
        "true",
        "5",
        "1.5",
        "-1",
        "~",
        "''",
        ".*",
        "[",
        "]",
        "{}",
        "[]",
        "$(A)",
        "!!binary",
        "&a",
        "*a",
        "<<",
    ]
)
SCALARS = st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=10,
)
TEXTS = st.one_of(
    VALUES.map(lambda value: json.dumps(value, default=str).encode()),
    st.lists(st.one_of(WORDS, st.sampled_from([": ", "- ", "\n", "  ", "---\n", "#", "'", '"', "|", ">", "\t"]))).map(
        lambda words: "".join(words).encode("utf-8", "surrogatepass")
    ),
    st.binary(max_size=30),
)
RESOURCE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a: b}}\ndata: {a: b}\n"
PLACES = {
    "a resource": "resources: [f]\n",
    "a merge patch": "resources: [r]\npatchesStrategicMerge: [f]\n",
    "a patch": "resources: [r]\npatches: [{path: f, target: {kind: ConfigMap}}]\n",
    "a JSON patch": "resources: [r]\npatchesJson6902: [{path: f, target: {kind: ConfigMap, name: a}}]\n",
    "replacements": "resources: [r]\nreplacements: [{path: f}]\n",
    "configurations": "resources: [r]\nconfigurations: [f]\nnamePrefix: p-\ncommonLabels: {c: d}\nnamespace: n\n",
    "crds": "resources: [r]\ncrds: [f]\nnamePrefix: p-\n",
    "an openapi": "resources: [r]\nopenapi: {path: f}\npatches: [{path: r}]\n",
    "an env file": "configMapGenerator: [{name: c, envs: [f]}]\n",
    "a file of a generator": "configMapGenerator: [{name: c, files: [f]}]\nsecretGenerator: [{name: c, files: [f]}]\n",
    "a transformer": "resources: [r]\ntransformers: [f]\n",
    "a generator": "generators: [f]\n",
    "a validator": "resources: [r]\nvalidators: [f]\n",
}
FIELDS = ("patches", "replacements", "images", "labels", "replicas", "vars", "configMapGenerator", "sortOptions")


def _survives(do: Callable[[], Any]) -> None:
    """Do it; whatever is raised is a mistake with a place or a hint."""
    try:
        do()
    except Exception as problem:  # noqa: BLE001 errors_of tells mistakes from bugs
        for error in errors_of(problem):
            assert error.origin or error.hint, error


def _build(files: dict[str, str | bytes]) -> None:
    with TemporaryDirectory() as folder:
        write_tree(Path(folder), files)
        _survives(lambda: build_text(Path(folder)))


@pytest.mark.parametrize("place", PLACES)
def test_any_file_is_used_or_refused(place: str) -> None:
    @EXAMPLES
    @given(TEXTS)
    def check(content: bytes) -> None:
        _build({"kustomization.yaml": PLACES[place], "r": RESOURCE, "f": content})

    check()


@pytest.mark.parametrize(
    "kind",
    [
        "PatchTransformer",
        "NamespaceTransformer",
        "ReplacementTransformer",
        "ConfigMapGenerator",
        "ValueAddTransformer",
        "ImageTagTransformer",
        "ReplicaCountTransformer",
    ],
)
def test_any_configuration_of_a_plugin_is_used_or_refused(kind: str) -> None:
    @EXAMPLES
    @given(st.dictionaries(WORDS, VALUES, max_size=4))
    def check(told: dict[str, Any]) -> None:
        plugin = {**told, "apiVersion": "builtin", "kind": kind, "metadata": {"name": "p"}}
        field = "generators" if kind.endswith("Generator") else "transformers"
        text = json.dumps(plugin, default=str)
        _build({"kustomization.yaml": f"resources: [r]\n{field}: [f]\n", "r": RESOURCE, "f": text})

    check()


@EXAMPLES
@given(TEXTS)
def test_any_kustomization_is_used_or_refused(content: bytes) -> None:
    _build({"kustomization.yaml": content})


@EXAMPLES
@given(st.sampled_from(FIELDS), VALUES)
def test_any_value_of_a_field_is_used_or_refused(field: str, value: Any) -> None:
    file = {"resources": ["r"], field: value}
    _build({"kustomization.yaml": json.dumps(file, default=str), "r": RESOURCE})


@EXAMPLES
@given(VALUES, st.lists(st.dictionaries(WORDS, VALUES, max_size=4), max_size=3))
def test_any_operations_are_carried_out_or_refused(document: Any, operations: list[Any]) -> None:
    def do() -> None:
        checked = check_operations(operations, HERE)
        with suppress(JsonPatchError):
            apply_operations(document, checked)

    _survives(do)


@EXAMPLES
@given(VALUES)
def test_any_openapi_is_read(document: Any) -> None:
    read_openapi(document if isinstance(document, dict) else {"definitions": document})


@EXAMPLES
@given(st.text("ab=!,()<> \tinot./-é\n", max_size=30))
def test_any_label_selector_is_read_or_refused(text: str) -> None:
    _survives(lambda: parse_label_selector(text, HERE))


@EXAMPLES
@given(TEXTS)
def test_anything_on_standard_input_is_read_or_refused(content: bytes) -> None:
    _survives(lambda: load_resources("-", io.BytesIO(content)))


@settings(EXAMPLES, max_examples=60)
@given(st.text("abk.*[]=-0\\/:{}é\n", max_size=20))
def test_any_field_can_be_asked_for(field: str) -> None:
    from kfinstall.build.history import explain
    from kfinstall.load import load_tree

    with TemporaryDirectory() as folder:
        write_tree(Path(folder), {"kustomization.yaml": "resources: [r]\nnamePrefix: p-\n", "r": RESOURCE})
        _survives(lambda: explain(load_tree(folder), field))


OPTIONS = st.sampled_from(
    [
        "build",
        ".",
        "nowhere",
        "--explain",
        "-o",
        "--output",
        "--format",
        "yaml",
        "json",
        "--load-restrictor",
        "LoadRestrictionsNone",
        "--reorder",
        "legacy",
        "none",
        "--origin",
        "--no-cache",
        "-e",
        "A=b",
        "--env",
        "--as-current-user",
        "--enable-helm",
        "--helm-command",
        "--network",
        "--mount",
        "--",
        "-x",
        "--xx=",
        "''",
        "\x1b[31m",
        "�",
    ]
)


@settings(EXAMPLES, max_examples=100)
@given(st.lists(OPTIONS, max_size=5))
def test_any_command_line_is_carried_out_or_refused(words: list[str]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_tree(Path(folder), {"kustomization.yaml": "resources: [r]\n", "r": RESOURCE})
        assert run(["build", *words]) in (0, 2)
