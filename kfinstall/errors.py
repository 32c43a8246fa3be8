"""Errors that a person can act on: what is wrong, where they wrote it, and what to do.

Three kinds, by who must act; facts are attributes, so that nobody searches an error's text. Secret values never stand
in a message.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import ClassVar, TypeVar

    from kfinstall.resource import Origin, ResourceId

    Item = TypeVar("Item")
    Made = TypeVar("Made")


class FieldCause(NamedTuple):
    """What a server says of one field: its path, the server's word for the cause, and its sentence."""

    field: str
    reason: str
    message: str


class Premise(NamedTuple):
    """What something must rest on to be a mistake: where that is not so, an earlier mistake may be all there is.

    `resources`: those of these kinds and names are there, and only they; `field`: the path of a field that is as it
    should be. An empty kind or name is any, the empty path is everything.
    """

    resources: tuple[tuple[str, str], ...] = ()
    field: tuple[str, ...] | None = None


class Doubts(NamedTuple):
    """What may not be as it is meant, after a mistake.

    `resources`: the kinds and names of those that may be missing, or too many, or have other names; `fields`: these
    were not written, in whichever resource, nor what is in them.
    """

    resources: frozenset[tuple[str, str]] = frozenset()
    fields: frozenset[tuple[str, ...]] = frozenset()

    def __or__(self, other: Doubts) -> Doubts:
        """Give both as one."""
        return Doubts(self.resources | other.resources, self.fields | other.fields)


def about(kind: str = "", name: str = "") -> Premise:
    """Give the premise that resources of a kind and name are there, and only they."""
    return Premise(resources=((kind, name),))


NO_PREMISE = Premise()
NO_DOUBTS = Doubts()
RESOURCES_IN_DOUBT = Doubts(resources=frozenset({("", "")}))
FIELDS_IN_DOUBT = Doubts(fields=frozenset({()}))
ALL_IN_DOUBT = RESOURCES_IN_DOUBT | FIELDS_IN_DOUBT


class KfinstallError(Exception):
    """What is wrong (lower case, no full stop, with the offending value), where, and a hint.

    `str()` is `path:line: message`, the hint is on a second line, indented by two.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, origin: Origin | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.origin = origin
        self.hint = hint

    def __str__(self) -> str:
        place = printable(f"{self.origin}: ") if self.origin else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class InputError(KfinstallError):
    """The author of the files, or whoever typed the command line, must act.

    Message and hint are one line each, whatever the names in them hold; `details` are further lines of the message.
    `premise` is what it rests on.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        origin: Origin | None = None,
        hint: str = "",
        details: Iterable[str] = (),
        premise: Premise = NO_PREMISE,
    ) -> None:
        self.premise = premise
        super().__init__("\n  ".join(map(printable, (message, *details))), origin=origin, hint=printable(hint))


class ClusterError(KfinstallError):
    """The operator of the cluster must act: it refused, or cannot be reached.

    `status` is the HTTP status (0 when there was no answer), `reason` the API server's word for it, such as
    `Forbidden`, `causes` what it says of single fields.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        origin: Origin | None = None,
        hint: str = "",
        status: int = 0,
        reason: str = "",
        causes: tuple[FieldCause, ...] = (),
    ) -> None:
        super().__init__(message, origin=origin, hint=hint)
        self.status = status
        self.reason = reason
        self.causes = causes


class LockHeldError(ClusterError):
    """Another installer holds the lock of this installation; `holder` names it."""

    exit_code = 5

    def __init__(self, message: str, *, holder: str, hint: str = "") -> None:
        super().__init__(message, hint=hint, status=409, reason="Conflict")
        self.holder = holder


class UnhealthyError(KfinstallError):
    """Whoever runs what did not start must act; `id` names the resource."""

    exit_code = 4

    def __init__(self, message: str, *, id: ResourceId, origin: Origin | None = None, hint: str = "") -> None:
        super().__init__(message, origin=origin, hint=hint)
        self.id = id


MISTAKES = (KfinstallError, ExceptionGroup)
"""What is raised for mistakes of a person: one, or several."""


def printable(text: str) -> str:
    """Give the text with what would steer a terminal written out: names in files may hold anything."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def raise_all(errors: Iterable[KfinstallError]) -> None:
    """Raise the mistakes found in one run: nothing for none, the one itself, else a group of them, each once."""
    errors = list({str(error): error for error in errors}.values())
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup(f"{len(errors)} mistakes", errors)


def mistakes_in(problem: Exception) -> list[KfinstallError]:
    """Give the mistakes of a group, at any depth, or the one itself.

    Raises: the problem again, when it is anything else.
    """
    if isinstance(problem, KfinstallError):
        return [problem]
    if isinstance(problem, ExceptionGroup):
        return [mistake for inner in problem.exceptions for mistake in mistakes_in(inner)]
    raise problem


def collect(items: Iterable[Item], make: Callable[[Item], Made]) -> list[Made]:
    """Give what is made of each item; the mistakes found in all of them are raised together.

    Raises: KfinstallError, or a group of them.
    """
    made: list[Made] = []
    errors: list[KfinstallError] = []
    for item in items:
        try:
            made.append(make(item))
        except MISTAKES as problem:
            errors += mistakes_in(problem)
    raise_all(errors)
    return made


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give the hint `did you mean 'x'?` for the known word nearest to a mistyped one, or the empty string."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""
