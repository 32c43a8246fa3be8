"""What was asked for before can be asked for again; what its Secrets held is only ever in Secrets."""

from __future__ import annotations

import gzip
from base64 import b64decode

import pytest

from kfinstall.apply import Options, find_revision, read_history, read_revision
from kfinstall.errors import ClusterError, InputError
from kfinstall.plan.history import KEEP, REVISION_OF
from kfinstall.plan.kept import KEPT_FOR
from kfinstall.plan.model import Revision
from kfinstall.resource import Resource, ResourceId
from tests.apply.sets import (
    CONFIG,
    DEPLOYMENT,
    TARGET,
    THING,
    apply,
    changed,
    delete,
    new_cluster,
    specs,
    twelve,
    without,
)
from tests.fakes import FakeCluster

SECRET = "Xq9-secret-value"


def rollback(cluster: FakeCluster, number: int | None = None):
    revision = find_revision(read_history(TARGET, cluster), number)
    return apply(cluster, read_revision(TARGET, revision, cluster))


def coloured(colour: str) -> tuple[Resource, ...]:
    return changed(twelve(), CONFIG, data={"colour": colour})


def test_each_run_that_writes_is_a_revision_and_others_are_none():
    cluster = new_cluster()
    for colour in ("blue", "red", "red"):
        apply(cluster, coloured(colour))
    history = read_history(TARGET, cluster)
    assert [(one.number, one.outcome, one.said) for one in history] == [
        (1, "healthy", "12 created"),
        (2, "healthy", "1 updated"),
    ]
    assert history[0].at <= history[1].at


def test_a_rollback_gives_the_state_of_the_revision_and_is_one_itself():
    cluster = new_cluster()
    apply(cluster, twelve())
    wanted = specs(cluster)
    apply(cluster, without(coloured("red"), THING))
    assert specs(cluster) != wanted
    assert rollback(cluster).errors == []
    assert specs(cluster) == wanted
    assert [one.number for one in read_history(TARGET, cluster)] == [1, 2, 3]
    assert rollback(cluster, 1).summary.startswith("nothing to do")


def test_what_a_run_without_pruning_left_is_in_its_revision():
    cluster = new_cluster()
    apply(cluster, twelve())
    apply(cluster, without(coloured("red"), THING), Options(prune=False))
    apply(cluster, without(coloured("grey"), THING), Options(prune=False))
    wanted = specs(cluster)
    apply(cluster, without(twelve(), THING))
    assert THING not in cluster.ids
    assert rollback(cluster, 3).errors == []
    assert specs(cluster) == wanted
    assert THING in cluster.ids


def test_a_secret_comes_back_with_what_it_held():
    cluster = new_cluster()
    apply(cluster, twelve())
    login = ResourceId("", "Secret", "app", "login")
    held = cluster.peek(login)["data"]
    apply(cluster, changed(twelve(), login, stringData={"word": "another"}))
    assert cluster.peek(login)["data"] != held
    assert rollback(cluster, 1).errors == []
    assert cluster.peek(login)["data"] == held


def test_what_a_secret_holds_is_kept_beside_it_and_nowhere_else():
    cluster = new_cluster()
    apply(cluster, twelve())
    for id in cluster.ids:
        manifest = cluster.peek(id)
        text = str(manifest)
        if REVISION_OF in text:
            text += gzip.decompress(b64decode(manifest["binaryData"]["resources"])).decode()
        is_secret_there = id.kind == "Secret" and id.namespace == "app"
        assert is_secret_there or (SECRET not in text and "WHE5LXNlY3JldC12YWx1ZQ" not in text), id


def test_a_failed_run_is_not_what_a_rollback_goes_back_to():
    cluster = new_cluster()
    apply(cluster, twelve())
    apply(cluster, coloured("red"))
    overdue = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    cluster.failing[DEPLOYMENT] = {"conditions": [overdue]}
    worse = changed(coloured("grey"), DEPLOYMENT, spec={**cluster.peek(DEPLOYMENT)["spec"], "minReadySeconds": 1})
    assert apply(cluster, worse).errors
    cluster.failing.clear()
    assert [one.outcome for one in read_history(TARGET, cluster)] == ["healthy", "healthy", "failed"]
    assert find_revision(read_history(TARGET, cluster), None).number == 2
    assert rollback(cluster).errors == []
    assert cluster.peek(CONFIG)["data"] == {"colour": "red"}


def test_only_the_newest_are_kept_and_what_they_share_stays_shared():
    cluster = new_cluster()
    for number in range(KEEP + 3):
        apply(cluster, coloured(f"colour-{number}"))
    history = read_history(TARGET, cluster)
    assert [one.number for one in history] == list(range(4, KEEP + 4))
    marked = [cluster.peek(id)["metadata"].get("labels") or {} for id in cluster.ids]
    assert sum(REVISION_OF in labels for labels in marked) == KEEP
    assert sum(KEPT_FOR in labels for labels in marked) == 1


def test_a_delete_leaves_no_history():
    cluster = new_cluster()
    apply(cluster, twelve())
    delete(cluster)
    assert not any("revision" in id.name or "kept" in id.name for id in cluster.ids)


@pytest.mark.parametrize(("number", "said"), [(9, "there is no revision 9"), (None, "no healthy revision to go back")])
def test_a_revision_that_is_not_there_is_an_error_that_says_which_are(number: int | None, said: str):
    history = (Revision(1, "", "healthy", ""), Revision(2, "", "begun", ""))
    with pytest.raises(InputError, match=said) as caught:
        find_revision(history, number)
    assert "there are: 1" in caught.value.hint


def test_a_revision_of_which_a_part_is_gone_is_refused():
    cluster = new_cluster()
    apply(cluster, twelve())
    revision = find_revision(read_history(TARGET, cluster), 1)
    cluster.take_away(ResourceId("", "Secret", *revision.kept[0]))
    with pytest.raises(ClusterError, match="revision 1 of 'demo' is not whole any more"):
        read_revision(TARGET, revision, cluster)


def test_where_nothing_is_installed_there_is_no_history():
    with pytest.raises(InputError, match="nothing named 'demo' is installed"):
        read_history(TARGET, new_cluster())
