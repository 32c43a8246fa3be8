"""The cache of parsed documents: right after any edit, private, bounded, and never in the way."""

import os
import stat
import threading
from pathlib import Path

import pytest

from kfinstall.build import build_resources
from kfinstall.errors import InputError
from kfinstall.load import DocumentCache, load_tree, open_cache
from kfinstall.manifest import dump_resources

SCHEMA = "".join(f"      field{i}: {{type: string, description: 'a field, the {i}th'}}\n" for i in range(100))
DEFINITION = f"apiVersion: v1\nkind: Definition\nmetadata: {{name: one}}\nspec:\n  scope: any\n  versions:\n{SCHEMA}"
NUMBERS = f"apiVersion: v1\nkind: Numbers\nmetadata: {{name: numbers, annotations: {{x: 1.10}}}}\nspec:\n{SCHEMA}"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n" + "".join(
    f"  key{i}: hunter2-{i}\n" for i in range(100)
)


def render(root: Path, cache: DocumentCache | None) -> str:
    tree = load_tree(root, reader=cache) if cache else load_tree(root)
    return dump_resources(build_resources(tree), cache.texts if cache else None)


def run(root: Path, folder: Path) -> str:
    cache = DocumentCache(folder)
    text = render(root, cache)
    cache.save()
    return text


def write(root: Path, **files: str) -> Path:
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        (root / f"{name}.yaml").write_text(text)
    names = ", ".join(f"{name}.yaml" for name in files)
    (root / "kustomization.yaml").write_text(f"namePrefix: p-\nresources: [{names}]\n")
    return root


def entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("text", [DEFINITION, NUMBERS, SECRET, DEFINITION.replace("spec:\n", "spec:\n  empty:\n")])
def test_a_warm_run_gives_what_a_run_without_a_cache_gives(tmp_path, text):
    root = write(tmp_path / "tree", one=text)
    expected = render(root, None)
    assert [run(root, tmp_path / "cache") for _ in range(3)] == [expected] * 3


def test_what_is_kept_knows_how_it_was_written(tmp_path):
    quoted = DEFINITION.replace("scope: any", "scope: 'any'\n  size: 1.10\n  day: 2001-01-01\n  again: [&a 'one', *a]")
    root = write(tmp_path / "tree", one=quoted)
    patch = "{apiVersion: v1, kind: Definition, metadata: {name: one}, spec: {scope: 5, again: [6], size: 2}}"
    with (root / "kustomization.yaml").open("a") as file:
        file.write(f"patches: [{{patch: '{patch}'}}]\n")
    expected = render(root, None)
    assert 'scope: "5"' in expected
    assert [run(root, tmp_path / "cache") for _ in range(2)] == [expected] * 2
    assert len(entries(tmp_path / "cache")) == 3  # the file, the kustomization, its patch


def test_a_file_is_found_again_by_its_content_whatever_its_name(tmp_path):
    run(write(tmp_path / "first", one=DEFINITION), tmp_path / "cache")
    cache = DocumentCache(tmp_path / "cache")
    text = render(write(tmp_path / "second", other=DEFINITION), cache)
    assert cache.texts
    assert text == render(tmp_path / "second", None)


def test_an_edit_that_keeps_size_and_time_is_seen(tmp_path):
    root = write(tmp_path / "tree", one=DEFINITION)
    run(root, tmp_path / "cache")
    file = root / "one.yaml"
    times = file.stat()
    file.write_text(DEFINITION.replace("the 7th", "the 8th"))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert run(root, tmp_path / "cache").count("the 8th") == 2


def test_what_a_patch_changes_in_a_kept_part_is_printed_as_changed(tmp_path):
    root = write(tmp_path / "tree", one=DEFINITION)
    run(root, tmp_path / "cache")
    patch = "\n".join(
        (
            "patches:",
            "- target: {kind: Definition}",
            "  patch: |",
            "    - {op: replace, path: /spec/versions/field1/type, value: integer}",
        )
    )
    with (root / "kustomization.yaml").open("a") as file:
        file.write(patch + "\n")
    assert run(root, tmp_path / "cache") == render(root, None)


LISTED = "apiVersion: v1\nkind: List\nitems:\n- " + SECRET.replace("\n", "\n  ").rstrip() + "\n"


@pytest.mark.parametrize(
    "said",
    [
        "resources: [secret.yaml]\n",
        "resources: [listed.yaml]\n",
        "generators: [generator.yaml]\n",
        "resources: [one.yaml]\ntransformers: [transformer.yaml]\n",
        "secretGenerator: [{name: s, literals: [password=hunter2-1]}]\n",
        "resources: [one.yaml]\npatches: [{path: merge.yaml, target: {name: s}}]\n",
        "resources: [one.yaml]\npatches: [{path: operations.yaml, target: {name: s}}]\n",
        "resources: [one.yaml]\npatches:\n- target: {name: s}\n  patch: |\n"
        "    - {op: add, path: /data, value: {password: hunter2-1}}\n",
        "resources: [one.yaml]\npatches:\n- target: {name: s}\n  patch: |\n"
        '    - {op: add, path: "/d\\x61ta", value: {password: hunter2-1}}\n',
        "resources: [one.yaml]\npatchesStrategicMerge:\n- |\n  apiVersion: v1\n  kind: Secret\n"
        "  metadata: {name: s}\n  stringData: {password: hunter2-1}\n",
        "resources: [one.yaml]\nreplacements:\n- sourceValue: hunter2-1\n"
        "  targets: [{select: {name: s}, fieldPaths: [data.password], options: {create: true}}]\n",
    ],
)
def test_what_may_hold_the_values_of_a_secret_is_not_kept(tmp_path, said):
    root = tmp_path / "tree"
    root.mkdir()
    (root / "secret.yaml").write_text(SECRET)
    (root / "listed.yaml").write_text(LISTED)
    (root / "one.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n")
    (root / "generator.yaml").write_text(
        "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: s}\nliterals: [password=hunter2-1]\n"
    )
    (root / "transformer.yaml").write_text(
        "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\ntarget: {name: s}\n"
        "patch: '{kind: Any, metadata: {name: any}, stringData: {password: hunter2-1}}'\n"
    )
    (root / "merge.yaml").write_text("kind: Any\nmetadata: {name: any}\nstringData: {password: hunter2-1}\n")
    (root / "operations.yaml").write_text("- {op: add, path: /stringData, value: {password: hunter2-1}}\n")
    (root / "kustomization.yaml").write_text(said)
    expected = render(root, None)
    assert "hunter2" in expected or "aHVudGVyMi" in expected
    assert [run(root, tmp_path / "cache") for _ in range(2)] == [expected] * 2
    kept = b"".join(entry.read_bytes() for entry in entries(tmp_path / "cache"))
    assert b"hunter2" not in kept
    assert b"aHVudGVyMi" not in kept


PATCHED = """\
resources: [one.yaml]
namePrefix: p-
patches:
- patch: |

    # a comment
    apiVersion: v1
    kind: Definition
    metadata: {name: one}
    spec: {scope: none}
- target: {kind: Definition}
  patch: |-
    - {op: add, path: /spec/more, value: yes}
"""


def test_a_kustomization_and_its_patches_are_kept_with_their_lines(tmp_path):
    root = write(tmp_path / "tree", one=DEFINITION)
    (root / "kustomization.yaml").write_text(PATCHED)
    expected = load_tree(root)
    cache = DocumentCache(tmp_path / "cache")
    assert load_tree(root, reader=cache) == expected
    cache.save()
    assert len(entries(tmp_path / "cache")) == 5
    warm = DocumentCache(tmp_path / "cache")
    assert load_tree(root, reader=warm) == expected
    assert expected.patches[0].resources is not None
    assert expected.patches[0].resources[0].origin.line == 7


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("resources: [a.yaml]\n", True),
        ("replacements: [{source: {kind: ConfigMap, fieldPath: data.a}, targets: []}]\n", True),
        ("replacements: [{sourceValue: hunter2, targets: [{fieldPaths: [data.a]}]}]\n", False),
        ("resources: ['https://user:hunter2@example.org/a.git']\n", False),
        ("- {op: add, path: /data/a, value: hunter2}\n", False),
        ("- {op: add, path: /spec/a, value: b}\n", True),
    ],
)
def test_what_could_hold_a_credential_is_not_kept(tmp_path, text, is_kept):
    cache = DocumentCache(tmp_path / "cache")
    cache.node(text, "k.yaml")
    cache.save()
    assert bool(entries(tmp_path / "cache")) == is_kept


def test_a_kustomization_with_a_warning_is_read_anew(tmp_path):
    root = write(tmp_path / "tree", one=DEFINITION)
    (root / "kustomization.yaml").write_text("resources: [one.yaml]\nnamePrefix: a-\nnamePrefix: b-\n")
    for _ in range(2):
        cache = DocumentCache(tmp_path / "cache")
        assert load_tree(root, reader=cache).warnings
        cache.save()


def test_a_mistake_is_reported_again_in_each_run(tmp_path):
    root = write(tmp_path / "tree", one=DEFINITION + "  scope: twice\n")
    for _ in range(2):
        with pytest.raises(InputError, match="already defined"):
            run(root, tmp_path / "cache")


def test_a_line_in_an_error_is_right_in_a_warm_run(tmp_path):
    root = write(tmp_path / "tree", one=f"# first\n---\n{DEFINITION}")
    run(root, tmp_path / "cache")
    (resource,) = build_resources(load_tree(root, reader=DocumentCache(tmp_path / "cache")))
    assert resource.origin.line == 3


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 200])
def test_a_damaged_entry_is_read_as_none(tmp_path, damage):
    root = write(tmp_path / "tree", one=DEFINITION)
    expected = run(root, tmp_path / "cache")
    entry = max(entries(tmp_path / "cache"), key=lambda path: path.stat().st_size)
    whole = entry.read_bytes()
    entry.write_bytes(damage)
    assert run(root, tmp_path / "cache") == expected
    assert entry.read_bytes() == whole
    entry.write_bytes(whole[:-5])
    assert run(root, tmp_path / "cache") == expected


def test_only_the_user_can_read_it(tmp_path):
    run(write(tmp_path / "tree", one=DEFINITION), tmp_path / "cache")
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in entries(tmp_path / "cache")} == {0o600}


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    assert open_cache({"KFINSTALL_CACHE_DIR": str(tmp_path)}) is None
    run(write(tmp_path / "tree", one=DEFINITION), folder)
    assert entries(folder) == []


def test_a_folder_that_cannot_be_made_is_no_mistake(tmp_path):
    (tmp_path / "file").write_text("")
    assert "p-one" in run(write(tmp_path / "tree", one=DEFINITION), tmp_path / "file" / "cache")


def test_it_can_be_turned_off():
    assert open_cache({"KFINSTALL_NO_CACHE": "1", "HOME": "/nowhere"}) is None
    assert open_cache({"HOME": "/nowhere"}) is not None


def test_it_stays_within_its_bound_and_drops_what_was_not_used_for_longest(tmp_path):
    folder = tmp_path / "cache"
    for i in range(8):
        root = write(tmp_path / str(i), one=DEFINITION.replace("any", f"scope{i}"))
        cache = DocumentCache(folder, max_bytes=60_000)
        render(root, cache)
        cache.save()
        newest = max(entries(folder), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (i, i))
        assert sum(path.stat().st_size for path in entries(folder)) <= 60_000
    left = sorted(int(path.stat().st_mtime) for path in entries(folder) if path.stat().st_size > 4096)
    assert left == list(range(8 - len(left), 8))
    assert len(left) < 8


def test_runs_at_the_same_time_do_not_disturb_each_other(tmp_path):
    roots = [write(tmp_path / str(i), one=DEFINITION, two=DEFINITION.replace("one", f"n{i}")) for i in range(4)]
    expected = [render(root, None) for root in roots]
    got: list[list[str]] = [[] for _ in roots]

    def work(i: int) -> None:
        for _ in range(5):
            got[i].append(run(roots[i], tmp_path / "cache"))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [[text] * 5 for text in expected]
    assert len(entries(tmp_path / "cache")) == 6
