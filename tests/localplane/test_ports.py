"""A reserved port belongs to us until we let it go, and the one program that shares it may listen on it."""

from __future__ import annotations

import socket

import pytest

from kfinstall.localplane.ports import ReservedPort


def test_nobody_else_can_take_a_reserved_port():
    with ReservedPort() as port, socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port.number))


def test_whoever_shares_a_reserved_port_gets_every_connection():
    with ReservedPort() as port, socket.socket() as server, socket.socket() as client:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", port.number))
        server.listen()
        client.connect(("127.0.0.1", port.number))
        connection, _ = server.accept()
        connection.close()


def test_two_reserved_ports_differ():
    with ReservedPort() as one, ReservedPort() as another:
        assert one.number != another.number
