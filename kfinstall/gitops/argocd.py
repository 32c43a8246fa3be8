"""A set of resources -> the objects with which Argo CD syncs it: a project, and one Application or several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from kfinstall.gitops.file_names import folder_of
from kfinstall.gitops.ignores import ignored
from kfinstall.gitops.waves import graph_of
from kfinstall.plan.annotations import SYNC_WAVE
from kfinstall.plan.graph import knots, waves
from kfinstall.plan.model import Edge
from kfinstall.resource import GroupKind, Manifest, Resource, ResourceId

GROUP: Final = "argoproj.io/v1alpha1"
IN_CLUSTER: Final = "https://kubernetes.default.svc"
NAMESPACE: Final = GroupKind("", "Namespace")
_OPTIONS: Final = ("ServerSideApply=true", "SkipDryRunOnMissingResource=true", "PruneLast=true")
_RETRY: Final = {"limit": 5, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"}}
_COMPARE: Final = {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"}
"""The server is asked what differs: what it fills in by itself, such as in claim templates, does not."""
_CASCADE: Final = "resources-finalizer.argocd.argoproj.io"


class Target(NamedTuple):
    """What to sync and where to: a folder of a repository at a revision, into a cluster (its URL in Argo CD).

    `namespace` is that of Argo CD's own objects, `project` the AppProject they belong to, `plugin` the
    config-management plugin that builds the folder, where it is not Argo CD itself.
    """

    name: str
    repository: str
    path: str
    revision: str = "HEAD"
    server: str = IN_CLUSTER
    namespace: str = "argocd"
    project: str = ""
    plugin: str = ""

    @property
    def project_name(self) -> str:
        """The AppProject: the one named, else one of the Application's name."""
        return self.project or self.name


def project(resources: Sequence[Resource], target: Target) -> Manifest:
    """Give an AppProject that allows what the set needs and no more: its repository, namespaces and kinds."""
    namespaces = sorted({one.id.namespace for one in resources} - {""})
    scoped: dict[bool, set[GroupKind]] = {True: set(), False: set()}
    for one in resources:
        scoped[bool(one.id.namespace)].add(one.id.group_kind)
    return {
        "apiVersion": GROUP,
        "kind": "AppProject",
        "metadata": {"name": target.project_name, "namespace": target.namespace},
        "spec": {
            "sourceRepos": [target.repository],
            "destinations": [{"namespace": name, "server": target.server} for name in (*namespaces, target.namespace)],
            "clusterResourceWhitelist": _kinds(scoped[False]),
            "namespaceResourceWhitelist": _kinds(scoped[True] | {GroupKind("argoproj.io", "Application")}),
        },
    }


def _kinds(kinds: Iterable[GroupKind]) -> list[dict[str, str]]:
    return [{"group": kind.group, "kind": kind.kind} for kind in sorted(kinds)]


def application(resources: Sequence[Resource], target: Target, wave: int | None = None) -> Manifest:
    """Give the Application that keeps a set as it is in the repository.

    In: `wave`, its place among the Applications of an app of apps.
    """
    differences = differences_of(resources)
    options = [*_OPTIONS, *(["RespectIgnoreDifferences=true"] if differences else []), *_creating(resources)]
    metadata: dict[str, Any] = {
        "name": target.name,
        "namespace": target.namespace,
        "finalizers": [_CASCADE],
        "annotations": {**_COMPARE, **({} if wave is None else {SYNC_WAVE: str(wave)})},
    }
    return {
        "apiVersion": GROUP,
        "kind": "Application",
        "metadata": metadata,
        "spec": {
            "project": target.project_name,
            "source": _source(target),
            "destination": {"server": target.server, "namespace": main_namespace(resources)},
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "syncOptions": options,
                "retry": _RETRY,
            },
            **({"ignoreDifferences": differences} if differences else {}),
        },
    }


def _source(target: Target) -> dict[str, Any]:
    plugin = {"plugin": {"name": target.plugin}} if target.plugin else {}
    return {"repoURL": target.repository, "path": target.path, "targetRevision": target.revision, **plugin}


def _creating(resources: Sequence[Resource]) -> list[str]:
    """Have Argo CD make the namespace where the set does not bring it."""
    made = {one.id.name for one in resources if one.id.group_kind == NAMESPACE}
    return [] if main_namespace(resources) in made else ["CreateNamespace=true"]


def main_namespace(resources: Sequence[Resource]) -> str:
    """Give the namespace that most of the set is in; `default` where none is in one."""
    counts: dict[str, int] = {}
    for one in resources:
        if one.id.namespace:
            counts[one.id.namespace] = counts.get(one.id.namespace, 0) + 1
    return max(sorted(counts), key=lambda name: counts[name], default="default")


def differences_of(resources: Sequence[Resource]) -> list[dict[str, Any]]:
    """Give the entries of `ignoreDifferences`."""
    return [_difference(one.resource.id, one.paths) for one in ignored(resources)]


def _difference(id: ResourceId, paths: Sequence[str]) -> dict[str, Any]:
    place = {"namespace": id.namespace} if id.namespace else {}
    return {"group": id.group, "kind": id.kind, "name": id.name, **place, "jqPathExpressions": list(paths)}


def by_component(resources: Sequence[Resource]) -> Mapping[str, tuple[Resource, ...]]:
    """Give the resources by the folder that `kfinstall render` puts them in, sorted."""
    folders: dict[str, list[Resource]] = {}
    for one in resources:
        folders.setdefault(folder_of(one), []).append(one)
    return {name: tuple(folders[name]) for name in sorted(folders)}


def component_waves(resources: Sequence[Resource]) -> Mapping[str, int]:
    """Give each component's depth among the components; those that wait for each other share one."""
    planned, edges = graph_of(resources)
    folders = {one.id: ResourceId("", "Component", "", folder_of(one)) for one in planned}
    between = {
        Edge(folders[edge.before], folders[edge.after], edge.until, edge.reason)
        for edge in edges
        if folders[edge.before] != folders[edge.after]
    }
    found = knots(sorted(between))
    stands_for = {folder: found.get(folder, folder) for folder in sorted(set(folders.values()))}
    merged = [edge._replace(before=stands_for[edge.before], after=stands_for[edge.after]) for edge in sorted(between)]
    depths = waves(list(dict.fromkeys(stands_for.values())), [edge for edge in merged if edge.before != edge.after])
    return {folder.name: depths[stands_for[folder]] for folder in stands_for}


def one_for_all(resources: Sequence[Resource], target: Target) -> Iterator[Manifest]:
    """Give the project and one Application."""
    yield project(resources, target)
    yield application(resources, target)


def one_per_component(resources: Sequence[Resource], target: Target) -> Iterator[Manifest]:
    """Give the project and an Application for each component of a rendered folder, in waves."""
    yield project(resources, target)
    depths = component_waves(resources)
    for folder, members in by_component(resources).items():
        one = target._replace(
            name=f"{target.name}-{folder}", path=f"{target.path.rstrip('/')}/{folder}", project=target.project_name
        )
        yield application(members, one, depths[folder])


def application_set(resources: Sequence[Resource], target: Target, environments: Sequence[str]) -> Iterator[Manifest]:
    """Give the project and an ApplicationSet with an Application for each environment, each in its folder of `path`.

    In: environments, as `NAME` or `NAME=SERVER` where it is another cluster.
    """
    places = [(name, server or target.server) for name, _, server in (one.partition("=") for one in environments)]
    base = project(resources, target)
    namespaces = [entry["namespace"] for entry in base["spec"]["destinations"]]
    servers = list(dict.fromkeys(server for _, server in places))
    destinations = [{"namespace": name, "server": server} for server in servers for name in namespaces]
    yield {**base, "spec": {**base["spec"], "destinations": destinations}}
    template = application(
        resources, target._replace(name=f"{target.name}-{{{{.environment}}}}", project=target.project_name)
    )
    spec = template["spec"]
    spec["source"]["path"] = f"{target.path.rstrip('/')}/{{{{.environment}}}}"
    spec["destination"]["server"] = "{{.server}}"
    metadata = {key: template["metadata"][key] for key in ("name", "annotations", "finalizers")}
    elements = [{"environment": name, "server": server} for name, server in places]
    yield {
        "apiVersion": GROUP,
        "kind": "ApplicationSet",
        "metadata": {"name": target.name, "namespace": target.namespace},
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [{"list": {"elements": elements}}],
            "template": {"metadata": metadata, "spec": spec},
        },
    }
