"""Nodes of a YAML text -> the text, as kustomize prints it: blank lines and odd indentation go, all else stays.

Source: go.yaml.in/yaml/v3 v3.0.3, encode.go and emitterc.go.
"""

from __future__ import annotations

from kfinstall.build.text_comments import DOCUMENT, Comments
from kfinstall.build.text_nodes import ALIAS, LIST, MAPPING, TextDocument, TextNode, type_of
from kfinstall.light import NamedTuple
from kfinstall.manifest.folded import print_folded
from kfinstall.manifest.quote import can_be_plain, quote_double, quote_literal

STEP = 2
NEVER_IN_FLOW = ",?[]{}"


class _Page(NamedTuple):
    """The lines so far, and the indentation of comments that stand below something: a blank line comes after them."""

    lines: list[str]
    comments: Comments
    feet: list[int]


def print_text(document: TextDocument) -> str:
    """Give the text of a document."""
    page = _Page([], document.comments, [])
    for line in document.comments.heads.get(DOCUMENT, ()):
        page.lines.append(line)
    if page.lines:
        page.lines.append("")
    if _is_block(document.root):
        _print_block(page, document.root, 0, "")
    else:
        page.lines.append(f"{_inline(document.root, 0)}{_beside(page, document.root.line)}")
    feet = document.comments.feet.get(DOCUMENT, ())
    page.lines.extend(["", *feet] if feet else ())
    return "\n".join(page.lines)


def _is_block(node: TextNode) -> bool:
    return node.kind in (MAPPING, LIST) and node.style != "flow" and bool(node.value)


def _print_block(page: _Page, node: TextNode, indent: int, first: str) -> None:
    """Print a collection on lines of its own; `first` stands before its first line, in place of the indentation."""
    for at, part in enumerate(node.value):
        lead = first if at == 0 and first else " " * indent
        if node.kind == MAPPING:
            key, value = part
            _print_pair(page, key, value, indent, lead)
        else:
            _print_item(page, part, indent, lead)


def _print_pair(page: _Page, key: TextNode, value: TextNode, indent: int, lead: str) -> None:
    lead = _print_head(page, key.line, indent, lead)
    name = _inline(key, indent)
    if _is_block(value):
        _add(page, f"{lead}{name}:{_properties(value)}{_beside(page, key.line)}")
        _print_block(page, value, indent if value.kind == LIST else indent + STEP, "")
    else:
        text = _inline(value, indent)
        _add(page, f"{lead}{name}:{text and ' '}{text}{_beside(page, key.line)}")
    _print_feet(page, key.line, indent)


def _print_item(page: _Page, item: TextNode, indent: int, lead: str) -> None:
    lead = _print_head(page, item.line, indent, lead)
    if _is_block(item) and not _properties(item):
        _print_block(page, item, indent + STEP, f"{lead}- ")
    elif _is_block(item):
        _add(page, f"{lead}-{_properties(item)}")
        _print_block(page, item, indent + STEP, "")
    else:
        text = _inline(item, indent)
        _add(page, f"{lead}-{text and ' '}{text}{_beside(page, item.line)}")
    if item.kind != MAPPING or item.style == "flow":
        _print_feet(page, item.line, indent)


def _print_head(page: _Page, line: int, indent: int, lead: str) -> str:
    """Print the comments above something; those of the first part of an item stand above the item."""
    if lead.strip():
        return lead
    for comment in page.comments.heads.get(line, ()) if line else ():
        _add(page, " " * indent + comment)
    return lead


def _print_feet(page: _Page, line: int, indent: int) -> None:
    comments = page.comments.feet.get(line, ()) if line else ()
    page.lines.extend(" " * indent + comment for comment in comments)
    if comments:
        page.feet.append(indent)


def _add(page: _Page, line: str) -> None:
    if page.feet and page.feet[-1] == len(line) - len(line.lstrip(" ")):
        page.lines.append("")
    page.feet.clear()
    page.lines.append(line)


def _beside(page: _Page, line: int) -> str:
    comment = page.comments.beside.get(line) if line else None
    return f" {comment}" if comment else ""


def _properties(node: TextNode) -> str:
    anchor = f" &{node.anchor}" if node.anchor else ""
    return f"{anchor} {node.tag}" if node.is_tagged else anchor


def _inline(node: TextNode, indent: int, *, in_flow: bool = False) -> str:
    """Give a node that needs no lines of its own; a block of text may have more lines."""
    if node.kind == ALIAS:
        return f"*{node.value}"
    lead = _properties(node).lstrip()
    if node.kind == MAPPING:
        text = f"{{{', '.join(_flow_pair(key, value) for key, value in node.value)}}}"
    elif node.kind == LIST:
        text = f"[{', '.join(_inline(item, 0, in_flow=True) for item in node.value)}]"
    else:
        return " ".join(one for one in (_lead_of(node, lead), _scalar(node, indent, in_flow=in_flow)) if one)
    return f"{lead} {text}" if lead else text


def _flow_pair(key: TextNode, value: TextNode) -> str:
    text = _inline(value, 0, in_flow=True)
    return f"{_inline(key, 0, in_flow=True)}: {text}" if text else f"{_inline(key, 0, in_flow=True)}:"


def _lead_of(node: TextNode, lead: str) -> str:
    """Give the anchor and tag of a scalar; one that does not read as its type gets its tag."""
    if node.is_tagged or node.style or node.tag in ("", "!!str"):
        return lead
    return lead if type_of(node.value) == node.tag != "!!merge" else f"{lead} {node.tag}".strip()


def _scalar(node: TextNode, indent: int, *, in_flow: bool) -> str:
    text, style = str(node.value), node.style
    if style in ("|", ">") and not in_flow:
        pad = indent + STEP
        return quote_literal(text, pad) if style == "|" or not text else print_folded(text, pad)
    if style == "'" and "\n" not in text:
        return "'" + text.replace("'", "''") + "'"
    if style or (node.tag == "!!str" and not node.is_tagged and type_of(text) != "!!str"):
        return quote_double(text)
    if "\n" in text:
        return quote_double(text) if in_flow else quote_literal(text, indent + STEP)
    return text if _may_be_plain(text, in_flow=in_flow) else "'" + text.replace("'", "''") + "'"


def _may_be_plain(text: str, *, in_flow: bool) -> bool:
    if not text:
        return not in_flow
    if in_flow and any(char in text for char in NEVER_IN_FLOW):
        return False
    return can_be_plain(text)
