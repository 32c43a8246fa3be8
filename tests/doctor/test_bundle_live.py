"""What `--bundle` writes of a real cluster is judged elsewhere as the cluster was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.manifest import dump_manifest
from tests.doctor.matrix import documents, make_all
from tests.doctor.test_faults import ALL
from tests.e2e.sites import Outcome, Site

NAMES = (
    "quota", "limit-range", "pod-security", "webhook-without-service", "memory", "never-fits", "class-missing",
    "secret-missing", "secret-key-missing", "crash-loop", "illegal-instruction", "out-of-memory", "image-pull",
    "image-dead-host", "image-login-missing", "hub-without-claims", "account-missing", "cluster-admin",
    "changed-by-hand", "not-rendered-any-more", "image-by-hand", "ksonnet-annotation",
)  # fmt: skip
FAULTS = [next(fault for fault in ALL if fault.name == name) for name in NAMES]
PASSWORD = "kf8-Zq3_wV0pLm7tR5"
LOGIN = (
    f"apiVersion: v1\nkind: Secret\nmetadata: {{name: planted, namespace: default}}\nstringData: {{word: {PASSWORD}}}\n"
)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a control plane with faults of all groups, and the folder of what is to be installed on it."""
    with localplane.up("gke") as plane, connect(plane.kubeconfig) as cluster:
        site = Site(plane.kubeconfig, tmp_path_factory.mktemp("bundle"))
        site.kubectl("apply", "-f", "-", stdin=LOGIN)
        make_all(FAULTS, site, cluster)
        render = site.home / "render"
        render.mkdir()
        for fault in FAULTS:
            if texts := [dump_manifest(one) for one in documents(fault, fault.rendered)]:
                (render / f"{fault.name}.yaml").write_text("---\n".join(texts))
        yield site


def findings(done: Outcome) -> list[Any]:
    """Give the findings without the words of others, which a bundle has in part."""
    told = json.loads(done.out)["findings"]
    return sorted(json.dumps(_without_evidence(one)) for one in told)


def _without_evidence(finding: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in finding.items() if key not in ("evidence", "symptoms")}
    return {**rest, "symptoms": [_without_evidence(one) for one in finding["symptoms"]]}


@pytest.mark.parametrize("what", [(), ("render",), ("render", "--pre")], ids=["live", "with a render", "before"])
def test_a_bundle_gives_the_findings_of_the_cluster(broken: Site, tmp_path: Path, what: tuple[str, ...]) -> None:
    facts = tmp_path / "facts.gz"
    broken.kfinstall("doctor", *what, "--wait", "8s", "-o", "json")
    live = broken.kfinstall("doctor", *what, "--bundle", facts, "-o", "json")
    elsewhere = broken.kfinstall("doctor", "--from-bundle", facts, "-o", "json", KUBECONFIG="/nowhere")
    assert findings(elsewhere) == findings(live)
    assert elsewhere.code == live.code == 1
    assert len({one["check"] for one in json.loads(live.out)["findings"]}) >= (3 if what else 12)
    assert json.loads(elsewhere.out)["skipped"] == json.loads(live.out)["skipped"]


def test_no_secret_of_the_cluster_is_in_its_bundle(broken: Site, tmp_path: Path) -> None:
    import gzip

    facts = tmp_path / "facts.gz"
    broken.kfinstall("doctor", "--bundle", facts)
    assert PASSWORD.encode() not in gzip.decompress(facts.read_bytes())
