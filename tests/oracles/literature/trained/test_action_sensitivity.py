"""Action sensitivity as an oracle: its scores, its parts, and that they find what is planted."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module

import duckdb
import numpy as np
import pytest
from scipy.stats import spearmanr

from crossoracle.errors import InputError
from tests.oracles.literature.trained.conftest import sensitivity_of

pytestmark = pytest.mark.local


@pytest.fixture
def oracle(schooled):
    return schooled[1]["action-sensitivity"]


@pytest.fixture
def scores(ask):
    """Return a function from an oracle and a clip to its scores, whatever it says of presence."""

    def scored(oracle, clip):
        answer, _ = ask(oracle, "score", clip)
        return [one["importance"] / 100 for one in json.loads(answer.text)["segments"]]

    return scored


@pytest.mark.parametrize("parts", ["both", "class", "frame"])
def test_a_score_is_the_mean_sensitivity_of_a_segment(oracle, clip, scores, parts):
    sensitivity, learned = import_module("crossoracle.encoders.sensitivity"), oracle.learned()
    torch = import_module("torch")
    seen = learned.rows("concentrated", oracle.sight.frames([frame.pixels() for frame in clip.frames]))
    position = torch.tensor([frame.time_s / 5.0 for frame in clip.frames])
    found = sensitivity.sensed(learned.own("concentrated"), seen, position)
    own = learned.classes["concentrated"].index(clip.label)
    prior, quality = found.prior[:, own].numpy(), found.quality.numpy()
    each = {"both": prior + quality, "class": prior, "frame": quality}[parts]
    means = [
        np.mean([h for h, f in zip(each, clip.frames, strict=True) if f.segment == s]) for s in range(10)
    ]
    expected = [(one - min(means)) / (max(means) - min(means)) for one in means]
    assert scores(replace(oracle, parts=parts), clip) == pytest.approx(expected, abs=0.0051)


def test_its_parts_share_what_was_learned_and_answer_apart(oracle, clip, describe):
    told = [describe(replace(oracle, parts=parts), "score", clip) for parts in ("both", "class", "frame")]
    assert len({one["model"] for one in told}) == 1
    assert len({json.dumps(one) for one in told}) == 3


def test_unknown_parts_are_refused(home):
    with pytest.raises(InputError, match="parts = 'all', expected one of both, class, frame"):
        sensitivity_of(home, parts="all")


def test_it_goes_with_the_planted_truth_and_better_than_its_classes_alone(oracle, prepared, clips, scores):
    truth = {}
    for row in duckdb.sql(f"SELECT * FROM '{prepared / 'truth.parquet'}' ORDER BY segment").df().itertuples():
        truth.setdefault((row.dataset, row.video_id), []).append(row.score)
    found = {}
    for parts in ("both", "class"):
        of = {key: scores(replace(oracle, parts=parts), clip) for key, clip in clips.items()}
        for dataset in ("concentrated", "redundant"):
            rho = [spearmanr(of[key], truth[key])[0] for key in clips if key[0] == dataset]
            found[parts, dataset] = np.mean(rho)
    assert found["both", "concentrated"] > 0.4
    assert found["both", "redundant"] > 0.3
    assert found["both", "concentrated"] > found["class", "concentrated"] + 0.1
