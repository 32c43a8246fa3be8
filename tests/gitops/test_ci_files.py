"""The jobs and hooks as the forges and pre-commit read them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from kfinstall import __version__

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples" / "gitops"


class Once(yaml.SafeLoader):
    """YAML in which a key may stand once, and `on` is text, as GitHub reads it."""


def _mapping(loader: Once, node: yaml.MappingNode) -> dict[str, object]:
    keys = [key.value for key, _ in node.value]
    assert len(keys) == len(set(keys)), f"a key stands twice: {keys}"
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


Once.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(path: Path):
    return yaml.load(path.read_text(), Once)


def scripts() -> dict[str, str]:
    job = read(SAMPLES / "github-actions.yaml")["jobs"]["rendered"]
    steps = {step["name"]: step["run"] for step in job["steps"] if "run" in step}
    lab = read(SAMPLES / "gitlab-ci.yaml")["rendered"]
    return {**steps, "gitlab": "\n".join([*lab["before_script"], *lab["script"]])}


@pytest.mark.parametrize("name", scripts())
def test_bash_can_read_every_script_and_no_expression_of_github_is_in_one(name):
    script = scripts()[name]
    assert subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True).returncode == 0
    assert "${{" not in script, "a value from a pull request would be code"


def test_the_workflow_is_one_github_takes():
    """Source: GitHub's workflow syntax."""
    flow = read(SAMPLES / "github-actions.yaml")
    assert set(flow) == {"name", "on", "permissions", "concurrency", "jobs"}
    assert list(flow["on"]) == ["pull_request"], "pull_request_target would run what a stranger wrote, with rights"
    assert flow["permissions"] == {"contents": "read", "pull-requests": "write"}
    (job,) = flow["jobs"].values()
    assert set(job) <= {"runs-on", "timeout-minutes", "env", "steps"} and job["runs-on"] == "ubuntu-latest"
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step)
        assert set(step) <= {"name", "uses", "with", "run", "env", "if"}
        assert "uses" not in step or re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
    checkout = job["steps"][0]["with"]
    assert checkout == {"fetch-depth": "2", "persist-credentials": "false"} or checkout["fetch-depth"] == 2
    tokens = [step for step in job["steps"] if "github.token" in str(step.get("env"))]
    assert [step["name"] for step in tokens] == ["Comment"]


def test_the_job_of_gitlab_is_one_gitlab_takes():
    """Source: GitLab's CI/CD YAML syntax."""
    (job,) = read(SAMPLES / "gitlab-ci.yaml").values()
    assert set(job) <= {"image", "rules", "variables", "before_script", "script", "artifacts"}
    assert all(isinstance(line, str) for line in (*job["before_script"], *job["script"]))
    assert job["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
    assert job["variables"]["GIT_DEPTH"] == "0" and job["artifacts"]["when"] == "always"


@pytest.mark.parametrize("path", [SAMPLES / "github-actions.yaml", SAMPLES / "gitlab-ci.yaml"])
def test_a_job_installs_this_version(path):
    assert f"KFINSTALL: kfinstall=={__version__}\n" in path.read_text()


MANIFEST = {"id", "name", "description", "entry", "args", "language", "pass_filenames", "files"}


def test_the_hooks_are_ones_pre_commit_takes():
    """Source: pre-commit.com, "Creating new hooks" and ".pre-commit-config.yaml"."""
    published = read(ROOT / ".pre-commit-hooks.yaml")
    (repository,) = read(SAMPLES / "pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    for hook in (*published, *repository["hooks"]):
        assert {"id", "name", "entry", "language"} <= set(hook) <= MANIFEST
        assert re.compile(hook["files"])
    assert {hook["language"] for hook in published} == {"python"}
    assert len({hook["id"] for hook in published}) == len(published)
