"""The environment in which Git runs."""

from __future__ import annotations

import base64

import pytest

from kfinstall.build.repository import parse_repository
from kfinstall.load.git import git_environment

BASIC = base64.b64encode(b"x-access-token:t0ken").decode()


def environment(url: str = "https://host/org/repo", **given: str) -> dict[str, str]:
    repository = parse_repository(url)
    assert repository is not None
    return git_environment(repository, given)


def settings(environ: dict[str, str]) -> dict[str, str]:
    count = range(int(environ.get("GIT_CONFIG_COUNT", "0")))
    return {environ[f"GIT_CONFIG_KEY_{i}"]: environ[f"GIT_CONFIG_VALUE_{i}"] for i in count}


def test_the_token_is_a_header_for_github_alone():
    found = settings(environment(GITHUB_TOKEN="t0ken"))
    assert found == {"http.https://github.com/.extraHeader": f"Authorization: Basic {BASIC}"}


def test_settings_that_are_there_stay():
    given = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"}
    assert settings(environment(**given)) == {"a.b": "c"}
    assert list(settings(environment(**given, GITHUB_TOKEN="t0ken"))) == ["a.b", "http.https://github.com/.extraHeader"]


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("https://me:pass@host/org/repo", {"url.https://me:pass@host/.insteadOf": "https://host/"}),
        ("https://t0ken@host/org/repo", {"url.https://t0ken@host/.insteadOf": "https://host/"}),
        ("ssh://me:pass@host/org/repo", {"url.ssh://me:pass@host/.insteadOf": "ssh://me@host/"}),
        ("ssh://git@host/org/repo", {}),
        ("git@host:org/repo", {}),
    ],
)
def test_user_and_password_are_another_spelling_of_the_host(url, want):
    assert settings(environment(url)) == want


def test_nothing_asks_leads_elsewhere_or_writes_down_what_is_sent():
    given = {"GIT_ASKPASS": "x", "SSH_ASKPASS": "x", "GIT_TERMINAL_PROMPT": "1", "LC_ALL": "de_DE.UTF-8"}
    found = environment(**given, GIT_DIR="x", GIT_INDEX_FILE="x", GIT_TRACE_CURL="1", GIT_TRACE2="x", HOME="/home/me")
    assert found == {
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "never",
        "LC_ALL": "C",
        "HOME": "/home/me",
    }


def test_addresses_that_are_commands_are_not_allowed_by_the_environment_either():
    assert environment(GIT_ALLOW_PROTOCOL="https:ext:ssh")["GIT_ALLOW_PROTOCOL"] == "https:ssh"
