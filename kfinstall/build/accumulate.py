"""Going through a tree from its leaves: what each kustomization has below it, generates, and changes.

Source: kustomize v5.8.1, api/internal/target/kusttarget.go.
"""

from __future__ import annotations

from kfinstall.build.config import default_config, merge_configs
from kfinstall.build.ids import kind_of, name_of, require_unique
from kfinstall.build.openapi import names_openapi, scopes_of
from kfinstall.build.provenance import with_source
from kfinstall.build.staging import run_stages, run_transformers, run_validators
from kfinstall.build.state import NOTHING, Place, Resources, State, Step, attempt
from kfinstall.build.tree import Entries, Entry, Tree
from kfinstall.errors import ALL_IN_DOUBT, NO_DOUBTS, RESOURCES_IN_DOUBT, Doubts
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfinstall.build.kustomization import TransformerConfig, Var


def accumulate(tree: Tree, place: Place, state: State = NOTHING) -> State:
    """Give what a tree comes to. Names are not yet corrected, hashes not added, vars not resolved.

    In:     `state`: what is there already; empty but for a Component, which works on what its parent has.
    Out:    where there are mistakes, which are added to `place.mistakes`, what can be had in spite of them.
    """
    place = place._replace(namespace=tree.kustomization.namespace or place.namespace)
    state = _append_entries(_entered(state, tree), tree.resources, place)
    state = _scoped(state)
    state = attempt(state, place, _unique, RESOURCES_IN_DOUBT)
    state = attempt(state, place, lambda old: old._replace(config=_config(tree, old.config)), ALL_IN_DOUBT)
    state = _generated(tree, state, place)
    for entry in tree.components:
        assert isinstance(entry.content, Tree)
        state = accumulate(entry.content, place.below(entry.path), state)
    state = _scoped(state)
    state = run_stages(_with_scopes(tree, state), state, place)
    if tree.transformers:
        configurations, state = _configurations(tree.transformers, state, place)
        state = run_transformers(configurations, tree, state, place)
    if tree.validators:
        configurations, state = _configurations(tree.validators, state, place)
        run_validators(configurations, tree, state, place)
    return attempt(state, place, lambda old: _with_vars(tree, old), NO_DOUBTS) if tree.kustomization.vars else state


def _entered(state: State, tree: Tree) -> State:
    """Give the state with what holds from a tree on; of the OpenAPI documents that are named, the first counts."""
    state = state._replace(doubts=state.doubts | tree.doubts)
    return state._replace(scopes=scopes_of(tree)) if state.scopes is None and names_openapi(tree) else state


def _scoped(state: State) -> State:
    """Give the state with resources that know whether they are in no namespace: a document may have come up for it."""
    if not state.scopes:
        return state
    from kfinstall.build.scopes import mark

    return state._replace(resources=mark(state.resources, state.scopes))


def _with_scopes(tree: Tree, state: State) -> Tree:
    if not state.scopes:
        return tree
    from kfinstall.build.scopes import mark_patches

    return mark_patches(tree, state.scopes)


def _unique(state: State) -> State:
    require_unique(state.resources)
    return state


def _with_vars(tree: Tree, state: State) -> State:
    from kfinstall.build.vars import mark_vars, merge_vars

    variables = tree.kustomization.vars
    resources = mark_vars(state.resources, variables)
    return state._replace(resources=resources, vars=merge_vars(state.vars, variables))


def _append_entries(state: State, entries: Entries, place: Place) -> State:
    """Add what the entries hold, in order. Ids are not compared."""
    gathered = list(state.resources)
    for entry in entries:
        there = place.below(entry.path)
        if isinstance(entry.content, Tree):
            inner = accumulate(entry.content, there, NOTHING._replace(scopes=state.scopes))
            gathered += inner.resources
            state = state._replace(scopes=inner.scopes)
            state = attempt(state, place, _merging(inner, entry), ALL_IN_DOUBT)
        elif there.folder is None:
            gathered += entry.content
        else:
            gathered += [with_source(resource, there.folder) for resource in entry.content]
    return state._replace(resources=tuple(gathered))


def _merging(inner: State, entry: Entry) -> Callable[[State], State]:
    """Give what adds all but the resources of a state to another."""
    return lambda state: state._replace(
        config=merge_configs(state.config, inner.config, entry.origin),
        vars=_merge_vars(state.vars, inner.vars),
        doubts=state.doubts | inner.doubts,
    )


def _merge_vars(variables: tuple[Var, ...], more: tuple[Var, ...]) -> tuple[Var, ...]:
    if not more:
        return variables
    from kfinstall.build.vars import merge_vars

    return merge_vars(variables, more)


def _config(tree: Tree, config: TransformerConfig) -> TransformerConfig:
    """Give the field specs with those of the kustomization, of its configurations and of its crds."""
    own = default_config()
    for more in tree.configurations:
        own = merge_configs(own, more, more.origin)
    config = merge_configs(config, own, tree.kustomization.origin_of("configurations"))
    for position, definitions in enumerate(tree.crds):
        from kfinstall.build.crds import config_from_crds

        origin = tree.kustomization.origin_of("crds", position)
        config = merge_configs(config, config_from_crds(definitions, origin), origin)
    return config


def _generated(tree: Tree, state: State, place: Place) -> State:
    """Give the state with what the kustomization generates."""
    file = tree.kustomization
    if not (file.config_map_generator or file.secret_generator or file.helm_charts or tree.generators):
        return state
    from kfinstall.build.absorb import absorb_all
    from kfinstall.build.generating import make_resources

    before = state.resources
    configurations, state = _configurations(tree.generators, state, place)
    made, state = make_resources(configurations, tree, state, place)
    left = Doubts(resources=frozenset((kind_of(one), name_of(one)) for one in made))
    state = attempt(state, place, lambda old: old._replace(resources=absorb_all(before, made)), left)
    if place.watch is not None and made:
        place.watch(Step("Generator", made[0].origin), before, state.resources)
    return state


def _configurations(entries: Entries, state: State, place: Place) -> tuple[Resources, State]:
    """Give the configurations of plugins, of which two may not have one id; and the state, in doubt where they are."""
    found = _append_entries(NOTHING._replace(scopes=state.scopes), entries, place)
    found = attempt(found, place, _unique, ALL_IN_DOUBT)
    return found.resources, state._replace(doubts=state.doubts | found.doubts, scopes=found.scopes)
