"""Running the fields of a kustomization that change resources, its transformers and its validators.

Where a field goes wrong, its entries are tried one by one: what is right in it is done, so that what comes later can be
judged.
"""

from __future__ import annotations

from kfinstall.build.ids import kind_of
from kfinstall.build.provenance import HERE, Source, below, builtin, configured
from kfinstall.build.stages import STAGES, Stage
from kfinstall.build.state import LEFT_BY, Place, Resources, State, Step, attempt, noted
from kfinstall.errors import ALL_IN_DOUBT, MISTAKES, NO_DOUBTS
from kfinstall.light import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kfinstall.build.tree import Tree
    from kfinstall.resource import Resource

MOST_RETRIED = 1_000_000
"""Entries times resources: each entry that is tried by itself looks at all of them."""


def run_stages(tree: Tree, state: State, place: Place) -> State:
    """Give the state after the kustomization's own fields, in kustomize's order."""
    is_watched = place.watch is not None or place.folder is not None
    run = _run_one_by_one if is_watched else _run_at_once
    for stage in STAGES:
        if stage.times(tree):
            try:
                state = state._replace(resources=run(stage, tree, state, place))
            except MISTAKES as problem:
                state = _retry(stage, tree, state, place, problem)
    return state


def _run_at_once(stage: Stage, tree: Tree, state: State, place: Place) -> Resources:
    return stage.run(state.resources, tree, state.config, lambda: place.keys(tree))


def _run_one_by_one(stage: Stage, tree: Tree, state: State, place: Place) -> Resources:
    """Do the same in steps that can be told apart; what kustomize does at once is noted once."""
    source, times = builtin(stage.kind, file_of(tree, place)), stage.times(tree)
    resources = state.resources
    for entry in stage.entries(tree):
        after = stage.run(resources, entry.tree, state.config, lambda: place.keys(tree))
        if place.watch is not None:
            place.watch(Step(stage.kind, entry.origin), resources, after)
        resources = noted(after, source, 1, place) if times > 0 else after
        times -= 1
    return noted(resources, source, times, place) if times > 0 else resources


def _retry(stage: Stage, tree: Tree, state: State, place: Place, problem: Exception) -> State:
    """Give the state after those entries of a stage that are right; keep the mistakes of the others."""
    from kfinstall.build.doubts import left_by, note

    entries = list(stage.entries(tree))
    if len(entries) * len(state.resources) > MOST_RETRIED:
        note(place.mistakes, problem, state.doubts)
        return state._replace(doubts=ALL_IN_DOUBT)
    known, is_whole = state, True
    for entry in entries:
        try:
            resources = stage.run(known.resources, entry.tree, known.config, lambda: place.keys(tree))
            known = known._replace(resources=resources)
        except MISTAKES as its:
            note(place.mistakes, its, known.doubts)
            known, is_whole = known._replace(doubts=known.doubts | left_by(stage.kind, entry.tree)), False
    if is_whole:
        note(place.mistakes, problem, state.doubts)
        return state._replace(doubts=ALL_IN_DOUBT)
    return known


def run_transformers(configurations: Resources, tree: Tree, state: State, place: Place) -> State:
    """Give the state after transformers that are configured by themselves."""
    from kfinstall.build.plugins import is_program, transform

    def running(config: Resource) -> Callable[[State], State]:
        def run(state: State) -> State:
            if is_program(config) and _is_not_worth_it(state, place):
                return state._replace(doubts=ALL_IN_DOUBT)
            after = transform(config, state.resources, tree, lambda: place.keys(tree), place.programs)
            if place.watch is not None:
                place.watch(Step(kind_of(config), config.origin), state.resources, after)
            return state._replace(resources=noted(after, configured(config), 1, place))

        return run

    for config in configurations:
        state = attempt(state, place, running(config), LEFT_BY.get(kind_of(config), ALL_IN_DOUBT))
    return state


def run_validators(configurations: Resources, tree: Tree, state: State, place: Place) -> None:
    """Let all validators look at the resources."""
    from kfinstall.build.plugins import is_program, require_unchanged, transform

    def looking(config: Resource) -> Callable[[State], State]:
        def run(state: State) -> State:
            if not (is_program(config) and _is_not_worth_it(state, place)):
                after = transform(config, state.resources, tree, lambda: place.keys(tree), place.programs)
                require_unchanged(state.resources, after, config)
            return state

        return run

    for config in configurations:
        attempt(state, place, looking(config), ALL_IN_DOUBT)


def _is_not_worth_it(state: State, place: Place) -> bool:
    """Would a program be given what is not as it is meant?"""
    return place.runs_nothing or state.doubts != NO_DOUBTS


def file_of(tree: Tree, place: Place) -> Source:
    """Give the kustomization's file, as a place."""
    return below(place.folder or HERE, tree.kustomization.path.rpartition("/")[2])
