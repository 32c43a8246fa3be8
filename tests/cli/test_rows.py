from kfinstall.apply.events import Event
from kfinstall.cli.rows import component_of, rows, wait_line
from kfinstall.resource import ResourceId

SERVICE = ResourceId("", "Service", "kubeflow", "argo")
DEPLOYMENT = ResourceId("apps", "Deployment", "kubeflow", "argo")
OTHER = ResourceId("apps", "Deployment", "kubeflow", "minio")
COMPONENTS = {SERVICE: "argo", DEPLOYMENT: "argo", OTHER: "minio"}


def test_a_component_that_was_not_begun_has_no_times() -> None:
    argo, minio = rows([], COMPONENTS)
    assert (argo.component, argo.total, argo.done, argo.started_s, argo.took_s) == ("argo", 2, 0, None, None)
    assert minio.total == 1


def test_a_component_is_over_when_each_resource_came_to_its_end() -> None:
    events = [
        Event("sent", 1.0, SERVICE, "create"),
        Event("health", 1.5, SERVICE, health="Current"),
        Event("sent", 1.2, DEPLOYMENT, "create"),
        Event("health", 5.0, DEPLOYMENT, health="Failed", reason="no such image"),
    ]
    argo = rows(events, COMPONENTS)[0]
    assert argo.is_over
    assert (argo.done, argo.failed, argo.took_s) == (1, 1, 4.0)


def test_what_is_waited_for_is_said_workloads_first() -> None:
    events = [
        Event("sent", 1.0, SERVICE, "create"),
        Event("sent", 1.2, DEPLOYMENT, "create"),
        Event("health", 2.0, DEPLOYMENT, health="InProgress", reason="0 of 1 replicas are available"),
        Event("retry", 2.5, DEPLOYMENT, reason="429"),
    ]
    argo = rows(events, COMPONENTS)[0]
    assert not argo.is_over
    assert [event.id for event in argo.waiting] == [DEPLOYMENT, SERVICE]
    assert wait_line(argo.waiting[0]) == "Deployment argo: 0 of 1 replicas are available"


def test_what_was_skipped_or_pruned_is_over_too() -> None:
    events = [Event("skipped", 1.0, DEPLOYMENT, reason="x"), Event("pruned", 2.0, SERVICE, "prune")]
    argo = rows(events, COMPONENTS)[0]
    assert argo.is_over
    assert (argo.done, argo.skipped) == (1, 1)


def test_without_a_label_the_namespace_stands_for_the_component() -> None:
    label = {"kfinstall.dev/component": "argo"}
    assert component_of({"metadata": {"namespace": "kubeflow", "labels": label}}) == "argo"
    assert component_of({"metadata": {"namespace": "kubeflow"}}) == "kubeflow"
    assert component_of({"kind": "Namespace", "metadata": {"name": "kubeflow"}}) == "kubeflow"
    assert component_of({"kind": "ClusterRole", "metadata": {"name": "argo"}}) == "(cluster)"
