"""What kfinstall changes in a file that a person wrote: its own entries, and not a comment or a line more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfinstall.errors import InputError
from kfinstall.project.document import dump_document, read_document
from kfinstall.project.layout import Owned
from kfinstall.project.merge import merge_owned, unquoted

TEXT = """\
# head
kind: Kustomization
namespace: kubeflow  # ours
resources:
# the first
- ../catalogue/base/ambassador  # the door
# my own
- mine.yaml
# the store
- ../catalogue/base/minio

# what the platform is
components:
- ../catalogue/platforms/gke
- ../changes
# values
configMapGenerator:
- name: mine
  literals:
  - a=b
- name: minio-params
  behavior: merge
  literals:
  # how much
  - minioStorage=30Gi  # until spring
  # which
  - minioStorageClass=fast
# the end
"""


def edited(before: Owned, after: Owned, text: str = TEXT) -> str:
    return merge_owned(text, "kustomization.yaml", before, after)


def lists(*resources: str) -> Owned:
    return Owned({"resources": tuple(f"../catalogue/base/{name}" for name in resources)})


def values(**chosen: str) -> Owned:
    return Owned(values={"minio": chosen})


def test_nothing_to_change_leaves_every_byte() -> None:
    assert edited(Owned(), Owned(), "not: [even yaml") == "not: [even yaml"


def test_an_entry_goes_in_its_place_among_kfinstalls_own() -> None:
    assert edited(Owned(), lists("argo")) == TEXT.replace("- mine.yaml\n", "- mine.yaml\n- ../catalogue/base/argo\n")


def test_a_last_entry_goes_before_what_is_written_for_the_next_field() -> None:
    assert edited(Owned(), lists("mysql")) == TEXT.replace(
        "- ../catalogue/base/minio\n", "- ../catalogue/base/minio\n- ../catalogue/base/mysql\n"
    )


@pytest.mark.parametrize("name", ["ambassador", "minio"])
def test_an_entry_that_goes_takes_no_comment_of_another_along(name: str) -> None:
    left = edited(lists(name), Owned())
    gone = [line for line in TEXT.splitlines() if f"base/{name}" in line]
    assert left.splitlines() == [line for line in TEXT.splitlines() if line not in gone]


def test_the_last_entry_of_a_list_takes_the_list_along_and_no_comment() -> None:
    text = "kind: Kustomization\nresources:\n- ../catalogue/base/minio\n# about patches\npatches: []\n"
    assert edited(lists("minio"), Owned(), text) == "kind: Kustomization\n# about patches\npatches: []\n"


def test_what_a_person_took_out_stays_out_and_what_they_put_in_is_not_doubled() -> None:
    assert edited(lists("katib"), lists("katib", "minio")) == TEXT
    assert edited(lists("katib"), Owned()) == TEXT


def test_components_are_listed_before_the_changes() -> None:
    option = "catalogue/base/tf-serving/options/gpus"
    text = "kind: Kustomization\ncomponents:\n- changes\n- late\n"
    assert edited(Owned(), Owned({"components": (option,)}), text) == text.replace(
        "- changes", f"- {option}\n- changes"
    )


def test_a_value_keeps_its_comments_when_it_changes() -> None:
    assert edited(values(minioStorage="30Gi"), values(minioStorage="40Gi")) == TEXT.replace("30Gi", "40Gi")


def test_a_value_that_a_person_changed_is_overwritten_only_when_it_is_set() -> None:
    assert edited(values(minioStorage="20Gi"), values(minioStorage="20Gi")) == TEXT


def test_a_value_that_goes_leaves_the_comments() -> None:
    left = edited(values(minioStorageClass="fast"), values())
    assert left == TEXT.replace("  - minioStorageClass=fast\n", "")


def test_the_last_value_takes_its_generator_along_and_leaves_those_of_a_person() -> None:
    ours = "- name: minio-params\n  behavior: merge\n  literals:\n  - a=b\n"
    theirs = "- name: mine\n  literals:\n  - c=d\n"
    left = edited(values(a="b"), values(), f"configMapGenerator:\n{ours}{theirs}")
    assert left == f"configMapGenerator:\n{theirs}"


def test_the_namespace_changes_in_its_place() -> None:
    assert edited(Owned(namespace="kubeflow"), Owned(namespace="ml")) == TEXT.replace("kubeflow  #", "ml        #")


@pytest.mark.parametrize(
    "text",
    [
        "resources:\n  - a\n  - ../catalogue/base/minio\ncomponents:\n  - b\n",
        "resources: [a, ../catalogue/base/minio]\n",
        "resources:\n- \"a\"\n- '../catalogue/base/minio'\n",
    ],
    ids=["indented", "in brackets", "quoted"],
)
def test_a_persons_way_to_write_lists_is_kept(text: str) -> None:
    added = edited(Owned(), lists("mysql"), text)
    assert edited(lists("mysql"), Owned(), added) == text
    assert text.split("minio")[0] in added


@pytest.mark.parametrize(
    "value", ['"quoted"', "'x'", '"', "''", "a=b", "with: colon", "# no comment", "", "- x", "~", "0x1F"]
)
def test_a_value_arrives_as_it_was_given(value: str) -> None:
    text = edited(Owned(), values(p=value), "kind: Kustomization\n")
    literal = read_document(text, "x")["configMapGenerator"][0]["literals"][0]
    assert unquoted(str(literal).partition("=")[2]) == value


names = st.lists(st.sampled_from(["argo", "jupyter", "katib", "minio", "mysql"]), unique=True, max_size=5).map(sorted)


@given(names, names)
def test_what_is_added_and_taken_away_again_leaves_a_file_as_it_was(there: list[str], more: list[str]) -> None:
    """Comments of a person stand between the entries of the file."""
    start = "".join(f"# about {name}\n- ../catalogue/base/{name}  # {name}\n" for name in there)
    text = f"kind: Kustomization\nresources:\n- mine.yaml\n{start}# next\ncomponents:\n- x\n"
    before, after = lists(*there), lists(*sorted({*there, *more}))
    changed = edited(before, after, text)
    assert edited(after, before, changed) == text
    kept = [line for line in changed.splitlines() if line in text.splitlines()]
    assert kept == text.splitlines()


def test_a_document_that_is_read_and_dumped_is_the_same() -> None:
    assert dump_document(read_document(TEXT, "x"), TEXT) == TEXT


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: [", 1), ("a: 1\na: 2\n", 2), ("- a\n", 1), ("", 1), ("\ta: 1\n", 1), ("a: *b\n", 1), ("a: &", 1)],
)
def test_what_is_no_mapping_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(InputError) as error:
        read_document(text, "k.yaml")
    assert str(error.value.origin) == f"k.yaml:{line}"
    assert error.value.hint
