"""Questions about clips, put to an adapter in this process: fixtures that several folders import."""

from __future__ import annotations

import asyncio

import duckdb
import pytest

from crossoracle.oracles.opening import open_clip
from crossoracle.oracles.oracle import Question
from crossoracle.oracles.settings import FrameOptions
from crossoracle.replies import SCORE_SCHEMA, VERIFY_SCHEMA, read_score, read_verify


def question(kind, clip, sample=0):
    schema = {"score": SCORE_SCHEMA, "verify": VERIFY_SCHEMA}[kind]
    prompt = f"Which segments show {clip.label}?" if kind == "score" else f"Does it show {clip.label}?"
    return Question(kind, clip, prompt, f"{kind}.v1", schema, sample)


def clips_of(study):
    """Return the clips of a study, by dataset and name."""
    rows = duckdb.sql(f"SELECT * FROM '{study / 'videos.parquet'}'").df()
    return {
        (row.dataset, row.video_id): open_clip(
            study / row.path, row.dataset, row.video_id, row.label, {}, FrameOptions()
        )
        for row in rows.itertuples()
    }


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
