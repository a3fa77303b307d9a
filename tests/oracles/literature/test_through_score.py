"""Test-time adaptation and the narrative through the verbs, on generated videos whose moments are known."""

from __future__ import annotations

import duckdb
import pytest

from crossoracle import Study
from crossoracle.encoders import tokens

WORDS = """
model = "models/two-tower.npz"
classes = "models/classes.toml"
descriptions = "models/subtexts.toml"
captions = "models/captions.txt"
"""
STUDY = f"""
[oracles.test-time]
{WORDS}
[oracles.narrative]
{WORDS}
[oracles.tokens]
adapter = "narrative"
codebook = "models/codebook.npz"
{WORDS}
[recognizers.told]
family = "narrative"
model = "models/two-tower.npz"
descriptions = "models/subtexts.toml"
captions = "models/captions.txt"
"""
ORACLES = {"test-time", "narrative", "tokens"}


def table(home, name):
    return duckdb.sql(f"SELECT * FROM '{home / name}.parquet' ORDER BY ALL").df()


@pytest.fixture
def home(generated_study):
    """The study with a codebook that was learned from its training videos."""
    home = generated_study
    tokens.write(
        home / "training.parquet",
        str(home / "models" / "two-tower.npz"),
        home / "models" / "codebook.npz",
        size=48,
        frames=8,
    )
    (home / "study.toml").write_text(STUDY)
    return home


def test_scores_go_with_the_planted_truth(home):
    Study(home).score()
    prechecks, scores, truth = (table(home, name) for name in ("prechecks", "scores", "truth"))
    assert set(prechecks.oracle) == ORACLES
    assert set(prechecks.outcome) == {"yes", "no"}
    assert set(prechecks.p_source) == {"logits"}
    assert set(prechecks.calls) == {1}
    assert set(prechecks.cost_usd) == {0.0}
    key = ["dataset", "video_id", "segment"]
    both = scores.merge(truth[[*key, "score"]], on=key, suffixes=("", "_truth"))
    within = both.groupby(["oracle", "dataset", "video_id"])[["score", "score_truth"]].corr("spearman")
    found = within.xs("score", level=-1)["score_truth"].groupby(["oracle", "dataset"]).mean().unstack()
    assert set(found.index) == ORACLES
    assert ((found > 0.3).sum(axis=1) >= 2).all(), found


def test_the_same_study_has_the_same_scores(home):
    Study(home).score(limit=4)
    first = table(home, "scores")
    for file in home.glob("ledger.sqlite*"):
        file.unlink()
    (home / "scores.parquet").unlink()
    (home / "prechecks.parquet").unlink()
    Study(home).score(limit=4)
    assert table(home, "scores").equals(first)


def test_the_same_words_recognize_too(home):
    Study(home).predict(conditions=("full",))
    rows = table(home, "predictions")
    assert len(rows) == len(table(home, "videos"))
    assert rows.correct1.mean() > 0.4, "of 4 or 5 classes"
