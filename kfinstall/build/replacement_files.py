"""A file that a replacement's `path` names -> replacements."""

from __future__ import annotations

from kfinstall.build.decode import decode_list, decode_node, new_decoding
from kfinstall.build.kustomization import Replacement
from kfinstall.errors import InputError, raise_all
from kfinstall.resource import Origin


def read_replacements(content: str | bytes, path: str) -> tuple[Replacement, ...]:
    """Give the replacements of a file: a list of them, or a single one. Fields it does not know are left out.

    Raises: InputError, or a group of them.
    Source: kustomize v5.8.1, ReplacementTransformer.
    """
    from kfinstall.manifest.nodes import parse_node

    node = parse_node(content, path).node
    if node is None or not isinstance(node.value, dict | list):
        hint = "each has 'source:' and 'targets:'"
        raise InputError("the file must hold a replacement or a list of them", origin=Origin(path), hint=hint)
    decoding = new_decoding(path, is_strict=False, coerces=True)
    if isinstance(node.value, list):
        replacements = decode_list(node, Replacement, decoding)
    else:
        replacements = (decode_node(node, Replacement, decoding),)
    raise_all(decoding.errors)
    return replacements
