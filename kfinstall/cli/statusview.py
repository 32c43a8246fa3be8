"""What is installed, as a person reads it: a line a component, and what is not as it should be below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kfinstall.apply import Installation, PodRow, StatusRow
from kfinstall.cli import output
from kfinstall.cli.rows import component_of
from kfinstall.health.model import Status


def is_healthy(rows: Sequence[StatusRow]) -> bool:
    """Is every resource as it should be?"""
    return all(row.health.status is Status.CURRENT for row in rows)


def text(target: Installation, rows: Sequence[StatusRow], *, everything: bool) -> Iterator[str]:
    """Give the lines: the components in a table, then each resource that is unhealthy or has drifted."""
    yield output.styled(f"installation '{target.name}', recorded in namespace '{target.namespace}'", "bold")
    yield ""
    names = sorted(set(map(_group, rows)))
    groups = {name: [row for row in rows if _group(row) == name] for name in names}
    yield from output.table(
        ["COMPONENT", "HEALTHY", "CHANGED", "AGE", "STATUS"],
        [_component(name, group) for name, group in groups.items()],
    )
    for group in groups.values():
        listed = [row for row in group if everything or not _is_unremarkable(row)]
        if listed:
            yield ""
        for row in listed:
            yield from _resource(row)


def _group(row: StatusRow) -> str:
    """Give the component, else what stands for it, as while applying."""
    metadata = {"namespace": row.id.namespace, "name": row.id.name}
    return row.component or component_of({"kind": row.id.kind, "metadata": metadata})


def _component(name: str, rows: Sequence[StatusRow]) -> tuple[str, ...]:
    healthy = sum(row.health.status is Status.CURRENT for row in rows)
    drifted = sum(row.drifted for row in rows)
    ages = [row.age_s for row in rows if row.age_s is not None]
    worst = min((row.health.status for row in rows), key=WORST_FIRST.index)
    age = output.seconds(max(ages)) if ages else "-"
    return (name, f"{healthy}/{len(rows)}", str(drifted or "-"), age, worst.value)


WORST_FIRST = (
    Status.FAILED,
    Status.NOT_FOUND,
    Status.TERMINATING,
    Status.IN_PROGRESS,
    Status.UNKNOWN,
    Status.CURRENT,
)


def _is_unremarkable(row: StatusRow) -> bool:
    return row.health.status is Status.CURRENT and not row.drifted


def _resource(row: StatusRow) -> Iterator[str]:
    status = row.health.status
    shown = output.styled(f"{status.value:<11}", output.STATUS_STYLES[status.value])
    yield f"{shown} {row.id}"
    if row.health.message and status is not Status.CURRENT:
        yield f"            {row.health.message}"
    if row.drifted:
        yield "            changed by someone else since the last apply; see 'kfinstall diff'"
    for one in row.drift:
        yield f"              {one}"
    for pod in row.pods:
        yield from _pod(pod)


def _pod(pod: PodRow) -> Iterator[str]:
    status = pod.health.status
    shown = output.styled(f"{status.value:<11}", output.STATUS_STYLES[status.value])
    yield f"  {shown} Pod {pod.name}"
    if pod.health.message and status is not Status.CURRENT:
        yield f"              {pod.health.message}"


def as_data(target: Installation, rows: Sequence[StatusRow]) -> dict[str, Any]:
    """Give the same as plain data, for JSON and YAML."""
    return {
        "name": target.name,
        "namespace": target.namespace,
        "healthy": is_healthy(rows),
        "resources": [
            {
                "id": row.id._asdict(),
                "component": row.component,
                "health": row.health.status.value,
                "message": row.health.message,
                "drifted": row.drifted,
                "drift": [one._asdict() for one in row.drift],
                "age_s": row.age_s,
                "pods": [
                    {"name": pod.name, "health": pod.health.status.value, "message": pod.health.message}
                    for pod in row.pods
                ],
            }
            for row in rows
        ],
    }
