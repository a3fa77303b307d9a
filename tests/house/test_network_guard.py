"""The guard of tests/conftest.py refuses what leaves this machine and nothing else."""

from __future__ import annotations

import socket

import pytest


def test_a_connection_to_the_outside_is_refused():
    with socket.socket() as outside, pytest.raises(RuntimeError, match="tests use no network"):
        outside.connect(("192.0.2.1", 80))


def test_the_loopback_is_open():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
