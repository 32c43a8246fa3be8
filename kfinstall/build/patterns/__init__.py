"""Regular expressions as Go reads them.

What Go refuses (look-around, back-references) is refused here too, so that a pattern means the same to both. Most that
people write are plain text: no more than that is loaded for those.
"""

from __future__ import annotations

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple, remembered

if TYPE_CHECKING:
    from kfinstall.build.patterns.automaton import Program
    from kfinstall.resource import Origin

HINT = "Go's syntax holds here: https://golang.org/s/re2syntax"
WHOLE = "^(?:", ")$"


class Pattern(NamedTuple):
    """A regular expression, ready to be used.

    `literal`: the text it stands for, where it is no more than that; `is_whole`: with an end of the text on both sides;
    `origin`: where it was written.
    """

    text: str
    literal: str | None
    is_whole: bool
    program: Program | None
    origin: Origin | None = None

    def search(self, text: str) -> bool:
        """Is it in the text?

        Raises: InputError when that takes too long to tell.
        """
        if self.program is None:
            return self.literal == text if self.is_whole else str(self.literal) in text
        from kfinstall.build.patterns.automaton import TooMuchWork, run

        try:
            return run(self.program, text)
        except TooMuchWork:
            message = f"the pattern '{self.text}' takes too long on {len(text)} characters"
            raise InputError(message, origin=self.origin, hint="make it simpler, or the text shorter") from None


def compile_pattern(pattern: str, origin: Origin, *, is_whole: bool = False) -> Pattern:
    """Give the compiled form of a pattern; with `is_whole` it has to match all of a text.

    Raises: InputError when it is not a regular expression for Go.
    """
    if pattern.isalnum():
        return Pattern(pattern, pattern, is_whole, None, origin)
    from kfinstall.build.patterns.parts import SyntaxProblem

    try:
        return _compiled(pattern.join(WHOLE) if is_whole else pattern)._replace(origin=origin)
    except SyntaxProblem as error:
        raise InputError(f"'{pattern}' is not a regular expression: {error}", origin=origin, hint=HINT) from None


@remembered(256)
def _compiled(text: str) -> Pattern:
    from kfinstall.build.patterns.automaton import make_program
    from kfinstall.build.patterns.parts import Assertion, flat, literal
    from kfinstall.build.patterns.syntax import parse_pattern

    part = parse_pattern(text)
    items = flat(part)
    is_whole = items[:1] == [Assertion("begin")] and items[-1:] == [Assertion("end")]
    plain = literal(items[1:-1] if is_whole else items)
    return Pattern(text, plain, is_whole, make_program(part) if plain is None else None)
