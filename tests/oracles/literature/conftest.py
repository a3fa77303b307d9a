"""A painted world in words, and a small generated study: each is made once."""

from __future__ import annotations

import shutil

import pytest

from crossoracle.benchmark import prepare
from tests.oracles.literature.painted import CAPTIONS, train


@pytest.fixture(scope="session")
def tower(tmp_path_factory):
    """Return the file of a two-tower that learned the words of painted pictures."""
    return train(tmp_path_factory.mktemp("tower") / "tower.npz")


@pytest.fixture(scope="session")
def captions(tmp_path_factory):
    """Return a file of all that is to be said of painted pictures."""
    file = tmp_path_factory.mktemp("said") / "captions.txt"
    file.write_text("\n".join(CAPTIONS))
    return str(file)


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """Return a study as `prepare` leaves it; nobody writes into it."""
    home = tmp_path_factory.mktemp("generated")
    prepare(home, 3, videos=2, training=8, literature=True)
    return home


@pytest.fixture
def generated_study(generated, tmp_path):
    """Return a copy of the study."""
    return shutil.copytree(generated, tmp_path / "study")
