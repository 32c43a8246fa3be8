"""What two commits render to, compared, and told in a comment that no manifest can break."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.gitops.comment import MARK, MOST_CHARACTERS, Compared, write_comment
from kfinstall.gitops.comparing import Difference, Section, compare, said, together
from kfinstall.resource import ResourceId
from tests.gitops.test_rendered import a_resource

COMPARED = Compared("main", "HEAD", "kfinstall diff rendered --from main --to HEAD")


def test_what_differs_is_created_changed_or_removed():
    before = [a_resource(name="same"), a_resource(name="changed", data={"v": "1"}), a_resource(name="gone")]
    after = [a_resource(name="fresh"), a_resource(name="changed", data={"v": "2"}), a_resource(name="same")]
    found = compare(before, after)
    assert [(one.action, one.id.name) for one in found] == [
        ("removed", "gone"),
        ("changed", "changed"),
        ("created", "fresh"),
    ]
    assert "-  v: '1'\n+  v: '2'\n" in found[1].diff.replace('"', "'")
    assert said(found) == "1 removed, 1 changed, 1 created"
    assert compare(after, after) == () and said(()) == "no difference"


def test_no_value_of_a_secret_is_in_a_difference():
    before = a_resource("Secret", data={"password": "aHVudGVyMg==", "user": "YWRtaW4="})
    after = a_resource("Secret", data={"password": "c3dvcmRmaXNo", "user": "YWRtaW4="})
    for one in (*compare([before], [after]), *compare([], [after]), *compare([before], [])):
        assert "password" in one.diff
        assert not re.search("aHVudGVyMg|YWRtaW4|c3dvcmRmaXNo", one.diff)


def test_environments_that_differ_alike_are_told_once():
    change = compare([], [a_resource()])
    sections = together({"dev": change, "prod": (), "test": change, "own": compare([], [a_resource(name="b")])})
    assert [section.names for section in sections] == [("dev", "test"), ("own",)]


def test_a_comment_counts_by_component_and_folds_each_diff():
    before = [a_resource("Deployment", "minio", api_version="apps/v1", component="minio", spec={"replicas": 1})]
    after = [
        a_resource("Deployment", "minio", api_version="apps/v1", component="minio", spec={"replicas": 2}),
        a_resource(),
    ]
    text = write_comment(together({"dev": compare(before, after)}), COMPARED)
    assert text.startswith(f"{MARK}\n### Rendered manifests: 1 changed, 1 created\n\n`main` → `HEAD`\n\n#### `dev`\n")
    assert "| component | changed | created |\n| --- | ---: | ---: |\n| `minio` | 1 |  |\n| `other` |  | 1 |\n" in text
    assert "<summary>changed <code>Deployment.apps kf/minio</code> in dev</summary>\n\n```diff\n" in text
    assert "-  replicas: 1\n+  replicas: 2\n```\n\n</details>" in text


def test_a_comment_on_no_difference_says_so():
    assert "### Rendered manifests: no difference\n" in write_comment((), COMPARED)


def test_what_has_no_room_is_counted_with_the_command_that_shows_it():
    many = [a_resource(name=f"c-{number}", data={"text": "x" * 900}) for number in range(200)]
    text = write_comment(together({"": compare([], many)}), COMPARED)
    shown = text.count("<details>")
    assert 20 < shown < 200 and len(text) <= MOST_CHARACTERS
    assert f"\n{200 - shown} more differences are left out for their size: `{COMPARED.command}` shows all.\n" in text


def test_one_large_manifest_does_not_hide_the_others():
    large = a_resource(name="a", data={f"key-{number}": "x" * 50 for number in range(5000)})
    text = write_comment(together({"": compare([], [large, a_resource(name="b")])}), COMPARED)
    assert "more lines\n```" in text
    assert "<code>ConfigMap kf/b</code>" in text


HOSTILE = [
    "</details>",
    "```",
    "````\n# heading",
    "|",
    "`",
    "<img src=x>",
    "\x1b[31m",
    "@everyone",
    "\n\n---",
    "a" * 9000,
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=300))
DIFFERENCES = st.builds(
    Difference,
    st.sampled_from(["removed", "changed", "created"]),
    TEXTS,
    st.builds(ResourceId, st.just(""), st.just("Role"), st.just("kf"), TEXTS),
    TEXTS.map(lambda text: "".join(f"+{line}\n" for line in text.splitlines())),
)
SECTIONS = st.builds(
    Section, st.lists(TEXTS, max_size=4).map(tuple), st.lists(DIFFERENCES, min_size=1, max_size=60).map(tuple)
)


def outside_of_fences(text: str) -> list[str]:
    lines, fence = [], ""
    for line in text.split("\n"):
        if fence:
            fence = "" if line == fence else fence
        elif found := re.fullmatch(r"(`{3,})diff", line):
            fence = found[1]
        else:
            lines.append(line)
    assert not fence, "a fence is not closed"
    return lines


@given(st.lists(SECTIONS, max_size=4), st.integers(10_000, MOST_CHARACTERS))
def test_a_comment_keeps_its_limit_and_its_shape_whatever_the_manifests_hold(sections, most):
    text = write_comment(sections, COMPARED, most)
    assert len(text) <= most
    lines = outside_of_fences(text)
    opened = [line for line in lines if line.startswith("<details>")]
    assert len(opened) == sum(line == "</details>" for line in lines)
    summary = re.compile(r"<details><summary>\w+ <code>[^<>]*</code>[^<>]*</summary>")
    assert all(summary.fullmatch(line) for line in opened)
    rest = [line for line in lines if line and not line.startswith(("<details>", "</details>", MARK))]
    assert all(re.match(r"### |#### `|\||`main`|\d+ more difference", line) for line in rest)
    rows = [line for line in rest if line.startswith("| ")]
    assert all(line.count("`") in {0, 2} for line in rows)


@pytest.mark.parametrize("name", ["a|b", "a`b", "a\nb", "<b>"])
def test_the_name_of_a_component_stays_in_its_cell(name):
    section = Section(("",), (Difference("created", name, ResourceId("", "Role", "", "x"), "+a\n"),))
    (row,) = [line for line in write_comment([section], COMPARED).splitlines() if line.endswith("| 1 |")]
    assert len(re.split(r"(?<!\\)\|", row)) == 4
