"""Reading YAML: anew, or from what someone kept of it."""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kfinstall.manifest.document import Document
    from kfinstall.manifest.node import NodeDocument


class Reader(Protocol):
    """Gives what a text says.

    Raises: InputError for what is no YAML, with the path and, where the text stands in another file, its line there.
    """

    def documents(self, content: bytes, path: str) -> tuple[Document, ...]:
        """Give the documents of a file of resources."""

    def patch(self, text: str | bytes, path: str, first_line: int) -> tuple[Document, ...]:
        """Give the documents of a strategic merge patch, and of what may be one."""

    def node(self, text: str | bytes, path: str, first_line: int = 1) -> NodeDocument:
        """Give a kustomization, or the operations of a JSON patch, as nodes that know their line."""


class _Anew:
    """What reads YAML costs milliseconds to import: it is, when something has to be read."""

    def documents(self, content: bytes, path: str) -> tuple[Document, ...]:
        from kfinstall.manifest.parse import parse_documents

        return parse_documents(content, path)

    def patch(self, text: str | bytes, path: str, first_line: int) -> tuple[Document, ...]:
        from kfinstall.manifest.parse import parse_documents

        return parse_documents(text, path, first_line, is_patch=True)

    def node(self, text: str | bytes, path: str, first_line: int = 1) -> NodeDocument:
        from kfinstall.manifest.nodes import parse_node

        return parse_node(text, path, first_line)


ANEW: Reader = _Anew()
