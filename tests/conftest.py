"""Local control planes for tests: one per platform's shape and session, a namespace per test."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from kfinstall import localplane
from kfinstall.cluster import connect
from kfinstall.cluster.api import ApiCluster
from kfinstall.localplane import Plane
from kfinstall.resource import ResourceId


def pytest_configure() -> None:
    """Hear Ctrl-C, in the programs that tests start as well: what a shell runs in the background ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Give what prints a figure at the end of the run: how much a test tried."""
    return lambda said: record_property("figure", said)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of all tests that passed."""
    reports = terminalreporter.getreports("passed")
    figures = [value for report in reports for name, value in report.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("figures")
        for said in figures:
            terminalreporter.line(str(said))


@pytest.fixture(scope="session")
def planes() -> Iterator[Callable[[str], Plane]]:
    """Give a control plane in a shape: started when it is first asked for, ended with the session."""
    started: dict[str, Plane] = {}
    with ExitStack() as stack:

        def give(shape: str) -> Plane:
            if shape not in started:
                started[shape] = stack.enter_context(localplane.up(shape))
            return started[shape]

        yield give


@pytest.fixture(scope="session")
def plane(planes: Callable[[str], Plane]) -> Plane:
    """Give the session's control plane in the shape of GKE."""
    return planes("gke")


@pytest.fixture(scope="session")
def cluster(plane: Plane) -> Iterator[ApiCluster]:
    """Give a connection to it, as administrator."""
    with connect(plane.kubeconfig) as connection:
        yield connection


@pytest.fixture
def namespace(cluster: ApiCluster) -> Iterator[str]:
    """Give the name of a namespace of the test's own; it is deleted afterwards, and nobody waits for that."""
    name = f"test-{secrets.token_hex(4)}"
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.delete(ResourceId("", "Namespace", "", name))
