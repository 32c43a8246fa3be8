"""Texts without the values of Secrets, in whatever spelling a server repeats them.

A server, or a webhook behind it, may quote what it was sent: whole or cut off, escaped, encoded, or within more that it
encoded. So what is looked for is not a value but every run of a few of its characters.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from kfinstall.errors import ClusterError, FieldCause
from kfinstall.resource import Manifest

RUN: Final = 8
"""A longer value is recognised by any so many of its characters in a row, a shorter one only as a whole."""

HIDDEN: Final = "***"


def secret_values(manifest: Mapping[str, Any]) -> Iterator[bytes]:
    """Give the values of a Secret, decoded; nothing for another kind. What is no base64 is given as it is written."""
    if manifest.get("kind") != "Secret":
        return
    for text in _texts(manifest.get("stringData")):
        yield text.encode()
    for text in _texts(manifest.get("data")):
        try:
            yield b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            yield text.encode()


def _texts(values: Any) -> list[str]:
    return [str(value) for value in values.values() if value is not None] if isinstance(values, Mapping) else []


def redact(text: str, values: Iterable[bytes]) -> str:
    """Give the text with each part of it that repeats one of the values, raw, escaped or in base64, replaced."""
    return redactor(values)(text)


def redactor(values: Iterable[bytes]) -> Callable[[str], str]:
    """Give a function that does so, for many texts."""
    spelled = {form for value in values if value for form in _spellings(value)}
    long = {form[at : at + RUN] for form in spelled for at in range(len(form) - RUN + 1)}
    short = sorted((form for form in spelled if 0 < len(form) < RUN), key=len, reverse=True)

    def hide(text: str) -> str:
        shown = list(text)
        for at in range(len(text) - RUN + 1):
            if text[at : at + RUN] in long:
                shown[at : at + RUN] = [""] * RUN
        hidden = _marked(shown)
        for form in short:
            hidden = hidden.replace(form, HIDDEN)
        return hidden

    return hide


def _marked(characters: list[str]) -> str:
    """Join what is left, with one mark for each run of what was taken out."""
    parts = [char or HIDDEN for at, char in enumerate(characters) if char or not at or characters[at - 1]]
    return "".join(parts)


def _spellings(value: bytes) -> Iterator[str]:
    text = value.decode(errors="replace")
    in_json = json.dumps(text, ensure_ascii=False)[1:-1]
    yield from (text, repr(text)[1:-1], quote(value), in_json, json.dumps(text)[1:-1])
    yield in_json.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")  # as Go does
    for encode in (b64encode, urlsafe_b64encode):
        yield from _encoded(value, encode)


def _encoded(value: bytes, encode: Any) -> Iterator[str]:
    """Give a value's base64, also as it looks behind one or two other bytes: without the characters both share."""
    yield encode(value).decode()
    yield encode(value).decode().rstrip("=")
    for before in (1, 2):
        whole = encode(b"\0" * before + value).decode().rstrip("=")
        shared = 0 if (before + len(value)) % 3 == 0 else 1
        inner = whole[before + 1 : len(whole) - shared]
        if len(inner) >= RUN:
            yield inner


def redact_error(error: ClusterError, *manifests: Manifest) -> None:
    """Take what repeats values of these Secrets out of all that an error says."""
    values = [value for manifest in manifests for value in secret_values(manifest)]
    if not values:
        return
    error.message = redact(error.message, values)
    error.hint = redact(error.hint, values)
    error.causes = tuple(FieldCause(*(redact(word, values) for word in cause)) for cause in error.causes)
    error.args = (error.message,)
