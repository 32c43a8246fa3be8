"""Set a parameter the way a person does: an overlay around the platform's, with nothing but kustomize."""

from __future__ import annotations

import os
from pathlib import Path

from kfinstall import catalog
from kfinstall.catalog.model import ComponentInfo, Parameter

NS = catalog.NAMESPACE
MADE_UP = {
    "folder": "other/folder",
    "image": "registry.example/other/image:1.0",
    "location": "/other/location",
    "name": "other-name",
    "names": "first-name,second-name",
    "path": "/other/path",
    "quantity": "7Gi",
    "string": "other text, with: a colon",
    "url": "https://other.example/path",
}

NEEDED = {"modelName": {"modelPath": "/models/mnist"}, "modelServerGpuImage": {"numGpus": "1"}}
NEEDED |= {"modelClaim": {"modelStorageType": "pvc"}, "nfsPVC": {"modelStorageType": "nfs"}}
NEEDED |= {"gcpCredentialSecret": {"modelStorageType": "gcs"}, "modelSource": {"modelStorageType": "minio"}}
"""What else is set, on both sides, where a parameter only matters then."""


def other_values(parameter: Parameter) -> list[str]:
    """Give values that are not the default: every one of an enumeration, else one of the type."""
    match parameter.type:
        case "enum":
            return [value for value in parameter.allowed if value != parameter.default]
        case "boolean":
            return ["false" if parameter.default == "true" else "true"]
        case "integer":
            return [str(int(parameter.default) + 1)]
    return [MADE_UP[parameter.type]]


def write_layer(folder: Path, platform: str, info: ComponentInfo, values: dict[str, str]) -> Path:
    """Write an overlay with a component and what it requires, set to these values. Gives its folder.

    An option that `values` asks for is listed, as base/README.md says.
    """
    names = catalog.with_required([info.name])
    to_root = os.path.relpath(catalog.root(), folder)
    for path, text in catalog.overlay_files(platform, names, to_root).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    if values:
        outer = folder / "kustomization.yaml"
        options = [path for parameter in info.parameters for path in adds(info, parameter, values)]
        outer.write_text(_with_values(outer.read_text(), info.name, values, [f"{to_root}/{path}" for path in options]))
    return folder


def adds(info: ComponentInfo, parameter: Parameter, values: dict[str, str]) -> list[str]:
    value = values.get(parameter.name, parameter.default)
    if not parameter.adds or value == parameter.default:
        return []
    return [f"base/{info.name}/{parameter.adds.format(value=value)}"]


def _with_values(text: str, name: str, values: dict[str, str], options: list[str]) -> str:
    listed = "".join(f"- {path}\n" for path in options)
    merged = "".join(
        f"  - {key}={value}\n" if value.isalnum() else f"  - '{key}={value}'\n" for key, value in values.items()
    )
    generator = f"configMapGenerator:\n- name: {name}-params\n  behavior: merge\n  literals:\n{merged}"
    return text.replace("components:\n", f"components:\n{listed}", 1) + generator
