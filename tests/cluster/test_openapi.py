from __future__ import annotations

from pathlib import Path

import pytest

from kfinstall.cluster import connect
from kfinstall.errors import ClusterError
from tests.cluster.scripted import Reply, refuse, serve

PATHS = b'{"paths": {"api/v1": {"serverRelativeURL": "x"}, "apis/apps/v1": {}, "apis/example.com/v1": {}}}'


def test_the_versions_in_openapi_are_read_though_they_come_as_plain_text(tmp_path: Path):
    answer = Reply(200, PATHS, headers={"Content-Type": "text/plain; charset=utf-8"})
    with serve(lambda *_: answer, tmp_path) as server, connect(server.kubeconfig) as cluster:
        assert cluster.in_openapi() == {"api/v1", "apps/v1", "example.com/v1"}


@pytest.mark.parametrize("status", [403, 404])
def test_who_may_not_read_openapi_is_not_told_that_nothing_is_there(tmp_path: Path, status: int):
    with serve(lambda *_: refuse(status), tmp_path) as server, connect(server.kubeconfig) as cluster:
        assert cluster.in_openapi() is None


def test_what_is_no_openapi_is_an_error(tmp_path: Path):
    answer = Reply(200, b"<html>", headers={"Content-Type": "text/html"})
    with (
        serve(lambda *_: answer, tmp_path) as server,
        connect(server.kubeconfig) as cluster,
        pytest.raises(ClusterError),
    ):
        cluster.in_openapi()
