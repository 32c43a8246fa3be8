"""Who waits for whom: one test a rule, then what holds for all."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.errors import InputError
from kfinstall.plan import BUILTIN_KINDS, external_waits, find_edges, normalise, order, waves
from kfinstall.plan.edges import make_scene, removal_edges_of
from kfinstall.resource import ResourceId
from tests.plan.sets import edges_of, resources

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: demo, labels: {kfinstall.dev/component: web}}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
"""


def deployment(spec: str) -> str:
    return DEPLOYMENT + "".join(f"      {line}\n" for line in spec.strip().splitlines()) + "---\n"


def there(kind: str, name: str, api: str = "v1", rest: str = "", namespace: str = "demo") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}{place}}}\n{rest}\n---\n"


def test_a_namespace_is_healthy_before_its_contents() -> None:
    text = (
        there("Namespace", "demo", namespace="") + there("ConfigMap", "a") + there("ConfigMap", "b", namespace="other")
    )
    (edge,) = find_edges(normalise(resources(text), BUILTIN_KINDS), BUILTIN_KINDS)
    assert (edge.before.name, edge.after.name, edge.until) == ("demo", "a", "healthy")


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("ConfigMap", "volumes: [{name: v, configMap: {name: x}}]"),
        ("ConfigMap", "volumes: [{name: v, projected: {sources: [{configMap: {name: x}}]}}]"),
        ("ConfigMap", "containers: [{name: c, envFrom: [{configMapRef: {name: x}}]}]"),
        ("ConfigMap", "containers: [{name: c, env: [{name: E, valueFrom: {configMapKeyRef: {name: x, key: k}}}]}]"),
        ("Secret", "volumes: [{name: v, secret: {secretName: x}}]"),
        ("Secret", "volumes: [{name: v, projected: {sources: [{secret: {name: x}}]}}]"),
        ("Secret", "initContainers: [{name: c, envFrom: [{secretRef: {name: x}}]}]"),
        ("Secret", "containers: [{name: c, env: [{name: E, valueFrom: {secretKeyRef: {name: x, key: k}}}]}]"),
        ("Secret", "imagePullSecrets: [{name: x}]"),
        ("ServiceAccount", "serviceAccountName: x"),
        ("PersistentVolumeClaim", "volumes: [{name: v, persistentVolumeClaim: {claimName: x}}]"),
    ],
)
def test_what_a_pod_names_is_applied_before_its_workload(kind: str, spec: str) -> None:
    assert edges_of(deployment(spec) + there(kind, "x")) == {f"{kind}/x -> Deployment/web applied"}


@pytest.mark.parametrize(
    ("kind", "api", "spec"),
    [
        ("PriorityClass", "scheduling.k8s.io/v1", "priorityClassName: x"),
        ("RuntimeClass", "node.k8s.io/v1", "runtimeClassName: x"),
    ],
)
def test_a_class_a_pod_names_is_applied_before_its_workload(kind: str, api: str, spec: str) -> None:
    assert edges_of(deployment(spec) + there(kind, "x", api, namespace="")) == {f"{kind}/x -> Deployment/web applied"}


def test_a_name_in_another_namespace_is_not_meant() -> None:
    text = deployment("volumes: [{name: v, configMap: {name: x}}]") + there("ConfigMap", "x", namespace="other")
    assert edges_of(text) == set()


def test_pod_templates_are_found_wherever_a_kind_has_them() -> None:
    pod = "{spec: {volumes: [{name: v, configMap: {name: x}}]}}"
    text = (
        there("ConfigMap", "x")
        + there("Pod", "a", rest="spec: {volumes: [{name: v, configMap: {name: x}}]}")
        + there("CronJob", "b", "batch/v1", f"spec: {{jobTemplate: {{spec: {{template: {pod}}}}}}}")
    )
    assert edges_of(text) == {"ConfigMap/x -> Pod/a applied", "ConfigMap/x -> CronJob/b applied"}


RIGHTS = (
    there("ServiceAccount", "x")
    + there("Role", "r", "rbac.authorization.k8s.io/v1", "rules: []")
    + there(
        "RoleBinding",
        "b",
        "rbac.authorization.k8s.io/v1",
        "roleRef: {kind: Role, name: r}\nsubjects: [{kind: ServiceAccount, name: x, namespace: demo}]",
    )
)


def test_a_role_comes_before_its_binding_and_that_before_the_workload() -> None:
    assert edges_of(deployment("serviceAccountName: x") + RIGHTS) == {
        "Role/r -> RoleBinding/b applied",
        "ServiceAccount/x -> RoleBinding/b applied",
        "RoleBinding/b -> Deployment/web applied",
        "ServiceAccount/x -> Deployment/web applied",
    }


def test_a_binding_of_all_accounts_of_a_namespace_comes_before_its_workloads() -> None:
    binding = there(
        "ClusterRoleBinding",
        "b",
        "rbac.authorization.k8s.io/v1",
        "roleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: Group, name: 'system:serviceaccounts:demo'}]",
        namespace="",
    )
    assert edges_of(deployment("serviceAccountName: x") + binding) == {"ClusterRoleBinding/b -> Deployment/web applied"}


CRD = """
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions: [{name: v1, served: true}]
---
"""
WIDGET = there("Widget", "w", "example.com/v1")


def operator_rights(resources_: str, verbs: str) -> str:
    rule = f"{{apiGroups: [example.com], resources: {resources_}, verbs: {verbs}}}"
    return RIGHTS.replace("rules: []", f"rules: [{rule}]")


def test_a_crd_is_established_before_its_custom_resources() -> None:
    assert edges_of(CRD + WIDGET) == {"CustomResourceDefinition/widgets.example.com -> Widget/w healthy"}


def test_an_operator_waits_for_its_crd_and_its_custom_resources_for_it() -> None:
    rights = operator_rights("[widgets, widgets/status]", "[get, watch, update]")
    found = edges_of(CRD + WIDGET + deployment("serviceAccountName: x") + rights)
    assert "CustomResourceDefinition/widgets.example.com -> Deployment/web healthy" in found
    assert "Deployment/web -> Widget/w healthy" in found


def test_who_only_reads_a_kind_is_not_its_operator() -> None:
    found = edges_of(CRD + WIDGET + deployment("serviceAccountName: x") + operator_rights("[widgets]", "[get, watch]"))
    assert "CustomResourceDefinition/widgets.example.com -> Deployment/web healthy" in found
    assert "Deployment/web -> Widget/w healthy" not in found


def test_who_watches_a_kind_of_its_own_component_is_its_operator() -> None:
    crd = CRD.replace(
        "name: widgets.example.com}", "name: widgets.example.com, labels: {kfinstall.dev/component: web}}"
    )
    found = edges_of(crd + WIDGET + deployment("serviceAccountName: x") + operator_rights("[widgets]", "[watch]"))
    assert "Deployment/web -> Widget/w healthy" in found


def test_an_operator_that_needs_its_custom_resource_first_says_so_and_the_guess_gives_way() -> None:
    needs = "metadata: {name: web, namespace: demo, annotations: {config.kubernetes.io/depends-on: "
    needs += "example.com/namespaces/demo/Widget/w}, labels:"
    text = deployment("serviceAccountName: x").replace("metadata: {name: web, namespace: demo, labels:", needs)
    found = edges_of(CRD + WIDGET + text + operator_rights("[widgets, widgets/status]", "['*']"))
    assert "Widget/w -> Deployment/web healthy" in found
    assert "Deployment/web -> Widget/w healthy" not in found


def test_a_rule_for_all_groups_makes_nobody_an_operator() -> None:
    rights = RIGHTS.replace("rules: []", "rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]")
    found = edges_of(CRD + WIDGET + deployment("serviceAccountName: x") + rights)
    assert not any("Deployment/web -> Widget" in edge or "widgets.example.com -> Deployment" in edge for edge in found)


def test_storage_comes_before_claims_and_only_applied() -> None:
    text = (
        there("StorageClass", "fast", "storage.k8s.io/v1", "provisioner: p", namespace="")
        + there("PersistentVolumeClaim", "a", rest="spec: {storageClassName: fast}")
        + there("PersistentVolume", "disk", rest="spec: {storageClassName: fast}", namespace="")
    )
    assert edges_of(text) == {
        "StorageClass/fast -> PersistentVolumeClaim/a applied",
        "PersistentVolume/disk -> PersistentVolumeClaim/a applied",
    }


def test_a_default_class_comes_before_claims_that_name_none() -> None:
    default = "metadata: {name: std, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}"
    text = f"---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\n{default}\nprovisioner: p\n" + there(
        "StatefulSet", "db", "apps/v1", "spec: {serviceName: db, volumeClaimTemplates: [{spec: {}}]}"
    )
    assert edges_of(text + there("Service", "db")) == {
        "StorageClass/std -> StatefulSet/db applied",
        "Service/db -> StatefulSet/db applied",
    }


def test_quotas_and_limits_come_before_workloads() -> None:
    text = deployment("serviceAccountName: x") + there("ResourceQuota", "q") + there("LimitRange", "l")
    assert edges_of(text) == {"ResourceQuota/q -> Deployment/web healthy", "LimitRange/l -> Deployment/web applied"}


def test_an_ingress_comes_after_class_certificate_and_backend() -> None:
    backend = "{service: {name: s}}"
    rule = f"{{http: {{paths: [{{backend: {backend}}}]}}}}"
    spec = f"spec: {{ingressClassName: c, tls: [{{secretName: t}}], rules: [{rule}]}}"
    text = (
        there("Ingress", "i", "networking.k8s.io/v1", spec)
        + there("IngressClass", "c", "networking.k8s.io/v1", namespace="")
        + there("Secret", "t")
        + there("Service", "s")
    )
    assert edges_of(text) == {
        "IngressClass/c -> Ingress/i applied",
        "Secret/t -> Ingress/i applied",
        "Service/s -> Ingress/i applied",
    }


def test_a_policy_comes_before_its_binding() -> None:
    group = "admissionregistration.k8s.io/v1"
    text = there("ValidatingAdmissionPolicy", "p", group, namespace="") + there(
        "ValidatingAdmissionPolicyBinding", "b", group, "spec: {policyName: p}", namespace=""
    )
    assert edges_of(text) == {"ValidatingAdmissionPolicy/p -> ValidatingAdmissionPolicyBinding/b applied"}


def test_an_autoscaler_comes_after_its_target() -> None:
    target = "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}"
    text = deployment("serviceAccountName: x") + there("HorizontalPodAutoscaler", "h", "autoscaling/v2", target)
    assert edges_of(text) == {"Deployment/web -> HorizontalPodAutoscaler/h applied"}


def test_a_token_secret_comes_after_its_account_and_a_pull_secret_before() -> None:
    owner = "annotations: {kubernetes.io/service-account.name: x}"
    token = "---\napiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\n"
    token += f"metadata: {{name: t, namespace: demo, {owner}}}\n"
    text = token + there("ServiceAccount", "x", rest="imagePullSecrets: [{name: pull}]") + there("Secret", "pull")
    assert edges_of(text) == {"Secret/pull -> ServiceAccount/x applied", "ServiceAccount/x -> Secret/t applied"}


WEBHOOK = """
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks:
- name: hook.example.com
  clientConfig: {service: {name: hook, namespace: demo}}
  RULES
---
"""
SERVICE = there("Service", "hook", rest="spec: {selector: {app: web}}")


def webhook(rules: str) -> str:
    return WEBHOOK.replace("RULES", rules) + SERVICE


def test_who_answers_a_webhook_comes_before_it_and_it_before_what_it_judges() -> None:
    rules = "rules: [{apiGroups: [''], resources: [configmaps], operations: [CREATE]}]"
    found = edges_of(
        deployment("serviceAccountName: x") + webhook(rules) + there("ConfigMap", "c") + there("Secret", "s")
    )
    assert found == {
        "Service/hook -> ValidatingWebhookConfiguration/hook applied",
        "Deployment/web -> ValidatingWebhookConfiguration/hook healthy",
        "ValidatingWebhookConfiguration/hook -> ConfigMap/c healthy",
    }


def test_a_webhook_does_not_wait_for_itself() -> None:
    rules = "rules: [{apiGroups: ['*'], resources: ['*'], operations: ['*']}]"
    found = edges_of(
        deployment("volumes: [{name: v, configMap: {name: c}}]") + webhook(rules) + there("ConfigMap", "c")
    )
    assert "ValidatingWebhookConfiguration/hook -> Deployment/web healthy" not in found
    assert "ValidatingWebhookConfiguration/hook -> ConfigMap/c healthy" not in found


def test_a_webhook_on_pods_comes_before_what_makes_pods() -> None:
    rules = "rules: [{apiGroups: [''], resources: [pods], operations: [CREATE]}]\n"
    rules += "  objectSelector: {matchLabels: {app: job}}"
    job = "spec: {template: {metadata: {labels: {app: job}}, spec: {}}}"
    found = edges_of(deployment("serviceAccountName: x") + webhook(rules) + there("Job", "j", "batch/v1", job))
    assert "ValidatingWebhookConfiguration/hook -> Job/j healthy" in found


@pytest.mark.parametrize(
    ("selector", "is_judged"),
    [
        ("{}", True),
        ("{matchLabels: {team: a}}", True),
        ("{matchLabels: {team: b}}", False),
        ("{matchExpressions: [{key: team, operator: In, values: [a]}]}", True),
        ("{matchExpressions: [{key: team, operator: NotIn, values: [a]}]}", False),
        ("{matchExpressions: [{key: team, operator: Exists}]}", True),
        ("{matchExpressions: [{key: team, operator: DoesNotExist}]}", False),
        ("{matchLabels: {kubernetes.io/metadata.name: judged}}", True),
    ],
)
def test_a_webhook_judges_only_the_namespaces_it_selects(selector: str, is_judged: bool) -> None:
    rules = (
        f"rules: [{{apiGroups: [''], resources: [configmaps], operations: [CREATE]}}]\n  namespaceSelector: {selector}"
    )
    namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: judged, labels: {team: a}}\n"
    found = edges_of(webhook(rules) + namespace + there("ConfigMap", "c", namespace="judged"))
    assert ("ValidatingWebhookConfiguration/hook -> ConfigMap/c healthy" in found) is is_judged


def test_who_converts_a_kind_is_healthy_before_resources_of_it() -> None:
    conversion = (
        "  conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: hook, namespace: demo}}}}\n---\n"
    )
    crd = CRD.rstrip().removesuffix("---") + conversion
    found = edges_of(crd + WIDGET + deployment("serviceAccountName: x") + SERVICE)
    assert "Deployment/web -> Widget/w healthy" in found


def test_an_aggregated_api_waits_for_its_backend_and_its_kinds_for_it() -> None:
    api = there(
        "APIService",
        "v1.example.com",
        "apiregistration.k8s.io/v1",
        "spec: {group: example.com, version: v1, service: {name: hook, namespace: demo}}",
        namespace="",
    )
    found = edges_of(api + SERVICE + deployment("serviceAccountName: x") + CRD + WIDGET)
    assert "Deployment/web -> APIService/v1.example.com healthy" in found
    assert "APIService/v1.example.com -> Widget/w healthy" in found


GENERATOR = """
---
apiVersion: batch/v1
kind: Job
metadata: {name: make, namespace: demo}
spec:
  template:
    metadata:
      annotations: {kfinstall.dev/generates: '[{"name": "made", "keys": ["password"]}]'}
    spec: {}
"""


def test_a_job_that_makes_a_secret_is_complete_before_who_needs_it() -> None:
    text = deployment("containers: [{name: c, envFrom: [{secretRef: {name: made}}]}]") + GENERATOR
    assert edges_of(text) == {"Job/make -> Deployment/web healthy"}


def test_who_can_do_without_the_secret_does_not_wait() -> None:
    text = deployment("containers: [{name: c, envFrom: [{secretRef: {name: made, optional: true}}]}]") + GENERATOR
    assert edges_of(text) == set()


def test_generates_that_is_no_json_is_an_error() -> None:
    with pytest.raises(InputError, match="no JSON list of the shape"):
        edges_of(GENERATOR.replace('"name"', "name"))


def annotated(name: str, annotation: str, value: str) -> str:
    metadata = f"{{name: {name}, namespace: demo, annotations: {{{annotation}: '{value}'}}}}"
    return f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\n---\n"


DEPENDS = "config.kubernetes.io/depends-on"
WAVE = "argocd.argoproj.io/sync-wave"


def test_depends_on_is_read_as_cli_utils_writes_it() -> None:
    value = "/namespaces/demo/ConfigMap/b, rbac.authorization.k8s.io/ClusterRole/c"
    role = there("ClusterRole", "c", "rbac.authorization.k8s.io/v1", namespace="")
    assert edges_of(annotated("a", DEPENDS, value) + there("ConfigMap", "b") + role) == {
        "ConfigMap/b -> ConfigMap/a healthy",
        "ClusterRole/c -> ConfigMap/a healthy",
    }


def test_what_is_depended_on_outside_the_set_is_waited_for() -> None:
    done = normalise(
        resources(annotated("a", DEPENDS, "apps/namespaces/kube-system/Deployment/coredns")), BUILTIN_KINDS
    )
    (wait,) = external_waits(done, BUILTIN_KINDS)
    assert wait.before == ResourceId("apps", "Deployment", "kube-system", "coredns")
    assert find_edges(done, BUILTIN_KINDS) == ()


def test_what_is_depended_on_with_the_wrong_scope_is_an_error_that_says_how_to_write_it() -> None:
    done = normalise(resources(annotated("a", DEPENDS, "apps/Deployment/coredns")), BUILTIN_KINDS)
    with pytest.raises(InputError) as caught:
        external_waits(done, BUILTIN_KINDS)
    assert caught.value.hint == "write apps/namespaces/NAMESPACE/Deployment/coredns"


def test_a_circle_is_an_error_that_prints_it_where_it_was_written() -> None:
    text = annotated("a", DEPENDS, "/namespaces/demo/ConfigMap/b") + annotated(
        "b", DEPENDS, "/namespaces/demo/ConfigMap/a"
    )
    done = normalise(resources(text), BUILTIN_KINDS)
    edges = find_edges(done, BUILTIN_KINDS)
    with pytest.raises(InputError) as caught:
        order([r.id for r in done], edges, {r.id: r.origin for r in done})
    assert "ConfigMap demo/b waits for ConfigMap demo/a" in str(caught.value)
    assert "ConfigMap demo/a waits for ConfigMap demo/b" in str(caught.value)
    assert caught.value.origin is not None and "depends-on" in caught.value.hint


def test_a_sync_wave_waits_for_the_one_before() -> None:
    text = annotated("a", WAVE, "-1") + there("ConfigMap", "b") + annotated("c", WAVE, "+2")
    assert edges_of(text) == {"ConfigMap/a -> ConfigMap/b healthy", "ConfigMap/b -> ConfigMap/c healthy"}


def test_a_namespace_goes_as_early_as_its_earliest_content() -> None:
    text = there("Namespace", "demo", namespace="") + annotated("a", WAVE, "-5") + there("ConfigMap", "b")
    done = normalise(resources(text), BUILTIN_KINDS)
    assert [id.name for id in order([r.id for r in done], find_edges(done, BUILTIN_KINDS))] == ["demo", "a", "b"]


def test_a_wave_that_we_wrote_is_not_read_back() -> None:
    text = annotated("a", WAVE, "5").replace("annotations: {", "annotations: {kfinstall.dev/wave-generated: 'true', ")
    assert edges_of(text + there("ConfigMap", "b")) == set()


RULE, GROUP = "kapp.k14s.io/change-rule", "kapp.k14s.io/change-group"


def test_what_a_change_rule_of_kapp_names_comes_first() -> None:
    group = annotated("a", f"{GROUP}.one", "demo/database") + annotated("b", GROUP, "{namespace}/database")
    rule = annotated("c", RULE, "upsert after upserting demo/database")
    assert edges_of(group + rule) == {"ConfigMap/a -> ConfigMap/c healthy", "ConfigMap/b -> ConfigMap/c healthy"}
    first = annotated("d", f"{RULE}.x", "upsert before upserting demo/database")
    assert "ConfigMap/d -> ConfigMap/a healthy" in edges_of(group + first)


def test_a_change_rule_about_deleting_orders_the_removal_alone() -> None:
    text = annotated("a", GROUP, "data") + annotated("b", RULE, "delete before deleting data")
    assert edges_of(text) == set()
    done = normalise(resources(text), BUILTIN_KINDS)
    (edge,) = removal_edges_of(make_scene(done, BUILTIN_KINDS))
    assert (edge.before.name, edge.after.name) == ("a", "b"), "run backwards, b goes before a"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (RULE, "upsert behind upserting x", "is not like 'upsert after upserting GROUP'"),
        (RULE, "upsert after deleting x", "removed after all else was applied"),
        (GROUP, "{crd-kind}", "which this resource has nothing for"),
    ],
)
def test_a_change_rule_that_cannot_be_kept_is_an_error(key: str, value: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        find_edges(normalise(resources(annotated("a", key, value)), BUILTIN_KINDS), BUILTIN_KINDS)


def test_a_claim_adds_no_depth() -> None:
    text = deployment("volumes: [{name: v, persistentVolumeClaim: {claimName: x}}]") + there(
        "PersistentVolumeClaim", "x"
    )
    done = normalise(resources(text), BUILTIN_KINDS)
    assert set(waves([r.id for r in done], find_edges(done, BUILTIN_KINDS)).values()) == {0}


EVERYTHING = (
    there("Namespace", "demo", namespace="")
    + CRD
    + WIDGET
    + deployment("serviceAccountName: x\nvolumes: [{name: v, configMap: {name: c}}]")
    + operator_rights("[widgets, widgets/status]", "['*']")
    + webhook("rules: [{apiGroups: ['*'], resources: ['*'], operations: ['*']}]")
    + there("ConfigMap", "c")
    + GENERATOR
    + annotated("late", WAVE, "3")
    + annotated("early", WAVE, "-3")
    + annotated("after-late", DEPENDS, "/namespaces/demo/ConfigMap/late")
)


@given(st.randoms(use_true_random=False))
def test_edges_are_respected_whatever_the_order_of_the_input(shuffle: random.Random) -> None:
    done = list(normalise(resources(EVERYTHING), BUILTIN_KINDS))
    expected = find_edges(done, BUILTIN_KINDS)
    shuffle.shuffle(done)
    edges = find_edges(done, BUILTIN_KINDS)
    assert edges == expected
    place = {id: n for n, id in enumerate(order([r.id for r in done], edges))}
    assert all(place[edge.before] < place[edge.after] for edge in edges)
