import json
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from kfinstall.apply.events import Event, EventType
from kfinstall.health.model import Status
from kfinstall.plan.model import Action
from kfinstall.resource import ResourceId

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "events.schema.json").read_text())
ID = ResourceId("apps", "Deployment", "kubeflow", "argo-server")


def problems(event: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(event)]


def test_the_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "event",
    [
        Event("plan", 0.0, counts=(("create", 3),)),
        Event("lock", 0.1, reason="lock taken"),
        Event("sent", 0.2, ID, "create"),
        Event("health", 0.3, ID, health="InProgress", reason="0 of 1 replicas are available"),
        Event("retry", 0.3, ID, reason="429 Too Many Requests, again in 1.0 s"),
        Event("skipped", 0.4, ID, reason="it waits for Namespace kubeflow, which failed"),
        Event("pruned", 0.5, ID, "prune"),
        Event("summary", 1.0, counts=(("create", 3), ("failed", 0)), reason="healthy: 3 resources"),
    ],
    ids=lambda event: event.type,
)
def test_every_type_of_event_is_as_the_schema_says(event: Event) -> None:
    assert problems(event.as_json()) == []


def test_the_schema_knows_exactly_the_words_of_the_code() -> None:
    properties = SCHEMA["properties"]
    assert properties["type"]["enum"] == list(get_args(EventType))
    assert properties["action"]["enum"] == list(get_args(Action))
    assert properties["health"]["enum"] == [status.value for status in Status]


@pytest.mark.parametrize(
    "event",
    [
        {"v": 2, "type": "lock", "elapsed_s": 0},
        {"v": 1, "type": "lock"},
        {"v": 1, "type": "sent", "elapsed_s": 0},
        {"v": 1, "type": "health", "elapsed_s": 0, "id": ID._asdict()},
        {"v": 1, "type": "lock", "elapsed_s": 0, "data": "x"},
    ],
)
def test_an_event_of_another_shape_is_refused(event: dict[str, Any]) -> None:
    assert problems(event)
