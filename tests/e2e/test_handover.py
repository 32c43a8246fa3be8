"""The platform goes from kfinstall to a controller and back: no pod is made anew, nothing is deleted, no value changes.

kubectl stands for the controller: it applies the rendered folder on the server's side, under Argo CD's name and marks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.sites import Site

TRACKING = "argocd.argoproj.io/tracking-id"
UNSEEN = ("managedFields", "resourceVersion", "annotations", "labels", "generation")
COUNTED = ("pods", "persistentvolumeclaims", "secrets", "customresourcedefinitions")


@pytest.fixture(scope="module", params=["gke", "openshift"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def rendered(folder: Path) -> list[dict[str, Any]]:
    paths = [path for path in sorted(folder.glob("*/*.yaml")) if path.name != "kustomization.yaml"]
    return [yaml.safe_load(path.read_text()) for path in paths]


def tracked(manifest: dict[str, Any]) -> dict[str, Any]:
    if manifest["kind"] == "CustomResourceDefinition":
        return manifest
    metadata = manifest["metadata"]
    group = manifest["apiVersion"].rpartition("/")[0]
    value = f"ml:{group}/{manifest['kind']}:{metadata.get('namespace', '')}/{metadata['name']}"
    annotations = {**(metadata.get("annotations") or {}), TRACKING: value}
    return {**manifest, "metadata": {**metadata, "annotations": annotations}}


def listed(manifests: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})


def sync(site: Site, manifests: list[dict[str, Any]]) -> None:
    words = ("--server-side", "--force-conflicts", "--field-manager=argocd-controller", "-f", "-")
    site.kubectl("apply", *words, stdin=listed(list(map(tracked, manifests))))


def identities(site: Site) -> set[tuple[str, str, str, str]]:
    """Give what must not be made anew: pods as they run, claims, Secrets and definitions."""
    found = set()
    for kind in COUNTED:
        for one in json.loads(site.kubectl("get", kind, "-A", "-o", "json"))["items"]:
            metadata = one["metadata"]
            if kind != "secrets" or metadata["namespace"] != "kfinstall-system":
                found.add((kind, metadata.get("namespace", ""), metadata["name"], metadata["uid"]))
    return found


def values(site: Site, manifests: list[dict[str, Any]]) -> dict[str, Any]:
    """Give what each resource holds, but for whose it is and what its controller says of it."""
    shown = site.kubectl("get", "--show-managed-fields", "-o", "json", "-f", "-", stdin=listed(manifests))
    found = json.loads(shown)["items"]
    return {f"{one['kind']} {one['metadata'].get('namespace')}/{one['metadata']['name']}": one for one in found}


def substance(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {
            **{key: value for key, value in one.items() if key not in ("metadata", "status")},
            "metadata": {key: value for key, value in one["metadata"].items() if key not in UNSEEN},
        }
        for name, one in found.items()
    }


def managers(found: dict[str, Any]) -> set[str]:
    entries = [entry for one in found.values() for entry in one["metadata"]["managedFields"]]
    return {entry["manager"] for entry in entries if not entry.get("subresource")}


def test_a_platform_is_handed_over_and_taken_back_and_no_pod_is_made_anew(site: Site, platform: str, tmp_path: Path):
    assert site.kfinstall("apply", "--platform", platform, "--yes").code == 0
    assert site.kfinstall("render", "--platform", platform, "--to", str(tmp_path / "rendered")).code == 0
    manifests = rendered(tmp_path / "rendered")
    before, running = substance(values(site, manifests)), identities(site)
    assert any(kind == "pods" for kind, *_ in running)

    early = site.kfinstall("handover", "--name", platform, "--yes")
    assert early.code == 3 and "are applied by nobody else" in early.err
    sync(site, manifests)
    given = site.kfinstall("handover", "--name", platform, "--yes")
    assert given.code == 0, given
    assert f"'{platform}' was given to the Argo CD application 'ml'\n" in given.out
    after = values(site, manifests)
    assert substance(after) == before and identities(site) == running
    assert "kfinstall" not in managers(after)
    assert not any("applyset.kubernetes.io/part-of" in str(one["metadata"].get("labels")) for one in after.values())

    refused = site.kfinstall("apply", "--platform", platform, "--yes")
    assert refused.code == 3 and f"'{platform}' was given to the Argo CD application 'ml'" in refused.err
    assert identities(site) == running

    back = site.kfinstall("apply", "--platform", platform, "--adopt", "--yes")
    assert back.code == 0, back
    after = values(site, manifests)
    assert substance(after) == before and identities(site) == running
    assert "argocd-controller" not in managers(after)
    assert not any(TRACKING in str(one["metadata"].get("annotations")) for one in after.values())
    again = site.kfinstall("apply", "--platform", platform, "--yes")
    assert again.code == 0 and "nothing to do" in again.out + again.err
    assert site.kfinstall("status", "--name", platform).code == 0

    assert site.kfinstall("delete", "--name", platform, "--delete-data", "--yes").code == 0
    assert not any(namespace == "kubeflow" for _, namespace, *_ in identities(site))
