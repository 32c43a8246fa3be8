"""Running the generators of a kustomization: its own fields, charts, and those that are configured by themselves."""

from __future__ import annotations

from kfinstall.build.generators import make_config_map, make_secret
from kfinstall.build.ids import kind_of, name_of
from kfinstall.build.provenance import Source, builtin, configured, with_source
from kfinstall.build.staging import file_of
from kfinstall.build.state import Place, Resources, State, attempt
from kfinstall.errors import ALL_IN_DOUBT, RESOURCES_IN_DOUBT, Doubts
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from kfinstall.build.kustomization import Generator, GeneratorOptions
    from kfinstall.build.tree import Tree
    from kfinstall.resource import Resource

    Make: TypeAlias = Callable[[Generator, Mapping[str, bytes], GeneratorOptions | None], Resource]

HELM = "HelmChartInflationGenerator"


class Generation(NamedTuple):
    """One thing that makes resources: what it is, what is called with what, and whether that runs a program.

    `left`: what is in doubt where it goes wrong.
    """

    source: Source
    make: Callable[..., Sequence[Resource]]
    arguments: tuple[Any, ...]
    left: Doubts
    is_program: bool = False


def make_resources(configurations: Resources, tree: Tree, state: State, place: Place) -> tuple[list[Resource], State]:
    """Give what is generated, in order; the state is in doubt where something could not be.

    In:     `configurations` of the generators that have one.
    """
    made: list[Resource] = []

    def making(generation: Generation) -> Callable[[State], State]:
        def make(state: State) -> State:
            if generation.is_program and place.runs_nothing:
                return state._replace(doubts=ALL_IN_DOUBT)
            new = generation.make(*generation.arguments)
            made.extend(new if place.folder is None else [with_source(one, generation.source) for one in new])
            return state

        return make

    for generation in _generations(configurations, tree, place):
        state = attempt(state, place, making(generation), generation.left)
    return made, state


def _generations(configurations: Resources, tree: Tree, place: Place) -> Iterator[Generation]:
    """Give what makes resources, in order; each can go wrong by itself."""
    file, here = tree.kustomization, file_of(tree, place)
    for kind, make, generators in (
        ("ConfigMap", make_config_map, file.config_map_generator),
        ("Secret", make_secret, file.secret_generator),
    ):
        for one in generators:
            yield Generation(builtin(f"{kind}Generator", here), _make_one, (make, one, tree), _left_by(kind, one.name))
    if file.helm_charts:
        from kfinstall.build.helm import charts_of, render

        for chart in charts_of(tree, place.namespace):
            yield Generation(builtin(HELM, here), render, (chart, place.programs), RESOURCES_IN_DOUBT, is_program=True)
    for config in configurations:
        from kfinstall.build.plugins import generate, is_program

        kind = kind_of(config).removesuffix("Generator")
        left = _left_by(kind, name_of(config)) if kind in ("ConfigMap", "Secret") else RESOURCES_IN_DOUBT
        yield Generation(configured(config), generate, (config, tree, place.programs), left, is_program(config))


def _left_by(kind: str, name: str) -> Doubts:
    """Give what is in doubt without the resource of a generator."""
    return Doubts(resources=frozenset({(kind, name)}))


def _make_one(make: Make, generator: Generator, tree: Tree) -> list[Resource]:
    return [make(generator, tree.files, tree.kustomization.generator_options)]
