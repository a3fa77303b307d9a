"""No test reaches beyond this machine: a connection to anything but the loopback is refused.

And what the tests of models in this process have in common.
"""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # read once, when transformers is imported
LOCAL = ("torch", "transformers", "llguidance")


def _stays_here(family: int, address: Any) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = address[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays to the end: thousands of tests, and all that was imported."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let all of it go at the end."""
    gc.unfreeze()


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}

    def guarded(name: str) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if not _stays_here(self.family, address):
                raise RuntimeError(f"a test tried to connect to {address!r}: tests use no network")
            return real[name](self, address)

        return connect

    for name in real:
        setattr(socket.socket, name, guarded(name))
    yield
    for name, method in real.items():
        setattr(socket.socket, name, method)


@pytest.fixture(scope="session")
def torch() -> Any:
    """The library, ready for the others of the extra local; without them a test is skipped."""
    found = [pytest.importorskip(name, reason="needs the extra local: make test-local") for name in LOCAL]
    from tests.oracles.local.tiny import declare_torchvision_operators

    declare_torchvision_operators()
    found[0].set_num_threads(1)  # models this small are slower on more
    return found[0]
