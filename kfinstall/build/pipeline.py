"""The order of a build, on one screen.

A kustomization:  resources -> configurations, crds -> generators -> components -> its fields, in the order of
                  `stages.STAGES` -> transformers -> validators -> vars are noted
The whole:        the above, leaves first -> name suffixes -> name references -> vars -> local configuration is dropped
                  -> order -> annotations that were asked for

Source: kustomize v5.8.1, api/krusty/kustomizer.go and api/internal/target/kusttarget.go.
"""

from __future__ import annotations

from kfinstall.build.accumulate import Place, Resources, State, Step, Watch, accumulate
from kfinstall.build.collector import no_collector
from kfinstall.build.finish import drop_local, finish
from kfinstall.build.kustomization import SortOptions
from kfinstall.build.openapi import check_openapi, find_merge_keys, mark_scopes
from kfinstall.build.provenance import HERE, annotate
from kfinstall.build.references import fix_references
from kfinstall.build.sort import sort_resources
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from kfinstall.build.programs import Programs
    from kfinstall.build.tree import Tree
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
        return _build(tree, reorder, managed_by, watch, programs)


def _build(
    tree: Tree, reorder: str, managed_by: bool, watch: Watch | None, programs: Programs | None
) -> tuple[Resource, ...]:
    check_openapi(tree)
    tree = mark_scopes(tree)
    options = tree.kustomization.build_metadata
    state = accumulate(tree, Place(find_merge_keys(tree), HERE if options else None, watch, programs))
    resources = state.resources
    for kind, run in (
        ("name suffix", _with_hashes),
        ("name reference", lambda old: fix_references(old, state.config.name_reference)),
        ("vars", lambda old: _with_vars(old, state)),
        ("local configuration", drop_local),
    ):
        after = run(resources)
        if watch is not None:
            watch(Step(kind, tree.kustomization.origin_of()), resources, after)
        resources = after
    resources = sort_resources(resources, tree.kustomization.sort_options or (FIFO if reorder == "none" else None))
    return finish(annotate(resources, options, managed_by=managed_by))


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
