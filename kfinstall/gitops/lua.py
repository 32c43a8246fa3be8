"""Health of the kinds that Argo CD does not judge, or judges otherwise than we do, as scripts for its interpreter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from kfinstall.plan import kinds_from_crds
from kfinstall.resource import GroupKind, Manifest, Resource

ALWAYS: Final = (GroupKind("", "PersistentVolumeClaim"), GroupKind("argoproj.io", "Application"))

_HEAD: Final = """\
local status = obj.status or {}
local spec = obj.spec or {}
local function say(word, message) return {status = word, message = message or ""} end
local function find(kind)
  for _, one in ipairs(status.conditions or {}) do
    if one.type == kind then return one end
  end
end
local function holds(kind)
  local one = find(kind)
  return one ~= nil and one.status == "True"
end
local function words(kind)
  local one = find(kind) or {}
  return one.message or one.reason or kind
end
"""


def _set(words: Collection[str]) -> str:
    return "{" + ", ".join(f'"{word}"' for word in words) + "}"


def _conditions(done: Collection[str], bad: Collection[str]) -> str:
    return f"""\
for _, kind in ipairs({_set(bad)}) do
  if holds(kind) then return say("Degraded", words(kind)) end
end
for _, kind in ipairs({_set(done)}) do
  if holds(kind) then return say("Healthy") end
end
return say("Progressing", "is not {" or ".join(done)} yet")
"""


def _at(path: str) -> str:
    """Give the expression that reads a dotted path in the status: Argo CD opens no `string` library to scripts."""
    *folders, last = path.split(".")
    value = "status"
    for step in folders:
        value = f"({value}.{step} or {{}})"
    return f"{value}.{last}"


def _phase(field: str, done: Collection[str], bad: Collection[str], message: str = "message") -> str:
    return f"""\
local phase = {_at(field)} or ""
for _, word in ipairs({_set(bad)}) do
  if phase == word then return say("Degraded", phase .. ": " .. ({_at(message)} or "")) end
end
for _, word in ipairs({_set(done)}) do
  if phase == word then return say("Healthy") end
end
return say("Progressing", phase)
"""


_TRAINING: Final = """\
if holds("Failed") then return say("Degraded", words("Failed")) end
if holds("Succeeded") then return say("Healthy", "succeeded") end
if (spec.runPolicy or {}).suspend or holds("Suspended") then return say("Suspended", "is suspended") end
return say("Progressing", holds("Running") and "is running" or "has not started")
"""
_NOTEBOOK: Final = """\
local notes = obj.metadata.annotations or {}
if notes["kubeflow-resource-stopped"] ~= nil then return say("Suspended", "is stopped") end
if (status.readyReplicas or 0) >= 1 then return say("Healthy") end
return say("Progressing", "its server is not ready")
"""
_TENSORBOARD: Final = """\
if (status.readyReplicas or 0) >= 1 then return say("Healthy") end
return say("Progressing", "its server is not ready")
"""
_APPLICATION: Final = """\
local operation, health, sync = status.operationState or {}, status.health or {}, status.sync or {}
if operation.phase == "Failed" or operation.phase == "Error" then
  return say("Degraded", "sync " .. operation.phase .. ": " .. (operation.message or ""))
end
if health.status == "Degraded" then return say("Degraded", health.message) end
if (health.status == "Healthy" or health.status == "Suspended") and sync.status == "Synced" then
  return say("Healthy")
end
return say("Progressing", "health " .. (health.status or "unknown") .. ", sync " .. (sync.status or "unknown"))
"""
_APP: Final = """\
if holds("Error") then return say("Progressing", words("Error")) end
if find("Ready") ~= nil and not holds("Ready") then return say("Progressing", words("Ready")) end
return say("Healthy")
"""
_CLAIM: Final = """\
if status.phase == "Lost" then return say("Degraded", "its volume is lost") end
if status.phase == "Bound" then return say("Healthy") end
if ((obj.metadata or {}).annotations or {})["volume.kubernetes.io/selected-node"] ~= nil then
  return say("Progressing", "its volume is being made")
end
return say("Healthy", "is not bound: a claim may wait for the first pod that uses it")
"""
_KUBEFLOW: Final = "kubeflow.org"
_JOBS: Final = ("TFJob", "PyTorchJob", "MPIJob", "XGBoostJob", "PaddleJob", "JAXJob")
_BODIES: Final[Mapping[GroupKind, str]] = {
    GroupKind("", "PersistentVolumeClaim"): _CLAIM,
    GroupKind("app.k8s.io", "Application"): _APP,
    GroupKind("argoproj.io", "Application"): _APPLICATION,
    GroupKind("argoproj.io", "Workflow"): _phase("phase", ("Succeeded",), ("Failed", "Error")),
    **{GroupKind(_KUBEFLOW, kind): _TRAINING for kind in _JOBS},
    GroupKind(_KUBEFLOW, "Notebook"): _NOTEBOOK,
    GroupKind(_KUBEFLOW, "Experiment"): _conditions(("Succeeded",), ("Failed",)),
    GroupKind(_KUBEFLOW, "Suggestion"): _conditions(("Succeeded", "DeploymentReady"), ("Failed",)),
    GroupKind(_KUBEFLOW, "Trial"): _conditions(
        ("Succeeded", "EarlyStopped"), ("Failed", "Killed", "MetricsUnavailable")
    ),
    GroupKind("trainer.kubeflow.org", "TrainJob"): _conditions(("Complete", "Suspended"), ("Failed",)),
    GroupKind("tensorboard.kubeflow.org", "Tensorboard"): _TENSORBOARD,
    GroupKind("machinelearning.seldon.io", "SeldonDeployment"): _phase(
        "state", ("Available",), ("Failed",), "description"
    ),
}

HEALTH_SCRIPTS: Final[Mapping[GroupKind, str]] = {kind: _HEAD + body for kind, body in _BODIES.items()}
"""A kind -> the script that Argo CD is to judge it with."""


def health_settings(resources: Iterable[Resource], namespace: str = "argocd") -> Manifest:
    """Give the part of Argo CD's own ConfigMap that has the scripts for what a set installs or defines.

    Claims and Applications are always among them: a claim that waits for its first pod holds up no wave, and the waves
    of an application of applications are waited for. It is applied on the server's side, beside what is there.
    """
    found = tuple(resources)
    wanted = {*ALWAYS, *(one.id.group_kind for one in found), *kinds_from_crds(found)}
    scripts = {_key(kind): script for kind, script in sorted(HEALTH_SCRIPTS.items()) if kind in wanted}
    labels = {"app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd"}
    metadata = {"name": "argocd-cm", "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": scripts}


def _key(kind: GroupKind) -> str:
    """Give the key of a kind's script. Source: Argo CD v3.1, docs/operator-manual/health.md."""
    return "resource.customizations.health." + (f"{kind.group}_{kind.kind}" if kind.group else kind.kind)
