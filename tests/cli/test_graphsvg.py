"""The picture of a graph: all of it is there, nothing overlaps, and everything waits for what stands left of it."""

from __future__ import annotations

import random
from itertools import combinations
from xml.etree import ElementTree

import pytest

from kfinstall.cli.graphsvg import BOX, draw, lay_out
from kfinstall.cli.start import run
from kfinstall.plan.model import Edge
from kfinstall.resource import ResourceId

SVG = "{http://www.w3.org/2000/svg}"


def node(number: int) -> ResourceId:
    return ResourceId("", "ConfigMap", "ml", f"c{number}")


@pytest.mark.parametrize("seed", range(30))
def test_everything_waits_for_what_stands_left_of_it_and_no_two_overlap(seed: int) -> None:
    dice = random.Random(seed)
    ids = [node(number) for number in range(16)]
    pairs = [sorted(dice.sample(range(16), 2)) for _ in range(dice.randint(0, 40))]
    edges = [Edge(node(a), node(b), dice.choice(("applied", "healthy")), "because") for a, b in pairs]
    boxes = lay_out(ids, edges)
    assert boxes.keys() == set(ids)
    for edge in edges:
        assert boxes[edge.before].x + boxes[edge.before].width < boxes[edge.after].x
    for one, other in combinations(boxes.values(), 2):
        assert one.x + one.width < other.x or other.x + other.width < one.x or abs(one.y - other.y) > BOX


def test_names_and_reasons_stand_in_it_whatever_they_hold_and_nothing_is_loaded() -> None:
    odd = ResourceId("example.com", "Thing", "", '<a & "b">')
    edges = [Edge(node(1), odd, "applied", "it's <needed>"), Edge(node(0), node(1), "healthy", "x")]
    drawn = draw([node(0), node(1), odd], edges, outside=[node(0)])
    root = ElementTree.fromstring(drawn)
    assert {"ml/c0", "ml/c1", '<a & "b">', "Thing"} <= {text.text for text in root.iter(f"{SVG}text")}
    arrows = [path for path in root.iter(f"{SVG}path") if path.get("class")]
    assert [path.get("class") for path in arrows] == ["applied", "healthy"]
    assert arrows[0].find(f"{SVG}title").text == f"{odd} waits until {node(1)} is applied: it's <needed>"
    assert [group.find(f"{SVG}title").text for group in root.iter(f"{SVG}g") if group.get("class") == "outside"] == [
        str(node(0))
    ]
    assert drawn.count("http") == 1
    assert "<script" not in drawn


def test_a_graph_without_anything_is_a_picture_too() -> None:
    ElementTree.fromstring(draw([], []))


def test_the_packaged_overlay_is_drawn_with_all_its_resources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "--platform", "gke", "-o", "svg"]) == 0
    root = ElementTree.fromstring(capsys.readouterr().out)
    names = [text.text for text in root.iter(f"{SVG}text")]
    assert "kubeflow/minio" in names
    assert len(names) > 100
