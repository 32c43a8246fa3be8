"""Manifests as the YAML text that kustomize prints, byte for byte.

Everything of the input's style is lost: keys are sorted, lists are not indented under their key, long text is folded.
"""

from __future__ import annotations

from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.order import order_keys
from kfinstall.manifest.quote import quote, quote_key, quote_word
from kfinstall.manifest.scalar import Unquoted, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeAlias

    from kfinstall.resource import Manifest, Resource

WORDS = {None: "null", True: "true", False: "false"}
LARGE = ("spec",)
"""Fields at the top of a manifest that hold most of a large one."""
MAX_PRINTED = 1024 * 1024 * 1024
LARGE_TEXT = 1024
Write: TypeAlias = "Callable[[str], object]"

PrintedTexts: TypeAlias = "dict[int, tuple[Any, str]]"
"""The identity of a collection two levels below the top -> itself, and the text it is printed as.

A manifest is never changed in place, so what is the same object is the same text.
"""


def dump_manifest(manifest: Manifest, texts: PrintedTexts | None = None) -> str:
    """Give one document, without `---`.

    In:     texts, of large parts that were printed before; those that are printed now are added.
    Raises: InputError for a value YAML cannot hold; it has no origin, the manifest does not know it.
    """
    out: list[str] = []
    if not manifest:
        return "{}\n"
    if texts is None:
        _write_mapping(out.append, manifest, "", "")
    else:
        _write_with_texts(out.append, manifest, texts)
    return "".join(out)


def dump_value(value: Any) -> str:
    """Give plain data of any kind as one document: a list as its entries, a mapping as a manifest is written."""
    out: list[str] = []
    if type(value) is list and value:
        _write_sequence(out.append, value, "", "")
    elif type(value) is dict and value:
        _write_mapping(out.append, value, "", "")
    else:
        out.append(f"{scalar(value, 0, 0)}\n")
    return "".join(out)


def printed_children(manifest: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    """Give the parts of a manifest whose texts are kept, each with the two keys that lead to it."""
    for field in LARGE:
        children = manifest.get(field) if isinstance(manifest, dict) else None
        if type(children) is dict:
            yield from (((field, name), child) for name, child in children.items() if type(child) in (dict, list))


def dump_documents(manifests: Iterable[Manifest]) -> str:
    """Give documents separated by `---`; nothing for no documents."""
    return "---\n".join(map(dump_manifest, manifests))


def dump_resources(resources: Iterable[Resource], texts: PrintedTexts | None = None, most: int = MAX_PRINTED) -> str:
    """Give documents separated by `---`.

    In:     texts, as in `dump_manifest`; most, characters that all of them together may have.
    Raises: InputError for a value YAML cannot hold, and where more is printed than may be, at the place where its
            resource was written.
    """
    return "---\n".join(within_limit(resources, lambda manifest: dump_manifest(manifest, texts), most))


def within_limit(
    resources: Iterable[Resource], dump: Callable[[Manifest], str], most: int = MAX_PRINTED
) -> Iterator[str]:
    """Give the text that `dump` makes of each resource, as long as all of them together have no more than they may.

    Raises: InputError where they have, and what `dump` raises, at the place where the resource was written.
    """
    printed = 0
    for resource in resources:
        text = _dumped(resource, dump)
        printed += len(text)
        if printed > most:
            message = f"what is printed has more than {most // 2**20} MiB: {resource.id} is one too many"
            raise InputError(message, origin=resource.origin, hint="build parts of the tree by themselves")
        yield text


def _dumped(resource: Resource, dump: Callable[[Manifest], str]) -> str:
    try:
        return dump(resource.manifest)
    except InputError as error:
        raise InputError(f"{resource.id}: {error.message}", origin=resource.origin, hint=error.hint) from None


def _write_with_texts(write: Write, manifest: Manifest, texts: PrintedTexts) -> None:
    """Write a manifest; large parts are taken from the texts that are known, or added to them."""
    for field in order_keys(tuple(manifest)):
        value = manifest[field]
        if field not in LARGE or type(value) is not dict or not value:
            _write_mapping(write, {field: value}, "", "")
            continue
        write(f"{field}:\n")
        for name in order_keys(tuple(value)):
            child = value[name]
            if type(child) in (dict, list) and child and quote_key(name):
                write(f"  {quote_key(name)}:\n")
                write(_child_text(child, texts))
            else:
                _write_mapping(write, {name: child}, "  ", "  ")


def _child_text(child: Any, texts: PrintedTexts) -> str:
    """Give the text of a collection that stands two levels below the top, from the line after its key on."""
    known = texts.get(id(child))
    if known is not None:
        return known[1]
    out: list[str] = []
    if type(child) is dict:
        _write_mapping(out.append, child, "    ", "    ")
    else:
        _write_sequence(out.append, child, "  ", "  ")
    text = "".join(out)
    if len(text) >= LARGE_TEXT:
        texts[id(child)] = (child, text)
    return text


def _write_mapping(write: Write, mapping: dict[str, Any], pad: str, first: str) -> None:
    """Write each key on its own line; `first` stands before the first one, `pad` before the others."""
    for key in order_keys(tuple(mapping)):
        value = mapping[key]
        text = quote_key(key)
        if not text:
            _write_long_key(write, key, value, pad, first)
        elif type(value) is dict and value:
            write(f"{first}{text}:\n")
            _write_mapping(write, value, pad + "  ", pad + "  ")
        elif type(value) is list and value:
            write(f"{first}{text}:\n")
            _write_sequence(write, value, pad, pad)
        else:
            write(f"{first}{text}: {scalar(value, len(pad) + len(text) + 2, len(pad) + 2)}\n")
        first = pad


def _write_long_key(write: Write, key: str, value: Any, pad: str, first: str) -> None:
    """Write a key behind a question mark, and its value behind a colon on the line below."""
    column = len(pad) + 2
    text = quote(key, column, column)
    write(f"{first}? {text}\n{pad}:")
    if type(value) is dict and value:
        _write_mapping(write, value, pad + "  ", " ")
    elif type(value) is list and value:
        _write_sequence(write, value, pad + "  ", " ")
    else:
        write(f" {scalar(value, column, column)}\n")


def _write_sequence(write: Write, sequence: list[Any], pad: str, first: str) -> None:
    """Write each item after a dash; `first` stands before the first one, `pad` before the others."""
    for value in sequence:
        if type(value) is dict and value:
            _write_mapping(write, value, pad + "  ", first + "- ")
        elif type(value) is list and value:
            _write_sequence(write, value, pad + "  ", first + "- ")
        else:
            write(f"{first}- {scalar(value, len(pad) + 2, len(pad) + 2)}\n")
        first = pad


def scalar(value: Any, column: int, indent: int) -> str:
    """Give a value without children as YAML that starts at `column`."""
    if isinstance(value, Unquoted):
        return scalar(value.value, column, indent)
    if isinstance(value, str):
        is_word = value.isascii() and " " not in value and "\n" not in value
        return quote_word(value) if is_word else quote(value, column, indent)
    if value is None or isinstance(value, bool):
        return WORDS[value]
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float_text(value)
    return "{}" if value == {} else "[]"


def float_text(value: float) -> str:
    """Give a number with the shortest digits: whole as an integer, else in Go's `g` format, `1e-05`, `1.2345675e+06`.

    Raises: InputError for infinity and for what is not a number.
    """
    if value - value != 0:
        raise InputError("a number is infinite or not a number", hint="write it as text, in quotes")
    integer = whole_number(value)
    if integer is not None:
        return str(integer)
    sign, digits, power = _decimal(value)
    if power < -4 or power >= 6:
        return f"{sign}{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{power:+03d}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    whole, fraction = digits[: power + 1].ljust(power + 1, "0"), digits[power + 1 :]
    return f"{sign}{whole}{'.' if fraction else ''}{fraction}"


def _decimal(value: float) -> tuple[str, str, int]:
    """Give sign, shortest digits and the power of ten of the first digit; of a number that is not 0."""
    mantissa, _, exponent = float.__repr__(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    power = int(exponent or 0) + len(digits) - len(fraction) - 1
    return "-" if value < 0 else "", digits.rstrip("0"), power
