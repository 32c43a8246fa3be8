"""Going through a tree from its leaves: what each kustomization has below it, generates, and changes.

Source: kustomize v5.8.1, api/internal/target/kusttarget.go.
"""

from __future__ import annotations

from kfinstall.build.config import EMPTY, default_config, merge_configs
from kfinstall.build.ids import kind_of, require_unique
from kfinstall.build.provenance import HERE, Source, below, builtin, configured, with_source, with_transformation
from kfinstall.build.stages import STAGES, Stage
from kfinstall.build.tree import Entries, Tree
from kfinstall.errors import collect
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from kfinstall.build.kustomization import Generator, GeneratorOptions, TransformerConfig, Var
    from kfinstall.build.openapi import KeysOf
    from kfinstall.build.programs import Programs
    from kfinstall.resource import Origin, Resource

Resources: TypeAlias = "tuple[Resource, ...]"


HELM = "HelmChartInflationGenerator"


class Step(NamedTuple):
    """Something that changed resources: what, and where it was asked for."""

    kind: str
    origin: Origin


Watch: TypeAlias = "Callable[[Step, Resources, Resources], None]"
"""Told of each step, and of the resources before and after it."""


class State(NamedTuple):
    """What has been gathered: resources, field specs, vars."""

    resources: Resources = ()
    config: TransformerConfig = EMPTY
    vars: tuple[Var, ...] = ()


NOTHING = State()


class Place(NamedTuple):
    """Where in the build a tree stands, and what holds everywhere.

    `folder`: its path as seen from the folder that was asked for, or its repository; None when nobody asks for
    annotations. `namespace`: that of the nearest kustomization around it which says one: charts are rendered for it.
    """

    keys: KeysOf
    folder: Source | None
    watch: Watch | None
    programs: Programs | None = None
    namespace: str = ""

    def below(self, path: str) -> Place:
        """Give the place of an entry."""
        return self if self.folder is None else self._replace(folder=below(self.folder, path))


def accumulate(tree: Tree, place: Place, state: State = NOTHING) -> State:
    """Give what a tree comes to. Names are not yet corrected, hashes not added, vars not resolved.

    In:     `state`: what is there already; empty but for a Component, which works on what its parent has.
    Raises: InputError, or a group of them.
    """
    place = place._replace(namespace=tree.kustomization.namespace or place.namespace)
    state = _append_entries(state, tree.resources, place)
    require_unique(state.resources)
    state = state._replace(config=_config(tree, state.config))
    state = state._replace(resources=_generated(tree, state.resources, place))
    for entry in tree.components:
        assert isinstance(entry.content, Tree)
        state = accumulate(entry.content, place.below(entry.path), state)
    resources = _transformed(tree, state, place)
    _validate(tree, resources, place)
    if not tree.kustomization.vars:
        return State(resources, state.config, state.vars)
    from kfinstall.build.vars import mark_vars, merge_vars

    resources = mark_vars(resources, tree.kustomization.vars)
    return State(resources, state.config, merge_vars(state.vars, tree.kustomization.vars))


def _append_entries(state: State, entries: Entries, place: Place) -> State:
    """Add what the entries hold, in order. Ids are not compared."""
    gathered = list(state.resources)
    config, variables = state.config, state.vars
    for entry in entries:
        there = place.below(entry.path)
        if isinstance(entry.content, Tree):
            inner = accumulate(entry.content, there)
            gathered += inner.resources
            config = merge_configs(config, inner.config, entry.origin)
            variables = _merge_vars(variables, inner.vars)
        elif there.folder is None:
            gathered += entry.content
        else:
            gathered += [with_source(resource, there.folder) for resource in entry.content]
    return State(tuple(gathered), config, variables)


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


def _generated(tree: Tree, resources: Resources, place: Place) -> Resources:
    """Give the resources with those that the kustomization generates."""
    file = tree.kustomization
    if not (file.config_map_generator or file.secret_generator or file.helm_charts or tree.generators):
        return resources
    from kfinstall.build.absorb import absorb_all

    made = [resource for some in collect(_generators(tree, place), lambda run: run()) for resource in some]
    after = absorb_all(resources, made)
    if place.watch is not None and made:
        place.watch(Step("Generator", made[0].origin), resources, after)
    return after


def _generators(tree: Tree, place: Place) -> Iterator[Callable[[], Sequence[Resource]]]:
    """Give what makes resources, in order; each can go wrong by itself."""
    from kfinstall.build.generators import make_config_map, make_secret

    file = tree.kustomization
    here = _file(tree, place)
    config_maps, secrets = builtin("ConfigMapGenerator", here), builtin("SecretGenerator", here)
    yield lambda: _sourced(_made(make_config_map, file.config_map_generator, tree), config_maps, place)
    yield lambda: _sourced(_made(make_secret, file.secret_generator, tree), secrets, place)
    if file.helm_charts:
        yield lambda: _sourced(_rendered(tree, place), builtin(HELM, here), place)
    if tree.generators:
        yield lambda: _plugged_in(tree, place)


def _plugged_in(tree: Tree, place: Place) -> list[Resource]:
    """Give what the generators make that are configured by themselves."""

    def generated(config: Resource) -> Sequence[Resource]:
        from kfinstall.build.plugins import generate

        return _sourced(generate(config, tree, place.programs), configured(config), place)

    made = collect(_configurations(tree.generators, place), generated)
    return [resource for some in made for resource in some]


def _made(
    make: Callable[[Generator, Mapping[str, bytes], GeneratorOptions | None], Resource],
    generators: Iterable[Generator],
    tree: Tree,
) -> list[Resource]:
    return collect(generators, lambda one: make(one, tree.files, tree.kustomization.generator_options))


def _configurations(entries: Entries, place: Place) -> Resources:
    """Give the configurations of plugins; two may not have one id."""
    configurations = _append_entries(NOTHING, entries, place).resources
    require_unique(configurations)
    return configurations


def _rendered(tree: Tree, place: Place) -> list[Resource]:
    """Give what the charts of a kustomization come to."""
    from kfinstall.build.helm import charts_of, render

    charts = collect(charts_of(tree, place.namespace), lambda one: render(one, place.programs))
    return [resource for chart in charts for resource in chart]


def _file(tree: Tree, place: Place) -> Source:
    """Give the kustomization's file, as a place."""
    return below(place.folder or HERE, tree.kustomization.path.rpartition("/")[2])


def _sourced(resources: Sequence[Resource], source: Source, place: Place) -> Sequence[Resource]:
    return resources if place.folder is None else [with_source(resource, source) for resource in resources]


def _transformed(tree: Tree, state: State, place: Place) -> Resources:
    """Give the resources after the kustomization's own fields, in kustomize's order, and after its transformers."""
    resources = state.resources
    for stage in STAGES:
        if stage.times(tree):
            is_watched = place.watch is not None or place.folder is not None
            run = _run_one_by_one if is_watched else _run_at_once
            resources = run(stage, resources, tree, state.config, place)
    for config in _configurations(tree.transformers, place):
        from kfinstall.build.plugins import transform

        after = transform(config, resources, tree, lambda: place.keys(tree), place.programs)
        if place.watch is not None:
            place.watch(Step(kind_of(config), config.origin), resources, after)
        resources = _noted(after, configured(config), 1, place)
    return resources


def _run_at_once(stage: Stage, resources: Resources, tree: Tree, config: TransformerConfig, place: Place) -> Resources:
    return stage.run(resources, tree, config, lambda: place.keys(tree))


def _run_one_by_one(
    stage: Stage, resources: Resources, tree: Tree, config: TransformerConfig, place: Place
) -> Resources:
    """Do the same in steps that can be told apart; what kustomize does at once is noted once."""
    source, times = builtin(stage.kind, _file(tree, place)), stage.times(tree)
    for entry in stage.entries(tree):
        after = stage.run(resources, entry.tree, config, lambda: place.keys(tree))
        if place.watch is not None:
            place.watch(Step(stage.kind, entry.origin), resources, after)
        resources = _noted(after, source, 1, place) if times > 0 else after
        times -= 1
    return _noted(resources, source, times, place) if times > 0 else resources


def _noted(resources: Resources, source: Source, times: int, place: Place) -> Resources:
    return resources if place.folder is None else with_transformation(resources, source, times)


def _validate(tree: Tree, resources: Resources, place: Place) -> None:
    def validate(config: Resource) -> None:
        from kfinstall.build.plugins import require_unchanged, transform

        after = transform(config, resources, tree, lambda: place.keys(tree), place.programs)
        require_unchanged(resources, after, config)

    collect(_configurations(tree.validators, place), validate)
