from pathlib import Path

import pytest

from kfinstall.cli.graphview import Graph, as_data, as_dot, as_mermaid, as_text
from kfinstall.cli.start import run
from kfinstall.plan.model import Edge
from kfinstall.resource import ResourceId

NAMESPACE = ResourceId("", "Namespace", "", "ml")
CLAIM = ResourceId("", "PersistentVolumeClaim", "ml", "data")
WORKLOAD = ResourceId("apps", "Deployment", "ml", "minio")
GRAPH = Graph(
    (NAMESPACE, CLAIM, WORKLOAD),
    (
        Edge(NAMESPACE, CLAIM, "healthy", "it is in this namespace"),
        Edge(CLAIM, WORKLOAD, "applied", 'it mounts the claim "data"'),
    ),
)


def test_as_text_each_resource_is_followed_by_what_it_waits_for_and_why() -> None:
    assert as_text(GRAPH) == (
        "Namespace ml\n"
        "PersistentVolumeClaim ml/data\n"
        "  waits until healthy for Namespace ml: it is in this namespace\n"
        "Deployment.apps ml/minio\n"
        '  waits until applied for PersistentVolumeClaim ml/data: it mounts the claim "data"\n'
    )


def test_as_mermaid_a_dashed_arrow_waits_only_until_applied() -> None:
    assert as_mermaid(GRAPH).splitlines() == [
        "flowchart LR",
        '  r0["Namespace<br/>ml"]',
        '  r1["PersistentVolumeClaim<br/>ml/data"]',
        '  r2["Deployment<br/>ml/minio"]',
        "  r0 --> r1",
        "  r1 -.-> r2",
    ]


def test_as_dot_names_and_reasons_are_quoted() -> None:
    drawn = as_dot(GRAPH)
    assert drawn.startswith("digraph kfinstall {\n")
    assert '"PersistentVolumeClaim ml/data" -> "Deployment.apps ml/minio"' in drawn
    assert r'tooltip="it mounts the claim \"data\""' in drawn


def test_as_data_has_the_order_and_the_edges() -> None:
    data = as_data(GRAPH)
    assert data["resources"] == [id._asdict() for id in GRAPH.ids]


def test_the_packaged_overlay_can_be_drawn_without_a_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "--platform", "gke"]) == 0
    shown = capsys.readouterr().out
    assert "Deployment.apps kubeflow/minio\n" in shown
    assert shown.index("Namespace kubeflow\n") < shown.index("Deployment.apps kubeflow/minio\n")


def test_without_anything_to_draw_it_says_what_to_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph"]) == 2
    assert "name a folder or a file, or a --platform" in capsys.readouterr().err


def test_a_cycle_is_an_error_that_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n  namespace: default\n  annotations:\n"
    wait = "    config.kubernetes.io/depends-on: /namespaces/default/ConfigMap/{}\n"
    path = tmp_path / "cycle.yaml"
    path.write_text((one + wait).format("a", "b") + "---\n" + (one + wait).format("b", "a"))
    assert run(["graph", str(path)]) == 2
    shown = capsys.readouterr().err
    assert "ConfigMap default/a" in shown
    assert "ConfigMap default/b" in shown


def test_a_kind_that_no_crd_of_the_set_defines_can_be_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "route.yaml"
    path.write_text("apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: web, namespace: ml}\nspec: {}\n")
    assert run(["graph", str(path)]) == 0
    assert capsys.readouterr().out == "Route.route.openshift.io ml/web\n"
