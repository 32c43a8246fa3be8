"""Write overlays: the flat list of bases that a set of components needs, and the platform on top.

The packaged overlays are what `overlay_files` gives for the core set; the same function serves a set of one's own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kfinstall.catalog import folders
from kfinstall.catalog.model import ComponentInfo

NAMESPACE = "kubeflow"
CORE = ("ambassador", "argo", "jupyter", "minio", "pytorch-operator", "tf-operator", "tf-serving")
"""The core set: healthy as it is installed, with no parameter set."""

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


@contextmanager
def composed(platform: str, extra: Sequence[str] = ()) -> Iterator[Path]:
    """Give the folder to build for a platform and components beyond its own.

    Out:     the packaged overlay where nothing is added, else a folder that is gone when the block ends.
    Raises:  InputError for a platform or component that does not exist.
    """
    packaged = folders.overlay(platform)
    names = packaged_set(platform)
    chosen = with_required((*names, *extra))
    if set(chosen) == set(names):
        yield packaged
        return
    with TemporaryDirectory(prefix="kfinstall-") as scratch:
        folder = Path(scratch).resolve()
        for name, text in overlay_files(platform, chosen, os.path.relpath(folders.root(), folder)).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield folder


def packaged_set(platform: str, at: Path | None = None) -> tuple[str, ...]:
    """Give the components of a platform's packaged overlay: the core set and what the platform brings."""
    return with_required((*CORE, *folders.platform(platform, at).brings), at)


def with_required(names: Sequence[str], at: Path | None = None) -> tuple[str, ...]:
    """Give the named components and all that they require, sorted; `at`, a catalogue other than kfinstall's own."""
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(folders.component(name, at).requires)
    return tuple(sorted(wanted))


def overlay_files(platform: str, names: Sequence[str], to_root: str, namespace: str = NAMESPACE) -> Mapping[str, str]:
    """Write an overlay: relative path -> text.

    In:      `names`, complete (see `with_required`); `to_root`, the way from the overlay's folder to the catalogue.
    Out:     two kustomizations. The inner one, in a folder named after the namespace, has the platform and what it
             moves there. Around it are what lives in a namespace of its own, because kustomize's `namespace:` would
             move it, and the Components that carry parameters into manifests, which must see the final namespace.
    """
    infos = [folders.component(name) for name in sorted(names)]
    inside = [info for info in infos if not info.namespace]
    inner = _inner(platform, inside, f"../{to_root}", namespace)
    outer = _outer(platform, infos, to_root, namespace)
    return {f"{namespace}/kustomization.yaml": inner, "kustomization.yaml": outer}


def _inner(platform: str, infos: Sequence[ComponentInfo], to_root: str, namespace: str) -> str:
    bases = [f"{to_root}/base/shared/namespace", *(f"{to_root}/base/{info.name}" for info in infos)]
    head = f"{HEAD}namespace: {namespace}\n"
    return head + _list("resources", bases) + _list("components", [f"{to_root}/platforms/{platform}"])


def _outer(platform: str, infos: Sequence[ComponentInfo], to_root: str, namespace: str) -> str:
    outside = [info for info in infos if info.namespace]
    bases = [namespace, *(f"{to_root}/base/{info.name}" for info in outside)]
    there = [f"{to_root}/{path}" for path in (*platform_parts(platform, outside), *parameter_parts(infos))]
    return HEAD + _list("resources", bases) + _list("components", there)


def platform_parts(platform: str, infos: Sequence[ComponentInfo], at: Path | None = None) -> list[str]:
    """Give what a platform changes of components that live in namespaces of their own, from the catalogue's root."""
    others = sorted({info.namespace for info in infos if info.namespace})
    paths = [f"platforms/{platform}/{namespace}" for namespace in others]
    return [path for path in paths if ((at or folders.root()) / path).is_dir()]


def parameter_parts(infos: Sequence[ComponentInfo], at: Path | None = None) -> list[str]:
    """Give the Components that carry parameters into the manifests, from the catalogue's root."""
    paths = [f"base/{info.name}/parameters" for info in infos]
    return [path for path in paths if ((at or folders.root()) / path).is_dir()]


def _list(field: str, entries: Sequence[str]) -> str:
    return f"{field}:\n" + "".join(f"- {entry}\n" for entry in entries) if entries else ""
