"""A plan as a person reads it: how much of what happens to which component, then what exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from kfinstall.cli import output
from kfinstall.cli.rows import components_of
from kfinstall.plan.model import Action, Change, Plan

ACTIONS: tuple[Action, ...] = ("create", "update", "recreate", "prune", "keep")
SHOWN_AT_MOST = 12


def will_write(plan: Plan) -> bool:
    """Does the plan change anything in the cluster?"""
    return not plan.is_noop


def removes(plan: Plan) -> bool:
    """Does the plan take anything away?"""
    return any(change.action in ("prune", "recreate") for change in plan.changes)


def counts(plan: Plan) -> Counter[str]:
    """Count the changes, by action."""
    return Counter(change.action for change in plan.changes)


def summary(plan: Plan) -> str:
    """Give the plan in one line: `78 to create, 2 to prune`."""
    tally = counts(plan)
    if plan.is_noop:
        return f"nothing to do: {output.count(len(plan.changes), 'resource')} as wanted"
    return ", ".join(f"{tally[action]} to {action}" for action in ACTIONS if tally[action])


def by_component(plan: Plan) -> list[str]:
    """Lay the plan out in a table: a row a component, a column an action."""
    components = components_of(plan)
    used = [action for action in ACTIONS if counts(plan)[action]]
    tally = Counter((components[change.id], change.action) for change in plan.changes)
    names = sorted(set(components.values()))
    rows = [[name, *(str(tally[name, action] or "") for action in used)] for name in names]
    return output.table(["COMPONENT", *(action.upper() for action in used)], rows)


def notable(plan: Plan) -> Iterator[str]:
    """Name what a person must see before saying yes: each resource that is changed or taken away, with the reason."""
    changes = [change for change in plan.changes if change.action not in ("create", "keep")]
    for change in changes[:SHOWN_AT_MOST]:
        yield _line(change)
    if len(changes) > SHOWN_AT_MOST:
        yield f"  … and {len(changes) - SHOWN_AT_MOST} more; 'kfinstall plan' lists all"


def in_order(plan: Plan) -> Iterator[str]:
    """List every change in the order in which it would be made; what is kept is none."""
    for change in plan.changes:
        if change.action != "keep":
            yield _line(change)
    yield from left(plan)


def left(plan: Plan) -> Iterator[str]:
    """Name what is not in the manifests any more and yet stays, with the reason."""
    for change in plan.left:
        yield f"  {output.styled('left     ', 'warn')} {change.id}: {change.note}"


def lost(plan: Plan) -> Iterator[str]:
    """Name what is removed together with what people keep in it."""
    from kfinstall.plan.prune import holds_data

    for change in plan.changes:
        live = plan.observed.get(change.id)
        if change.action == "prune" and live is not None and holds_data(change.id, live.manifest):
            yield f"  {output.styled('lost     ', 'bad')} {change.id}: it holds data"


def _line(change: Change) -> str:
    action = output.styled(f"{change.action:<9}", output.ACTION_STYLES[change.action])
    why = "; ".join(filter(None, (change.note, _fields(change.fields))))
    room = output.width() - 12
    return f"  {action} {output.cut(f'{change.id}: {why}' if why else str(change.id), room)}"


def _fields(fields: Sequence[str]) -> str:
    return ", ".join(fields)


def as_data(plan: Plan) -> dict[str, Any]:
    """Give the plan as plain data, for JSON and YAML; no values, only the names of fields."""
    return {
        "changes": [_change(change) for change in plan.changes],
        "edges": [
            {
                "before": edge.before._asdict(),
                "after": edge.after._asdict(),
                "until": edge.until,
                "reason": edge.reason,
            }
            for edge in plan.edges
        ],
        "left": [_change(change) for change in plan.left],
    }


def _change(change: Change) -> dict[str, Any]:
    body: dict[str, Any] = {"action": change.action, "id": change.id._asdict()}
    if change.resource is not None:
        body["origin"] = str(change.resource.origin)
    if change.fields:
        body["fields"] = list(change.fields)
    return {**body, "note": change.note} if change.note else body


def diff_lines(plan: Plan) -> Iterator[str]:
    """Give a unified diff of every change that is made, in order, coloured on a terminal."""
    for _, text in _diffs(plan):
        for line in text.splitlines():
            yield output.styled(line, output.DIFF_STYLES.get(line[:1]))


def diff_data(plan: Plan) -> list[dict[str, Any]]:
    """Give the same as plain data, for JSON and YAML."""
    return [{**_change(change), "diff": text} for change, text in _diffs(plan)]


def _diffs(plan: Plan) -> Iterator[tuple[Change, str]]:
    from kfinstall.plan import diff_text

    for change in plan.changes:
        if change.action != "keep":
            yield change, diff_text(change, plan.observed.get(change.id))
