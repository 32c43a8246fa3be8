"""What each value of each parameter changes in what is rendered: exactly what it should, and nothing else.

Stock kustomize renders both sides. `make golden` writes the files anew; the change is reviewed.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from kfinstall import catalog
from kfinstall.catalog.model import ComponentInfo
from tests.catalog.manifests import Manifest, build
from tests.catalog.parameters import NEEDED, other_values, write_layer

HERE = Path(__file__).parent / "parameters"
WRITE = os.environ.get("KFINSTALL_GOLDEN") == "write"
PLATFORM = "openshift"  # sets no parameter of its own
CASES = [
    (info, parameter.name, value)
    for info in catalog.components()
    for parameter in info.parameters
    for value in other_values(parameter)
]


def file_of(info: ComponentInfo, name: str, value: str) -> Path:
    (parameter,) = [parameter for parameter in info.parameters if parameter.name == name]
    suffix = f"-{value}" if parameter.allowed else ""
    return HERE / info.name / f"{name}{suffix}.diff"


def texts(manifests: tuple[Manifest, ...]) -> dict[str, str]:
    """Give each resource's YAML, by kind, namespace and name."""
    return {
        f"{m['kind']} {m['metadata'].get('namespace', '')}/{m['metadata']['name']}": yaml.safe_dump(m, sort_keys=False)
        for m in manifests
    }


def differences(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            yield f"{name}\n"
            yield from [line for line in difflib.ndiff(old.splitlines(True), new.splitlines(True)) if line[0] in "+-"]


@pytest.fixture(scope="module")
def unset(tmp_path_factory: pytest.TempPathFactory) -> Callable[[ComponentInfo, str], Path]:
    """Give the overlay without the parameter, written once for all that start from the same."""
    folder = tmp_path_factory.mktemp("unset")

    def give(info: ComponentInfo, name: str) -> Path:
        needed = NEEDED.get(name, {})
        return write_layer(
            folder / "-".join([info.name, *needed, *needed.values()]).replace("/", "_"), PLATFORM, info, needed
        )

    return give


@pytest.mark.parametrize(("info", "name", "value"), CASES, ids=[f"{info.name}-{n}-{v}"[:60] for info, n, v in CASES])
def test_a_parameter_changes_exactly_what_it_should(
    info: ComponentInfo, name: str, value: str, tmp_path: Path, unset: Callable[[ComponentInfo, str], Path]
) -> None:
    before = texts(build(unset(info, name)))
    after = texts(build(write_layer(tmp_path, PLATFORM, info, {**NEEDED.get(name, {}), name: value})))
    found = "".join(differences(before, after))
    assert found, "the parameter changes nothing"
    path = file_of(info, name, value)
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found)
    assert path.read_text() == found, "run `make golden` and review what changed"


def test_there_is_no_golden_file_without_its_parameter() -> None:
    assert set(HERE.rglob("*.diff")) == {file_of(*case) for case in CASES}


def test_a_parameter_at_its_default_changes_no_byte(
    tmp_path: Path, unset: Callable[[ComponentInfo, str], Path]
) -> None:
    for info in catalog.components():
        values = {parameter.name: parameter.default for parameter in info.parameters}
        assert build(write_layer(tmp_path / "set" / info.name, PLATFORM, info, values)) == build(unset(info, ""))
