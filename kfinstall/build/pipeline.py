"""The order of a build, on one screen.

A kustomization:  resources -> configurations, crds -> generators -> components -> its fields, in the order of
                  `stages.STAGES` -> transformers -> validators -> vars are noted
The whole:        the above, leaves first -> name suffixes -> name references -> vars -> local configuration is dropped
                  -> order -> annotations that were asked for

Source: kustomize v5.8.1, api/krusty/kustomizer.go and api/internal/target/kusttarget.go.
"""

from __future__ import annotations

from kfinstall.build.accumulate import accumulate
from kfinstall.build.collector import no_collector
from kfinstall.build.finish import drop_local, finish
from kfinstall.build.kustomization import SortOptions
from kfinstall.build.openapi import check_openapi, find_merge_keys
from kfinstall.build.provenance import HERE, annotate
from kfinstall.build.references import fix_references
from kfinstall.build.sort import sort_resources
from kfinstall.build.state import NOTHING, Place, Resources, State, Step, Watch, attempt
from kfinstall.errors import ALL_IN_DOUBT, NO_DOUBTS, RESOURCES_IN_DOUBT, raise_all
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfinstall.build.programs import Programs
    from kfinstall.build.tree import Tree
    from kfinstall.errors import Doubts, KfinstallError
    from kfinstall.resource import Resource

FIFO = SortOptions(order="fifo")


def build_resources(
    tree: Tree,
    *,
    reorder: str = "legacy",
    managed_by: bool = False,
    watch: Watch | None = None,
    programs: Programs | None = None,
) -> tuple[Resource, ...]:
    """Give the resources that a tree comes to: what `kustomize build` prints, in its order.

    In:     `reorder`, `legacy` or `none`: the order where `sortOptions` says none; `managed_by`: add the label;
            `watch`, told of each step; `programs`, what runs the programs that the tree names: without it, a tree that
            names one is refused.
    Out:    resources whose origin is where a person wrote them, with the ids they had before renames.
    Raises: InputError, or a group of them.
    Source: kustomize v5.8.1.
    """
    with no_collector():
        place = _place(tree, watch, programs)
        resources = _build(tree, place, reorder, managed_by)
    raise_all(place.mistakes)
    return resources


def find_mistakes(tree: Tree) -> list[KfinstallError]:
    """Give what is wrong in a tree of which something could not be read, but for what may follow from that.

    No program is run.
    """
    with no_collector():
        place = _place(tree, None, None)._replace(runs_nothing=True)
        _build(tree, place, "legacy", managed_by=False)
    return place.mistakes


def _place(tree: Tree, watch: Watch | None, programs: Programs | None) -> Place:
    return Place(find_merge_keys(tree), HERE if tree.kustomization.build_metadata else None, watch, [], programs)


LAST: tuple[tuple[str, Callable[[Resources, State], Resources], Doubts], ...] = (
    ("name suffix", lambda old, _: _with_hashes(old), RESOURCES_IN_DOUBT),
    ("name reference", lambda old, state: fix_references(old, state.config.name_reference), ALL_IN_DOUBT),
    ("vars", lambda old, state: _with_vars(old, state), ALL_IN_DOUBT),
    ("local configuration", lambda old, _: drop_local(old), NO_DOUBTS),
)
"""What is done when all resources are there; and what is in doubt after a mistake in it."""


def _build(tree: Tree, place: Place, reorder: str, managed_by: bool) -> Resources:
    state = attempt(NOTHING, place, lambda old: _checked(tree, old), NO_DOUBTS)
    state = accumulate(tree, place, state)
    for kind, run, left in LAST:
        after = attempt(state, place, _running(run), left)
        if place.watch is not None:
            place.watch(Step(kind, tree.kustomization.origin_of()), state.resources, after.resources)
        state = after
    for finishing in (
        lambda old, _: sort_resources(old, tree.kustomization.sort_options or (FIFO if reorder == "none" else None)),
        lambda old, _: finish(annotate(old, tree.kustomization.build_metadata, managed_by=managed_by)),
    ):
        state = attempt(state, place, _running(finishing), NO_DOUBTS)
    return state.resources


def _checked(tree: Tree, state: State) -> State:
    check_openapi(tree)
    return state


def _running(run: Callable[[Resources, State], Resources]) -> Callable[[State], State]:
    return lambda state: state._replace(resources=run(state.resources, state))


def _with_hashes(resources: Resources) -> Resources:
    if not any(resource.notes.needs_hash for resource in resources):
        return resources
    from kfinstall.build.hashes import add_hashes

    return add_hashes(resources)


def _with_vars(resources: Resources, state: State) -> Resources:
    if not state.vars:
        return resources
    from kfinstall.build.vars import resolve_vars

    return resolve_vars(resources, state.vars, state.config.var_reference)
