"""YAML text <-> manifests, with line numbers: the one place that knows YAML."""

from kfinstall.light import TYPE_CHECKING, lazy_exports

if TYPE_CHECKING:
    from kfinstall.manifest.document import Document
    from kfinstall.manifest.emit import (
        PrintedTexts,
        dump_documents,
        dump_manifest,
        dump_resources,
        dump_value,
        printed_children,
    )
    from kfinstall.manifest.locate import locate_document, locate_field
    from kfinstall.manifest.memo import BareKey
    from kfinstall.manifest.node import Node, NodeDocument, Repeated, plain
    from kfinstall.manifest.nodes import parse_node, parse_plain
    from kfinstall.manifest.order import order_keys
    from kfinstall.manifest.parse import parse_documents
    from kfinstall.manifest.resources import parse_resources
    from kfinstall.manifest.scalar import source_text
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "document": ("Document",),
            "emit": (
                "PrintedTexts",
                "dump_documents",
                "dump_manifest",
                "dump_resources",
                "dump_value",
                "printed_children",
            ),
            "locate": (
                "locate_document",
                "locate_field",
            ),
            "memo": ("BareKey",),
            "node": (
                "Node",
                "NodeDocument",
                "Repeated",
                "plain",
            ),
            "nodes": (
                "parse_node",
                "parse_plain",
            ),
            "order": ("order_keys",),
            "parse": ("parse_documents",),
            "resources": ("parse_resources",),
            "scalar": ("source_text",),
        },
    )

__all__ = [
    "BareKey",
    "Document",
    "Node",
    "NodeDocument",
    "PrintedTexts",
    "Repeated",
    "dump_documents",
    "dump_manifest",
    "dump_resources",
    "dump_value",
    "locate_document",
    "locate_field",
    "order_keys",
    "parse_documents",
    "parse_node",
    "parse_plain",
    "parse_resources",
    "plain",
    "printed_children",
    "source_text",
]
