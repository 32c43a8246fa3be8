"""A page is led to with all that it takes to get in; what prints a password is run in the guide to projects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kfinstall import catalog
from kfinstall.apply import Installation
from kfinstall.cli.options import Access
from kfinstall.cli.pages import PAGES, first_page, how_to_log_in
from kfinstall.cli.runs import next_steps
from kfinstall.resource import ResourceId

GUIDE = (Path(__file__).parents[2] / "docs" / "projects.md").read_text()
HUB = ResourceId("", "Service", "kubeflow", "tf-hub-lb")
STORE = ResourceId("", "Service", "kubeflow", "minio-service")


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.login])
def test_what_a_page_asks_for_is_printed_by_commands_that_the_guide_has(name: str) -> None:
    said, *commands = how_to_log_in(PAGES[name], "kubeflow")
    assert said.startswith("log in with ")
    assert commands
    assert [command for command in commands if f"\n{command.strip()}\n" not in GUIDE] == []


def test_the_secrets_that_are_named_are_those_that_components_make() -> None:
    made = {secret for info in catalog.components() for secret in info.secrets}
    named = {
        secret for page in PAGES.values() for text in page.commands for secret in re.findall(r"secret (\S+)", text)
    }
    assert named == {"jupyter-hub-credentials", "minio-credentials"}
    assert named <= made


def test_a_page_that_asks_nobody_says_nothing() -> None:
    assert list(how_to_log_in(PAGES["dashboard"], "kubeflow")) == []


def test_the_page_after_an_apply_is_the_first_that_is_installed() -> None:
    assert first_page([STORE, HUB]) == ("jupyter", "kubeflow")
    assert first_page([STORE]) == ("minio", "kubeflow")
    assert first_page([STORE._replace(kind="ConfigMap")]) is None


def test_what_to_type_next_leads_to_the_same_cluster_and_namespace() -> None:
    target, access = Installation("gke", "kfinstall-system"), Access(None, "there")
    steps = [command for command, _ in next_steps(target, access, [HUB])]
    assert steps == [
        "kfinstall status --context there --name gke",
        "kfinstall open jupyter --context there",
        "kfinstall delete --context there --name gke",
    ]
    elsewhere = [command for command, _ in next_steps(target, Access(None, None), [HUB._replace(namespace="team 7")])]
    assert elsewhere[1] == "kfinstall open jupyter --in 'team 7'"
    assert len(next_steps(target, Access(None, None), [])) == 2
