"""A control plane on this machine: it works, keeps to itself, and goes away whole."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.errors import ClusterError, InputError
from kfinstall.localplane import Plane, Step
from kfinstall.localplane.children import Children
from kfinstall.localplane.process import ProcessId, identify, is_alive
from kfinstall.resource import GroupKind, ResourceId
from tests.localplane.listening import sockets_of
from tests.localplane.waiting import eventually

PROGRAMS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "cloud"}


def test_a_deployment_gets_running_pods(cluster: ApiCluster, namespace: str):
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "example/web:1"}]}}
    cluster.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": pod},
        }
    )
    id = ResourceId("apps", "Deployment", namespace, "web")
    eventually(lambda: ((cluster.get(id) or {}).get("status") or {}).get("availableReplicas") == 2)


def test_the_server_is_the_real_one_and_says_its_version(cluster: ApiCluster):
    assert cluster.server_version() == "v1.36.3"


def test_each_program_may_do_no_more_than_its_role_allows(plane: Plane):
    with connect(plane.directory / "pki" / "scheduler.kubeconfig") as scheduler:
        assert scheduler.can_i("list", GroupKind("", "Node"))
        assert not scheduler.can_i("delete", GroupKind("", "Node"))


def test_keys_kubeconfigs_and_logs_are_readable_by_their_owner_alone(plane: Plane):
    assert plane.directory.stat().st_mode & 0o777 == 0o700
    private = [*plane.directory.glob("pki/*"), *plane.directory.glob("log/*"), plane.directory / "state.json"]
    assert {oct(path.stat().st_mode & 0o777) for path in private} == {"0o600"}


def test_every_socket_stays_on_this_machine(plane: Plane):
    programs = localplane.find(plane.name).programs
    assert programs.keys() == PROGRAMS
    sockets = sockets_of(process.pid for process in programs.values())
    assert sum(socket.is_listening for socket in sockets) == 1, "the API server's port, and none besides"
    assert all(socket.stays_here for socket in sockets)


def test_without_a_certificate_the_server_gives_nothing_away(plane: Plane, tmp_path: Path):
    anonymous = tmp_path / "kubeconfig"
    text = plane.kubeconfig.read_text()
    anonymous.write_text("\n".join(line for line in text.splitlines() if "client-" not in line))
    with connect(anonymous) as nobody, pytest.raises(ClusterError) as raised:
        nobody.list(GroupKind("", "Secret"))
    assert raised.value.status in (401, 403)


def test_a_second_one_stands_beside_the_first_and_leaves_nothing(plane: Plane):
    with localplane.up("docker-desktop") as other:
        assert other.server != plane.server
        processes = localplane.find(other.name).programs
        assert {other.name, plane.name} <= {instance.name for instance in localplane.instances()}
        with connect(other.kubeconfig) as connection:
            assert [node["metadata"]["name"] for node in connection.list(GroupKind("", "Node"))] == ["docker-desktop"]
    assert_gone(processes, other.directory)
    assert localplane.find(plane.name).is_running


def test_a_parent_that_is_killed_leaves_no_orphan():
    script = (
        "import time\nfrom kfinstall import localplane\n"
        "with localplane.up('docker-desktop') as plane:\n"
        "    print(plane.name, flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        instance = localplane.find(parent.stdout.readline().strip())
        assert instance.is_running
        parent.kill()
    eventually(lambda: not any(map(is_alive, instance.programs.values())))
    assert not instance.is_running
    localplane.stop(instance.name)
    assert not instance.directory.exists()


def test_a_program_of_somebody_elses_ends_with_its_parent_too(plane: Plane, tmp_path: Path):
    with Children(tmp_path, tmp_path) as children:
        prefix = (str(localplane.find_binaries().localplane), "--watch-fd", str(children.watch_fd), "exec")
        told = tmp_path / "pid"
        children.start("foreign", (*prefix, "/bin/sh", "-c", f"echo $$ > {told}; exec sleep 600"))
        foreign = identify(int(eventually(lambda: told.exists() and told.read_text())))
        assert is_alive(foreign)
    eventually(lambda: not is_alive(foreign))


def test_an_interrupt_while_it_starts_leaves_nothing():
    script = (
        "from kfinstall import localplane\n"
        "with localplane.up('docker-desktop', name='interrupted', progress=lambda s: print(s.name, flush=True)):\n"
        "    pass\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdout=pipe, stderr=pipe, text=True) as parent:
        assert parent.stdout is not None
        while parent.stdout.readline().strip() != "etcd and API server":
            continue
        instance = localplane.find("interrupted")
        parent.send_signal(signal.SIGINT)
        parent.communicate()
    assert_gone(instance.programs, instance.directory)


def test_it_tells_of_each_step_and_of_the_programs_it_uses(plane: Plane):
    assert [line.split()[0] for line in localplane.find(plane.name).binaries][:1] != []
    steps: list[Step] = []
    with (
        pytest.raises(InputError, match="unknown shape 'gkee'") as raised,
        localplane.up("gkee", progress=steps.append),
    ):
        pass
    assert raised.value.hint == "did you mean 'gke'?"


def assert_gone(processes: Mapping[str, ProcessId], directory: Path) -> None:
    assert not any(map(is_alive, processes.values()))
    assert not directory.exists()
