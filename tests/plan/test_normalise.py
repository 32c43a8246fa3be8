from __future__ import annotations

import base64
import re

import pytest

from kfinstall.errors import ClusterError, InputError
from kfinstall.plan import BUILTIN_KINDS, normalise
from kfinstall.plan.model import KindInfo
from kfinstall.resource import GroupKind, ResourceId
from tests.plan.sets import as_resources, config_map, resources

WIDGET_CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {kind: Widget, plural: widgets}
  versions: [{name: v1, served: true}, {name: v1beta1, served: false}]
---
"""


def test_a_namespaced_resource_without_a_namespace_is_in_default() -> None:
    (done,) = normalise(resources("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"), BUILTIN_KINDS)
    assert done.id == ResourceId("", "ConfigMap", "default", "a")


def test_a_cluster_scoped_resource_loses_its_namespace() -> None:
    text = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a, namespace: b}}"
    (done,) = normalise(resources(text), BUILTIN_KINDS)
    assert done.manifest["metadata"] == {"name": "a"}


def test_the_scope_of_a_custom_resource_comes_from_the_crd_of_the_set() -> None:
    text = WIDGET_CRD + "{apiVersion: example.com/v1, kind: Widget, metadata: {name: a, namespace: b}}"
    done = normalise(resources(text), BUILTIN_KINDS)
    assert done[1].id == ResourceId("example.com", "Widget", "", "a")


def test_string_data_is_folded_into_data_and_wins() -> None:
    text = "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {k: b2xk, l: b2xk}, stringData: {k: new}}"
    (done,) = normalise(resources(text), BUILTIN_KINDS)
    assert "stringData" not in done.manifest
    assert done.manifest["data"] == {"k": base64.b64encode(b"new").decode(), "l": "b2xk"}


def test_what_is_complete_is_given_back_as_it_is_and_nothing_is_changed_in_place() -> None:
    given = resources("{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {k: v}}")
    once = normalise(given, BUILTIN_KINDS)
    twice = normalise(once, BUILTIN_KINDS)
    assert given[0].manifest["stringData"] == {"k": "v"}
    assert twice[0] is once[0]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{apiVersion: apps/v1, kind: Deploymnet, metadata: {name: a}}", "no kind 'Deploymnet'", "'Deployment'"),
        ("{apiVersion: extensions/v1, kind: Deployment, metadata: {name: a}}", "in 'extensions/v1'", "'apps'"),
        ("{apiVersion: kubeflow.org/v1, kind: TFJob, metadata: {name: a}}", "no kind 'TFJob'", "CustomResourceDef"),
        ("{apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: a}}", "not served as", "apps/v1"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {}}", "no metadata.name", ""),
        ("{apiVersion: v1, kind: Pod, metadata: {generateName: a-}}", "no metadata.name", "replace generateName"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: ../secrets/a}}", "takes for a path", "leave out /"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: '..'}}", "takes for a path", ""),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b/c}}", "takes for a path", ""),
    ],
)
def test_what_the_cluster_cannot_take_is_an_error_at_its_line(text: str, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        normalise(resources("# a comment\n" + text), BUILTIN_KINDS)
    assert message in str(caught.value)
    assert hint in caught.value.hint
    assert caught.value.origin is not None and caught.value.origin.path == "set.yaml"


def test_a_kind_of_which_nothing_is_kept_is_an_error_at_its_line() -> None:
    review = GroupKind("authorization.k8s.io", "SelfSubjectAccessReview")
    info = KindInfo(*review, "selfsubjectaccessreviews", False, ("v1",), frozenset({"create"}))
    text = "{apiVersion: authorization.k8s.io/v1, kind: SelfSubjectAccessReview, metadata: {name: a}}"
    with pytest.raises(InputError, match=r"set\.yaml:1: a SelfSubjectAccessReview cannot be applied") as caught:
        normalise(resources(text), {**BUILTIN_KINDS, review: info})
    assert caught.value.hint.endswith("it lets one create")


def test_a_kind_whose_api_does_not_answer_is_not_said_to_need_a_definition() -> None:
    text = "{apiVersion: metrics.k8s.io/v1beta1, kind: PodMetrics, metadata: {name: a}}"
    with pytest.raises(
        ClusterError, match=r"set\.yaml:1: the API 'metrics\.k8s\.io/v1beta1' does not answer"
    ) as caught:
        normalise(resources(text), BUILTIN_KINDS, {"metrics.k8s.io/v1beta1"})
    assert "kubectl get apiservice v1beta1.metrics.k8s.io" in caught.value.hint


def test_what_only_the_server_can_set_is_left_out() -> None:
    copied = "{name: a, uid: abc, resourceVersion: '5', managedFields: [{manager: m}], creationTimestamp: null}"
    (done,) = normalise(resources(f"{{apiVersion: v1, kind: ConfigMap, metadata: {copied}}}"), BUILTIN_KINDS)
    assert done.manifest["metadata"] == {"name": "a", "namespace": "default", "creationTimestamp": None}


def test_a_version_the_crd_of_the_set_does_not_serve_is_an_error() -> None:
    text = WIDGET_CRD + "{apiVersion: example.com/v1beta1, kind: Widget, metadata: {name: a}}"
    with pytest.raises(InputError, match="not served as 'example"):
        normalise(resources(text), BUILTIN_KINDS)


def test_the_same_id_twice_names_both_places() -> None:
    first = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n"
    text = first + "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}}"
    with pytest.raises(InputError, match=r"set\.yaml:3: ConfigMap default/a is there twice, first at set\.yaml:1"):
        normalise(resources(text), BUILTIN_KINDS)


def test_all_mistakes_are_reported_together() -> None:
    text = (
        "{apiVersion: v1, kind: Nope, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Neither, metadata: {name: b}}"
    )
    with pytest.raises(ExceptionGroup) as caught:
        normalise(resources(text), BUILTIN_KINDS)
    assert len(caught.value.exceptions) == 2


@pytest.mark.parametrize(
    ("annotation", "value", "says"),
    [
        ("argocd.argoproj.io/sync-wave", "first", "no whole number"),
        ("config.kubernetes.io/depends-on", "apps/Deployment", "neither GROUP/"),
        ("config.kubernetes.io/depends-on", "apps/namespaces/a/Deployment/b, oops", "'oops'"),
        ("kfinstall.dev/prune", "nver", "did you mean 'never'"),
        ("kfinstall.dev/health", "sometimes", "jsonpath={.status.phase}=Running"),
        ("kfinstall.dev/on-conflict", "shout", "it may be: fail, force, yield"),
        ("kfinstall.dev/on-conflict", "yield; spec.replicas=shout", "has 'shout'"),
    ],
)
def test_an_annotation_that_cannot_be_understood_is_an_error(annotation: str, value: str, says: str) -> None:
    manifest = config_map("a")
    manifest["metadata"]["annotations"] = {annotation: value}
    with pytest.raises(InputError) as caught:
        normalise(as_resources(manifest), BUILTIN_KINDS)
    assert says in str(caught.value)


def test_what_the_server_takes_for_no_text_in_a_secret_is_refused_without_showing_it() -> None:
    head = "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: "
    for written, said in {
        "{b: 31415926}}": "stringData.b must be text",
        "{b: [31415926]}}": "stringData.b must be text",
        "'31415926'}": "stringData must be a mapping of keys to texts",
        "[31415926]}": "stringData must be a mapping of keys to texts",
    }.items():
        with pytest.raises(InputError, match=said) as caught:
            normalise(resources(head + written), BUILTIN_KINDS)
        assert "31415926" not in str(caught.value)


def test_a_null_in_a_secret_is_the_empty_text() -> None:
    text = "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {b: null}}"
    (done,) = normalise(resources(text), BUILTIN_KINDS)
    assert done.manifest["data"] == {"b": ""}


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\nspec: []\n",
            "'spec' of Deployment a is not a mapping",
        ),
        (
            "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\nspec: {template: {metadata: {labels: x}}}\n",
            "'template.metadata.labels' of Deployment a is not a mapping",
        ),
        ("kind: ConfigMap\napiVersion: v1\nmetadata: {name: 5}\n", "'metadata.name' of ConfigMap 5 is not text"),
        (
            "kind: ClusterRole\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: a}\nrules: [null]\n",
            "'rules[0]' of ClusterRole a is not a mapping",
        ),
        ("kind: Role\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: a}\nrules: {}\n", "is not a list"),
    ],
)
def test_a_field_of_another_shape_is_refused_at_its_place(text, mistake):
    with pytest.raises(InputError, match=re.escape(mistake)) as caught:
        normalise(resources(text), BUILTIN_KINDS)
    assert str(caught.value.origin) == "set.yaml:1"
    assert caught.value.hint
