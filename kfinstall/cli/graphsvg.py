"""What waits for what, as a picture: a column for each depth, so that all waits only for what stands left of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from kfinstall.plan import waves
from kfinstall.plan.model import Edge
from kfinstall.resource import ResourceId

CHARACTER, LINE, PADDING = 7.3, 15, 6
BOX, GAP, CHANNEL, MARGIN = 2 * LINE + 2 * PADDING, 10, 90, 20
SWEEPS = 4

STYLE = """
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: #1f2328 }
.kind { fill: #656d76 }
rect { fill: #f6f8fa; stroke: #afb8c1; rx: 4px }
.outside rect { stroke-dasharray: 2 2; fill: #fff }
path { fill: none; stroke: #57606a; stroke-opacity: 0.55 }
.applied { stroke-dasharray: 4 3 }
path:hover { stroke: #cf222e; stroke-opacity: 1; stroke-width: 2 }
"""


class Box(NamedTuple):
    """Where a resource is drawn, in pixels from the top left corner."""

    x: float
    y: float
    width: float

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + BOX / 2


def draw(ids: Sequence[ResourceId], edges: Sequence[Edge], outside: Iterable[ResourceId] = ()) -> str:
    """Give an SVG that needs nothing else: pointing at an arrow shows its reason, a dashed one waits until applied.

    In:   ids in a topological order; `outside` are those that are waited for and not in the set, drawn dashed.
    """
    boxes = lay_out(ids, edges)
    width = max((box.x + box.width for box in boxes.values()), default=0) + MARGIN
    height = max((box.y + BOX for box in boxes.values()), default=0) + MARGIN
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    others = frozenset(outside)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        "<title>What waits for what</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8Z" style="fill: #57606a; stroke: none"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" style="fill: #fff; stroke: none"/>',
        *(_arrow(edge, boxes) for edge in edges if edge.before in boxes and edge.after in boxes),
        *(_node(id, box, is_outside=id in others) for id, box in boxes.items()),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def lay_out(ids: Sequence[ResourceId], edges: Sequence[Edge]) -> dict[ResourceId, Box]:
    """Give each resource its place: its column is its depth, its row as near as may be to what it waits for."""
    boxes, x = {}, float(MARGIN)
    columns = _untangled(_columns(ids, edges), edges)
    for column in columns:
        width = max(_width(id) for id in column)
        above = (max(map(len, columns)) - len(column)) / 2
        for row, id in enumerate(column):
            boxes[id] = Box(x, MARGIN + (above + row) * (BOX + GAP), width)
        x += width + CHANNEL
    return boxes


def _columns(ids: Sequence[ResourceId], edges: Sequence[Edge]) -> list[list[ResourceId]]:
    columns: dict[int, list[ResourceId]] = defaultdict(list)
    depth = waves(ids, [edge._replace(until="healthy") for edge in edges])
    for id in ids:
        columns[depth[id]].append(id)
    return [columns[number] for number in sorted(columns)]


def _untangled(columns: list[list[ResourceId]], edges: Sequence[Edge]) -> list[list[ResourceId]]:
    """Sort each column by the middle of its neighbours, to and fro: fewer arrows cross.

    Source:  the barycentre heuristic of Sugiyama, Tagawa and Toda, 1981.
    """
    neighbours: dict[ResourceId, list[ResourceId]] = defaultdict(list)
    for edge in edges:
        neighbours[edge.after].append(edge.before)
        neighbours[edge.before].append(edge.after)
    for _ in range(SWEEPS):
        rows = {id: row / len(column) for column in columns for row, id in enumerate(column)}
        for column in columns:
            column.sort(key=lambda id: _middle([rows[other] for other in neighbours[id] if other in rows], rows[id]))
            rows |= {id: row / len(column) for row, id in enumerate(column)}
    return columns


def _middle(rows: Sequence[float], own: float) -> float:
    return sum(rows) / len(rows) if rows else own


def _width(id: ResourceId) -> float:
    return max(map(len, _labels(id))) * CHARACTER + 2 * PADDING


def _labels(id: ResourceId) -> tuple[str, str]:
    return id.kind, f"{id.namespace}/{id.name}" if id.namespace else id.name


def _node(id: ResourceId, box: Box, *, is_outside: bool) -> str:
    kind, name = map(escape, _labels(id))
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{BOX}"'
    left, first = box.x + PADDING, box.y + PADDING + LINE - 4
    mark = ' class="outside"' if is_outside else ""
    return (
        f"<g{mark}><title>{escape(str(id))}</title><rect {place}/>"
        f'<text class="kind" x="{left:.1f}" y="{first:.1f}">{kind}</text>'
        f'<text x="{left:.1f}" y="{first + LINE:.1f}">{name}</text></g>'
    )


def _arrow(edge: Edge, boxes: Mapping[ResourceId, Box]) -> str:
    start, end = boxes[edge.before], boxes[edge.after]
    x, bend = start.x + start.width, CHANNEL / 2
    way = f"M{x:.1f} {start.middle:.1f}C{x + bend:.1f} {start.middle:.1f} {end.x - bend:.1f} {end.middle:.1f}"
    said = escape(f"{edge.after} waits until {edge.before} is {edge.until}: {edge.reason}")
    return (
        f'<path class="{edge.until}" d="{way} {end.x:.1f} {end.middle:.1f}" marker-end="url(#head)">'
        f"<title>{said}</title></path>"
    )
