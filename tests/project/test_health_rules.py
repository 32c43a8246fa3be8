"""A project's own rules of health stand in its folder."""

from __future__ import annotations

from pathlib import Path

from kfinstall.cli.options import Wanted
from kfinstall.cli.source import read_source, settle_source

RULES = "healthCheckExprs:\n- {apiVersion: apps/v1, kind: Deployment, current: status.readyReplicas > 0}\n"


def test_the_rules_of_a_project_go_with_it_in_every_environment(project: Path):
    (project / "health.yaml").write_text(RULES)
    for environment in (None, "prod"):
        resources = read_source(settle_source(Wanted(environment=environment)), "gke").resources
        stated = {
            one.id: (one.manifest["metadata"].get("annotations") or {}).get("kfinstall.dev/health")
            for one in resources
            if one.id.kind == "Deployment"
        }
        assert stated and set(stated.values()) == {"cel=status.readyReplicas > 0"}
