"""What Argo CD is given for a set: a project that allows the set and no more, and Applications that call no field of
others a difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kfinstall import catalog
from kfinstall.build import build_resources
from kfinstall.cli.start import run
from kfinstall.gitops.argocd import (
    Target,
    application,
    application_set,
    component_waves,
    main_namespace,
    one_per_component,
    project,
)
from kfinstall.gitops.ignores import ignored
from kfinstall.gitops.lua import health_settings
from kfinstall.load import load_tree
from kfinstall.manifest import parse_documents
from kfinstall.resource import Origin, Resource

TARGET = Target("ml", "https://git.example.com/ml.git", "rendered")
SET = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: open}
webhooks: [{name: a.b.c, clientConfig: {service: {name: a, namespace: ml}}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: stated}
webhooks: [{name: a.b.c, clientConfig: {caBundle: YQ==}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: converted}
spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: aggregated}
aggregationRule: {clusterRoleSelectors: []}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.metrics}
spec: {service: {name: a, namespace: ml}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: scaled, namespace: ml}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: fixed, namespace: ml}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: any, namespace: ml}
spec: {scaleTargetRef: {kind: Deployment, name: scaled}}
---
apiVersion: v1
kind: Secret
metadata: {name: filled-there, namespace: ml}
---
apiVersion: v1
kind: Secret
metadata: {name: stated, namespace: ml}
data: {a: YQ==}
"""
PATHS = {
    "open": (".webhooks[]?.clientConfig.caBundle",),
    "converted": (".spec.conversion.webhook.clientConfig.caBundle",),
    "aggregated": (".rules",),
    "v1.metrics": (".spec.caBundle",),
    "scaled": (".spec.replicas",),
    "filled-there": (".data",),
}


def resources(text: str = SET) -> list[Resource]:
    return [Resource(one.manifest, Origin("set.yaml", 1)) for one in parse_documents(text, "set.yaml")]


def overlay(name: str) -> tuple[Resource, ...]:
    return tuple(build_resources(load_tree(catalog.overlay(name))))


def test_fields_that_controllers_write_are_ignored_and_what_the_set_states_is_not() -> None:
    assert {one.resource.id.name: one.paths for one in ignored(resources())} == PATHS


def test_the_project_allows_the_kinds_and_namespaces_of_the_set_and_no_others() -> None:
    spec = project(resources(), TARGET)["spec"]
    assert spec["sourceRepos"] == [TARGET.repository]
    assert {one["namespace"] for one in spec["destinations"]} == {"ml", "argocd"}
    assert {one["kind"] for one in spec["clusterResourceWhitelist"]} == {
        "APIService", "ClusterRole", "CustomResourceDefinition", "ValidatingWebhookConfiguration",
    }  # fmt: skip
    assert {one["kind"] for one in spec["namespaceResourceWhitelist"]} == {
        "Application", "Deployment", "HorizontalPodAutoscaler", "Secret",
    }  # fmt: skip


def test_options_follow_from_the_set() -> None:
    whole = application(resources(), TARGET)["spec"]["syncPolicy"]["syncOptions"]
    assert {"RespectIgnoreDifferences=true", "CreateNamespace=true", "ServerSideApply=true"} <= set(whole)
    (fixed,) = (one for one in resources() if one.id.name == "fixed")
    assert "RespectIgnoreDifferences=true" not in application([fixed], TARGET)["spec"]["syncPolicy"]["syncOptions"]
    brought = application(overlay("gke"), TARGET)["spec"]
    assert "CreateNamespace=true" not in brought["syncPolicy"]["syncOptions"]
    assert brought["destination"]["namespace"] == main_namespace(overlay("gke")) == "kubeflow"


def test_a_plugin_is_named_where_one_is_to_build() -> None:
    assert "plugin" not in application(resources(), TARGET)["spec"]["source"]
    source = application(resources(), TARGET._replace(plugin="kfinstall"))["spec"]["source"]
    assert source == {
        "repoURL": TARGET.repository, "path": "rendered", "targetRevision": "HEAD", "plugin": {"name": "kfinstall"},
    }  # fmt: skip


def test_an_application_for_each_folder_of_a_rendered_one_comes_in_waves() -> None:
    found = overlay("gke")
    made = [one for one in one_per_component(found, TARGET) if one["kind"] == "Application"]
    waves = component_waves(found)
    assert {one["spec"]["source"]["path"] for one in made} == {f"rendered/{name}" for name in waves}
    for one in made:
        name = one["metadata"]["name"].removeprefix("ml-")
        assert one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == str(waves[name])
    assert waves["other"] == 0  # the namespace, which all others need
    assert min(depth for name, depth in waves.items() if name != "other") == 1


ROUND = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: NAME, namespace: ml, labels: {kfinstall.dev/component: COMPONENT}, annotations: {NEEDS}}
"""


def config(name: str, component: str, needs: str = "") -> str:
    depends = f"config.kubernetes.io/depends-on: /namespaces/ml/ConfigMap/{needs}" if needs else ""
    return ROUND.replace("NAME", name).replace("COMPONENT", component).replace("NEEDS", depends)


def test_components_that_wait_for_each_other_share_a_wave() -> None:
    text = "---\n".join(
        [config("a", "one"), config("b", "two", "a"), config("c", "one", "b"), config("d", "three", "c")]
    )
    assert component_waves(resources(text)) == {"one": 0, "two": 0, "three": 1}


def test_an_application_set_has_an_element_for_each_environment() -> None:
    allowed, made = application_set(resources(), TARGET, ["dev", "prod=https://prod.example.com"])
    assert made["spec"]["generators"][0]["list"]["elements"] == [
        {"environment": "dev", "server": TARGET.server},
        {"environment": "prod", "server": "https://prod.example.com"},
    ]
    assert made["spec"]["template"]["spec"]["source"]["path"] == "rendered/{{.environment}}"
    assert {one["server"] for one in allowed["spec"]["destinations"]} == {TARGET.server, "https://prod.example.com"}


def test_environments_and_their_shape_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["gitops", "argocd", "--platform", "gke", "--repo", "x", "--path", "y"]
    assert run([*asked, "--environments", "dev"]) == 2
    assert run([*asked, "--applicationset"]) == 2
    assert "go together" in capsys.readouterr().err


def test_what_is_printed_is_named_after_the_platform(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gitops", "argocd", "--platform", "gke", "--repo", "x", "--path", "y"]) == 0
    printed = list(yaml.safe_load_all(capsys.readouterr().out))
    assert [(one["kind"], one["metadata"]["name"]) for one in printed] == [
        ("AppProject", "gke"),
        ("Application", "gke"),
    ]


def test_scripts_of_health_are_for_what_the_set_defines_and_always_for_claims_and_applications(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["gitops", "health", "--platform", "gke"]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    kinds = {key.removeprefix("resource.customizations.health.") for key in printed["data"]}
    assert {"PersistentVolumeClaim", "argoproj.io_Application", "kubeflow.org_TFJob", "argoproj.io_Workflow"} <= kinds
    assert "kubeflow.org_Experiment" not in kinds
    assert set(health_settings([])["data"]) == {
        "resource.customizations.health.PersistentVolumeClaim",
        "resource.customizations.health.argoproj.io_Application",
    }


def test_nothing_to_sync_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["gitops", "argocd", "--repo", "x", "--path", "y"]) == 2
