"""Everything that is read from outside has a fuzzer: what is spoilt is taken or refused, and never a bug."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfinstall import catalog
from kfinstall.build import build_files, build_resources
from kfinstall.catalog.declaration import read_declaration
from kfinstall.catalog.mirror import find_images
from kfinstall.catalog.model import ComponentInfo, PlatformInfo
from kfinstall.cluster.discovery import as_aggregated, group_versions, read_broken, read_kinds, readable
from kfinstall.cluster.kubeconfig import load_access
from kfinstall.cluster.refusals import Call, refusal
from kfinstall.health import assess
from kfinstall.load import load_resources, load_tree
from kfinstall.plan import BUILTIN_KINDS, Inventory, diff_text, make_plan
from kfinstall.plan.history import unpack
from kfinstall.plan.inventory import from_manifests
from kfinstall.project.ksonnet.application import read_application
from kfinstall.project.ksonnet.translating import translate
from kfinstall.prototypes.generating import parse_request
from kfinstall.resource import Origin, Resource
from tests.spoiling import require_no_bug, spoilt_text, spoilt_value

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RANDOM = st.randoms(use_true_random=False)
EXAMPLES = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ENTRY_POINTS = {
    "tests/build/test_fuzz.py": {
        "kfinstall build: the words of its command line": "test_any_command_line_is_carried_out_or_refused",
        "--explain": "test_any_field_can_be_asked_for",
        "kustomization.yaml": "test_any_kustomization_is_used_or_refused",
        "each of its fields": "test_any_value_of_a_field_is_used_or_refused",
        "each file that it names": "test_any_file_is_used_or_refused",
        "configurations of built-in plugins": "test_any_configuration_of_a_plugin_is_used_or_refused",
        "operations of JSON patches": "test_any_operations_are_carried_out_or_refused",
        "label selectors": "test_any_label_selector_is_read_or_refused",
        "standard input": "test_anything_on_standard_input_is_read_or_refused",
    },
    "tests/build/test_patterns.py": {
        "regular expressions": "test_a_pattern_is_read_or_refused_with_a_hint",
    },
    "tests/build/test_repository.py": {
        "addresses of repositories": "test_any_text_is_a_repository_or_not",
    },
    "tests/manifest/test_hostile.py": {
        "YAML texts": "test_any_bytes_are_read_or_refused",
    },
    "tests/test_entry_points.py": {
        "kfinstall.build.build_files": "test_any_files_in_memory_are_built_or_refused",
        "a rendered folder": "test_any_rendered_folder_is_read_or_refused",
        "what apply, plan and diff are given": "test_any_manifest_is_planned_or_refused",
        "component.yaml and platform.yaml": "test_any_declaration_is_read_or_refused",
        "an application of ksonnet": "test_any_application_of_ksonnet_is_read_or_refused",
        "the first line of a generated workload": "test_any_first_line_of_a_workload_is_read",
        "a kubeconfig": "test_any_kubeconfig_is_read_or_refused",
        "the record in the cluster": "test_any_record_is_read_or_said_to_be_damaged",
        "what custom resources say of themselves": "test_any_custom_resource_is_judged",
        "the list of what the API server serves": "test_any_list_of_kinds_is_read_or_refused",
        "refusals": "test_any_refusal_is_explained",
    },
    "tests/project/test_broken.py": {
        "files of a project, its environments and parameters": "test_a_spoilt_line_is_read_or_refused_and_never_a_bug",
    },
    "tests/cluster/test_http.py": {
        "pages in place of the API server's answers": "test_a_page_in_place_of_an_answer_is_named",
    },
    "tests/cluster/test_watch.py": {
        "events of a watch": "test_a_watch_that_is_answered_with_no_event_is_begun_anew",
    },
}
"""File of tests -> what is read from outside -> the test that fuzzes it."""


def test_every_entry_point_has_its_test() -> None:
    for path, tests in ENTRY_POINTS.items():
        text = (ROOT / path).read_text()
        assert [test for test in tests.values() if f"def {test}(" not in text] == []


@cache
def rendered() -> tuple[dict[str, Any], ...]:
    return tuple(one.manifest for one in build_resources(load_tree(ROOT / "overlays" / "gke")))


@settings(EXAMPLES, max_examples=250)
@given(RANDOM)
def test_any_manifest_is_planned_or_refused(random: Random) -> None:
    manifests = random.sample(rendered(), 6)
    manifests[0] = spoilt_value(manifests[0], random)
    resources = [Resource(one, Origin("a.yaml", line)) for line, one in enumerate(manifests, 1)]

    def do() -> None:
        for one in manifests:
            find_images(one)
        plan = make_plan(resources, {}, Inventory("n", "ns", ()), BUILTIN_KINDS, digest_key=b"k")
        for change in plan.changes:
            diff_text(change, None)

    require_no_bug(do)


@cache
def custom_resources() -> tuple[dict[str, Any], ...]:
    files = sorted((ROOT / "tests" / "health" / "live").glob("*.yaml"))
    found = (
        one for file in files for one in yaml.load_all(file.read_text(), yaml.CSafeLoader) if isinstance(one, dict)
    )
    builtin = {kind.group for kind in BUILTIN_KINDS}
    manifests = (one.get("manifest", one) for one in found)
    return tuple(one for one in manifests if one.get("apiVersion", "").partition("/")[0] not in builtin | {"v1"})


@settings(EXAMPLES, max_examples=250)
@given(RANDOM)
def test_any_custom_resource_is_judged(random: Random) -> None:
    manifest = random.choice(custom_resources())
    parts = {field: manifest[field] for field in ("spec", "status") if field in manifest}
    assess({**manifest, **spoilt_value(parts, random)}, now=NOW)


@EXAMPLES
@given(RANDOM)
def test_any_files_in_memory_are_built_or_refused(random: Random) -> None:
    odd = random.choice(["../x", "/a", "a//b", "", "a.yaml/b", "\0", "sub/../a.yaml"])
    files = {
        "kustomization.yaml": spoilt_text(b"resources: [a.yaml, sub]\nnamePrefix: x-\n", random),
        "a.yaml": spoilt_text(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n", random),
        "sub/kustomization.yaml": b"resources: []\n",
        odd: b"x",
    }
    require_no_bug(lambda: build_files(files, random.choice([".", "sub", "..", "", "/", "a.yaml", "nope", "\0"])))


@EXAMPLES
@given(RANDOM)
def test_any_rendered_folder_is_read_or_refused(tmp_path: Path, random: Random) -> None:
    (tmp_path / "a.yaml").write_bytes(spoilt_text(yaml.safe_dump_all(rendered()[:3]).encode(), random))
    (tmp_path / "b.json").write_bytes(spoilt_text(json.dumps(rendered()[4]).encode(), random))
    require_no_bug(lambda: load_resources(str(tmp_path)))


@EXAMPLES
@given(RANDOM)
@pytest.mark.parametrize(
    ("cls", "files"), [(ComponentInfo, "base/*/component.yaml"), (PlatformInfo, "platforms/*/platform.yaml")]
)
def test_any_declaration_is_read_or_refused(cls: type[Any], files: str, random: Random) -> None:
    text = random.choice(sorted(ROOT.glob(files))).read_bytes()
    require_no_bug(lambda: read_declaration(cls, spoilt_text(text, random).decode(errors="replace"), "a.yaml"))


@EXAMPLES
@given(RANDOM)
def test_any_application_of_ksonnet_is_read_or_refused(tmp_path: Path, random: Random) -> None:
    source = ROOT / "tests" / "project" / "ksonnet-app"
    files = sorted(path for path in source.rglob("*") if path.is_file())
    spoilt = random.choice(files)
    for path in files:
        copy = tmp_path / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(spoilt_text(path.read_bytes(), random) if path == spoilt else path.read_bytes())
    require_no_bug(lambda: translate(read_application(tmp_path), "minikube", catalog.root()))


@EXAMPLES
@given(RANDOM)
def test_any_first_line_of_a_workload_is_read(random: Random) -> None:
    line = spoilt_text(b"# kfinstall generate tf-job my-job --param image=x --param workers=2", random)
    parse_request(line.decode(errors="replace"))


KUBECONFIG = b"""apiVersion: v1
kind: Config
current-context: a
contexts:
- name: a
  context: {cluster: c, user: u, namespace: n}
clusters:
- name: c
  cluster: {server: 'https://127.0.0.1:6443', certificate-authority-data: aGk=}
users:
- name: u
  user: {token: abc, client-certificate-data: aGk=, client-key-data: aGk=}
"""


@settings(EXAMPLES, max_examples=150)
@given(RANDOM)
def test_any_kubeconfig_is_read_or_refused(tmp_path: Path, random: Random) -> None:
    (tmp_path / "config").write_bytes(spoilt_text(KUBECONFIG, random))
    require_no_bug(lambda: load_access(tmp_path / "config"))


@EXAMPLES
@given(RANDOM)
def test_any_record_is_read_or_said_to_be_damaged(random: Random) -> None:
    def text(content: str) -> str:
        return spoilt_text(content.encode(), random).decode(errors="replace")

    labels = {"applyset.kubernetes.io/id": "applyset-x-v1"}
    parent = {"metadata": {"name": "a", "namespace": "ns", "labels": labels}}
    members = text('["", "ConfigMap", "ns", "b", "v1", "uid", "d", "l"]\n')
    history = text('[1, "2026-01-01T00:00:00Z", "healthy", "said", ["part"], [["ns", "kept"]]]\n')
    data = {"members": members, "history": history, "revision": text("3"), "shards": text("")}
    require_no_bug(lambda: from_manifests([{**parent, "data": data}]))
    part = {"binaryData": {"resources": text("H4sIAAAAAAAAA4uOBQApu0wNAgAAAA==")}}
    require_no_bug(lambda: unpack([part], {}, "revision 1"))


RESOURCES = [{"resource": "deployments", "responseKind": {"group": "apps", "kind": "Deployment"}, "verbs": ["get"]}]
AGGREGATED = {
    "kind": "APIGroupDiscoveryList",
    "items": [{"metadata": {"name": "apps"}, "versions": [{"version": "v1", "resources": RESOURCES}]}],
}
GROUPS = {"groups": [{"name": "apps", "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}}]}
PLAIN = {"resources": [{"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get"]}]}


@settings(EXAMPLES, max_examples=150)
@given(RANDOM)
def test_any_list_of_kinds_is_read_or_refused(random: Random) -> None:
    require_no_bug(lambda: readable(read_kinds, spoilt_value(AGGREGATED, random)))
    require_no_bug(lambda: readable(read_broken, spoilt_value(AGGREGATED, random)))
    require_no_bug(lambda: readable(group_versions, {}, spoilt_value(GROUPS, random)))
    require_no_bug(lambda: readable(as_aggregated, "", "v1", spoilt_value(PLAIN, random)))


CAUSE = {"reason": "FieldValueInvalid", "message": "Invalid value: field is immutable", "field": "spec.selector"}
REFUSAL = {
    "kind": "Status",
    "message": 'Deployment.apps "x" is invalid: spec.selector: field is immutable',
    "reason": "Invalid",
    "details": {"name": "x", "group": "apps", "kind": "Deployment", "causes": [CAUSE]},
    "code": 422,
}


@settings(EXAMPLES, max_examples=150)
@given(RANDOM, st.sampled_from([400, 401, 403, 404, 409, 413, 422, 429, 500, 503]))
def test_any_refusal_is_explained(random: Random, status: int) -> None:
    error = refusal(spoilt_value(REFUSAL, random), status, Call("patch", "deployments.apps"))
    assert error.message
