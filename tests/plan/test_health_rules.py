"""Rules of health for whole kinds, from a file in Flux's form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kfinstall.errors import InputError, KfinstallError
from kfinstall.health import HEALTH_ANNOTATION, Status, assess
from kfinstall.plan.health_rules import read_health_rules, unused, with_health_rules
from tests.plan.sets import resources

RULES = """\
healthCheckExprs:
- apiVersion: example.com/v1
  kind: Thing
  inProgress: has(status.moving) && status.moving
  failed: status.phase == 'Error'
  current: |
    status.phase == 'Running' &&
    status.ready == spec.size
- apiVersion: v1
  kind: ReplicationController
  current: jsonpath={.status.replicas}=3
"""
THING = "{apiVersion: example.com/v2, kind: Thing, metadata: {name: a}, spec: {size: 2}}"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def verdict(status: dict) -> Status:
    [thing] = with_health_rules(resources(THING), read_health_rules(RULES, "health.yaml"))
    return assess({**thing.manifest, "status": status}, now=NOW).status


def test_a_rule_judges_the_resources_of_its_kind_in_any_version():
    assert verdict({"phase": "Running", "ready": 2}) is Status.CURRENT
    assert verdict({"phase": "Running", "ready": 1}) is Status.IN_PROGRESS
    assert verdict({"phase": "Error"}) is Status.FAILED
    assert verdict({"phase": "Error", "moving": True}) is Status.IN_PROGRESS
    assert verdict({}) is Status.IN_PROGRESS


def test_the_resource_says_itself_how_it_is_judged_so_that_nobody_else_needs_the_file():
    [thing] = with_health_rules(resources(THING), read_health_rules(RULES, "health.yaml"))
    assert thing.manifest["metadata"]["annotations"] == {
        HEALTH_ANNOTATION: "in-progress:cel=has(status.moving) && status.moving; failed:cel=status.phase == 'Error'; "
        "cel=status.phase == 'Running' && status.ready == spec.size"
    }


def test_what_a_resource_states_itself_goes_before_and_other_kinds_are_left_alone():
    own = THING.replace("name: a", f"name: a, annotations: {{{HEALTH_ANNOTATION}: ignore}}")
    before = resources(f"{own}\n---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}}}")
    assert with_health_rules(before, read_health_rules(RULES, "health.yaml")) == before


def test_a_flux_kustomization_is_taken_as_it_is():
    indented = RULES.replace("\n", "\n  ")
    flux = f"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  path: ./x\n  {indented}"
    assert [rule[:2] for rule in read_health_rules(flux, "x")] == [rule[:2] for rule in read_health_rules(RULES, "x")]


def test_a_rule_that_is_for_nothing_is_told_with_its_place():
    rules = read_health_rules(RULES, "health.yaml")
    assert list(unused(resources(THING), rules)) == [
        "health.yaml:9: the health rule for ReplicationController is for none of the resources"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "x:1: there is no list 'healthCheckExprs'"),
        ("healthCheckExprs: 1", "there is no list"),
        ("healthCheckExprs: [1]", "x:1: an entry of healthCheckExprs must be a mapping"),
        (RULES.replace("kind: Thing", "knd: Thing"), "x:3: unknown field 'knd' in healthCheckExprs"),
        (RULES.replace("  kind: Thing\n", ""), "x:2: field 'kind' is missing"),
        (RULES.replace("failed: status.phase == 'Error'", "failed: true"), "x:5: failed must be text"),
        (RULES.replace("== 'Error'", "= 'Error'"), "x:2: Thing.example.com: 'status.phase = 'Error'' is no CEL"),
        (RULES.replace("{.status.replicas}", "{.status..x}"), "cannot be read"),
    ],
)
def test_every_mistake_is_told_with_its_line(text: str, said: str):
    with pytest.raises((KfinstallError, ExceptionGroup)) as caught:
        read_health_rules(text, "x")
    errors = caught.value.exceptions if isinstance(caught.value, ExceptionGroup) else [caught.value]
    assert all(isinstance(error, InputError) for error in errors)
    assert said in "\n".join(map(str, errors))
