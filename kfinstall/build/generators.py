"""`configMapGenerator` and `secretGenerator`: resources made of files, env files and literals."""

from __future__ import annotations

from base64 import b64encode

from kfinstall.build.kustomization import Generator, GeneratorOptions
from kfinstall.build.scalars import is_text_key
from kfinstall.build.tree import content_of
from kfinstall.errors import InputError
from kfinstall.light import TYPE_CHECKING
from kfinstall.manifest.styled import written
from kfinstall.resource import Bookkeeping, Manifest, Origin, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

LINE_LENGTH = 70
"""Characters of base64 on one line. Source: kustomize v5.8.1, kyaml/yaml, encodeBase64."""

Pair: TypeAlias = "tuple[str, bytes]"


def make_config_map(generator: Generator, files: Mapping[str, bytes], options: GeneratorOptions | None) -> Resource:
    """Make a ConfigMap; content that is no UTF-8 goes to `binaryData`.

    In:     `files`, path as written -> content; `options`, those that hold for all generators.
    Raises: InputError.
    """
    data: dict[str, str] = {}
    binary: dict[str, str] = {}
    for key, content in _pairs(generator, files):
        try:
            data[key] = written(content.decode())
        except UnicodeDecodeError:
            binary[key] = _base64(content)
    fields = {**({"data": data} if data else {}), **({"binaryData": binary} if binary else {})}
    return _resource("ConfigMap", generator, options, fields)


def make_secret(generator: Generator, files: Mapping[str, bytes], options: GeneratorOptions | None) -> Resource:
    """Make a Secret, of type Opaque where the generator names none.

    In:     `files`, path as written -> content; `options`, those that hold for all generators.
    Raises: InputError; it never holds a value.
    """
    data = {key: _base64(content) for key, content in _pairs(generator, files)}
    return _resource("Secret", generator, options, {"type": generator.type or "Opaque", "data": data})


def merge_options(local: GeneratorOptions | None, general: GeneratorOptions | None) -> GeneratorOptions:
    """Give the options of one generator over those for all."""
    mine, all_ = local or GeneratorOptions(), general or GeneratorOptions()
    return GeneratorOptions(
        {**(all_.labels or {}), **(mine.labels or {})},
        {**(all_.annotations or {}), **(mine.annotations or {})},
        mine.disable_name_suffix_hash or all_.disable_name_suffix_hash,
        mine.immutable or all_.immutable,
    )


def _resource(kind: str, generator: Generator, general: GeneratorOptions | None, fields: Manifest) -> Resource:
    if not generator.name:
        raise InputError(f"a {kind} generator has no name", origin=generator.origin, hint="add 'name:'")
    options = merge_options(generator.options, general)
    for key in (*(options.labels or ()), *(options.annotations or ())):
        _require_text_key(key, generator)
    metadata: dict[str, Any] = {"name": generator.name}
    metadata |= {"namespace": generator.namespace} if generator.namespace else {}
    metadata |= {"labels": {key: written(text) for key, text in options.labels.items()}} if options.labels else {}
    metadata |= {"annotations": dict(options.annotations)} if options.annotations else {}
    manifest = {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}
    if options.immutable:
        manifest["immutable"] = True
    notes = Bookkeeping(needs_hash=not options.disable_name_suffix_hash, behavior=generator.behavior or "unspecified")
    return Resource(manifest, generator.origin, (), notes)


def _pairs(generator: Generator, files: Mapping[str, bytes]) -> Iterator[Pair]:
    """Give keys and contents in kustomize's order; a key that comes twice is refused."""
    seen: set[str] = set()
    for key, content in _sources(generator, files):
        _require_text_key(key, generator)
        if key in seen:
            message = f"generator '{generator.name}' has the key '{key}' twice"
            raise InputError(message, origin=generator.origin, hint="remove one, or give a file another key: key=path")
        seen.add(key)
        yield key, content


def _require_text_key(key: str, generator: Generator) -> None:
    if not is_text_key(key):
        message = f"generator '{generator.name}' has the key '{key}', which reads as something else than text"
        raise InputError(message, origin=generator.origin, hint="kustomize cannot add it; put a letter before it")


def _sources(generator: Generator, files: Mapping[str, bytes]) -> Iterator[Pair]:
    for path in (*generator.envs, *([generator.env] if generator.env else [])):
        yield from read_env(content_of(files, path, generator.origin), Origin(path, 1))
    for literal in generator.literals:
        yield split_literal(literal, generator.origin)
    for source in generator.files:
        key, path = split_file_source(source, generator.origin)
        yield key, content_of(files, path, generator.origin)


def split_literal(literal: str, origin: Origin) -> Pair:
    """Give key and value of `key=value`; one pair of quotes around the value is dropped.

    Raises: InputError; it does not repeat the literal, which may be a secret.
    """
    key, equals, value = literal.partition("=")
    if not key or not equals:
        raise InputError("a literal is not key=value", origin=origin, hint="write 'key=value'")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return key, value.encode()


def split_file_source(source: str, origin: Origin) -> tuple[str, str]:
    """Give key and path of `[key=]path`; the key is the file's name where none is given.

    Raises: InputError when one of them is empty, or there is more than one `=`.
    """
    key, equals, path = source.partition("=")
    if source and not equals:
        return source.rstrip("/").rpartition("/")[2], source
    if not key or not path or "=" in path:
        raise InputError(f"'{source}' is not [key=]path", origin=origin, hint="neither may hold '=' or be empty")
    return key, path


def read_env(content: bytes, origin: Origin) -> Iterable[Pair]:
    """Give the pairs of an env file: `key=value` or `key` on each line; comments and blank lines are skipped.

    Raises: InputError when it is no UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        hint = "save it as UTF-8, or name it in 'files'"
        raise InputError("an env file is no UTF-8 text", origin=Origin(origin.path, line), hint=hint) from None
    for row in text.split("\n"):
        pair = row.removesuffix("\r").lstrip()
        key, _, value = pair.partition("=")
        if key and not pair.startswith("#"):
            yield key, value.encode()


def _base64(content: bytes) -> str:
    encoded = b64encode(content).decode()
    if len(encoded) < LINE_LENGTH:
        return encoded
    return "".join(encoded[at : at + LINE_LENGTH] + "\n" for at in range(0, len(encoded), LINE_LENGTH))
