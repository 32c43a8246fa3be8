"""What becomes of folded text (`>`) in kustomize, which prints each resource and reads it back before the last time.

Its printer puts one line break too many or too few where lines are indented more than others; the bytes that come out
show it, so it is done here as well.

Source: go.yaml.in/yaml/v3, yaml_emitter_write_folded_scalar in emitterc.go.
"""

from __future__ import annotations

from yaml._yaml import CParser
from yaml.events import ScalarEvent

from kfinstall.light import lazy_pattern

ONE_PARAGRAPH = lazy_pattern(r"[^ \n\t][^\n]*\n?\Z")
NEVER_FOLDED = lazy_pattern("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]| \n| \\Z")


def refold(text: str) -> str:
    """Give the text of a folded scalar as it is after printing and reading it."""
    if ONE_PARAGRAPH.match(text) or not text or NEVER_FOLDED.search(text):
        return text
    next_event = CParser(print_folded(text)).get_event
    while type(event := next_event()) is not ScalarEvent:
        pass
    return str(event.value)


def print_folded(text: str, indent: int = 2) -> str:
    """Give a text as a folded block; its lines are not broken."""
    pad = " " * indent
    hint = "2" if text[0] in " \n" else ""
    chomp = "-" if text[-1] != "\n" else "+" if text[-2:] in ("\n", "\n\n") else ""
    may_add = text.lstrip("\n")[:1] not in (" ", "\t", "")
    lines = []
    for line in text.split("\n"):
        lines.append(pad + line if line else "")
        if line and line[0] not in " \t" and may_add:
            lines.append("")
    if text[-1] != "\n" and lines[-1] == "":
        lines.pop()
    return f">{hint}{chomp}\n" + "\n".join(lines)
