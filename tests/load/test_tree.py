"""A folder on disk -> Tree."""

import os

import pytest

from kfinstall.build.reading.files import MAX_BYTES
from kfinstall.build.tree import Tree
from kfinstall.errors import InputError
from kfinstall.load import load_tree
from kfinstall.resource import Origin
from tests.judge import write_tree

A = "kind: A\nmetadata:\n  name: a\n"
TOP = "root/kustomization.yaml:1:"
B = "kind: B\nmetadata:\n  name: b\n"


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Write files and load a folder of them, as seen from the folder above."""
    monkeypatch.chdir(tmp_path)

    def write_and_load(files, root="root", **options):
        write_tree(tmp_path, files)
        return load_tree(root, **options)

    return write_and_load


@pytest.fixture
def refused(load):
    """What loading says, one line a mistake: hint behind a bar."""

    def mistakes(files, root="root", **options):
        with pytest.raises((InputError, ExceptionGroup)) as caught:
            load(files, root, **options)
        found = getattr(caught.value, "exceptions", [caught.value])
        return [str(one).replace("\n  hint: ", " | ") for one in found]

    return mistakes


def kinds(entries):
    return [
        (entry.path, "tree" if isinstance(entry.content, Tree) else [one.gvk.kind for one in entry.content])
        for entry in entries
    ]


def test_resources_are_files_and_folders_in_their_order(load):
    tree = load(
        {
            "root/kustomization.yaml": "resources:\n- ../base\n- a.yaml\n- sub/b.yaml\nbases: [sub]\n",
            "root/a.yaml": A,
            "root/sub/b.yaml": B,
            "root/sub/kustomization.yml": "resources: [b.yaml]\n",
            "base/Kustomization": "resources: [ab.yaml]\n",
            "base/ab.yaml": f"{A}---\n{B}",
        }
    )
    assert kinds(tree.resources) == [("../base", "tree"), ("a.yaml", ["A"]), ("sub/b.yaml", ["B"]), ("sub", "tree")]
    assert tree.resources[2].origin == Origin("root/kustomization.yaml", 4)
    assert tree.resources[3].origin == Origin("root/kustomization.yaml", 5)
    base = tree.resources[0].content
    assert base.root == os.path.realpath("base")
    assert [one.origin for one in base.resources[0].content] == [Origin("base/ab.yaml", 1), Origin("base/ab.yaml", 5)]
    assert len(tree.warnings) == 1


def test_components_are_folders(load):
    tree = load(
        {
            "root/kustomization.yaml": "components: [c]\n",
            "root/c/kustomization.yaml": "kind: Component\nnamePrefix: p-\n",
        }
    )
    assert tree.components[0].content.kustomization.name_prefix == "p-"


def test_a_component_may_be_loaded_itself(load):
    assert load({"root/kustomization.yaml": "kind: Component\nnamePrefix: p-\n"}).kustomization.kind == "Component"


def test_patches_are_read_in_the_form_they_have(load):
    inline = "patches:\n- patch: |-\n\n    kind: A\n    metadata: {name: a}\n- path: p.json\n- path: none.yaml\n"
    merge = "patchesStrategicMerge:\n- b.yaml\n- |-\n  kind: B\n  metadata: {name: c}\n"
    files = {
        "root/kustomization.yaml": inline + merge,
        "root/p.json": '[{"op": "remove", "path": "/x"}]',
        "root/none.yaml": "",
        "root/b.yaml": B,
    }
    tree = load(files)
    first, second, third = tree.patches
    assert (str(first.resources[0].id), first.resources[0].origin) == ("A a", Origin("root/kustomization.yaml", 4))
    assert (second.resources, second.operations) == (None, ({"op": "remove", "path": "/x"},))
    assert third.resources == ()
    assert [str(text.resources[0].id) for text in tree.patches_strategic_merge] == ["B b", "B c"]
    assert tree.patches_strategic_merge[1].resources[0].origin == Origin("root/kustomization.yaml", 11)


def test_operations_in_yaml_are_yaml_1_1(load):
    text = "patchesJson6902:\n- target: {kind: A, name: a}\n  patch: |\n    - {op: add, path: /x, value: yes}\n"
    (patch,) = load({"root/kustomization.yaml": text}).patches_json6902
    assert patch.operations == ({"op": "add", "path": "/x", "value": True},)
    assert patch.origin == Origin("root/kustomization.yaml", 4)


def test_replacements_of_files_stand_in_the_place_of_the_entry(load):
    one = "source: {kind: A, fieldPath: x}\ntargets: [{select: {kind: B}, fieldPaths: [y]}]\n"
    tree = load(
        {
            "root/kustomization.yaml": "replacements:\n- path: one.yaml\n- source: {kind: X}\n- path: two.yaml\n",
            "root/one.yaml": one,
            "root/two.yaml": "- source: {kind: C, fieldPath: 5}\n- source: {kind: D}\n",
        }
    )
    assert [replacement.source.kind for replacement in tree.replacements] == ["A", "X", "C", "D"]
    assert tree.replacements[2].source.field_path == "5"
    assert tree.replacements[0].origin == Origin("root/one.yaml", 1)


def test_data_of_generators_is_read_by_its_path(load):
    maps = "configMapGenerator:\n- {name: a, files: [k=a.txt, b.bin], envs: [e.env]}\n"
    text = f"{maps}secretGenerator:\n- {{name: b, env: e.env}}\n"
    files = {"root/kustomization.yaml": text, "root/a.txt": "x", "root/b.bin": b"\xff", "root/e.env": "k=v"}
    assert load(files).files == {"a.txt": b"x", "b.bin": b"\xff", "e.env": b"k=v"}


def test_configurations_crds_and_openapi_are_read(load):
    tree = load(
        {
            "root/kustomization.yaml": "configurations: [c.yaml]\ncrds: [d.json]\nopenapi: {path: o.yaml}\n",
            "root/c.yaml": "namePrefix: [{path: metadata/name}]\nnameReference: [{fieldSpecs: [{path: x/y}]}]\n",
            "root/d.json": '{"a": {}}',
            "root/o.yaml": "definitions: {}\n",
        }
    )
    (config,) = tree.configurations
    assert config.name_prefix[0].path == "metadata/name"
    assert config.name_reference[0].field_specs[0].path == "x/y"
    assert tree.crds == ({"a": {}},)
    assert tree.openapi == {"definitions": {}}


def test_configurations_of_plugins_are_inline_files_or_folders(load):
    plugin = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\nPath: p.yaml\n"
    tree = load(
        {
            "root/kustomization.yaml": "transformers:\n- t.yaml\n- |-\n  kind: I\n  metadata: {name: i}\n- t\n",
            "root/t.yaml": plugin,
            "root/p.yaml": A,
            "root/t/kustomization.yaml": "resources: [t.yaml]\n",
            "root/t/t.yaml": plugin.replace("p.yaml", "not-there.yaml"),
        }
    )
    assert kinds(tree.transformers) == [("kustomization.yaml", ["I"]), ("t.yaml", ["PatchTransformer"]), ("t", "tree")]
    assert tree.files == {"p.yaml": A.encode()}
    assert tree.transformers[0].content[0].origin == Origin("root/kustomization.yaml", 4)


def test_a_file_outside_the_folder_is_read_only_without_the_restriction(load, refused):
    files = {"root/kustomization.yaml": "resources: [../a.yaml]\n", "a.yaml": A}
    assert refused(files)[0].startswith("root/kustomization.yaml:1: '../a.yaml' is outside 'root' | move it below")
    assert kinds(load(files, load_restrictor="none").resources) == [("../a.yaml", ["A"])]
    assert kinds(load(files, load_restrictor="LoadRestrictionsNone").resources) == [("../a.yaml", ["A"])]


def test_a_symlink_that_leaves_the_folder_is_refused(refused, tmp_path):
    write_tree(tmp_path, {"root/kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": A})
    (tmp_path / "root/a.yaml").symlink_to("../a.yaml")
    assert "'a.yaml' is outside 'root'" in refused({})[0]


def test_symlinks_in_a_circle_are_refused(refused, tmp_path):
    write_tree(
        tmp_path, {"root/kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator: [{name: c, files: [b]}]\n"}
    )
    (tmp_path / "root/a.yaml").symlink_to("b")
    (tmp_path / "root/b").symlink_to("a.yaml")
    assert len(refused({})) == 2


def test_a_symlink_inside_the_folder_is_followed(load, tmp_path):
    write_tree(tmp_path, {"root/kustomization.yaml": "resources: [a.yaml]\n", "root/b.yaml": A})
    (tmp_path / "root/a.yaml").symlink_to("b.yaml")
    assert kinds(load({}).resources) == [("a.yaml", ["A"])]


def test_a_base_may_be_reached_by_two_ways(load):
    files = {f"root/{name}/kustomization.yaml": "resources: [../base]\n" for name in "uv"}
    files |= {"root/kustomization.yaml": "resources: [u, v]\n"}
    files |= {"root/base/kustomization.yaml": "resources: [a.yaml]\n", "root/base/a.yaml": A}
    tree = load(files)
    one, other = (entry.content.resources[0].content.resources[0].content for entry in tree.resources)
    assert one is other


@pytest.mark.parametrize(
    ("kustomization", "mistake"),
    [
        ("resources: [deploy.yml]", f"{TOP} no such file or folder: 'deploy.yml' | did you mean 'deploy.yaml'?"),
        (
            "resources: [bass/x.yaml]",
            f"{TOP} no such file or folder: 'bass/x.yaml' | did you mean 'base'?",
        ),
        ("resources: ['']", f"{TOP} an entry is empty"),
        ("resources: [empty]", f"{TOP} 'root/empty' has no kustomization | a folder needs"),
        (
            "resources: [two]",
            f"{TOP} 'root/two' has kustomization.yaml and Kustomization | keep one",
        ),
        ("resources: [component]", f"{TOP} 'component' is a Component | name it in 'components'"),
        ("components: [base]", f"{TOP} 'base' is a Kustomization, not a Component | name it in"),
        ("components: [a.yaml]", f"{TOP} 'a.yaml' is a file, not a component"),
        ("resources: [/tmp]", f"{TOP} '/tmp' is absolute | name it relative"),
        ("resources: [.]", f"{TOP} bases form a cycle: root -> root"),
        ("resources: [..]", f"{TOP} '..' is a folder around 'root'"),
        ("patches: [{path: deploy.yml}]", f"{TOP} no such file: 'deploy.yml' | did you mean 'deploy.yaml'?"),
        ("patches: [{path: base}]", f"{TOP} 'base' is a folder, not a file"),
        ("patches: [{target: {kind: A}}]", f"{TOP} a patch has neither 'path' nor 'patch'"),
        ("patches: [{path: a.yaml, patch: x}]", f"{TOP} a patch has both 'path' and 'patch'"),
        ("patches: [{patch: hello}]", f"{TOP} a resource must be a mapping of fields"),
        ("patches: [{patch: '[x'}]", f"{TOP} not YAML: did not find expected ',' or ']'"),
        ("patches: [{patch: '[{op: add}]'}]", f"{TOP} not JSON: Expecting property name"),
        ("patchesStrategicMerge: [empty.yaml]", f"{TOP} the patches are empty"),
        (
            "patchesJson6902: [{path: empty.yaml, target: {name: a}}]",
            "root/empty.yaml:1: a JSON 6902 patch must be a list of operations",
        ),
        ("patchesJson6902: [{patch: '[]', target: {name: a}}]", f"{TOP} the patch is empty"),
        ("replacements: [{path: a.yaml, source: {}}]", f"{TOP} a replacement has both 'path' and"),
        ("replacements: [{path: empty.yaml}]", "root/empty.yaml:1: the file must hold a replacement or a list"),
        ("configurations: [twice.yaml]", "root/twice.yaml:2: the key 'images' is already defined"),
        ("configurations: [unknown.yaml]", "root/unknown.yaml:1: unknown field 'imagess' | did you mean 'images'?"),
        ("crds: [broken.json]", "root/broken.json:2: not JSON: Expecting"),
        ("crds: [a.yaml]", "root/a.yaml:1: the file holds no OpenAPI definitions | each entry is a type's"),
        ("crds: [empty.yaml]", "root/empty.yaml:1: the file is empty"),
        ("openapi: {path: none}", f"{TOP} no such file: 'none'"),
        ("configMapGenerator: [{name: a, files: [k=x.txt]}]", f"{TOP} no such file: 'x.txt'"),
        ("transformers: [t.yaml]", "root/t.yaml:1: no such file: 'none'"),
    ],
)
def test_a_mistake_is_named_with_its_line(refused, kustomization, mistake):
    files = {
        "root/kustomization.yaml": kustomization,
        "root/a.yaml": A,
        "root/deploy.yaml": A,
        "root/empty.yaml": "",
        "root/empty/a.yaml": A,
        "root/twice.yaml": "images: []\nimages: []\n",
        "root/unknown.yaml": "imagess: []\n",
        "root/broken.json": '{"a":\nb}',
        "root/t.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npath: none\n",
        "root/base/kustomization.yaml": "resources: []\n",
        "root/component/kustomization.yaml": "kind: Component\nresources: []\n",
        "root/two/kustomization.yaml": "resources: []\n",
        "root/two/Kustomization": "resources: []\n",
    }
    (got,) = refused(files)
    assert got.startswith(mistake)


def test_a_cycle_of_bases_is_shown(refused):
    files = {
        f"{name}/kustomization.yaml": f"resources: [../{base}]\n"
        for name, base in {"root": "a", "a": "b", "b": "c", "c": "a"}.items()
    }
    assert refused(files) == [
        "c/kustomization.yaml:1: bases form a cycle: a -> b -> c -> a | remove one of these entries"
    ]


def test_all_mistakes_of_a_tree_are_found_in_one_run(refused):
    got = refused(
        {
            "root/kustomization.yaml": "resorces: []\nresources: [a.yaml, base, none]\npatches: [{path: p.yaml}]\n",
            "root/a.yaml": "kind: A\n---\n",
            "root/p.yaml": "a: [\n",
            "root/base/kustomization.yaml": "namespace: 5\n",
        }
    )
    assert [one.split(": ")[0] for one in got] == [
        "root/kustomization.yaml:1",
        "root/a.yaml:1",
        "root/base/kustomization.yaml:1",
        "root/kustomization.yaml:2",
        "root/p.yaml:1",
    ]


def test_several_mistakes_of_one_file_do_not_hide_those_of_the_next(refused):
    files = {
        "root/kustomization.yaml": "replacements: [{path: r.yaml}]\nconfigurations: [c.yaml]\n",
        "root/r.yaml": "- source: {name: 5}\n- source: {kind: 5}\n",
        "root/c.yaml": "imagess: []\n",
    }
    assert [one.split(": ")[0] for one in refused(files)] == ["root/r.yaml:1", "root/r.yaml:2", "root/c.yaml:1"]


def test_where_no_name_is_near_what_is_there_is_listed(refused):
    got = refused({"root/kustomization.yaml": "resources: [web.yaml]\n", "root/db.yaml": B})
    assert got == [f"{TOP} no such file or folder: 'web.yaml' | there is db.yaml, kustomization.yaml"]


@pytest.mark.parametrize(
    ("root", "mistake"),
    [
        ("rot", "no such folder: 'rot' | did you mean 'root'?"),
        ("root/a.yaml", "'root/a.yaml' is a file, not a folder with a kustomization"),
        ("root/sub", "'root/sub' has no kustomization | did you mean 'kustomisation.yaml'?"),
    ],
)
def test_a_root_that_cannot_be_built_is_named(refused, root, mistake):
    files = {"root/kustomization.yaml": "", "root/a.yaml": A, "root/sub/kustomisation.yaml": ""}
    assert refused(files, root)[0].startswith(mistake)


def test_an_empty_kustomization_is_refused(refused):
    assert refused({"root/kustomization.yaml": "# nothing\n"})[0].startswith(
        "root/kustomization.yaml:1: the kustomization is empty"
    )


def test_an_unknown_restrictor_is_refused(refused):
    assert refused({}, load_restrictor="some")[0].startswith("unknown load restrictor 'some' | use rootOnly")
    assert refused({}, load_restrictor="")[0].startswith("unknown load restrictor '' | use rootOnly")


def test_a_file_that_is_too_large_is_refused_unread(refused, tmp_path):
    write_tree(tmp_path, {"root/kustomization.yaml": "resources: [a.yaml]\n"})
    with (tmp_path / "root/a.yaml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refused({})[0].startswith("root/kustomization.yaml:1: 'a.yaml' has 64 MiB; the limit is 64")


def test_a_pipe_is_refused_unread(refused, tmp_path):
    write_tree(tmp_path, {"root/kustomization.yaml": "patches: [{path: a.yaml}]\n"})
    os.mkfifo(tmp_path / "root/a.yaml")
    assert refused({})[0].startswith("root/kustomization.yaml:1: 'a.yaml' is no regular file")


def test_a_chain_of_bases_is_bounded(refused):
    files = {f"b{i}/kustomization.yaml": f"resources: [../b{i + 1}]\n" for i in range(80)}
    assert refused(files, "b0")[0].startswith("b63/kustomization.yaml:1: bases are nested deeper than 64")
