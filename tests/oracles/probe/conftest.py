"""A small study of generated videos with trained probes, and questions about its clips."""

from __future__ import annotations

import shutil

import pytest

from crossoracle.benchmark import prepare
from crossoracle.oracles.adapters.probe import Probe
from tests.oracles.putting import ask, clips_of, describe

__all__ = ["ask", "describe"]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """Return a study as `prepare` leaves it; nobody writes into it."""
    home = tmp_path_factory.mktemp("probes")
    prepare(home, 3, videos=2, training=8)
    return home


@pytest.fixture
def home(prepared, tmp_path):
    """Return a copy of the study."""
    shutil.copytree(prepared, tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture(scope="session")
def clips(prepared):
    """Return the clips of the study, by dataset and name."""
    return clips_of(prepared)


@pytest.fixture(params=["edges", "colours", "movement", "texture"])
def probe(request, prepared):
    return Probe(str(prepared / "models" / f"{request.param}.npz"))


@pytest.fixture
def edges(prepared):
    return Probe(str(prepared / "models" / "edges.npz"))


@pytest.fixture
def clip(clips):
    return clips["concentrated", "test-0-000"]
