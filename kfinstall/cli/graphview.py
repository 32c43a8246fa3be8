"""What waits for what, as text, Mermaid, dot, SVG or plain data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from kfinstall.cli import output
from kfinstall.cli.options import Wanted
from kfinstall.cli.source import read_source, settle_source
from kfinstall.errors import InputError
from kfinstall.plan import BUILTIN_KINDS, assumed_kinds, external_waits, find_edges, kinds_from_crds, normalise, order
from kfinstall.plan.model import Edge
from kfinstall.resource import ResourceId


class Graph(NamedTuple):
    """Every resource in the order in which it may be sent, what is waited for outside the set first; and the edges."""

    ids: tuple[ResourceId, ...]
    edges: tuple[Edge, ...]
    outside: tuple[ResourceId, ...] = ()


def read_graph(wanted: Wanted) -> Graph:
    """Build the manifests and find their edges; no cluster is asked.

    Raises:  InputError, or a group of them: mistakes in the files, or a cycle.
    """
    wanted = settle_source(wanted)
    if wanted.source is None and wanted.platform in (None, "auto"):
        raise InputError("there is nothing to draw", hint="name a folder or a file, or a --platform")
    built = read_source(wanted, wanted.platform or "").resources
    kinds = {**assumed_kinds(built), **BUILTIN_KINDS, **kinds_from_crds(built)}
    resources = normalise(built, kinds)
    edges, waits = find_edges(resources, kinds), external_waits(resources, kinds)
    outside = tuple(dict.fromkeys(edge.before for edge in waits))
    ids = (*outside, *order([resource.id for resource in resources], edges))
    return Graph(ids, (*waits, *edges), outside)


def as_text(graph: Graph) -> str:
    """List each resource with what it waits for."""
    return "".join(_entry(id, [edge for edge in graph.edges if edge.after == id]) for id in graph.ids)


def _entry(id: ResourceId, waits: Sequence[Edge]) -> str:
    lines = [output.styled(str(id), "bold")]
    for edge in waits:
        until = output.styled(f"until {edge.until}", output.EDGE_STYLES[edge.until])
        lines.append(f"  waits {until} for {edge.before}: {edge.reason}")
    return "".join(f"{line}\n" for line in lines)


def as_mermaid(graph: Graph) -> str:
    """Give a Mermaid flowchart; a dashed arrow waits only until the other is applied."""
    names = {id: f"r{i}" for i, id in enumerate(graph.ids)}
    nodes = [f'  {name}["{_label(id)}"]' for id, name in names.items()]
    arrows = {"applied": "-.->", "healthy": "-->"}
    edges = [f"  {names[e.before]} {arrows[e.until]} {names[e.after]}" for e in graph.edges]
    return "\n".join(["flowchart LR", *nodes, *edges]) + "\n"


def _label(id: ResourceId) -> str:
    return f"{id.kind}<br/>{id.namespace}/{id.name}" if id.namespace else f"{id.kind}<br/>{id.name}"


def as_dot(graph: Graph) -> str:
    """Give a Graphviz digraph; a dashed arrow waits only until the other is applied, its tooltip is the reason."""
    styles = {"applied": "dashed", "healthy": "solid"}
    nodes = [f"  {json.dumps(str(id))};" for id in graph.ids]
    edges = [
        f"  {json.dumps(str(e.before))} -> {json.dumps(str(e.after))}"
        f" [style={styles[e.until]}, tooltip={json.dumps(e.reason)}];"
        for e in graph.edges
    ]
    return "\n".join(["digraph kfinstall {", "  rankdir=LR;", "  node [shape=box];", *nodes, *edges, "}"]) + "\n"


def as_data(graph: Graph) -> Mapping[str, object]:
    """Give the graph as plain data, for JSON and YAML."""
    edges = [
        {"before": e.before._asdict(), "after": e.after._asdict(), "until": e.until, "reason": e.reason}
        for e in graph.edges
    ]
    return {"resources": [id._asdict() for id in graph.ids], "edges": edges}


def as_svg(graph: Graph) -> str:
    """Give a picture that needs nothing else to be looked at."""
    from kfinstall.cli.graphsvg import draw

    return draw(graph.ids, graph.edges, graph.outside)


DRAWINGS: Mapping[str, Callable[[Graph], str]] = {"text": as_text, "mermaid": as_mermaid, "dot": as_dot, "svg": as_svg}
