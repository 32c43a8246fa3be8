"""Generators and transformers that are programs: KRM functions, and plugins of kustomize's older kind.

Source: kustomize v5.8.1, api/internal/plugins (loader, fnplugin, execplugin).
"""

from __future__ import annotations

from kfinstall.build.decode import decode_plain
from kfinstall.build.exchange import items_of, read_generated, read_transformed, resource_list, with_books
from kfinstall.build.functions import function_of
from kfinstall.build.ids import group_version, kind_of, name_of
from kfinstall.build.programs import Plugin
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest import dump_documents, dump_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kfinstall.build.programs import Programs
    from kfinstall.build.tree import Tree
    from kfinstall.resource import Manifest, Origin, Resource

ENABLE = "add --enable-alpha-plugins to run what the tree names; only if you trust it"


class PluginConfig(NamedTuple):
    """What any plugin may be told besides its own fields."""

    args_one_liner: str = ""
    args_from_file: str = ""


def generate(config: Resource, tree: Tree, programs: Programs | None) -> tuple[Resource, ...]:
    """Give what a generator that is a program makes.

    Raises: InputError.
    """
    return read_generated(_run(None, config, tree, programs), _label(config), config.origin)


def transform(
    config: Resource, resources: tuple[Resource, ...], tree: Tree, programs: Programs | None
) -> tuple[Resource, ...]:
    """Give the resources after a transformer that is a program.

    Raises: InputError.
    """
    output = _run(items_of(resources), config, tree, programs)
    return read_transformed(resources, output, _label(config), config.origin)


def plugins_refused(label: str, origin: Origin) -> InputError:
    """Give the error for a program where none may be run."""
    return InputError(f"{label} is a program, which is not enabled", origin=origin, hint=ENABLE)


def _label(config: Resource) -> str:
    return f"the plugin {kind_of(config)} {name_of(config)}"


def _run(items: Sequence[Manifest] | None, config: Resource, tree: Tree, programs: Programs | None) -> bytes:
    """Run what a configuration names, on resources or, for a generator, on none."""
    if programs is None:
        raise plugins_refused(_label(config), config.origin)
    function = function_of(config, tree.root)
    if function is not None:
        return programs.run_function(function, resource_list(items, config))
    return programs.run_plugin(_plugin(config, tree), dump_documents(items or ()).encode())


def _plugin(config: Resource, tree: Tree) -> Plugin:
    group, version = group_version(config.manifest)
    kind = kind_of(config)
    told = decode_plain(config.manifest, PluginConfig, config.origin)
    path = "/".join(part for part in (group, version, kind.lower(), kind) if part)
    if "/" in kind or ".." in path.split("/"):
        raise InputError(f"'{path}' is no path of a plugin", origin=config.origin, hint="'kind' is one word")
    words = tuple(split_words(told.args_one_liner, config))
    text = dump_manifest(with_books(config)).encode()
    shown = tree.kustomization.path.rpartition("/")[0] or "."
    return Plugin(path, _label(config), config.origin, text, words, told.args_from_file, tree.root, shown, tree.clone)


def split_words(line: str, config: Resource) -> Iterator[str]:
    """Give the words of a line: blanks part them, quotes and backslashes join them, `#` ends the line.

    Raises: InputError for a quote that is not closed.
    Source: kustomize v5.8.1, api/internal/plugins/execplugin/shlex.go.
    """
    word, quote, is_escaped = "", "", False
    for char in line:
        if is_escaped:
            word, is_escaped = word + char, False
        elif char == "\\" and quote != "'":
            is_escaped = True
        elif char in "'\"" and quote in ("", char):
            quote = "" if quote else char
        elif quote or not (char == "#" or char.isspace()):
            word += char
        else:
            yield from [word] if word else []
            word = ""
            if char == "#":
                return
    if quote:
        raise InputError("argsOneLiner has a quote that is not closed", origin=config.origin, hint="close it")
    yield from [word] if word else []
