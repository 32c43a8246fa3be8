"""What docs/gitops/repository.md says is done here as written, and its jobs run as bash runs them, in fresh clones."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from kfinstall.cli.start import run
from kfinstall.gitops.comment import MARK
from kfinstall.project.gitops_files import SAMPLES
from tests.gitops.forge import TOKEN, Forge, serve_forge
from tests.judge import judge

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gitops" / "repository.md").read_text()
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")}
Done = subprocess.CompletedProcess[str]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.com",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.com",
    "PIP_NO_INDEX": "1",
}


def bash(script: str, folder: Path, more: Mapping[str, str] | None = None) -> Done:
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(words, cwd=folder, env=ENVIRONMENT | (more or {}), capture_output=True, text=True)


def must(script: str, folder: Path) -> str:
    done = bash(script, folder)
    assert done.returncode == 0, done
    return done.stdout


def follow(section: str, folder: Path) -> None:
    for block in BLOCK.findall(SECTIONS[section]):
        must(block, folder)


@pytest.fixture
def forge() -> Iterator[Forge]:
    with serve_forge() as served:
        yield served


@pytest.fixture(scope="session")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository at the end of the page's first section, made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("beginning")
    follow("Begin", folder)
    return folder / "my-ml"


@pytest.fixture
def begun(beginning: Path, tmp_path: Path) -> Path:
    shutil.copytree(beginning, tmp_path / "my-ml", symlinks=True)
    return tmp_path / "my-ml"


def sample(name: str) -> dict:
    return yaml.safe_load((ROOT / "samples" / "gitops" / name).read_text())


def github(repository: Path, branch: str, forge: Forge, clone: Path, token: str = TOKEN) -> Done:
    """Run the job as GitHub does: the pull request merged, as deep as the job asks for; a step that fails ends it."""
    must(f"git clone -q {repository} {clone} && cd {clone} && git checkout -q --detach origin/main", clone.parent)
    must(f"git merge -q --no-ff -m merged origin/{branch}", clone)
    must(f"git clone -q --depth 2 file://{clone} {clone}-shallow", clone.parent)
    workflow = sample("github-actions.yaml")["jobs"]["rendered"]
    scratch = clone.parent / f"{clone.name}-scratch"
    scratch.mkdir()
    given = {
        "RUNNER_TEMP": str(scratch),
        "GITHUB_STEP_SUMMARY": str(scratch / "summary.md"),
        "GITHUB_API_URL": forge.url,
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_TOKEN": token,
        "PULL_REQUEST": "7",
        "KFINSTALL": workflow["env"]["KFINSTALL"],
    }
    for step in (step for step in workflow["steps"] if "run" in step):
        done = bash(step["run"], Path(f"{clone}-shallow"), given)
        if done.returncode:
            break
    return done


def gitlab(repository: Path, branch: str, forge: Forge, clone: Path, token: str = TOKEN) -> Done:
    """Run the job as GitLab does: the branch as it is, and the commit at which it left main."""
    must(f"git clone -q {repository} {clone} && cd {clone} && git checkout -q --detach origin/{branch}", clone.parent)
    job = sample("gitlab-ci.yaml")["rendered"]
    given = {
        **job["variables"],
        "CI_API_V4_URL": forge.url,
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": must("git merge-base origin/main HEAD", clone).strip(),
        "KFINSTALL_TOKEN": token,
    }
    return bash("\n".join([*job["before_script"], *job["script"]]), clone, given)


JOBS = [github, gitlab]


@pytest.mark.parametrize("job", JOBS)
def test_a_change_goes_to_dev_and_is_promoted_to_prod_by_pull_requests(job, begun, forge, tmp_path):
    change, merge = BLOCK.findall(SECTIONS["Change something"])
    must(change, begun)
    forge.comments[1] = "Looks good to me"
    done = job(begun, "two-replicas", forge, tmp_path / "first")
    assert done.returncode == 0, done
    comment = forge.comments[2]
    assert comment.startswith(f"{MARK}\n### Rendered manifests: 1 changed\n")
    assert "#### `dev`\n" in comment and "prod" not in comment
    assert "-  replicas: 1\n+  replicas: 2\n" in comment

    must(merge, begun)
    assert "replicas: 2" in (judge(begun / "rendered" / "dev") or "")
    assert judge(begun / "rendered" / "dev") == judge(begun / "environments" / "dev")
    assert judge(begun / "rendered" / "prod") != judge(begun / "environments" / "prod")

    promote, waiting = BLOCK.findall(SECTIONS["Promote it"])
    must(promote, begun)
    must("git reset -q --hard HEAD^1", begun)  # the pull request, before it is merged
    done = job(begun, "promote-to-prod", forge, tmp_path / "second")
    assert done.returncode == 0, done
    assert "#### `prod`\n" in forge.comments[2] and "`dev`" not in forge.comments[2]
    assert forge.comments == {1: "Looks good to me", 2: forge.comments[2]} and not forge.refused
    must("git merge -q --no-ff -m merged promote-to-prod", begun)
    assert judge(begun / "rendered" / "prod") == judge(begun / "environments" / "prod")
    assert "rendered/test is stale: 1 file\n" in must(waiting, begun)


BROKEN = {
    "a change that was not rendered": ("kfinstall param set modelServerReplicas 2", "rendered/dev is stale: 1 file"),
    "an edit of prod by hand": (
        "sed -i 's/replicas: 1/replicas: 5/' rendered/prod/tf-serving/deployment_kubeflow_tf-serving.yaml",
        "rendered/prod is stale: 1 file",
    ),
    "a secret in what is rendered": (
        "printf 'apiVersion: v1\\nkind: Secret\\nmetadata: {name: a}\\nstringData: {a: hunter2-hunter2}\\n' "
        "> rendered/prod/tf-serving/deployment_kubeflow_tf-serving.yaml",
        "it holds a Secret, which is not shown",
    ),
    "half a promotion": (
        "kfinstall param set modelServerReplicas=2 minioStorage=50Gi && "
        "kfinstall render --environment dev --to rendered/dev && "
        "kfinstall render --environment prod --to rendered/prod && git checkout -q rendered/prod/tf-serving",
        "rendered/prod is stale: 1 file",
    ),
}


@pytest.mark.parametrize(("job", "name"), [*((github, name) for name in BROKEN), (gitlab, "an edit of prod by hand")])
def test_a_job_stops_what_is_not_rendered_as_it_should_be(job, name, begun, forge, tmp_path):
    command, said = BROKEN[name]
    must(f"git switch -q -c broken && {command} && git add -A && git commit -q -m broken", begun)
    done = job(begun, "broken", forge, tmp_path / "clone")
    assert done.returncode == 1, done
    assert said in done.stdout
    assert "hunter2" not in done.stdout + done.stderr + "".join(forge.comments.values())


@pytest.mark.parametrize("job", JOBS)
def test_a_job_fails_where_its_comment_is_refused_and_shows_no_token(job, begun, forge, tmp_path):
    must("git switch -q -c same && git commit -q --allow-empty -m same", begun)
    done = job(begun, "same", forge, tmp_path / "clone", "another-token")
    assert done.returncode != 0 and forge.refused and not forge.comments
    assert "another-token" not in done.stdout + done.stderr


def test_the_hook_renders_before_a_commit_and_stops_one_that_was_not_rendered(begun):
    (hook,) = sample("pre-commit-config.yaml")["repos"][0]["hooks"]
    script = f"#!/bin/bash\n{hook['entry']} && git diff --quiet\n"  # pre-commit fails a hook that changes files
    path = begun / ".git" / "hooks" / "pre-commit"
    path.write_text(script)
    path.chmod(0o755)
    must("kfinstall param set modelServerReplicas 2 && git add -A", begun)
    assert bash("git commit -q -m two", begun).returncode == 1
    must("git add -A && git commit -q -m two", begun)
    assert judge(begun / "rendered" / "dev") == judge(begun / "environments" / "dev")
    matched = [name for name in must("git ls-files", begun).splitlines() if re.search(hook["files"], name)]
    assert {"parameters/kustomization.yaml", "kustomization.yaml"} < set(matched)
    assert "README.md" not in matched and not any(name.startswith("rendered/prod") for name in matched)


@pytest.mark.parametrize(("at", "code"), [(0, 0), (1, 1)])
def test_the_published_hooks_do_what_they_say(at, code, begun):
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[at]
    must("kfinstall param set modelServerReplicas 2", begun)
    done = bash(" ".join([hook["entry"], *hook["args"]]), begun)
    assert done.returncode == code, done
    assert bool(must("git status --porcelain rendered", begun)) == (at == 0)


def test_init_adds_the_files_to_a_project_that_is_there_and_leaves_what_differs(project, capsys):
    (project / ".gitlab-ci.yml").write_text("mine: {}\n")
    assert run(["init", ".", "--platform", "gke", "--gitops"]) == 0
    said = capsys.readouterr().err
    assert ".gitlab-ci.yml is there already and is left as it is" in said
    assert (project / ".gitlab-ci.yml").read_text() == "mine: {}\n"
    for path in SAMPLES.keys() - {".gitlab-ci.yml"}:
        assert f"wrote {path}" in said and (project / path).is_file()
