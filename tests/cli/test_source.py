"""What a command works on, read with what is kept of earlier runs."""

from __future__ import annotations

import pytest

from kfinstall.cli.options import Wanted
from kfinstall.cli.source import read_source
from kfinstall.errors import InputError
from kfinstall.manifest import dump_resources


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setenv("KFINSTALL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("KFINSTALL_NO_CACHE", raising=False)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "kustomization.yaml").write_text("resources: [one.yaml]\nnamePrefix: p-\n")
    (tmp_path / "tree" / "one.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
    return tmp_path / "tree"


def kept(tree):
    return sorted((tree.parent / "cache").rglob("*"))


def test_a_folder_is_kept_for_the_next_command(tree):
    first = read_source(Wanted(str(tree)), "")
    files = kept(tree)
    assert files
    assert dump_resources(read_source(Wanted(str(tree)), "").resources) == dump_resources(first.resources)
    assert kept(tree) == files


def test_an_edit_is_seen_by_the_next_command(tree):
    read_source(Wanted(str(tree)), "")
    (tree / "one.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\n")
    (resource,) = read_source(Wanted(str(tree)), "").resources
    assert resource.id.name == "p-d"


@pytest.mark.parametrize("variable", ["", "1"])
def test_nothing_is_kept_where_that_is_asked_for(tree, monkeypatch, variable):
    monkeypatch.setenv("KFINSTALL_NO_CACHE", variable)
    read_source(Wanted(str(tree), no_cache=not variable), "")
    assert kept(tree) == []


RULES = "healthCheckExprs:\n- {apiVersion: v1, kind: ConfigMap, current: data.ready == 'yes'}\n"
STATED = {"kfinstall.dev/health": "cel=data.ready == 'yes'"}


def test_rules_of_health_are_read_from_the_file_that_is_named(tree):
    (tree.parent / "rules.yaml").write_text(RULES)
    (resource,) = read_source(Wanted(str(tree), health_rules=str(tree.parent / "rules.yaml")), "").resources
    assert resource.manifest["metadata"]["annotations"] == STATED
    (resource,) = read_source(Wanted(str(tree)), "").resources
    assert "annotations" not in resource.manifest["metadata"]


def test_a_rule_for_nothing_and_a_file_that_is_not_there_are_told(tree):
    (tree.parent / "rules.yaml").write_text(RULES.replace("ConfigMap", "ConfigMop"))
    source = read_source(Wanted(str(tree), health_rules=str(tree.parent / "rules.yaml")), "")
    assert any("rules.yaml:2: the health rule for ConfigMop is for none" in said for said in source.warnings)
    with pytest.raises(InputError, match=r"did you mean 'rules\.yaml'"):
        read_source(Wanted(str(tree), health_rules=str(tree.parent / "rule.yaml")), "")
    with pytest.raises(InputError, match="is a folder"):
        read_source(Wanted(str(tree), health_rules=str(tree)), "")


def test_a_file_of_rules_that_is_no_text_is_an_error_with_its_place(tree):
    (tree.parent / "rules.yaml").write_bytes(b"healthCheckExprs:\n- \xff\xfe\n")
    with pytest.raises(InputError, match=r"rules\.yaml:2"):
        read_source(Wanted(str(tree), health_rules=str(tree.parent / "rules.yaml")), "")
