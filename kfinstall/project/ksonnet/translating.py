"""An application -> the settings of a project, workloads, and a list of what has no counterpart. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kfinstall import catalog
from kfinstall.errors import InputError, KfinstallError
from kfinstall.project.edits import LABEL, add_components, set_values
from kfinstall.project.ksonnet.application import Application
from kfinstall.project.ksonnet.literal import Value
from kfinstall.project.model import Settings
from kfinstall.prototypes import Request
from kfinstall.prototypes.values import check_name

CORE = ("ambassador", "jupyter", "tf-operator")
"""What kubeflow/core installed, without the reporter, which `reportUsage` adds."""

COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "core/all": CORE,
    "core/ambassador": ("ambassador",),
    "core/jupyterhub": ("jupyter",),
    "core/tf-job-operator": ("tf-operator",),
    "core/centraldashboard": ("centraldashboard",),
    "core/spartakus": ("spartakus",),
    "argo/argo": ("argo",),
    "katib/all": ("katib",),
    "mpi-job/mpi-operator": ("mpi-operator",),
    "pytorch-job/pytorch-operator": ("pytorch-operator",),
    "seldon/core": ("seldon-core",),
    "pachyderm/all": ("pachyderm",),
}
"""What a component of ksonnet imports -> the components that took its place. Source: kubeflow v0.2.5, kubeflow/."""

PROTOTYPES: Mapping[str, str] = {
    "tf-job/tf-job": "tf-job",
    "pytorch-job/pytorch-job": "pytorch-job",
    "tf-serving/tf-serving": "tf-serving",
    "core/tensorboard": "tensorboard",
}
"""What a component of ksonnet imports -> the prototype that took its place. Source: as above."""

OPERATORS = {"tf-job": "tf-operator", "tf-cnn": "tf-operator", "pytorch-job": "pytorch-operator"}
SPOKEN_FOR = ("name", "namespace")
NOTHING = ("", "null")
BENCHMARK = "batch_size"
DEAD = ("gcr.io/kubeflow", "gcr.io/tf-on-k8s")


class Leftover(NamedTuple):
    """Something of the application that the project does not have, and why."""

    what: str
    why: str


class Translation(NamedTuple):
    """What comes of an application."""

    settings: Settings
    workloads: tuple[Request, ...]
    leftovers: tuple[Leftover, ...]


def translate(app: Application, platform: str, at: Path) -> Translation:
    """Give the project that an application becomes.

    In:  `platform`, where the application does not name one; `at`, the catalogue.
    """
    left: list[Leftover] = []
    names = [name for name in app.imports if _replaced_by(app, name)]
    settings = Settings(platform, _namespace(app, left), (), {}, {name: {} for name in _environments(app, left)})
    chosen = [component for name in names for component in _replaced_by(app, name)]
    settings = add_components(settings, chosen, at)
    for name in names:
        settings = _with_values(settings, app, name, None, at, left)
    for environment, fields in app.environments.items():
        for name in [name for name in names if environment in settings.environments and name in fields]:
            settings = _with_values(settings, app, name, environment, at, left)
    workloads = tuple(_workloads(app, left))
    left += [Leftover(f"component {name}", _unknown(app, name)) for name in app.imports if not _is_known(app, name)]
    needed = [OPERATORS[one.prototype] for one in workloads if one.prototype in OPERATORS]
    return Translation(add_components(settings, needed, at), workloads, tuple(left))


def _replaced_by(app: Application, name: str) -> list[str]:
    return [component for one in app.imports[name] for component in COMPONENTS.get(one, ())]


def _prototype(app: Application, name: str) -> str:
    found = next((PROTOTYPES[one] for one in app.imports[name] if one in PROTOTYPES), "")
    return "tf-cnn" if found == "tf-job" and BENCHMARK in app.parameters.get(name, {}) else found


def _is_known(app: Application, name: str) -> bool:
    return bool(_replaced_by(app, name) or _prototype(app, name))


def _unknown(app: Application, name: str) -> str:
    imports = [one for one in app.imports[name] if not one.startswith("k.")]
    what = f"it imports {', '.join(imports)}" if imports else "it is Jsonnet of its own"
    return f"{what}: render it with 'ks show', and put the manifests into workloads/"


def _namespace(app: Application, left: list[Leftover]) -> str:
    found = list(dict.fromkeys(app.namespaces.values()))
    for name, namespace in app.namespaces.items():
        if namespace != found[0]:
            why = f"a project has one namespace, {found[0]}: make a project of its own for it"
            left.append(Leftover(f"namespace {namespace} of environment {name}", why))
    return found[0] if found else catalog.NAMESPACE


def _environments(app: Application, left: list[Leftover]) -> Iterator[str]:
    for name in app.environments:
        if LABEL.fullmatch(name):
            yield name
        else:
            left.append(Leftover(f"environment {name}", "a name has small letters, digits and '-': add it by another"))


def _with_values(
    settings: Settings, app: Application, name: str, environment: str | None, at: Path, left: list[Leftover]
) -> Settings:
    """Give the settings with the parameters of a component, one by one: what is refused is left."""
    for key, value in _parameters(app, name, environment).items():
        if key in SPOKEN_FOR or value.text in NOTHING:
            continue
        try:
            settings = set_values(settings, [(key, _checked(value))], environment, at)
        except (KfinstallError, ExceptionGroup) as problem:
            left.append(_refused(app, name, environment, key, value, problem))
    return settings


def _parameters(app: Application, name: str, environment: str | None) -> Mapping[str, Value]:
    fields = app.parameters if environment is None else app.environments[environment]
    return fields.get(name, {})


def _checked(value: Value) -> str:
    if not value.is_literal:
        raise InputError("it is an expression, and nothing is evaluated")
    if value.text.startswith(DEAD):
        raise InputError("the registry is gone; the default is an image of today")
    return value.text


def _refused(
    app: Application, name: str, environment: str | None, key: str, value: Value, problem: Exception
) -> Leftover:
    why = problem.message if isinstance(problem, KfinstallError) else str(problem)
    return Leftover(f"{app.params_file(environment)}:{value.line}: {name}.{key} = {value.text}", why)


def _workloads(app: Application, left: list[Leftover]) -> Iterator[Request]:
    for name in app.imports:
        kind = _prototype(app, name)
        if not kind:
            continue
        try:
            check_name(name)
        except KfinstallError as problem:
            left.append(Leftover(f"component {name}", f"{problem.message}: generate a {kind} by another name"))
            continue
        yield _workload(app, Request(kind, name, {}), left)
        for environment, fields in app.environments.items():
            for key, value in fields.get(name, {}).items():
                why = f"a workload is the same in every environment: write a patch in environments/{environment}"
                left.append(_refused(app, name, environment, key, value, InputError(why)))


def _workload(app: Application, request: Request, left: list[Leftover]) -> Request:
    fields = _parameters(app, request.name, None)
    for key, value in _with_storage(request, fields).items():
        if key in SPOKEN_FOR or value.text in NOTHING:
            continue
        try:
            request = request.changed([(key, _checked(value))])
        except (KfinstallError, ExceptionGroup) as problem:
            left.append(_refused(app, request.name, None, key, value, problem))
    return request


def _with_storage(request: Request, fields: Mapping[str, Value]) -> Mapping[str, Value]:
    """Say where a model comes from, which the address alone said."""
    path = fields.get("modelPath")
    if request.prototype != "tf-serving" or path is None or "modelStorageType" in fields:
        return fields
    return {**fields, "modelStorageType": path._replace(text="gcs")} if path.text.startswith("gs://") else fields
