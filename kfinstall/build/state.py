"""What a build has gathered at some point, and where in it a tree stands."""

from __future__ import annotations

from kfinstall.build.config import EMPTY
from kfinstall.build.provenance import Source, below, with_transformation
from kfinstall.errors import MISTAKES, NO_DOUBTS, RESOURCES_IN_DOUBT, Doubts
from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from kfinstall.build.kustomization import TransformerConfig, Var
    from kfinstall.build.openapi import KeysOf
    from kfinstall.build.programs import Programs
    from kfinstall.errors import KfinstallError
    from kfinstall.resource import Origin, Resource

Resources: TypeAlias = "tuple[Resource, ...]"


class Step(NamedTuple):
    """Something that changed resources: what, and where it was asked for."""

    kind: str
    origin: Origin


Watch: TypeAlias = "Callable[[Step, Resources, Resources], None]"
"""Told of each step, and of the resources before and after it."""


class State(NamedTuple):
    """What has been gathered: resources, field specs, vars; and what is in doubt, after mistakes.

    `scopes`: the kinds, as `apiVersion kind`, that the OpenAPI document which counts puts in no namespace; None as long
    as no kustomization that was come by names one.
    """

    resources: Resources = ()
    config: TransformerConfig = EMPTY
    vars: tuple[Var, ...] = ()
    doubts: Doubts = NO_DOUBTS
    scopes: frozenset[str] | None = None


NOTHING = State()


class Place(NamedTuple):
    """Where in the build a tree stands, and what holds everywhere.

    `folder`: its path as seen from the folder that was asked for, or its repository; None when nobody asks for
    annotations. `mistakes`: those found so far. `namespace`: that of the nearest kustomization around it which says
    one: charts are rendered for it. `runs_nothing`: what a program would make is left out, and in doubt.
    """

    keys: KeysOf
    folder: Source | None
    watch: Watch | None
    mistakes: list[KfinstallError]
    programs: Programs | None = None
    namespace: str = ""
    runs_nothing: bool = False

    def below(self, path: str) -> Place:
        """Give the place of an entry."""
        return self if self.folder is None else self._replace(folder=below(self.folder, path))


LEFT_BY: dict[str, Doubts] = {
    "NamespaceTransformer": RESOURCES_IN_DOUBT,
    "PrefixTransformer": RESOURCES_IN_DOUBT,
    "SuffixTransformer": RESOURCES_IN_DOUBT,
    "LabelTransformer": Doubts(fields=frozenset({("metadata", "labels")})),
    "AnnotationsTransformer": Doubts(fields=frozenset({("metadata", "annotations")})),
    "ReplicaCountTransformer": Doubts(fields=frozenset({("spec", "replicas")})),
    "ImageTagTransformer": NO_DOUBTS,
}
"""What is in doubt where one of these went wrong; of others it is what they would have written."""


def attempt(state: State, place: Place, run: Callable[[State], State], left: Doubts) -> State:
    """Give the state that `run` makes of one; where that has mistakes, they are kept, and the state is the old one.

    In:     `left`, what is in doubt then.
    """
    try:
        return run(state)
    except MISTAKES as problem:
        from kfinstall.build.doubts import note

        note(place.mistakes, problem, state.doubts)
        return state._replace(doubts=state.doubts | left)


def noted(resources: Resources, source: Source, times: int, place: Place) -> Resources:
    """Give the resources with a transformation among their annotations, where those are asked for."""
    return resources if place.folder is None else with_transformation(resources, source, times)
