"""Made-up secrets of every shape, and a detector that finds parts of them in a text, in any spelling."""

from __future__ import annotations

import json
import random
import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

PART = 10
"""What is looked for: each so many characters of a spelling. A run of twice that many is always found, and so is a
whole secret. Fewer would be found by chance in the uids and digests that are all over what is recorded.
"""

_WORD = string.ascii_letters + string.digits
_ODD = string.digits + "\"'\\$%{}<>&;:#!|`~^ \t=+/,éßλ"


def make_secret(number: int) -> bytes:
    """Give the n-th secret: the same one in every run, with at least twelve random characters."""
    dice = random.Random(number)  # the same again in every run
    return _SHAPES[number % len(_SHAPES)](dice)


def _text(dice: random.Random, least: int, most: int, letters: str = _WORD) -> str:
    return "".join(dice.choices(letters, k=dice.randint(least, most)))


def _lines(dice: random.Random) -> bytes:
    return "\n".join(_text(dice, 64, 64) for _ in range(dice.randint(2, 6))).encode()


def _document(dice: random.Random) -> bytes:
    login = f"{_text(dice, 12, 20)}:{_text(dice, 12, 20)}"
    names = [_text(dice, 12, 12) for _ in range(3)]
    return json.dumps({names[0]: {names[1]: {names[2]: b64encode(login.encode()).decode()}}}).encode()


_SHAPES: tuple[Callable[[random.Random], bytes], ...] = (
    lambda dice: _text(dice, 12, 40).encode(),
    lambda dice: _text(dice, 12, 40, _ODD).encode(),
    lambda dice: _text(dice, 12, 20, string.digits).encode(),
    lambda dice: dice.randbytes(dice.randint(16, 48)),
    lambda dice: f"{_text(dice, 12, 12)}@{_text(dice, 12, 12)}/{_text(dice, 12, 12)}?{_text(dice, 12, 12)}".encode(),
    lambda dice: ".".join(_text(dice, 20, 60, f"{_WORD}-_") for _ in range(3)).encode(),
    lambda dice: b64encode(dice.randbytes(32)),
    _lines,
    _document,
)


class Detector:
    """Knows the parts of many secrets."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._owner: dict[str, bytes] = {}
        for secret in secrets:
            for spelling in _spellings(secret):
                for at in range(0, len(spelling) - PART + 1, PART):
                    self._owner[spelling[at : at + PART]] = secret

    def find(self, text: str) -> list[str]:
        """Give what stands around each leak in a text, nothing where there is none."""
        places = range(len(text) - PART + 1)
        return [text[max(at - 60, 0) : at + 60] for at in places if text[at : at + PART] in self._owner]


def _spellings(secret: bytes) -> Iterator[str]:
    """Give a secret raw, escaped, quoted, and in base64 alone and behind other bytes, in both alphabets."""
    text = secret.decode(errors="replace")
    if "\ufffd" not in text:
        yield from (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1])
    yield quote(secret)
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            whole = encode(b"\0" * before + secret).decode().rstrip("=")
            yield whole[before + 1 if before else 0 : -1]
