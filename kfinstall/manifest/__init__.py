"""YAML text <-> manifests, with line numbers: the one place that knows YAML."""

from kfinstall.manifest.emit import PrintedTexts, dump_documents, dump_manifest, dump_resources, printed_children
from kfinstall.manifest.locate import locate_document, locate_field
from kfinstall.manifest.memo import BareKey
from kfinstall.manifest.nodes import Node, NodeDocument, Repeated, parse_node, parse_plain, plain
from kfinstall.manifest.order import order_keys
from kfinstall.manifest.parse import Document, parse_documents
from kfinstall.manifest.resources import parse_resources
from kfinstall.manifest.scalar import source_text

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
