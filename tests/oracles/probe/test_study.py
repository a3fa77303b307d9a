"""The built-in study: what `prepare` leaves goes through the verbs, on real files."""

from __future__ import annotations

import tomllib

import duckdb
import numpy as np
import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.benchmark import CONDITIONS, prepare
from crossoracle.encoders.judge import NOTHING, load
from crossoracle.errors import InputError

ORACLES = ("edges", "colours", "movement", "texture")


def table(home, name):
    return duckdb.sql(f"SELECT * FROM '{home / name}.parquet' ORDER BY ALL").df()


def test_it_leaves_a_study_that_says_what_is_to_be_done(prepared):
    told = tomllib.loads((prepared / "study.toml").read_text())
    assert tuple(told["oracles"]) == ORACLES
    assert {section["adapter"] for section in told["oracles"].values()} == {"probe"}
    assert all((prepared / section["model"]).is_file() for section in told["oracles"].values())
    assert (prepared / told["recognizers"]["probe"]["model"]).is_file()
    assert tuple(told["predict"]["conditions"]) == CONDITIONS
    assert {told[verb]["seed"] for verb in ("predict", "agree", "compare")} == {3}
    assert all((prepared / path).is_file() for path in table(prepared, "videos").path)


def test_oracles_know_the_classes_of_every_dataset(prepared):
    videos = table(prepared, "videos")
    for name in ORACLES:
        judge = load(prepared / "models" / f"{name}.npz")
        assert judge.feature.name == name
        for dataset, rows in videos.groupby("dataset"):
            assert set(judge.classes(dataset)) == {*rows.label, NOTHING}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_study(prepared, tmp_path):
    told = []
    prepare(tmp_path, 3, videos=2, training=8, workers=1, tell=lambda *what: told.append(what))
    assert (tmp_path / "study.toml").read_bytes() == (prepared / "study.toml").read_bytes()
    for name in ("videos", "training", "truth", "training-truth"):
        pd.testing.assert_frame_equal(table(tmp_path, name), table(prepared, name))
    assert {"making videos", "watching the training videos", "training the recognizer"} <= {
        w for w, _ in told
    }
    assert all(0 <= share <= 1 for _, share in told)


def test_nothing_to_make_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected at least 1 of each"):
        prepare(tmp_path / "study", videos=0)


def test_direct_scores_and_prechecks(home):
    found = Study(home).score(runs=2)
    scores, prechecks = table(home, "scores"), table(home, "prechecks")
    assert set(prechecks.oracle) == set(ORACLES)
    assert len(prechecks) == 28 * 4 * 2
    assert set(prechecks.outcome) == {"yes", "no"}
    assert set(prechecks.p_source) == {"logits"}
    assert ((prechecks.p_yes > 0.5) == (prechecks.outcome == "yes")).all()
    assert set(prechecks.calls) == {1}
    assert set(prechecks.cost_usd) == {0.0}
    passed = prechecks[prechecks.outcome == "yes"]
    assert len(scores) == 10 * len(passed)
    assert scores.groupby(["oracle", "run", "dataset", "video_id"]).kept.any().all()
    assert found.files
    both = scores.pivot(index=["oracle", "dataset", "video_id", "segment"], columns="run", values="score")
    both = both.dropna()
    assert not np.allclose(both["0"], both["1"])
    assert np.corrcoef(both["0"], both["1"])[0, 1] > 0.5


def test_scores_go_with_the_planted_truth(home):
    Study(home).score(datasets=("concentrated", "redundant"))
    scores, truth = table(home, "scores"), table(home, "truth")
    key = ["dataset", "video_id", "segment"]
    both = scores.merge(truth[[*key, "score"]], on=key, suffixes=("", "_truth"))
    within = both.groupby(["oracle", "dataset", "video_id"])[["score", "score_truth"]].corr("spearman")
    within = within.xs("score", level=-1)["score_truth"].groupby("oracle").mean()
    assert (within > 0.3).all(), within


def test_greedy_removal(home):
    Study(home).score(oracles=("edges",), datasets=("redundant",), strategy="greedy", limit=5)
    scores, prechecks, removals = (table(home, name) for name in ("scores", "prechecks", "removals"))
    assert len(prechecks) == 5
    assert (prechecks.calls >= 1).all()
    assert (prechecks[prechecks.outcome == "yes"].calls > 10).all()
    assert scores.video_id.nunique() == (prechecks.outcome == "yes").sum() > 0
    for _, rows in scores.groupby("video_id"):
        assert (rows.score[rows.kept] == 1).all()
        gone = rows.score[~rows.kept].sort_values().to_numpy()
        np.testing.assert_allclose(gone, np.arange(len(gone)) / 9)
    assert removals[removals.removed].p_yes.gt(0.5).all()
    whole = removals[removals.step == 0].set_index("video_id").p_yes
    np.testing.assert_allclose(whole, prechecks.set_index("video_id").p_yes[whole.index])


def test_a_second_time_nobody_is_asked(home):
    Study(home).score(limit=4)
    first = table(home, "scores"), table(home, "prechecks")
    again = Study(home).score(limit=4, max_calls=0)
    assert again is not None
    for one, other in zip(first, (table(home, "scores"), table(home, "prechecks")), strict=True):
        assert one.equals(other)


def test_a_class_that_is_not_known_is_a_row_with_its_reason(home):
    videos = home / "videos.parquet"
    duckdb.sql(
        f"COPY (SELECT * REPLACE ('dancing' AS label) FROM '{videos}' LIMIT 1) TO '{home}/one.parquet'"
    )
    study = Study(home, videos=home / "one.parquet")
    study.score(oracles=("edges",))
    prechecks = table(home, "prechecks")
    assert prechecks.outcome.tolist() == ["error"]
    assert "not trained on 'dancing' of concentrated" in prechecks.detail[0]


def test_the_frozen_recognizer_sees_every_condition(home):
    Study(home).score()
    Study(home).predict()
    found = table(home, "predictions")
    assert set(found.condition) == set(CONDITIONS)
    assert found.failure.isna().mean() > 0.5
    full = found[found.condition == "full"]
    assert len(full) == 28
    assert full.correct1.mean() > 0.4  # of 14 classes
