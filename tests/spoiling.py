"""What is well-formed, spoilt a little: what a reader must take or refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from kfinstall.errors import KfinstallError

BITS = [b"\0", b"\t", b"\xff", b": ", b"- ", b"[", b"}", b"'", b'"', b"null", b"5", b"&a", b"*a", b"<<: *a", b"---\n"]
BITS += [b"\n", b"2001-01-01", b"1e999", b".inf", b"? ", b"|", b">", b"\xef\xbb\xbf", b"\r\n", b"#", b"=", b"~", b"[[["]
ODD = [None, True, 5, -1, 10**15, 1.5, "", "x", [], {}, [None], [{}], {"a": None}, ["x"], [[]]]


def spoilt_text(content: bytes, random: Random) -> bytes:
    """Give a text in which something is put in, or taken out, at a few places."""
    for _ in range(random.choice([1, 1, 2, 4])):
        at, gone = random.randrange(len(content) + 1), random.choice([0, 0, 1, 3, 10, 40])
        content = content[:at] + random.choice(BITS) + content[at + gone :]
    return content


def spoilt_value(value: Any, random: Random) -> Any:
    """Give a copy of a mapping or a list in which a few values are others, or are gone."""
    value = deepcopy(value)
    for _ in range(random.choice([1, 1, 2, 3])):
        places = list(_places(value))
        if not places:
            break
        container, key = random.choice(places)
        if isinstance(container, dict) and random.random() < 0.2:
            del container[key]
        else:
            container[key] = deepcopy(random.choice(ODD))
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)


def require_no_bug(do: Callable[[], object]) -> None:
    """Do it; whatever is raised is for a person."""
    try:
        do()
    except KfinstallError as mistake:
        assert str(mistake)
    except ExceptionGroup as group:
        rest = group.split(KfinstallError)[1]
        if rest is not None:
            raise rest from None
