"""The vocabulary: what a manifest is, where it was written, and what names it.

Nothing here reads, writes or decides; every other module speaks in these types.
"""

from __future__ import annotations

from kfinstall.light import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any, TypeAlias

Manifest: TypeAlias = dict[str, "Any"]
"""One Kubernetes object as plain data: mappings, lists, strings, numbers, booleans, None."""


class Origin(NamedTuple):
    """The file and line a person wrote. Lines count from 1; `str()` is `path:line`."""

    path: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class GroupKind(NamedTuple):
    """A kind without its version. The core group is the empty string."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind


class GVK(NamedTuple):
    """A group, version and kind, as `apiVersion` and `kind` give them."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """The `apiVersion` of a manifest: `v1` for the core group, else `group/version`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_kind(self) -> GroupKind:
        """The same without its version."""
        return GroupKind(self.group, self.kind)


class ResourceId(NamedTuple):
    """What names one resource in a cluster; two versions of a kind share it.

    `group` is empty for the core group, `namespace` for cluster scope.
    """

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def group_kind(self) -> GroupKind:
        """Its kind, without version."""
        return GroupKind(self.group, self.kind)

    def __str__(self) -> str:
        scope = f"{self.namespace}/" if self.namespace else ""
        return f"{self.group_kind} {scope}{self.name}"


def parse_api_version(api_version: str) -> tuple[str, str]:
    """Give `(group, version)` of an `apiVersion`: `apps/v1` -> `("apps", "v1")`, `v1` -> `("", "v1")`."""
    group, slash, version = api_version.rpartition("/")
    return (group, version) if slash else ("", api_version)


def gvk_of(manifest: Manifest) -> GVK:
    """Give the group, version and kind of a manifest; a missing part is the empty string."""
    group, version = parse_api_version(manifest.get("apiVersion") or "")
    return GVK(group, version, manifest.get("kind") or "")


def id_of(manifest: Manifest) -> ResourceId:
    """Give the id of a manifest, taking its `metadata.namespace` as written."""
    group, _, kind = gvk_of(manifest)
    metadata = manifest.get("metadata") or {}
    return ResourceId(group, kind, metadata.get("namespace") or "", metadata.get("name") or "")


class Bookkeeping(NamedTuple):
    """What a build has to remember of a resource until it is done.

    `prefixes`, `suffixes`: what was put around its name, innermost first; `needs_hash`: its name gets a suffix made
    of its content; `behavior`: of a generated one, `create`, `merge` or `replace`; `vars`: the names of the vars that
    read it; `source`, `transformations`: for the annotations that `buildMetadata` asks for; `empty_nulls`: the paths
    of fields that were written with nothing behind them (`data:`, not `data: null`): a merge patch drops those;
    `shared`: the paths of mappings with texts that may stand in several places and be one; `has_bare_keys`: of a patch
    that has keys which are no text; `has_schemas`: comments give some of its fields a schema, which their keys hold;
    `from_helm`: a chart made it, and its namespace is the chart's affair; `in_no_namespace`: an OpenAPI document says
    so of its kind; `has_untyped`: text may stand in it that is a number if it looks like one.
    """

    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    needs_hash: bool = False
    behavior: str = ""
    vars: tuple[str, ...] = ()
    source: Any = None
    transformations: tuple[Any, ...] = ()
    empty_nulls: tuple[tuple[str | int, ...], ...] = ()
    shared: tuple[tuple[str, ...], ...] = ()
    has_bare_keys: bool = False
    has_schemas: bool = False
    from_helm: bool = False
    in_no_namespace: bool = False
    has_untyped: bool = False


NO_BOOKKEEPING = Bookkeeping()


class Resource(NamedTuple):
    """A manifest, where it was written, and the ids it had before renames (oldest first).

    The manifest is never changed in place: a transform makes a new one and copies along the path only.
    """

    manifest: Manifest
    origin: Origin
    former_ids: tuple[ResourceId, ...] = ()
    notes: Bookkeeping = NO_BOOKKEEPING

    @property
    def id(self) -> ResourceId:
        """What names it now."""
        return id_of(self.manifest)

    @property
    def gvk(self) -> GVK:
        """Its group, version and kind."""
        return gvk_of(self.manifest)
