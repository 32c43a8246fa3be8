"""On every platform a project is built by us and by stock kustomize to the same bytes: with nothing set, and with
every parameter set, in the project and in an environment.

The components are dealt out to the platforms; every component on every platform is tests/catalog/test_product.py.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.build import build_resources
from kfinstall.load import load_tree
from kfinstall.manifest import dump_resources
from kfinstall.project.changing import change
from kfinstall.project.making import make_project, new_settings
from kfinstall.project.parameters import declared
from kfinstall.project.reading import read_project
from kfinstall.project.saving import save
from tests.catalog.manifests import KUBECTL
from tests.catalog.parameters import other_values

PLATFORMS = tuple(info.name for info in catalog.platforms())
EVERYTHING = tuple(info.name for info in catalog.components())
ALWAYS = ("jupyter", "nvidia-device-plugin", "tf-serving")
"""What has options, and what lives in a namespace of its own."""


def rendered(folder: Path) -> str:
    judge = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=True).stdout
    assert dump_resources(build_resources(load_tree(folder))) == judge
    return judge


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_project_is_plain_kustomize_whatever_is_set(platform: str, tmp_path: Path) -> None:
    root = tmp_path / "my-ml"
    names = (*ALWAYS, *EVERYTHING[PLATFORMS.index(platform) :: len(PLATFORMS)])
    made = make_project(root, new_settings(platform, names, catalog.root()), catalog.root(), "here").project
    bare = rendered(root)
    assert rendered(root / "environments" / "prod") == bare

    parameters = [one.parameter for one in declared(made.settings.components, None)]
    first = {parameter.name: other_values(parameter)[0] for parameter in parameters}
    last = {parameter.name: other_values(parameter)[-1] for parameter in parameters}
    settings = replace(made.settings, namespace="team-7", values=first, environments={"dev": {}, "prod": last})
    before = read_project(root)
    save(before, change(before, settings))
    assert read_project(root).settings == settings
    everywhere = rendered(root)
    assert everywhere != bare
    assert rendered(root / "environments" / "dev") == everywhere
    assert rendered(root / "environments" / "prod") != everywhere
    assert "namespace: kubeflow\n" not in everywhere
