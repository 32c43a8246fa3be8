"""`kfinstall build`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kfinstall.cli import output
from kfinstall.errors import InputError

if TYPE_CHECKING:
    from kfinstall.build.tree import Tree
    from kfinstall.manifest import PrintedTexts
    from kfinstall.resource import Resource

HELP = """Render a kustomization, byte for byte as 'kustomize build' does.

DIR is a folder with a kustomization; without it, this folder. Nothing is sent
to a cluster, nothing is fetched, nothing is run.

Large files are kept as they were read, by their content, for the next build:
in ~/.cache/kfinstall/documents, at most 256 MiB, nothing of a Secret.
XDG_CACHE_HOME or KFINSTALL_CACHE_DIR move it, KFINSTALL_NO_CACHE=1 turns it
off.

\b
Examples:
  kfinstall build overlays/gke | kubectl apply -f -
  kfinstall build overlays/gke -o rendered.yaml
  kfinstall build overlays/gke -o rendered/      one file a resource
  kfinstall build overlays/gke --format json | jq '.items[].metadata.name'
  kfinstall build overlays/gke --explain Deployment/minio:spec.replicas
"""

REFUSED = {
    "enable_helm": "Helm charts are not rendered; render them with 'helm template' and list the file",
    "enable_alpha_plugins": "plugins and functions are never run",
    "enable_exec": "plugins and functions are never run",
    "network": "plugins and functions are never run",
    "mount": "plugins and functions are never run",
}
"""Options of kustomize's that would run a program -> why they do nothing good here."""


@click.command(help=HELP)
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("-o", "--output", "target", metavar="PATH", help="Write to a file, or to a folder that is there.")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", help="YAML, or one JSON list.")
@click.option(
    "--load-restrictor",
    type=click.Choice(["LoadRestrictionsRootOnly", "LoadRestrictionsNone"]),
    default="LoadRestrictionsRootOnly",
    help="May a kustomization name files outside its folder?",
)
@click.option(
    "--reorder", type=click.Choice(["legacy", "none"]), help="Order by kind, or as read; better: sortOptions."
)
@click.option(
    "--enable-managedby-label", "managed_by", is_flag=True, help="Label all with app.kubernetes.io/managed-by."
)
@click.option("--origin", is_flag=True, help="Annotate all with the files and lines that shaped them.")
@click.option("--explain", metavar="FIELDPATH", help="Say which file and line gave this field its last value.")
@click.option("--no-cache", is_flag=True, help="Read every file anew, and keep nothing of it.")
@click.option("-e", "--env", multiple=True, metavar="NAME", help="Taken as kustomize takes it; functions are not run.")
@click.option("--as-current-user", is_flag=True, help="Taken as kustomize takes it; functions are not run.")
@click.option("--helm-command", hidden=True)
@click.option("--enable-helm", is_flag=True, hidden=True)
@click.option("--enable-alpha-plugins", is_flag=True, hidden=True)
@click.option("--enable-exec", is_flag=True, hidden=True)
@click.option("--network", is_flag=True, hidden=True)
@click.option("--mount", multiple=True, hidden=True)
def command(
    folder: str,
    target: str | None,
    form: str,
    load_restrictor: str,
    reorder: str | None,
    managed_by: bool,
    no_cache: bool,
    origin: bool,
    explain: str | None,
    **others: object,
) -> None:
    """Load, build, print."""
    from kfinstall.build import build_resources
    from kfinstall.load import load_tree, no_collector, open_cache
    from kfinstall.manifest import parse_documents

    _refuse(others)
    if reorder:
        output.note(
            "Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead."
        )
    cache = None if no_cache else open_cache()
    with no_collector():
        tree = load_tree(Path(folder), load_restrictor=load_restrictor, parse=cache.parse if cache else parse_documents)
        for warning in tree.warnings:
            output.note(warning)
        if explain:
            _explain(tree, explain)
            return
        build = _build_with_origins if origin else build_resources
        resources = build(tree, reorder=reorder or "legacy", managed_by=managed_by)
        _write(resources, target, form, cache.texts if cache else None)
        output.flush()
        if cache:
            cache.save()


def _build_with_origins(tree: Tree, *, reorder: str, managed_by: bool) -> tuple[Resource, ...]:
    from kfinstall.build.history import build_with_origins

    return build_with_origins(tree, reorder=reorder, managed_by=managed_by)


def _explain(tree: Tree, target: str) -> None:
    from kfinstall.build.history import explain
    from kfinstall.cli.explained import lines

    output.lines(lines(explain(tree, target), target))


def _refuse(options: dict[str, object]) -> None:
    for name, why in REFUSED.items():
        if options.get(name):
            raise InputError(f"--{name.replace('_', '-')} is not supported: {why}")


def _write(resources: Sequence[Resource], target: str | None, form: str, texts: PrintedTexts | None) -> None:
    """Print the resources, or write them where they should go."""
    if target is None:
        output.raw(_text(resources, form, texts))
    elif Path(target).is_dir():
        from kfinstall.build.file_names import name_files

        for name, resource in name_files(resources, f".{form}").items():
            _save(Path(target) / name, _text([resource], form, texts, alone=True))
    else:
        _save(Path(target), _text(resources, form, texts))


def _text(resources: Sequence[Resource], form: str, texts: PrintedTexts | None, *, alone: bool = False) -> str:
    if form == "yaml":
        from kfinstall.manifest import dump_resources

        return dump_resources(resources, texts)
    import json

    items = [resource.manifest for resource in resources]
    value = items[0] if alone else {"apiVersion": "v1", "kind": "List", "items": items}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _save(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise InputError(
            f"cannot write '{path}': {error.strerror}", hint="name a file in a folder that is there"
        ) from None
