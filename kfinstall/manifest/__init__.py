"""YAML text <-> manifests, with line numbers: the one place that knows YAML."""

from kfinstall.manifest.emit import dump_documents, dump_manifest, dump_resources
from kfinstall.manifest.order import order_keys
from kfinstall.manifest.parse import Document, parse_documents
from kfinstall.manifest.scalar import source_text

__all__ = [
    "Document",
    "dump_documents",
    "dump_manifest",
    "dump_resources",
    "order_keys",
    "parse_documents",
    "source_text",
]
