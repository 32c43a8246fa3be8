"""Keep what was asked for at each run, give it back, and drop what no revision needs any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from kfinstall.apply.model import Installation, Options
from kfinstall.apply.protocols import Cluster
from kfinstall.apply.record import create_or_keep, read_record
from kfinstall.errors import ClusterError, InputError
from kfinstall.plan.history import Packed, begun, names_of, pack, unpack, with_ended
from kfinstall.plan.model import Change, Inventory, Outcome, Plan, Revision
from kfinstall.plan.prune import component_of
from kfinstall.resource import Manifest, Resource, ResourceId


class Chapter(NamedTuple):
    """What one run adds to the history: its revision and the content of that. A run that removes all adds none."""

    revision: Revision | None
    packed: Packed

    def at_begin(self, plan: Plan) -> tuple[Revision, ...]:
        """Give the history to record before the first write; all that will hold content is named in it."""
        return (*plan.before.history, *([self.revision] if self.revision else ()))

    def at_end(self, plan: Plan, outcome: Outcome, said: str) -> tuple[Revision, ...]:
        """Give the history to record at the end: the newest revisions that ended, and this one."""
        return with_ended(plan.before.history, self.revision, outcome, said) if self.revision else ()


NO_CHAPTER = Chapter(None, Packed((), ()))


def begin_chapter(plan: Plan, key: bytes, now: datetime, others: tuple[Change, ...] = ()) -> Chapter:
    """Give the chapter of a run that writes; `others`, what it leaves as it is (see `left_alone`)."""
    changes = (*plan.changes, *others)
    if all(change.action == "prune" for change in changes):
        return NO_CHAPTER
    packed = pack(changes, plan.before, key)
    return Chapter(begun(plan.before.revision + 1, now.strftime("%Y-%m-%dT%H:%M:%SZ"), packed), packed)


def left_alone(options: Options, plan: Plan, target: Installation, cluster: Cluster) -> tuple[Change, ...]:
    """Give what a run on one component, or one that prunes nothing, leaves as it is, as the last revision has it.

    A revision is always whole: else going back to it would take all of that away.
    """
    ended = [revision for revision in plan.before.history if revision.outcome != "begun"]
    stays = frozenset() if options.prune else frozenset(change.id for change in plan.left)
    if not ended or not (options.component or stays):
        return ()
    changed = {change.id for change in plan.changes}
    return tuple(
        Change("keep", one.id, one.gvk.version, one)
        for one in read_revision(target, ended[-1], cluster)
        if one.id in stays or (one.id not in changed and _is_of_another(one, options.component))
    )


def _is_of_another(resource: Resource, component: str) -> bool:
    return bool(component) and component_of(resource.manifest) != component


def write_revision(chapter: Chapter, cluster: Cluster) -> None:
    """Write the content of a revision. What a Secret of a namespace that never came to be held is left out."""
    for part in chapter.packed.parts:
        create_or_keep(part, cluster)
    for kept in chapter.packed.kept:
        try:
            create_or_keep(kept, cluster)
        except ClusterError as error:
            if error.status != 404:
                raise


def drop_unneeded(before: Iterable[Revision], after: Inventory, cluster: Cluster) -> tuple[Revision, ...]:
    """Delete what held the content of revisions that are no longer recorded.

    Out:     the revisions of which something could not be deleted, as ones that never ended: the next run tries again.
    """
    needed = names_of(after.history, after.namespace)
    return tuple(
        revision._replace(outcome="begun")
        for revision in before
        if revision.number not in {one.number for one in after.history}
        and not all(_is_deleted(id, cluster) for id in sorted(names_of([revision], after.namespace) - needed))
    )


def _is_deleted(id: ResourceId, cluster: Cluster) -> bool:
    try:
        cluster.delete(id)
    except ClusterError:
        return False
    return True


def read_history(target: Installation, cluster: Cluster) -> tuple[Revision, ...]:
    """Give the revisions of an installation, the oldest first.

    Raises:  InputError when nothing of that name is recorded.
    """
    record = read_record(target, cluster)
    if record.inventory is None:
        hint = "see 'kfinstall history' without --name, or install with 'kfinstall apply'"
        raise InputError(f"nothing named '{target.name}' is installed", hint=hint)
    return record.inventory.history


def read_revision(target: Installation, revision: Revision, cluster: Cluster) -> tuple[Resource, ...]:
    """Give what was asked for at a revision, with what its Secrets held.

    Raises:  ClusterError when a part of it is gone.
    """
    label = _label(target, revision)
    parts = _read_parts(target, revision, cluster)
    kept = {name: _read(ResourceId("", "Secret", place, name), label, cluster) for place, name in revision.kept}
    return unpack(parts, kept, label)


def read_last(inventory: Inventory, cluster: Cluster) -> dict[ResourceId, Manifest]:
    """Give what was asked for last, without what Secrets held; nothing where it is not known any more."""
    target = Installation(inventory.name, inventory.namespace)
    for revision in reversed(inventory.history):
        if revision.outcome != "begun":
            try:
                resources = unpack(_read_parts(target, revision, cluster), None, _label(target, revision))
            except ClusterError:
                return {}
            return {resource.id: resource.manifest for resource in resources}
    return {}


def _label(target: Installation, revision: Revision) -> str:
    return f"revision {revision.number} of '{target.name}'"


def _read_parts(target: Installation, revision: Revision, cluster: Cluster) -> list[Manifest]:
    label = _label(target, revision)
    return [_read(ResourceId("", "ConfigMap", target.namespace, name), label, cluster) for name in revision.parts]


def _read(id: ResourceId, label: str, cluster: Cluster) -> Manifest:
    manifest = cluster.get(id)
    if manifest is None:
        raise ClusterError(f"{label} is not whole any more: {id} is gone", hint="apply the manifests of that time")
    return manifest


def find_revision(history: tuple[Revision, ...], number: int | None) -> Revision:
    """Give the revision of a number; without one the last healthy one before the present.

    Raises:  InputError when there is none.
    """
    ended = [revision for revision in history if revision.outcome != "begun"]
    found = [revision for revision in ended if revision.number == number]
    if number is None:
        found = [revision for revision in ended[:-1] if revision.outcome == "healthy"]
    if found:
        return found[-1]
    known = ", ".join(str(revision.number) for revision in ended)
    what = f"there is no revision {number}" if number is not None else "there is no healthy revision to go back to"
    raise InputError(what, hint=f"there are: {known}; see 'kfinstall history'" if known else "nothing was recorded yet")
