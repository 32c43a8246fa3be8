"""Values that know their line; how they are read is in `nodes`, which costs much to import."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

    from kfinstall.resource import Origin


class Repeated(NamedTuple):
    """A key that its mapping had before; the later value counts."""

    key: str
    origin: Origin


class Node(NamedTuple):
    """A value and where it is.

    `value` is a scalar, a list of Nodes, or a mapping of text to Nodes. `line` is where the value starts, `key_line`
    where its key is. `text` is a scalar as it is written; `style` is how: plain "", quotes, `|` or `>`.
    """

    value: Any
    line: int
    key_line: int
    text: str = ""
    style: str = ""

    @property
    def content_line(self) -> int:
        """The line the text of a scalar starts on: below the `|` of a block."""
        return self.line + 1 if self.style in ("|", ">") else self.line


class NodeDocument(NamedTuple):
    """The first document of a file, None when the file is empty; where a second one starts, which nobody reads."""

    node: Node | None
    repeated: tuple[Repeated, ...]
    unread: Origin | None = None


def plain(node: Node) -> Any:
    """Give a node and all below it without lines."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    return [plain(child) for child in node.value] if isinstance(node.value, list) else node.value
