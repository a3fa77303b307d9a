"""A small study of generated videos with trained probes, and questions about its clips."""

from __future__ import annotations

import asyncio
import shutil

import duckdb
import pytest

from crossoracle.benchmark import prepare
from crossoracle.oracles.adapters.probe import Probe
from crossoracle.oracles.opening import open_clip
from crossoracle.oracles.oracle import Question
from crossoracle.oracles.settings import FrameOptions
from crossoracle.replies import SCORE_SCHEMA, VERIFY_SCHEMA, read_score, read_verify


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
    rows = duckdb.sql(f"SELECT * FROM '{prepared / 'videos.parquet'}'").df()
    return {
        (row.dataset, row.video_id): open_clip(
            prepared / row.path, row.dataset, row.video_id, row.label, {}, FrameOptions()
        )
        for row in rows.itertuples()
    }


@pytest.fixture(params=["edges", "colours", "movement", "texture"])
def probe(request, prepared):
    return Probe(str(prepared / "models" / f"{request.param}.npz"))


@pytest.fixture
def edges(prepared):
    return Probe(str(prepared / "models" / "edges.npz"))


@pytest.fixture
def clip(clips):
    return clips["concentrated", "test-0-000"]


def question(kind, clip, sample=0):
    schema = {"score": SCORE_SCHEMA, "verify": VERIFY_SCHEMA}[kind]
    return Question(kind, clip, f"Does it show {clip.label}?", f"{kind}.v1", schema, sample)


@pytest.fixture
def ask():
    """Return a function that puts a question to an adapter, and returns its answer with what it says."""

    def asked(adapter, kind, clip, sample=0):
        put = question(kind, clip, sample)
        answer = adapter.read(asyncio.run(adapter.ask(put)), put)
        if kind == "verify":
            return answer, read_verify(answer.text, finish=answer.finish)
        return answer, read_score(answer.text, len(clip.segments), finish=answer.finish)

    return asked


@pytest.fixture
def describe():
    """Return a function that describes a question to an adapter."""
    return lambda adapter, kind, clip, sample=0: adapter.describe(question(kind, clip, sample))
