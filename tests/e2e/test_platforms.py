"""The life of an installation on each platform, told in order: every test goes on where the one before it stopped.

Beside each step stands its twin, in which one object is broken on purpose: the simulated nodes make everything green,
so what says "healthy" must be seen to say otherwise.
"""

from __future__ import annotations

import json

import pytest

from tests.e2e.sites import Objects, Site, added, versions

BROKEN = {
    "gke": ("Deployment", "argo-server", "image-pull", "image"),
    "aks": ("Deployment", "tf-serving", "crash-loop=3", "exit code 3"),
    "openshift": ("Deployment", "workflow-controller", "oom", "memory"),
    "minikube": ("Deployment", "minio", "never-ready", "ready"),
}
"""Platform -> what is broken there, how, and a word that the cause must have."""

FREE = '{"metadata": {"finalizers": null}}'

OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- {root}/overlays/PLATFORM
"""


def faulty(kind: str, name: str, fault: str) -> str:
    """Give a patch that asks the simulated nodes for a fault."""
    return f"""\
patches:
- target:
    kind: {kind}
    name: {name}
  patch: |
    - op: add
      path: /spec/template/metadata/annotations
      value:
        local.kfinstall.dev/fault: {fault}
"""


@pytest.fixture(scope="module")
def before(site: Site) -> Objects:
    """Give what was in the cluster before anything was installed."""
    return site.objects()


def test_a_broken_workload_ends_the_apply_with_its_cause(site: Site, platform: str, before: Objects) -> None:
    kind, name, fault, word = BROKEN[platform]
    folder = site.overlay("broken", OVERLAY.replace("PLATFORM", platform) + faulty(kind, name, fault))
    done = site.kfinstall("apply", folder, "--name", "story", "--timeout", "20s", "--yes")
    first = done.err.splitlines()[-2:]
    assert done.code == 4, done
    cause = next(line for line in done.err.splitlines() if line.startswith("error: "))
    assert f"{name}" in cause
    assert word in cause.lower(), first
    assert "hint:" in done.err
    assert "Traceback" not in done.err
    assert "1 failed" in done.out


def test_apply_without_the_fault_ends_with_everything_healthy(site: Site, platform: str) -> None:
    folder = site.overlay("good", OVERLAY.replace("PLATFORM", platform))
    done = site.kfinstall("apply", folder, "--name", "story", "--yes")
    assert done.code == 0, done
    status = site.kfinstall("status", "--name", "story", "-o", "json")
    assert status.code == 0, status.out
    assert {row["health"] for row in json.loads(status.out)["resources"]} == {"Current"}
    ready = json.loads(site.kubectl("get", "deployments,statefulsets", "-n", "kubeflow", "-o", "json"))["items"]
    assert ready
    assert all(item["status"].get("readyReplicas") == item["spec"]["replicas"] for item in ready)


def test_doctor_finds_nothing_in_what_is_healthy(site: Site, platform: str) -> None:
    for asked in ((), ("--pre", "--platform", platform), ("--pre", "good"), ("--rendered", "good")):
        done = site.kfinstall("doctor", *asked, "-o", "json", "--fail-on", "warning")
        assert [one for one in json.loads(done.out)["findings"] if one["severity"] != "info"] == [], asked
        assert done.code == 0, done


def test_a_second_apply_writes_nothing_and_says_so(site: Site) -> None:
    was = versions(site.objects())
    done = site.kfinstall("apply", site.home / "good", "--name", "story")
    assert done.code == 0, done
    assert "nothing to do" in done.out
    assert versions(site.objects()) == was


def test_a_second_apply_over_what_broke_since_does_not_call_it_healthy(site: Site, platform: str) -> None:
    _, name, fault, word = BROKEN[platform]
    running = ("get", "pods", "-n", "kubeflow", "--field-selector=status.phase=Running", "-o", "name")
    (pod,) = [line.removeprefix("pod/") for line in site.kubectl(*running).split() if line.startswith(f"pod/{name}-")]
    site.kubectl("annotate", "pod", "-n", "kubeflow", pod, f"local.kfinstall.dev/fault={fault}")
    site.kubectl("wait", "-n", "kubeflow", "--for=condition=Ready=false", f"pod/{pod}", "--timeout=30s")
    done = site.kfinstall("apply", site.home / "good", "--name", "story", "--timeout", "15s")
    assert done.code == 4, done
    assert name in done.err
    assert word in done.err.lower()
    assert site.kfinstall("status", "--name", "story").code == 1
    site.kubectl("annotate", "pod", "-n", "kubeflow", pod, "local.kfinstall.dev/fault-")
    site.kubectl("wait", "-n", "kubeflow", "--for=condition=Ready", f"pod/{pod}", "--timeout=30s")


def test_a_changed_parameter_changes_only_what_it_must(site: Site, platform: str) -> None:
    text = OVERLAY.replace("PLATFORM", platform) + "replicas:\n- name: tf-serving\n  count: 2\n"
    folder = site.overlay("changed", text)
    assert site.kfinstall("diff", folder, "--name", "story").code == 1
    done = site.kfinstall("apply", folder, "--name", "story", "-o", "json")
    assert done.code == 0, done.err
    assert done.written == {"Deployment tf-serving"}
    live = json.loads(site.kubectl("get", "deployment", "-n", "kubeflow", "tf-serving", "-o", "json"))
    assert live["status"]["readyReplicas"] == 2
    assert site.kfinstall("diff", folder, "--name", "story").code == 0


def test_a_change_to_an_image_that_cannot_be_pulled_fails_and_touches_nothing_else(site: Site, platform: str) -> None:
    images = "images:\n- name: docker.io/tensorflow/serving\n  newName: fault.local.kfinstall.dev/image-pull\n"
    folder = site.overlay("no-image", OVERLAY.replace("PLATFORM", platform) + images)
    done = site.kfinstall("apply", folder, "--name", "story", "--timeout", "20s", "-o", "json")
    assert done.code == 4, done
    assert done.written == {"Deployment tf-serving"}
    assert "fault.local.kfinstall.dev/image-pull" in done.err
    assert site.kfinstall("apply", site.home / "good", "--name", "story").code == 0


def test_what_is_no_longer_in_the_manifests_is_pruned_after_a_yes(site: Site, platform: str) -> None:
    delete = """\
patches:
- target:
    labelSelector: kfinstall.dev/component=tf-serving
  patch: |
    $patch: delete
    apiVersion: v1
    kind: Any
    metadata:
      name: any
"""
    folder = site.overlay("fewer", OVERLAY.replace("PLATFORM", platform) + delete)
    gone = [key for key, item in site.objects().items() if _component(item) == "tf-serving"]
    assert gone
    refused = site.kfinstall("apply", folder, "--name", "story")
    assert refused.code == 2, refused
    assert "--yes" in refused.err
    done = site.kfinstall("apply", folder, "--name", "story", "--yes", "-o", "json")
    assert done.code == 0, done.err
    assert not [key for key, item in site.objects().items() if _component(item) == "tf-serving"]
    assert all(event["action"] == "prune" for event in done.events if event["type"] == "sent")


def _component(item: dict[str, dict[str, dict[str, str]]]) -> str:
    return item["metadata"].get("labels", {}).get("kfinstall.dev/component", "")


def test_delete_with_a_finalizer_that_nobody_removes_names_it(site: Site) -> None:
    stuck = '{"metadata": {"finalizers": ["example.com/nobody"]}}'
    site.kubectl("patch", "service", "-n", "kubeflow", "argo-server", "--type=merge", "-p", stuck)
    done = site.kfinstall("delete", "--name", "story", "--yes", "--timeout", "10s")
    assert done.code == 4, done
    assert "argo-server" in done.err
    assert "example.com/nobody" in done.err
    site.kubectl("patch", "service", "-n", "kubeflow", "argo-server", "--type=merge", "-p", FREE)


def test_delete_leaves_the_cluster_as_it_was_before(site: Site, before: Objects) -> None:
    done = site.kfinstall("delete", "--name", "story", "--yes", "--delete-data")
    assert done.code == 0, done
    after = site.objects()
    assert added(before, after) == set()
    assert added(after, before) == set()


def test_delete_of_what_is_gone_has_nothing_to_do(site: Site) -> None:
    done = site.kfinstall("delete", "--name", "story", "--yes")
    assert done.code == 0, done
    assert "nothing to do" in done.out
