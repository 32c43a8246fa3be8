"""What the files hold that a kustomization names: patches, replacements, configurations, generators' data.

Each function takes a kustomization, its folder and the list that mistakes are added to; it gives what could be read.
"""

from __future__ import annotations

from kfinstall.build.decode import TEXT, decode_node, new_decoding
from kfinstall.build.kustomization import FieldKey, Generator, Kustomization, Patch, Replacement, TransformerConfig
from kfinstall.build.reading.files import Folder, read_file
from kfinstall.errors import InputError, KfinstallError, mistakes_in
from kfinstall.light import TYPE_CHECKING
from kfinstall.resource import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    from kfinstall.build.reading.yaml import Reader
    from kfinstall.build.tree import PatchText

Errors: TypeAlias = "list[KfinstallError]"
PATH_OR_PATCH = "give the patch inline as 'patch', or in a file as 'path'"


class collecting:  # noqa: N801 it reads as the statement it is
    """Keep a mistake, or a group of them, and go on, so that those behind it are found too."""

    def __init__(self, errors: Errors) -> None:
        self.errors = errors

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> bool:
        if not isinstance(problem, KfinstallError | ExceptionGroup):
            return False
        self.errors += mistakes_in(problem)
        return True


def read_patch_entries(
    field: str, kustomization: Kustomization, folder: Folder, errors: Errors, reader: Reader
) -> tuple[PatchText, ...]:
    """Give what each entry of `patches` or `patchesJson6902` says; one with a mistake says nothing."""
    is_json = field == "patchesJson6902"
    texts: list[PatchText] = []
    for i, patch in enumerate(kustomization.patches_json6902 if is_json else kustomization.patches):
        from kfinstall.build.tree import PatchText

        texts.append(PatchText(kustomization.origin_of(field, i), ()))
        with collecting(errors):
            from kfinstall.build.patchtext import read_operations, read_patch

            text, origin = _patch_source(patch, (field, i), kustomization, folder)
            texts[-1] = read_operations(text, origin, reader) if is_json else read_patch(text, origin, reader)
            if is_json and not texts[-1].operations:
                raise InputError("the patch is empty", origin=origin, hint="list at least one operation")
    return tuple(texts)


def _patch_source(
    patch: Patch, key: FieldKey, kustomization: Kustomization, folder: Folder
) -> tuple[str | bytes, Origin]:
    """Give the text of a patch and where it starts."""
    text = patch.patch.strip()
    if bool(text) == bool(patch.path):
        message = "a patch has both 'path' and 'patch'" if text else "a patch has neither 'path' nor 'patch'"
        raise InputError(message, origin=kustomization.origin_of(*key), hint=PATH_OR_PATCH)
    if text:
        start = kustomization.origin_of(*key, "patch", TEXT)
        blank = patch.patch[: patch.patch.index(text[0])].count("\n")
        return text, start._replace(line=start.line + blank)
    content = read_file(folder, patch.path, kustomization.origin_of(*key, "path"))
    return content, Origin(folder.show(patch.path))


def read_merge_patch_entries(
    kustomization: Kustomization, folder: Folder, errors: Errors, reader: Reader
) -> tuple[PatchText, ...]:
    """Give what each entry of `patchesStrategicMerge` says: it is a path, or the patch itself."""
    texts: list[PatchText] = []
    for i, entry in enumerate(kustomization.patches_strategic_merge):
        key = ("patchesStrategicMerge", i)
        with collecting(errors):
            texts.append(_merge_patch(entry, key, kustomization, folder, reader))
    if kustomization.patches_strategic_merge and not any(text.resources for text in texts) and not errors:
        origin = kustomization.origin_of("patchesStrategicMerge")
        errors.append(InputError("the patches are empty", origin=origin, hint="remove the field, or fill the files"))
    return tuple(texts)


def _merge_patch(entry: str, key: FieldKey, kustomization: Kustomization, folder: Folder, reader: Reader) -> PatchText:
    from kfinstall.build.patchtext import read_merge_patches

    if is_inline(entry):
        return read_merge_patches(entry, kustomization.origin_of(*key, TEXT), reader)
    content = read_file(folder, entry, kustomization.origin_of(*key))
    return read_merge_patches(content, Origin(folder.show(entry)), reader)


def is_inline(entry: str) -> bool:
    """Say whether an entry that may be a path or YAML is YAML."""
    return not entry or "\n" in entry or entry.lstrip()[:1] == "{"


def read_replacement_entries(kustomization: Kustomization, folder: Folder, errors: Errors) -> tuple[Replacement, ...]:
    """Give the replacements, those of files in the place of the entry that names them."""
    replacements: list[Replacement] = []
    for i, entry in enumerate(kustomization.replacements):
        origin = kustomization.origin_of("replacements", i)
        with collecting(errors):
            if entry.path and (entry.source or entry.targets):
                raise InputError("a replacement has both 'path' and its own fields", origin=origin, hint="keep one")
            if not entry.path:
                replacements.append(entry)
                continue
            content = read_file(folder, entry.path, kustomization.origin_of("replacements", i, "path"))
            from kfinstall.build.replacement_files import read_replacements

            replacements += read_replacements(content, folder.show(entry.path))
    return tuple(replacements)


def read_configurations(kustomization: Kustomization, folder: Folder, errors: Errors) -> tuple[TransformerConfig, ...]:
    """Give the field specs of each file of `configurations`."""

    def read(content: bytes, shown: str) -> TransformerConfig:
        from kfinstall.manifest.nodes import parse_node

        document = parse_node(content, shown)
        for repeated in document.repeated:
            raise InputError(f"the key '{repeated.key}' is already defined", origin=repeated.origin, hint="keep one")
        decoding = new_decoding(shown, coerces=True)
        config = decode_node(document.node, TransformerConfig, decoding) if document.node else TransformerConfig()
        errors.extend(decoding.errors)
        return config

    return tuple(_read_each("configurations", read, TransformerConfig(), kustomization, folder, errors))


def read_crds(kustomization: Kustomization, folder: Folder, errors: Errors) -> tuple[Any, ...]:
    """Give the schemas of each file of `crds` as plain data: type name -> its OpenAPI definition."""
    return tuple(_read_each("crds", _read_definitions, {}, kustomization, folder, errors))


def read_openapi(kustomization: Kustomization, folder: Folder, errors: Errors) -> Any:
    """Give the schema that `openapi` names as plain data, None when it names none."""
    path = kustomization.openapi.get("path")
    with collecting(errors):
        if path:
            content = read_file(folder, path, kustomization.origin_of("openapi", "path"))
            return _read_data(content, folder.show(path))
    return None


def read_generator_files(kustomization: Kustomization, folder: Folder, errors: Errors) -> dict[str, bytes]:
    """Give the content of each file that a generator takes data from, by its path as written."""
    files: dict[str, bytes] = {}
    generators = {
        "configMapGenerator": kustomization.config_map_generator,
        "secretGenerator": kustomization.secret_generator,
    }
    for field, entries in generators.items():
        for i, generator in enumerate(entries):
            for key, path in _generator_paths(generator):
                if path not in files:
                    with collecting(errors):
                        origin = kustomization.origin_of(field, i, *key)
                        files[path] = read_file(folder, path, origin)
    return files


def _generator_paths(generator: Generator) -> Iterator[tuple[FieldKey, str]]:
    for i, source in enumerate(generator.files):
        path = path_of_source(source)
        if path:
            yield ("files", i), path
    for i, path in enumerate(generator.envs):
        yield ("envs", i), path


def path_of_source(source: str) -> str:
    """Give the path of a generator's `files` entry, `[key=]path`; nothing when it is malformed."""
    key, equals, path = source.partition("=")
    return "" if "=" in path or (equals and not key) else path if equals else source


def _read_each(
    field: str,
    read: Callable[[bytes, str], Any],
    otherwise: Any,
    kustomization: Kustomization,
    folder: Folder,
    errors: Errors,
) -> Iterator[Any]:
    """Give what each file of a field says; `otherwise` for one with a mistake."""
    for i, path in enumerate(getattr(kustomization, field)):
        found = otherwise
        with collecting(errors):
            found = read(read_file(folder, path, kustomization.origin_of(field, i)), folder.show(path))
        yield found


def _read_definitions(content: bytes, shown: str) -> Any:
    if not content:
        hint = "fill it, or take it off 'crds': kustomize cannot read it"
        raise InputError("the file is empty", origin=Origin(shown), hint=hint)
    data = _read_data(content, shown)
    if data is None:
        return {}
    wrong = [data] if not isinstance(data, dict) else [one for one in data.values() if not isinstance(one, dict | None)]
    if wrong:
        hint = "each entry is a type's OpenAPI schema; CustomResourceDefinitions go to 'resources'"
        raise InputError("the file holds no OpenAPI definitions", origin=Origin(shown), hint=hint)
    return data


def _read_data(content: bytes, shown: str) -> Any:
    """Give JSON or YAML as plain data; None for a file that holds nothing."""
    if content[:1] != b"{":
        from kfinstall.manifest.nodes import parse_plain

        return parse_plain(content, shown)
    try:
        from kfinstall.manifest.json_text import parse_json

        return parse_json(content)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise InputError(f"not JSON: {error}", origin=Origin(shown, line), hint="or write it as YAML") from None
