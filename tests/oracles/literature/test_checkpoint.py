"""Saliency and storyboard on a tiny random CLIP model, saved in the study and loaded like a real one."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from crossoracle import Study
from crossoracle.encoders import embedded as room
from tests.oracles.local.tiny import declare_torchvision_operators
from tests.recognizers import tiny

pytestmark = pytest.mark.local

MODEL = 'model = "models/clip"\nclasses = "models/classes.toml"\n'
STUDY = f"""
[oracles.saliency]
{MODEL}
[oracles.storyboard]
{MODEL}subtexts = "models/subtexts.toml"
cache = "cache"

[recognizers.storyboard]
model = "models/clip"
subtexts = "models/subtexts.toml"
frames = 4
"""


@pytest.fixture
def home(generated_study):
    torch = pytest.importorskip("torch", reason="needs the extra local: make test-local")
    pytest.importorskip("transformers", reason="needs the extra local: make test-local")
    declare_torchvision_operators()
    torch.set_num_threads(1)
    tiny.save_clip(generated_study / "models" / "clip")
    (generated_study / "study.toml").write_text(STUDY)
    return generated_study


def table(home, name):
    return duckdb.sql(f"SELECT * FROM '{home / name}.parquet' ORDER BY ALL").df()


def test_the_whole_way_through_the_verbs(home):
    Study(home).score(datasets=("redundant",))
    prechecks, scores = table(home, "prechecks"), table(home, "scores")
    assert len(prechecks) == 2 * 10
    assert set(prechecks.outcome) <= {"yes", "no"}
    assert ((prechecks.p_yes > 0.5) == (prechecks.outcome == "yes")).all()
    assert set(scores.oracle) == {"saliency", "storyboard"}, "of 10 videos some are said to be there"
    ends = scores.groupby(["oracle", "video_id"]).score.agg(["min", "max"])
    assert (ends["min"] == 0).all()
    assert (ends["max"] == 1).all()
    assert len(list((home / "cache").glob("*.npz"))) == 10
    Study(home).predict(conditions=("full",), datasets=("redundant",))
    found = table(home, "predictions")
    assert found.failure.isna().all()
    assert found.p_true.between(0, 1, inclusive="neither").all()


def test_embeddings_are_taken_from_the_directory(home, monkeypatch):
    from crossoracle.encoders.image_text import ImageText

    Study(home).score(oracles=("storyboard",), limit=2)
    first = table(home, "prechecks").p_yes
    room._held.clear()
    for file in home.glob("ledger.sqlite*"):
        file.unlink()
    monkeypatch.setattr(ImageText, "embed", None)  # who would call it, would fail
    Study(home).score(oracles=("storyboard",), limit=2)
    np.testing.assert_array_equal(table(home, "prechecks").p_yes, first)
