from kfinstall.apply import Installation, PodRow, StatusRow
from kfinstall.cli.statusview import as_data, is_healthy, text
from kfinstall.health.model import Health, Status
from kfinstall.plan.drift import Drift
from kfinstall.resource import ResourceId

TARGET = Installation("story")
ARGO = ResourceId("apps", "Deployment", "kubeflow", "argo-server")
NAMESPACE = ResourceId("", "Namespace", "", "kubeflow")
CURRENT = Health(Status.CURRENT)
FAILED = Health(Status.FAILED, "image 'x' cannot be pulled")
HEALTHY = StatusRow(ARGO, CURRENT, "argo", False, 90.0)


def test_a_healthy_component_is_one_line() -> None:
    lines = list(text(TARGET, [HEALTHY, StatusRow(NAMESPACE, CURRENT, age_s=95.0)], everything=False))
    assert [line.split() for line in lines[2:]] == [
        ["COMPONENT", "HEALTHY", "CHANGED", "AGE", "STATUS"],
        ["argo", "1/1", "-", "90s", "Current"],
        ["kubeflow", "1/1", "-", "95s", "Current"],
    ]


def test_what_is_not_healthy_is_named_with_its_cause() -> None:
    lines = list(text(TARGET, [HEALTHY, StatusRow(ARGO, FAILED, "argo")], everything=False))
    assert lines[3].split() == ["argo", "1/2", "-", "90s", "Failed"]
    assert lines[-2] == "Failed      Deployment.apps kubeflow/argo-server"
    assert lines[-1] == "            image 'x' cannot be pulled"


def test_what_someone_else_changed_is_named() -> None:
    lines = list(text(TARGET, [HEALTHY._replace(drifted=True)], everything=False))
    assert lines[-2] == "Current     Deployment.apps kubeflow/argo-server"
    assert "changed by someone else" in lines[-1]


def test_who_changed_what_and_the_pods_stand_below_their_resource() -> None:
    row = HEALTHY._replace(
        drifted=True,
        drift=(Drift("spec.replicas", ("hpa",)),),
        pods=(PodRow("argo-1", CURRENT), PodRow("argo-2", Health(Status.FAILED, "it crashes"))),
    )
    lines = list(text(TARGET, [row], everything=True))
    at = lines.index("Current     Deployment.apps kubeflow/argo-server")
    assert lines[at + 2 :] == [
        "              spec.replicas (by hpa)",
        "  Current     Pod argo-1",
        "  Failed      Pod argo-2",
        "              it crashes",
    ]
    assert as_data(TARGET, [row])["resources"][0]["pods"][1]["health"] == "Failed"


def test_everything_lists_what_is_healthy_too() -> None:
    assert "Current     Deployment.apps kubeflow/argo-server" in text(TARGET, [HEALTHY], everything=True)


def test_one_that_is_not_current_makes_all_unhealthy() -> None:
    assert is_healthy([HEALTHY])
    for status in set(Status) - {Status.CURRENT}:
        assert not is_healthy([HEALTHY, HEALTHY._replace(health=Health(status))])


def test_as_data_has_every_resource() -> None:
    data = as_data(TARGET, [HEALTHY])
    assert data["healthy"] is True
    assert data["resources"][0]["id"]["name"] == "argo-server"
    assert data["resources"][0]["health"] == "Current"
