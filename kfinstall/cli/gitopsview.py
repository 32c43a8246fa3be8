"""What the commands below `kfinstall gitops` print, and from which resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from kfinstall.cli.options import Wanted
from kfinstall.cli.output import Format, raw, structured
from kfinstall.cli.source import read_manifests, settle_source
from kfinstall.errors import InputError
from kfinstall.gitops.argocd import Target, application_set, one_for_all, one_per_component
from kfinstall.manifest import dump_documents
from kfinstall.resource import Manifest, Resource

_SHAPES: Mapping[str, Callable[[Sequence[Resource], Target], Iterable[Manifest]]] = {
    "single": one_for_all,
    "component": one_per_component,
}


def asked_for(wanted: Wanted) -> tuple[Sequence[Resource], str]:
    """Give the resources, and the name they have of themselves.

    Raises: InputError where nothing is named, or nothing has a name.
    """
    wanted = settle_source(wanted)
    if wanted.source is None and wanted.platform in (None, "auto"):
        raise InputError("there is nothing to sync", hint="name a folder, or a --platform")
    source = read_manifests(wanted, wanted.platform or "")
    return source.resources, source.name or "kfinstall"


def print_objects(
    resources: Sequence[Resource], target: Target, shape: str, environments: str | None, output: Format
) -> None:
    """Print the objects in the shape that was asked for.

    Raises: InputError where environments and shape do not fit.
    """
    names = [one.strip() for one in (environments or "").split(",") if one.strip()]
    if bool(names) != (shape == "set"):
        raise InputError("--applicationset and --environments go together", hint="name both, or neither")
    found = application_set(resources, target, names) if shape == "set" else _SHAPES[shape](resources, target)
    print_manifests(found, output)


def print_manifests(manifests: Iterable[Manifest], output: Format) -> None:
    """Print manifests as a stream of YAML, or a list of JSON."""
    if output == "json":
        structured(list(manifests), output)
    else:
        raw(dump_documents(manifests))
