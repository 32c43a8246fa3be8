"""A folder -> Tree: follows kustomizations, reads every file they name, collects every mistake.

Nothing is built here, nothing is run; what is read comes from the `Files` that are given.
"""

from __future__ import annotations

from kfinstall.build.collector import no_collector
from kfinstall.build.reading.contents import (
    collecting,
    read_configurations,
    read_crds,
    read_generator_files,
    read_merge_patch_entries,
    read_openapi,
    read_patch_entries,
    read_replacement_entries,
)
from kfinstall.build.reading.files import (
    NO_RESTRICTION,
    ROOT_ONLY,
    Files,
    Folder,
    bounded,
    find_kustomization,
    look,
    missing_error,
    open_folder,
    read_file,
)
from kfinstall.build.reading.kustomization import read_kustomization
from kfinstall.build.reading.yaml import ANEW, Reader
from kfinstall.build.repository import is_url, parse_repository, without_secrets
from kfinstall.build.tree import Entries, Entry, Tree
from kfinstall.errors import (
    ALL_IN_DOUBT,
    FIELDS_IN_DOUBT,
    NO_DOUBTS,
    RESOURCES_IN_DOUBT,
    Doubts,
    InputError,
    KfinstallError,
    raise_all,
)
from kfinstall.light import TYPE_CHECKING, NamedTuple
from kfinstall.manifest.resources import parse_resources

if TYPE_CHECKING:
    from kfinstall.build.kustomization import Kustomization
    from kfinstall.build.reading.bases import Chain
    from kfinstall.build.reading.remotes import Remotes
    from kfinstall.resource import Origin, Resource

MAX_FOLDERS = 5000
MAX_RESOURCES = 1_000_000
MOST_LOOKED_AT = 50_000
"""Resources of a tree with mistakes that is built to find more of them."""
RESTRICTORS = {
    "rootOnly": ROOT_ONLY,
    "LoadRestrictionsRootOnly": ROOT_ONLY,
    "none": NO_RESTRICTION,
    "LoadRestrictionsNone": NO_RESTRICTION,
}


class Loading(NamedTuple):
    """What one run of `read_tree` has in common; mistakes and warnings come together here.

    `resources`: how many were read, those of a file as often as it is named.
    """

    reader: Reader
    errors: list[KfinstallError]
    warnings: list[str]
    parsed: dict[tuple[str, str], tuple[Resource, ...]]
    folders: list[str]
    resources: list[int]


def read_tree(
    files: Files,
    remotes: Remotes,
    root: str,
    *,
    load_restrictor: str = "rootOnly",
    reader: Reader = ANEW,
) -> Tree:
    """Give a kustomization's folder with everything it names.

    In:     files, which hold the clones of remotes too; root, a folder or a repository; load_restrictor, `rootOnly`
            (files must be in or below the folder of their kustomization) or `none`; kustomize's own words for the two
            are understood; reader, a cache for example.
    Raises: InputError, or a group of all that was found.
    """
    if load_restrictor not in RESTRICTORS:
        hint = f"use {' or '.join(RESTRICTORS)}"
        raise InputError(f"unknown load restrictor '{load_restrictor}'", hint=hint)
    loading = Loading(reader, [], [], {}, [], [0])
    tree = None
    with no_collector(), collecting(loading.errors):
        start = Folder(bounded(files), remotes, "", root, RESTRICTORS[load_restrictor])
        tree = _load_folder(_open_root(start), (), loading, None)
    if loading.errors and tree is not None and _is_moderate(loading):
        from kfinstall.build.pipeline import find_mistakes

        loading.errors.extend(find_mistakes(tree))
    raise_all(loading.errors)
    assert tree is not None
    return tree


def _is_moderate(loading: Loading) -> bool:
    """Is it little enough to be built for its mistakes alone?"""
    return loading.resources[0] <= MOST_LOOKED_AT and len(loading.folders) <= MAX_FOLDERS


def _open_root(start: Folder) -> Folder:
    repository = parse_repository(start.path)
    if repository is None and not is_url(start.path):
        return open_folder(start)
    from kfinstall.build.reading.bases import no_repository_error, open_repository

    if repository is None:
        raise no_repository_error(start.path, None)
    return open_repository(repository, start, None)


def _load_folder(folder: Folder, chain: Chain, loading: Loading, origin: Origin | None) -> Tree:
    """Give the tree of a folder; `chain` are the folders that led to it, the outermost first."""
    loading.folders.append(folder.real)
    if len(loading.folders) > MAX_FOLDERS:
        hint = "do bases name each other in too many ways?"
        raise InputError(f"more than {MAX_FOLDERS} folders are built", origin=origin, hint=hint)
    name = find_kustomization(folder, origin)
    content = read_file(folder, name, origin)
    first_warning, known = len(loading.warnings), len(loading.errors)
    kustomization, warnings = read_kustomization(content, folder.show(name), loading.errors, loading.reader)
    loading.warnings.extend(warnings)
    doubts = _since(known, loading, ALL_IN_DOUBT)
    tree = _with_entries(Tree(folder.real, kustomization, clone=folder.clone, doubts=doubts), (*chain, folder), loading)
    tree = _with_contents(_with_files(tree, folder, loading), folder, loading)
    return tree._replace(warnings=tuple(loading.warnings[first_warning:]))


def _since(known: int, loading: Loading, left: Doubts) -> Doubts:
    """Give what is in doubt if there are more mistakes than are known."""
    return left if len(loading.errors) > known else NO_DOUBTS


def _with_entries(tree: Tree, chain: Chain, loading: Loading) -> Tree:
    """Give a tree with what is built for it: other trees, and resources in files."""
    file = tree.kustomization
    resources = _load_entries("resources", file, chain, loading)
    components = _load_components(file, chain, loading)
    generators, transformers, validators = (
        _load_plugins(field, file, chain, loading) for field in ("generators", "transformers", "validators")
    )
    is_short = len(resources) + len(components) < len(file.resources) + len(file.components)
    is_changed_less = len(generators) + len(transformers) < len(file.generators) + len(file.transformers)
    left = ALL_IN_DOUBT if is_changed_less else RESOURCES_IN_DOUBT if is_short else NO_DOUBTS
    return tree._replace(
        resources=resources,
        components=components,
        generators=generators,
        transformers=transformers,
        validators=validators,
        doubts=tree.doubts | left,
    )


def _with_files(tree: Tree, folder: Folder, loading: Loading) -> Tree:
    """Give a tree with the files that its generators, transformers and validators name."""
    known = len(loading.errors)
    files = read_generator_files(tree.kustomization, folder, loading.errors)
    for entries in filter(None, (tree.generators, tree.transformers, tree.validators)):
        from kfinstall.build.reading.plugins import read_plugin_files

        files |= read_plugin_files(entries, folder, loading.errors)
    return tree._replace(files=files, doubts=tree.doubts | _since(known, loading, RESOURCES_IN_DOUBT))


def _with_contents(tree: Tree, folder: Folder, loading: Loading) -> Tree:
    """Give a tree with what the other files say that its kustomization names."""
    known = len(loading.errors)
    read = (tree.kustomization, folder, loading.errors)
    tree = tree._replace(
        patches=read_patch_entries("patches", *read, loading.reader),
        patches_json6902=read_patch_entries("patchesJson6902", *read, loading.reader),
        patches_strategic_merge=read_merge_patch_entries(*read, loading.reader),
        replacements=read_replacement_entries(*read),
    )
    doubts = tree.doubts | _since(known, loading, FIELDS_IN_DOUBT)
    known = len(loading.errors)
    tree = tree._replace(configurations=read_configurations(*read), crds=read_crds(*read), openapi=read_openapi(*read))
    return tree._replace(doubts=doubts | _since(known, loading, ALL_IN_DOUBT))


def _load_entries(field: str, kustomization: Kustomization, chain: Chain, loading: Loading) -> Entries:
    entries: list[Entry] = []
    for i, path in enumerate(getattr(kustomization, field)):
        origin = kustomization.origin_of(field, i)
        with collecting(loading.errors):
            entries.append(Entry(path, _load_path(path, chain, loading, origin), origin))
    return tuple(entries)


def _load_components(kustomization: Kustomization, chain: Chain, loading: Loading) -> Entries:
    entries: list[Entry] = []
    for i, path in enumerate(kustomization.components):
        origin = kustomization.origin_of("components", i)
        with collecting(loading.errors):
            entries.append(Entry(path, _load_base(path, chain, loading, origin, "Component"), origin))
    return tuple(entries)


def _load_plugins(field: str, kustomization: Kustomization, chain: Chain, loading: Loading) -> Entries:
    """Give the entries of a list of plugin configurations: those that are inline YAML first."""
    inline: list[Entry] = []
    named: list[Entry] = []
    for i, text in enumerate(getattr(kustomization, field)):
        origin = kustomization.origin_of(field, i)
        from kfinstall.build.reading.plugins import read_inline

        with collecting(loading.errors):
            resources = read_inline(text, kustomization.origin_of(field, i, ""))
            if resources is not None:
                inline.append(Entry(kustomization.path.rpartition("/")[2], resources, origin))
            else:
                named.append(Entry(text, _load_path(text, chain, loading, origin), origin))
    return (*inline, *named)


def _load_path(path: str, chain: Chain, loading: Loading, origin: Origin) -> Tree | tuple[Resource, ...]:
    """Give what an entry of `resources` names: the resources of a file, or the tree of a folder or repository.

    Source: kustomize v5.8.1, api/internal/target/kusttarget.go, accumulateResources: a file comes first.
    """
    folder = chain[-1]
    if is_url(path):
        return _load_url(path, chain, loading, origin)
    full = folder.join(path)
    found = look(folder.files, full)
    if found.kind in ("folder", "nothing") or not path:
        if found.kind == "nothing" and parse_repository(path) is None:
            raise missing_error(folder.files, path, full, "file or folder", origin)
        return _load_base(path, chain, loading, origin, "Kustomization")
    return _load_file(path, full, folder, loading, origin)


def _load_url(path: str, chain: Chain, loading: Loading, origin: Origin) -> Tree | tuple[Resource, ...]:
    """Give the resources of a file that is fetched or, where there is none, the tree of a repository of that name."""
    from kfinstall.build.reading.bases import neither_error, open_base

    try:
        return _load_file(path, path, chain[-1], loading, origin)
    except InputError as error:
        no_file = error
    if parse_repository(path) is None:
        raise no_file
    try:
        base = open_base(path, chain, origin)
    except InputError as no_repository:
        raise neither_error(path, no_file, no_repository, origin) from None
    return _load_opened(path, base, chain, loading, origin, "Kustomization")


def _load_file(path: str, full: str, folder: Folder, loading: Loading, origin: Origin) -> tuple[Resource, ...]:
    shown = folder.show(path)
    key = (full, shown)
    if key not in loading.parsed:
        content = read_file(folder, path, origin)
        loading.parsed[key] = parse_resources(content, shown, documents=loading.reader.documents(content, shown))
    loading.resources[0] += len(loading.parsed[key])
    if loading.resources[0] > MAX_RESOURCES:
        hint = "build parts of the tree by themselves"
        raise InputError(f"more than {MAX_RESOURCES} resources are built", origin=origin, hint=hint)
    return loading.parsed[key]


def _load_base(path: str, chain: Chain, loading: Loading, origin: Origin, kind: str) -> Tree:
    """Give the tree of a folder that another names, after checking that it may."""
    from kfinstall.build.reading.bases import open_base  # a folder that names none does without

    return _load_opened(path, open_base(path, chain, origin), chain, loading, origin, kind)


def _load_opened(path: str, base: Folder, chain: Chain, loading: Loading, origin: Origin, kind: str) -> Tree:
    tree = _load_folder(base, chain, loading, origin)
    found, name = tree.kustomization.kind, without_secrets(path)
    if kind == "Component" and found != kind:
        raise InputError(f"'{name}' is a {found}, not a Component", origin=origin, hint="name it in 'resources'")
    if kind != "Component" and found == "Component":
        raise InputError(f"'{name}' is a Component", origin=origin, hint="name it in 'components'")
    return tree
