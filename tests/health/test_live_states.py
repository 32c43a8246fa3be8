"""Every labelled live state gets the verdict that its label says, and every row of the table is needed for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest

from kfinstall.health import HEALTH_BY_KIND as TABLE
from kfinstall.health import Health, Status, assess, related_kinds
from kfinstall.health.generic import judge_generic, judge_passive
from kfinstall.health.model import Live
from tests.health.corpus import State, load_states

STATES = load_states()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_live_state_gets_the_verdict_of_its_label(state: State) -> None:
    health = assess(state.manifest, state.related, now=state.now, expects_status=state.expects_status)
    assert health.status is state.want, health.message
    for words in state.says:
        assert words in health.message


def test_the_corpus_has_several_hundred_states() -> None:
    assert len(STATES) >= 300


KINDS_TO_KNOW = """
Deployment.apps StatefulSet.apps DaemonSet.apps ReplicaSet.apps ReplicationController Pod Job.batch CronJob.batch
PersistentVolumeClaim PersistentVolume Service Ingress.networking.k8s.io HorizontalPodAutoscaler.autoscaling
PodDisruptionBudget.policy Namespace CustomResourceDefinition.apiextensions.k8s.io APIService.apiregistration.k8s.io
MutatingWebhookConfiguration.admissionregistration.k8s.io ValidatingWebhookConfiguration.admissionregistration.k8s.io
TFJob.kubeflow.org PyTorchJob.kubeflow.org MPIJob.kubeflow.org XGBoostJob.kubeflow.org PaddleJob.kubeflow.org
Workflow.argoproj.io Notebook.kubeflow.org Experiment.kubeflow.org SeldonDeployment.machinelearning.seldon.io
Application.app.k8s.io Application.argoproj.io Certificate.cert-manager.io InferenceService.serving.kserve.io
Service.serving.knative.dev
"""
"""What an installation of the platform, and of what people put beside it, is made of."""


@pytest.mark.parametrize("kind", KINDS_TO_KNOW.split())
def test_what_the_platform_is_made_of_has_a_rule_with_good_and_bad_states(kind: str) -> None:
    wanted = {state.want for state in STATES if str(state.kind) == kind}
    assert kind in map(str, TABLE)
    assert Status.CURRENT in wanted
    assert len(wanted) > 1


TRAPS = {
    "pod-failed": Status.FAILED,
    "job-running": Status.IN_PROGRESS,
    "other-status-to-come": Status.IN_PROGRESS,
    "other-observed-as-text": Status.CURRENT,
    "other-observed-as-old-text": Status.IN_PROGRESS,
    "deployment-refused-on-replica-set": Status.FAILED,
    "deployment-quota-exceeded": Status.FAILED,
    "deployment-limit-range": Status.FAILED,
    "pod-init-crash-loop": Status.FAILED,
    "pod-init-image-pull": Status.FAILED,
    "pod-image-pull-back-off": Status.FAILED,
    "stateful-set-on-delete": Status.CURRENT,
    "stateful-set-on-delete-not-ready": Status.IN_PROGRESS,
    "deployment-paused": Status.CURRENT,
    "claim-waits-for-first-consumer": Status.CURRENT,
}
"""What others get wrong. (A finished Job that its time to live removed has no state: test_waits has it.)"""


def test_what_others_get_wrong_is_in_the_corpus() -> None:
    labels = {state.name: state.want for state in STATES}
    assert {name: labels.get(name) for name in TRAPS} == TRAPS


@pytest.mark.parametrize("verdict", [Status.CURRENT, Status.IN_PROGRESS, Status.FAILED])
@pytest.mark.parametrize("kind", TABLE, ids=str)
def test_changing_a_row_changes_a_verdict(kind, verdict) -> None:
    told = [
        state
        for state in STATES
        if state.kind == kind
        and Health(verdict).status is not assess(state.manifest, state.related, now=state.now).status
    ]
    is_passive = all(state.want is Status.CURRENT for state in STATES if state.kind == kind)
    assert told or (is_passive and verdict is Status.CURRENT)


@pytest.mark.parametrize("kind", TABLE, ids=str)
def test_a_row_says_something_that_conditions_alone_do_not(kind) -> None:
    rule = TABLE[kind]
    states = [state for state in STATES if state.kind == kind]
    by_conditions = [judge_generic(Live(state.manifest, state.related, state.now)) for state in states]
    by_rule = [rule.judge(Live(state.manifest, state.related, state.now)) for state in states]
    assert rule.judge is judge_passive or by_rule != by_conditions


def test_every_row_names_its_source() -> None:
    assert [kind for kind, rule in TABLE.items() if len(rule.source) < 10] == []


def test_what_explains_a_verdict_is_among_the_kinds_to_collect() -> None:
    missing = defaultdict(set)
    for state in STATES:
        asked = set(related_kinds(state.kind))
        missing[state.kind] |= {kind for kind, found in state.related.manifests.items() if found} - asked
    assert {kind: kinds for kind, kinds in missing.items() if kinds} == {}


def test_only_a_claim_needs_to_know_what_is_around_it_to_be_current() -> None:
    current = [state for state in STATES if state.want is Status.CURRENT]
    kinds = {state.kind.kind for state in current if assess(state.manifest, now=state.now).status is not Status.CURRENT}
    assert kinds == {"PersistentVolumeClaim"}


def test_a_message_is_one_line_and_not_too_long() -> None:
    messages = [assess(state.manifest, state.related, now=state.now).message for state in STATES]
    assert [text for text in messages if "\n" in text or len(text) > 800] == []


def test_indexes_that_a_watcher_keeps_give_the_same_verdicts() -> None:
    for state in STATES:
        made = state.related
        everything = [m for manifests in made.manifests.values() for m in manifests]
        by_owner, events = defaultdict(list), defaultdict(list)
        for manifest in everything:
            for owner in manifest["metadata"].get("ownerReferences") or ():
                by_owner[owner["uid"]].append(manifest)
            if "involvedObject" in manifest:
                events[manifest["involvedObject"]["uid"]].append(manifest)
        kept = replace(made, by_owner=by_owner, events_by_uid=events)
        assert assess(state.manifest, kept, now=state.now) == assess(state.manifest, made, now=state.now)
