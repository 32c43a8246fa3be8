"""Every command and parameter that docs/from-ksonnet.md names beside an old one is there."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

from kfinstall.cli.start import run
from kfinstall.prototypes import prototype

PAGE = (Path(__file__).parents[2] / "docs" / "from-ksonnet.md").read_text()
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("| `")]
COMMANDS = [re.findall(r"`(kfinstall [^`]+)`", row[1])[0] for row in ROWS if row[1].startswith("`kfinstall")]
PARAMETERS = [(row[0], row[1]) for row in ROWS if len(row) == 2]
OF_PROTOTYPES = [
    (kind, old)
    for row in ROWS
    if len(row) == 3 and "kfinstall" not in row[1]
    for kind in row[1].split(", ")
    for old in re.findall(r"`(\w+)`", row[0])
]
NEEDS_A_CLUSTER = ("apply", "delete", "diff", "open")
EXIT_CLUSTER = 3
OF_THE_PLATFORM = ("cloud", "disks", "jupyterHubServiceType", "jupyterNotebookPVCMount", "namespace", "reportUsage")
OF_MODELS = ("image", "modelPath", "modelStorageType", "nfsPVC", "numGpus", "numPs", "numWorkers", "usageId")
BEFORE = {
    "kfinstall component add jupyter": ["component remove jupyter"],
    "kfinstall env add prod": ["env remove prod"],
    "kfinstall param set --environment prod NAME VALUE": [],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ksonnet") / "my-ml"
    assert (
        run(
            [
                "init",
                str(folder),
                "--platform",
                "gke",
                "--components",
                "ambassador,jupyter,spartakus,tf-operator,tf-serving",
            ]
        )
        == 0
    )
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_table_does_something(
    command: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    words = command.replace("NAME VALUE", "minioStorageX 1").replace("NAME", "notebookStorage").split()[1:]
    words = [{"minioStorageX": "notebookStorage", "1": "1Gi"}.get(word, word) for word in words]
    with contextlib.chdir(tmp_path if words[0] == "init" else project):
        for before in BEFORE.get(command, ()):
            run(before.split())
        wanted = (EXIT_CLUSTER,) if words[0] in NEEDS_A_CLUSTER else (0, 1)
        assert run(words) in wanted
        run(["env", "set", "production", "--name", "prod"])
        run(["env", "add", "prod"])
        run(["component", "add", "jupyter"])


@pytest.mark.parametrize(("old", "new"), PARAMETERS)
def test_a_parameter_of_the_table_is_there_under_the_names_it_says(old: str, new: str, project: Path) -> None:
    is_old_known = "the same" in new or "is understood" in new
    names = re.findall(r"`(\w+)`", old if is_old_known else new.partition(":")[0].partition(";")[0])
    for name in names:
        assert name == "images" or run(["param", "describe", name, "--project", str(project)]) == 0


@pytest.mark.parametrize(("kind", "name"), OF_PROTOTYPES)
def test_a_parameter_of_a_prototype_is_understood_by_its_old_name(kind: str, name: str) -> None:
    assert name in {known for one in prototype(kind).parameters for known in (one.name, *one.formerly)}


def test_the_old_names_of_the_first_guides_are_all_there(project: Path) -> None:
    of_prototypes = {known for _, known in OF_PROTOTYPES}
    for name in (*OF_THE_PLATFORM, *OF_MODELS):
        assert name in of_prototypes or run(["param", "describe", name, "--project", str(project)]) == 0
