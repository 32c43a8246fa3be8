"""Helm charts: Helm is called as the real tool calls it, and what it prints becomes the same resources."""

from __future__ import annotations

from pathlib import Path

import pytest
from recording import Bench

PRINTED = """apiVersion: v1
kind: Service
metadata:
  name: from-chart
  namespace: of-chart
spec:
  selector: {app: chart}
---
# Source: app/templates/role.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: from-chart
  namespace: of-chart
subjects: [{kind: ServiceAccount, name: default, namespace: of-chart}]
---
---
apiVersion: v1
kind: ConfigMap
metadata: {name: from-chart, annotations: {count: 1}}
data: {a: b}
"""
VALUES = """# what the chart does by itself
replicas: 1
image: {name: web, tag: 1.10, pull: null}
ports: [80, 443]
hours: 0x10
yes: no
since: 2001-01-01
nothing:
text: |
  two
  lines
"""
TYPES = "tag: 1.10\nsince: 2001-01-01\nq: '1.10'\nd: '2001-01-01'\nb: true\nbq: 'true'\nw: word\n"
CHART = {"charts/app/values.yaml": VALUES, "charts/app/Chart.yaml": "name: app\n"}
INLINE = """{replicas: 3, image: {tag: 2.0, pull: {policy: Always}}, ports: [8080], yes: on,
    large: 12345678901234567890, gone: null, text: null, half: 0.5, small: 1e-7, exact: 9007199254740993,
    since: 2002-02-02, more: {a: [1, {b: 2.50}]}}"""


def chart(fields: str, top: str = "") -> dict[str, str]:
    """Give a tree with one chart that is there."""
    return {"kustomization.yaml": f"{top}helmCharts:\n- name: app\n  {fields}\n", **CHART}


PULLED = {"kustomization.yaml": "helmCharts:\n- {name: app, repo: https://charts.test, version: 1.2.3, devel: true}\n"}

TREES: dict[str, dict[str, str]] = {
    "a chart and nothing else": chart(""),
    "a release name": chart("releaseName: mine"),
    "a namespace": chart("namespace: mine"),
    "the namespace of the kustomization": chart("releaseName: r", "namespace: outer\n"),
    "a namespace beside that of the kustomization": chart("namespace: mine", "namespace: outer\n"),
    "a name template": chart("nameTemplate: '{{ .Release.Name }}-x'"),
    "versions": chart("apiVersions: [a/v1, b/v1]\n  kubeVersion: '1.30'"),
    "custom resource definitions": chart("includeCRDs: true"),
    "neither hooks nor tests": chart("skipHooks: true\n  skipTests: true"),
    "debug output": chart("debug: true"),
    "a version without a repository": chart("version: 1.2.3"),
    "development versions": chart("devel: true"),
    "everything": chart(
        "releaseName: r\n  namespace: ns\n  nameTemplate: t\n  apiVersions: [a/v1]\n  kubeVersion: 1.30.0\n"
        "  includeCRDs: true\n  skipHooks: true\n  skipTests: true\n  debug: true\n  devel: true\n  version: 1.2.3"
    ),
    "a file of values": {**chart("valuesFile: my.yaml"), "my.yaml": "a: 1 # kept as it is\n"},
    "more files of values": {
        **chart("valuesFile: my.yaml\n  additionalValuesFiles: [more.yaml, sub/../sub/most.yaml]"),
        "my.yaml": "a: 1\n",
        "more.yaml": "b: 1\n",
        "sub/most.yaml": "c: 1\n",
    },
    "inline values": chart(f"valuesInline: {INLINE}"),
    "inline values that override": chart(f"valuesMerge: override\n  valuesInline: {INLINE}"),
    "inline values that are merged": chart(f"valuesMerge: merge\n  valuesInline: {INLINE}"),
    "inline values that replace": chart(f"valuesMerge: replace\n  valuesInline: {INLINE}"),
    "no inline values that replace": chart("valuesMerge: replace\n  valuesInline: {}"),
    "inline values over a file": {**chart("valuesFile: v.yaml\n  valuesInline: {a: 2}"), "v.yaml": "a: {b: 1}\nc: 1\n"},
    "inline values over nothing": {**chart("valuesInline: {a: 2}"), "charts/app/values.yaml": ""},
    "inline values over comments": {**chart("valuesInline: {a: 2}"), "charts/app/values.yaml": "# nothing\n"},
    "inline values of another type": {
        **chart("valuesInline: {tag: '2.0', since: '2002-02-02', q: 2.0, d: 2002-02-02, b: 'false', bq: false, w: 1}"),
        "charts/app/values.yaml": TYPES,
    },
    "inline values of another type that are merged": {
        **chart(
            "valuesMerge: merge\n  valuesInline: "
            "{tag: '2.0', since: '2002-02-02', q: 2.0, d: 2002-02-02, b: 'false', bq: false, w: 1}"
        ),
        "charts/app/values.yaml": TYPES,
    },
    "inline values that delete": chart("valuesInline: {image: {$patch: delete}, ports: null}"),
    "values of another shape": chart("valuesInline: {image: [1], ports: {a: b}}"),
    "values of another shape than a mapping": {**chart("valuesInline: {a: 1}"), "charts/app/values.yaml": "[1]\n"},
    "a file of values that is no YAML": {**chart("valuesInline: {a: 1}"), "charts/app/values.yaml": "a: [\n"},
    "a file of values that is no YAML, and not read": {**chart(""), "charts/app/values.yaml": "a: [\n"},
    "a chart home": {
        "kustomization.yaml": "helmGlobals: {chartHome: ./my//charts}\nhelmCharts: [{name: app}]\n",
        "my/charts/app/values.yaml": "a: 1\n",
    },
    "a configuration home": {
        "kustomization.yaml": "helmGlobals: {configHome: my/config}\nhelmCharts: [{name: app}]\n",
        **CHART,
    },
    "a chart that is not there": PULLED,
    "a chart of a registry that is not there": {
        "kustomization.yaml": "helmCharts: [{name: app, repo: oci://charts.test/all/, version: 1.0.0}]\n"
    },
    "a chart of any version": {"kustomization.yaml": "helmCharts: [{name: app, repo: https://charts.test}]\n"},
    "a chart of a version that is there": {**PULLED, "charts/app-1.2.3/app/values.yaml": "there: true\n"},
    "charts in order": {
        "kustomization.yaml": "resources: [all.yaml]\nconfigMapGenerator: [{name: g}]\nsecretGenerator: [{name: s}]\n"
        "generators: [g.yaml]\nhelmCharts: [{name: app}]\nnamePrefix: p-\n",
        "all.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: all}\n",
        "g.yaml": "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: later}\n",
        **CHART,
    },
    "a namespace from above": {
        "kustomization.yaml": "namespace: top\nresources: [mid]\n",
        "mid/kustomization.yaml": "resources: [base]\ncomponents: [part]\n",
        "mid/base/kustomization.yaml": "namePrefix: b-\nhelmCharts: [{name: app}]\n",
        "mid/part/kustomization.yaml": "kind: Component\nnamespace: part\nhelmCharts: [{name: app}]\n",
        **{f"mid/{at}/{path}": text for at in ("base", "part") for path, text in CHART.items()},
    },
    "a generator in a file": {
        "kustomization.yaml": "namespace: outer\ngenerators: [helm.yaml]\n",
        "helm.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: any}\nname: app\n"
        "releaseName: r\nchartHome: here\nconfigHome: conf\nvaluesInline: {a: 2, b: 10000000.5}\nunknown: 1\n",
        "here/app/values.yaml": "a: 1\n",
    },
    "an inline generator": {
        "kustomization.yaml": "generators:\n- |-\n  apiVersion: builtin\n  kind: HelmChartInflationGenerator\n"
        "  metadata:\n    name: any\n  name: app\n",
        **CHART,
    },
    "the older field": {
        "kustomization.yaml": "helmChartInflationGenerator:\n- {chartName: app, chartVersion: 1.0.0, releaseName: r,"
        " values: v.yaml, valuesLocal: {a: 2}, valuesMerge: merge, extraArgs: [--x], releaseNamespace: ns}\n"
        "- {chartName: app, chartRepoUrl: https://charts.test, chartHome: home, helmHome: conf}\n",
        "v.yaml": "a: 1\n",
        "home/app/values.yaml": "",
    },
    "annotations of where things are from": chart(
        "releaseName: r", "namespace: ns\nbuildMetadata: [originAnnotations, transformerAnnotations]\n"
    ),
    "patches of what a chart made": {
        **chart(
            "releaseName: r",
            "namePrefix: p-\nlabels: [{pairs: {a: b}, includeSelectors: true}]\npatches: [{path: p}]\n",
        ),
        "p": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-chart}\ndata: {c: d}\n",
    },
    "a chart without a name": {"kustomization.yaml": "helmCharts: [{releaseName: r}]\n"},
    "a merge of values that is none": chart("valuesMerge: overide\n  valuesInline: {a: 1}"),
    "a chart that is nowhere": {"kustomization.yaml": "helmCharts: [{name: app}]\n"},
    "values outside": {
        "kustomization.yaml": "helmCharts: [{name: app, valuesFile: ../outside.yaml}]\n",
        **CHART,
        "../outside.yaml": "a: 1\n",
    },
    "more values outside": {
        "kustomization.yaml": "helmCharts: [{name: app, additionalValuesFiles: [../outside.yaml]}]\n",
        **CHART,
        "../outside.yaml": "a: 1\n",
    },
    "a chart home outside": {
        "kustomization.yaml": "helmGlobals: {chartHome: ../all}\nhelmCharts: [{name: app}]\n",
        "../all/app/values.yaml": "a: 1\n",
    },
    "values that are not there": chart("valuesFile: none.yaml"),
}
FLAGS = (
    "--helm-debug",
    "--helm-kube-version=1.99",
    "--helm-api-versions=x/v1",
    "--helm-api-versions=y/v1,z/v1",
    "--load-restrictor=LoadRestrictionsNone",
)


@pytest.mark.parametrize("name", TREES)
def test_helm_is_called_as_the_real_tool_calls_it(name: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path, TREES[name], {"STAND_IN_PRINTS": PRINTED})
    theirs, ours = bench.theirs("--enable-helm"), bench.ours("--enable-helm")
    assert ours.printed == theirs.printed, ours.said
    if theirs.printed is None:
        assert ".yaml:" in ours.said
    else:
        assert ours.calls == theirs.calls


@pytest.mark.parametrize("name", ["a chart and nothing else", "everything", "values outside", "a chart home outside"])
def test_options_speak_for_charts_that_do_not(name: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path, TREES[name], {"STAND_IN_PRINTS": PRINTED})
    theirs, ours = bench.theirs("--enable-helm", *FLAGS), bench.ours("--enable-helm", *FLAGS)
    assert theirs.calls
    assert ours == theirs


WITHOUT = ("a chart and nothing else", "a chart that is not there", "an inline generator", "the older field")


@pytest.mark.parametrize("name", WITHOUT)
def test_nothing_is_run_without_the_flag(name: str, tmp_path: Path) -> None:
    run = Bench(tmp_path, TREES[name]).ours()
    assert run.printed is None
    assert "needs Helm, which is not enabled" in run.said
    assert "hint: add --enable-helm" in run.said
    assert run.calls == []


def test_what_an_alias_stands_for_is_a_value_of_the_chart(tmp_path: Path) -> None:
    files = {**chart("valuesInline: {a: {c: 3}}"), "charts/app/values.yaml": "a: &a {c: 1, d: 2}\nb: *a\n"}
    run = Bench(tmp_path, files, {"STAND_IN_PRINTS": PRINTED}).ours("--enable-helm")
    (values,) = run.calls[-1]["files"].values()
    assert values == "a:\n  c: 3\n  d: 2\nb:\n  c: 1\n  d: 2\n"


@pytest.mark.parametrize("version", ["v3.0.0", "3.19.0+g3d8990f", "v4.0.1", "v2.17.0", "v5.1", "canary"])
def test_versions_that_the_real_tool_takes_are_taken(version: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path, TREES["everything"], {"STAND_IN_PRINTS": PRINTED, "STAND_IN_VERSION": version})
    theirs, ours = bench.theirs("--enable-helm"), bench.ours("--enable-helm")
    assert (ours.printed, ours.calls) == (theirs.printed, theirs.calls)
    if ours.printed is None:
        assert "tree/kustomization.yaml:2: Helm" in ours.said
        assert "hint: use version 3 or 4" in ours.said


@pytest.mark.parametrize("step", ["version", "pull", "template"])
def test_a_failure_shows_what_helm_said_and_no_value(step: str, tmp_path: Path) -> None:
    files = {"kustomization.yaml": PULLED["kustomization.yaml"].replace("}", ", valuesInline: {password: hunter2}}")}
    bench = Bench(tmp_path, files, {"STAND_IN_PRINTS": PRINTED, "STAND_IN_FAILS": step})
    run = bench.ours("--enable-helm")
    assert run.printed is None
    assert f"tree/kustomization.yaml:2: 'helm {step}' for the chart 'app' ended with status 1" in run.said
    assert "Error: it does not work\n" in run.said
    assert "for two reasons\n" in run.said
    assert "hunter2" not in run.said


@pytest.mark.parametrize(
    ("printed", "complaint"),
    [
        ("Pulled: charts.test/app\n---\n" + PRINTED, "the resource has no 'kind'"),
        ("a: [\n", "helm template"),
        (PRINTED + "---\n" + PRINTED, "is already there"),
    ],
)
def test_what_helm_prints_must_be_resources(printed: str, complaint: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path, TREES["a chart and nothing else"], {"STAND_IN_PRINTS": printed})
    assert bench.theirs("--enable-helm").printed is None
    run = bench.ours("--enable-helm")
    assert run.printed is None
    assert complaint in run.said
    assert "tree/kustomization.yaml:2" in run.said


def test_a_chart_may_come_to_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, TREES["a chart and nothing else"], {"STAND_IN_PRINTS": "\n"})
    assert bench.ours("--enable-helm").printed == bench.theirs("--enable-helm").printed == ""


@pytest.mark.parametrize("fields", ["releaseName: --post-renderer=./evil", "name: --help", "name: ../app"])
def test_no_name_is_an_option_or_a_path(fields: str, tmp_path: Path) -> None:
    files = {"kustomization.yaml": f"helmCharts:\n- {{name: app, repo: https://charts.test, {fields}}}\n", **CHART}
    run = Bench(tmp_path, files, {"STAND_IN_PRINTS": PRINTED}).ours("--enable-helm")
    assert run.printed is None
    assert run.calls == []


def test_a_helm_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = Bench(tmp_path, TREES["everything"]).ours("--enable-helm", "--helm-command", "no-such-helm")
    assert "tree/kustomization.yaml:2: there is no program 'no-such-helm'" in run.said
    assert "hint: install Helm, or say where it is with --helm-command" in run.said
