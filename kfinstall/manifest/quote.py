"""One string as YAML text: plain, quoted or literal, folded at column 80, as kustomize prints it.

Source: go.yaml.in/yaml/v2, encode.go and emitterc.go.
"""

from __future__ import annotations

from kfinstall.errors import InputError
from kfinstall.light import lazy_pattern, remembered
from kfinstall.manifest.scalar import KUSTOMIZATION_WORDS, number, rfc3339

WIDTH = 80
LONGEST_PLAIN_KEY = 128
BOM = "\ufeff"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIMPLE_START, SIMPLE = f"{LETTERS}/", f"{LETTERS}0123456789_./-"
BASE60 = lazy_pattern(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
UNPRINTABLE = lazy_pattern("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
FORBIDDEN = lazy_pattern("[\x7f-\x84\x86-\x9f\ufffe\uffff]")
NEXT_LINES = lazy_pattern("(\x85+)")
NEVER_FIRST = "#,[]{}&*!|>'\"%@`"
SEPARATES = (*(f":{space}" for space in " \n\t"), *(f"{space}#" for space in " \n\t"))
BREAKS = "\n\u2028\u2029"
INDENTED_BREAK = lazy_pattern("([\n\u2028\u2029])(?=[^\n\u2028\u2029])")
SEPARATOR = lazy_pattern("[\u2028\u2029]")
BESIDE_SEPARATOR = lazy_pattern(" [\u2028\u2029]|[\u2028\u2029] ")
BEFORE_BREAK = lazy_pattern(" (?:[\n\u2028\u2029]|\\Z)")
ESCAPED = '\0\a\b\t\n\v\f\r\x1b"\\\x85\u2028\u2029'
ESCAPES = dict(zip(ESCAPED, '0abtnvfre"\\NLP', strict=True))


@remembered(65536)
def quote_key(text: str) -> str:
    """Give a mapping's key as YAML, nothing when it is too long or has line breaks: then it needs a '?'."""
    if "\x85" in text:
        raise InputError("a key holds the line break U+0085, which cannot be printed", hint="take it out")
    return "" if "\n" in text or len(text.encode()) > LONGEST_PLAIN_KEY else quote(text, 0, 0, may_fold=False)


@remembered(65536)
def quote_word(text: str) -> str:
    """Give an ASCII string without spaces and line breaks as YAML: it never depends on where it stands."""
    is_simple = text[:1] in SIMPLE_START and not text.strip(SIMPLE)
    return text if is_simple and text not in KUSTOMIZATION_WORDS else quote(text, 0, 0)


def quote(text: str, column: int, indent: int, may_fold: bool = True) -> str:
    """Give a string as YAML that starts at `column`; lines after the first are indented by `indent`.

    Raises: InputError for a control character that YAML cannot hold (DEL, C1).
    """
    if _is_forbidden(text):
        raise InputError("a text holds a control character that YAML cannot hold", hint="base64 it, as binaryData does")
    if "\x85" in text:
        text = _fold_next_lines(text)
    if "\n" in text:
        is_literal = may_fold and not (_is_unprintable(text) or _ends_in_space(text))
        return _literal(text, indent) if is_literal else _double(text, column, indent, may_fold)
    if is_typed(text) or _is_unprintable(text) or _is_beside_separator(text):
        return _double(text, column, indent, may_fold)
    if not text.isascii() and SEPARATOR.search(text):
        return f"'{INDENTED_BREAK.sub(_indent_after(indent), text.replace(QUOTE, QUOTE + QUOTE))}'"
    if text[0] == " " or text[-1] == " " or not _is_plain(text):
        return f"'{_fold(text.replace(QUOTE, QUOTE + QUOTE), column + 1, indent, may_fold)}'"
    return _fold(text, column, indent, may_fold)


QUOTE = "'"


def needs_quotes(text: str) -> bool:
    """Can a text on one line not do without quotes?"""
    return not text or is_typed(text) or not can_be_plain(text)


def can_be_plain(text: str) -> bool:
    """Can a text on one line that is not empty do without quotes, whatever it is read as then?"""
    return not _is_unprintable(text) and text[0] != " " and text[-1] != " " and _is_plain(text)


def quote_double(text: str) -> str:
    """Give a text in double quotes, on one line."""
    return _double(text, 0, 0, may_fold=False)


def quote_literal(text: str, indent: int) -> str:
    """Give a text as a block with its lines, or in double quotes where it cannot stand in one."""
    return quote_double(text) if not text or _is_unprintable(text) or _ends_in_space(text) else _literal(text, indent)


def _is_plain(text: str) -> bool:
    """Can a text on one line do without quotes, so far as its characters go?"""
    if text[0] in NEVER_FIRST or text.startswith(("---", "...")) or text[-1] == ":":
        return False
    is_indicator = text[0] in "-?:" and text[1:2] in ("", *" \n\t")
    return not is_indicator and not any(one in text for one in SEPARATES)


def _ends_in_space(text: str) -> bool:
    """Does a line of the text end in a space?"""
    if text.isascii():
        return text[-1] == " " or " \n" in text
    return bool(BEFORE_BREAK.search(text))


def _is_beside_separator(text: str) -> bool:
    return not text.isascii() and bool(BESIDE_SEPARATOR.search(text))


def _is_unprintable(text: str) -> bool:
    """Is there a character in the text that YAML must escape?"""
    if text.isascii():
        return not text.replace("\n", "").isprintable()
    return bool(UNPRINTABLE.search(text))


def _is_forbidden(text: str) -> bool:
    return "\x7f" in text if text.isascii() else bool(FORBIDDEN.search(text))


def _fold_next_lines(text: str) -> str:
    """Give text as it reads back when U+0085 in it is a line break that folds."""
    words, *rest = NEXT_LINES.split(text)
    for breaks, more in zip(rest[::2], rest[1::2], strict=True):
        words = words.rstrip(" \t") + ("\n" * (len(breaks) - 1) or " ") + more.lstrip(" \t")
    return words


def is_typed(text: str) -> bool:
    """Say whether plain text would not read back as text by YAML 1.1 rules."""
    if text in KUSTOMIZATION_WORDS:
        return True
    if text[0] not in "+-.0123456789":
        return False
    return number(text) is not None or rfc3339(text) is not None or (":" in text and bool(BASE60.match(text)))


def _literal(text: str, indent: int) -> str:
    hint = "2" if text[0] == " " or text[0] in BREAKS else ""
    chomp = "-" if text[-1] not in BREAKS else "+" if len(text) == 1 or text[-2] in BREAKS else ""
    body = _indented(text.removesuffix("\n"), indent)
    return f"|{hint}{chomp}\n" + ("" if text[0] in BREAKS else " " * indent) + body


def _indented(text: str, indent: int) -> str:
    """Indent the lines after the first, but for blank ones."""
    if not text.isascii():
        return INDENTED_BREAK.sub(_indent_after(indent), text)
    first, *rest = text.split("\n")
    pad = " " * indent
    return "\n".join([first, *(pad + line if line else "" for line in rest)])


def _indent_after(indent: int) -> str:
    """Give the replacement for a line break before text."""
    return "\\1" + " " * indent


def _fold(text: str, column: int, indent: int, may_fold: bool) -> str:
    """Break text at the first single space after each line's column 80."""
    if not may_fold or column + len(text) <= WIDTH or " " not in text:
        return text
    lines, start, i = [], 0, text.find(" ", 1)
    while 0 < i < len(text) - 1:
        is_single = text[i - 1] != " " and text[i + 1] != " "
        if is_single and column + i - start > WIDTH:
            lines.append(text[start:i])
            start, column = i + 1, indent
        i = text.find(" ", i + 1)
    return ("\n" + " " * indent).join((*lines, text[start:]))


def _double(text: str, column: int, indent: int, may_fold: bool) -> str:
    out, column = ['"'], column + 1
    after_space = False
    for i, char in enumerate(text):
        is_break = may_fold and char == " " and not after_space and column > WIDTH and 0 < i < len(text) - 1
        if is_break:
            piece = "\n" + " " * indent + ("\\" if text[i + 1] == " " else "")
            column = indent + len(piece) - indent - 1
        else:
            piece = _escape(char, text[0] == BOM)
            column += len(piece)
        after_space = char == " "
        out.append(piece)
    return "".join((*out, '"'))


def _escape(char: str, is_after_bom: bool) -> str:
    """Escape what needs it; after a byte order mark at the start kustomize escapes every character."""
    short = ESCAPES.get(char)
    if short:
        return "\\" + short
    if not is_after_bom and not _is_unprintable(char):
        return char
    code = ord(char)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
