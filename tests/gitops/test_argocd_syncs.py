"""Argo CD's own controllers sync what kfinstall would apply: in the same order, to the same health, and keep it so."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from kfinstall import catalog, localplane
from kfinstall.build import build_resources
from kfinstall.cluster import connect
from kfinstall.gitops.waves import graph_of
from kfinstall.load import load_tree
from kfinstall.localplane import Plane
from kfinstall.plan import BUILTIN_KINDS, kinds_from_crds
from kfinstall.resource import Resource, ResourceId
from tests.gitops.auditing import Write, writes
from tests.gitops.controllers import NAMESPACE, Argo, Repository, argo_cd

pytestmark = pytest.mark.controllers
OVERLAY: Final = "gke"
STEADY_S: Final = 60.0
KEPT: Final = frozenset({"CustomResourceDefinition"})
"""Argo CD marks no definitions as its own, and leaves them."""
BUILT_BY: Final = {"waves": "Kustomize", "rendered": "Kustomize", "plugin": "Plugin"}
"""What Argo CD says of the folder, for each way."""
Key = tuple[str, str, str, str]


class Scene(NamedTuple):
    """Argo CD on an audited control plane, and a repository with our catalogue."""

    argo: Argo
    plane: Plane
    repository: Repository

    @property
    def tree(self) -> Path:
        return self.repository.tree

    def resources(self) -> Sequence[Resource]:
        """What the overlay is now."""
        return build_resources(load_tree(self.tree / "overlays" / OVERLAY))

    def submit(self, path: str, *options: str) -> None:
        """Give Argo CD what `kfinstall gitops argocd` prints for a folder."""
        overlay = self.tree / "overlays" / OVERLAY
        asked = ("gitops", "argocd", overlay, "--repo", self.repository.url, "--path", path, "--name", OVERLAY)
        done = self.argo.site.kfinstall(*asked, *options)
        assert done.code == 0, done
        self.argo.site.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=done.out)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("gitops")
    repository = Repository(folder)
    fill(repository)
    with localplane.up("gke", is_audited=True) as plane, argo_cd(plane, folder) as argo:
        yield Scene(argo, plane, repository)


def fill(repository: Repository) -> None:
    """Commit our catalogue as it is, whatever a test made of it."""
    for name in ("base", "platforms", "overlays"):
        shutil.rmtree(repository.tree / name, ignore_errors=True)
        shutil.copytree(catalog.root() / name, repository.tree / name)
    repository.commit("the catalogue")


@pytest.fixture(params=list(BUILT_BY))
def synced(scene: Scene, request: pytest.FixtureRequest) -> Iterator[tuple[Scene, str]]:
    """Give the scene with the overlay synced from nothing, one way; afterwards nothing of it is left."""
    path = f"overlays/{OVERLAY}/waves"
    if request.param == "rendered":
        done = scene.argo.site.kfinstall("render", scene.tree / path, "--to", scene.tree / "rendered")
        assert done.code == 0, done
        scene.repository.commit("rendered")
        path = "rendered"
    scene.submit(path, *(["--plugin", "kfinstall"] if request.param == "plugin" else []))
    scene.argo.until_synced(OVERLAY)
    assert scene.argo.application(OVERLAY)["status"]["sourceType"] == BUILT_BY[request.param]
    yield scene, path
    remove(scene)


def remove(scene: Scene) -> None:
    """Take the Application away, see that all it synced goes with it, and make the repository as it was."""
    scene.argo.site.kubectl("-n", NAMESPACE, "delete", "application.argoproj.io", OVERLAY, "--timeout=110s")
    left = [one.id for one in scene.resources() if one.id.kind not in KEPT and there(scene, one.id)]
    fill(scene.repository)
    assert left == [], "what Argo CD has synced goes with its Application"


def there(scene: Scene, id: ResourceId) -> bool:
    with connect(scene.plane.kubeconfig) as cluster:
        return cluster.get(id) is not None


def keys_of(resources: Sequence[Resource]) -> dict[ResourceId, Key]:
    """Give how the audit log names each resource."""
    kinds = {**BUILTIN_KINDS, **kinds_from_crds(resources)}
    return {one.id: (one.id.group, kinds[one.id.group_kind].plural, one.id.namespace, one.id.name) for one in resources}


def test_an_overlay_is_synced_in_the_order_of_its_graph_and_stays_so(
    synced: tuple[Scene, str], figure: Callable[[str], None]
) -> None:
    scene, path = synced
    planned, edges = graph_of(scene.resources())
    keys = keys_of(planned)
    log = writes(scene.plane.audit_log)
    began = last_creation_of_the_set(log, set(keys.values()))
    place = {write.key: at for at, write in enumerate(log) if at >= began and write.is_creation}
    assert {keys[id] for id in keys if id.kind not in KEPT} <= place.keys()
    both = [(keys[edge.before], keys[edge.after]) for edge in edges]
    assert [pair for pair in both if pair[0] in place and place[pair[0]] > place[pair[1]]] == []

    time.sleep(STEADY_S)
    assert scene.argo.verdict(OVERLAY) == ("Synced", "Healthy"), scene.argo.explain(OVERLAY)
    more = [one for one in writes(scene.plane.audit_log)[len(log) :] if one.agent.startswith("argocd")]
    assert [one for one in more if one.key in set(keys.values())] == []
    figure(f"Argo CD: {path} reached Synced and Healthy, {len(edges)} edges kept, no write in {STEADY_S:.0f} s")


def last_creation_of_the_set(log: Sequence[Write], keys: set[Key]) -> int:
    """Give where the last install begins: at the last creation of what is first of the set."""
    made: dict[Key, int] = {}
    for at, write in enumerate(log):
        if write.is_creation and write.key in keys:
            made[write.key] = at
    return min(made.values())


def test_a_change_by_hand_is_shown_and_healed_and_what_leaves_git_is_pruned(synced: tuple[Scene, str]) -> None:
    scene, path = synced
    site = scene.argo.site
    told = ("-n", "kubeflow", "get", "configmap", "workflow-controller-configmap", "-o", "jsonpath={.data.executor}")
    was = site.kubectl(*told)
    change = '{"data": {"executor": "by hand"}}'
    site.kubectl("-n", "kubeflow", "patch", "configmap", "workflow-controller-configmap", "--type=merge", "-p", change)
    assert site.kubectl(*told) != was
    scene.argo.until(lambda: site.kubectl(*told) == was, OVERLAY)
    assert "Synced -> OutOfSync" in site.kubectl("-n", NAMESPACE, "get", "events", "-o", "jsonpath={..message}")

    gone = ResourceId("apps", "Deployment", "kubeflow", "tf-serving")
    assert there(scene, gone)
    without_serving(scene, path)
    scene.argo.until(lambda: not there(scene, gone), OVERLAY)
    scene.argo.until_synced(OVERLAY)


def without_serving(scene: Scene, path: str) -> None:
    """Take a component out of the overlay, as one does by hand, and commit that."""
    overlay = scene.tree / "overlays" / OVERLAY
    for file in (overlay / "kubeflow/kustomization.yaml", overlay / "kustomization.yaml"):
        lines = [line for line in file.read_text().splitlines(keepends=True) if "/tf-serving" not in line]
        file.write_text("".join(lines))
    assert scene.argo.site.kfinstall("gitops", "waves", overlay).code == 0
    if path == "rendered":
        assert scene.argo.site.kfinstall("render", overlay / "waves", "--to", scene.tree / path).code == 0
    scene.repository.commit("without serving")
