"""Nobody passes, everybody passes, one class, one video: defined, or null with a reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crossoracle.analysis.selection.covariates import FEWEST, design
from crossoracle.analysis.selection.population import Population
from crossoracle.analysis.selection.run import Asked, select
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.tables.catalogue import TABLES
from tests.analysis.selection.generated import population
from tests.handmade import rate

NAMES = ("cohen_kappa", "light_kappa", "spearman_within", "jaccard")


def _select(p: Population, **asked):
    found = select(p, Asked(**{"coefficients": NAMES, "replicates": 39, "threads": 1} | asked))
    rows = found.estimates
    undefined = rows[rows["value"].isna()]
    assert undefined["reason"].notna().all(), undefined
    for name, frame in found.tables().items():
        assert list(frame.columns) == list(TABLES[name].names)
        assert not frame.duplicated(list(TABLES[name].key)).any()
    return found, rows[rows["dataset"] == "all"].set_index(["videos", "statistic"])


def _passing(p: Population, passes) -> Population:
    return replace(p, passes=np.broadcast_to(passes, p.passes.shape).copy())


def test_nobody_passes():
    found, rows = _select(_passing(population(30), False))
    for videos in ("joint", "ipw"):
        assert rows.loc[videos, "value"].isna().all()
    assert rows.loc[("worst", "cohen_kappa"), "value"] == pytest.approx(
        -1, abs=1e-3
    )  # an odd number of segments
    assert rows.loc[("best", "cohen_kappa"), "value"] == pytest.approx(1, abs=1e-3)
    (known,) = found.weighting.itertuples()
    assert (known.n_passed, known.reason) == (0, "no video is passed by all: none can stand for the others")
    assert set(found.tipping["reason"]) == {"no video is passed by all"}


def test_everybody_passes():
    found, rows = _select(_passing(population(30), True))
    for name in NAMES:
        values = [
            rows.loc[(videos, name), "value"]
            for videos in ("joint", "all", "pairwise", "worst", "best", "ipw")
        ]
        assert values == pytest.approx([values[0]] * 6, abs=1e-12)
    joint, weighted = (rows.loc[(videos, "cohen_kappa")] for videos in ("joint", "ipw"))
    assert (weighted["low"], weighted["high"]) == pytest.approx((joint["low"], joint["high"]))
    assert found.weighting["reason"].item() == "every video is passed by all: nothing to weight"
    assert set(found.tipping["reason"]) == {"every video is passed by all: nothing is left out"}


def test_an_oracle_that_never_passes():
    p = population(30, oracles=3)
    passes = p.passes.copy()
    passes[:, 2] = False
    found, _ = _select(replace(p, passes=passes))
    with_it = found.weighting["oracles"].str.contains("o2")
    assert (found.weighting.loc[with_it, "n_passed"] == 0).all()
    assert (found.weighting.loc[~with_it, "n_passed"] > 0).all()


def test_one_class_is_no_covariate():
    p = population(30)
    p = replace(p, ratings=replace(p.ratings, label=np.full(30, "same", dtype=object)), covariates={})
    found, rows = _select(p)
    assert found.weighting["covariates"].item() is None
    assert "no covariate is known of every video" in found.weighting["reason"].item()
    assert rows.loc[("ipw", "cohen_kappa"), "value"] == pytest.approx(
        rows.loc[("joint", "cohen_kappa"), "value"]
    )


def test_a_label_that_nobody_passes_is_not_supported():
    p = population(60)
    hard = np.array([label == "hard" for label in p.ratings.label])
    found, _ = _select(replace(p, passes=p.passes & ~hard[:, None]))
    (known,) = found.weighting.itertuples()
    assert known.n_unsupported == hard.sum()
    assert f"positivity: {hard.sum()} videos of a dataset and label of which none passes" in known.reason


def test_rare_labels_are_taken_together():
    p = population(40)
    label = np.array([f"only {i}" for i in range(40)], dtype=object)
    label[:FEWEST] = "some"
    made = design(replace(p, ratings=replace(p.ratings, label=label)))
    assert made.value == (None, "d: some", None)
    assert np.bincount(made.group).tolist() == [40 - FEWEST, FEWEST]


@pytest.mark.parametrize("passes", [True, False])
def test_one_video(passes):
    p = population(1)
    _select(_passing(p, passes))


def test_nothing_is_kept_or_flagged_anywhere():
    n, scores = 20, np.random.default_rng(0).random((2, 80))
    passes = np.random.default_rng(1).random((n, 2)) < 0.7
    p = Population(rate(scores, [4] * n), passes, {})
    _, rows = _select(p)
    for videos in ("joint", "worst", "best", "ipw"):
        assert np.isnan(rows.loc[(videos, "cohen_kappa"), "value"])
        assert np.isfinite(rows.loc[(videos, "spearman_within"), "value"])


def test_videos_that_nobody_scored_are_in_the_bounds_alone():
    p = population(20, 3)
    silent = p.ratings.score.copy(), p.ratings.kept.copy()
    last = slice(p.ratings.offset[-3], None)
    silent[0][:, last], silent[1][:, last] = np.nan, -1
    passes = p.passes.copy()
    passes[-2:] = False
    _, rows = _select(replace(p, ratings=replace(p.ratings, score=silent[0], kept=silent[1]), passes=passes))
    assert rows.loc[("all", "cohen_kappa"), "n_videos"] == 18
    assert rows.loc[("worst", "cohen_kappa"), "n_videos"] == 20


def test_a_dataset_without_a_passing_video():
    p = population(40, 4)
    ratings = replace(p.ratings, datasets=("a", "b"), dataset=np.repeat([0, 1], 20).astype(np.int64))
    ratings = replace(ratings, cluster=np.tile(np.arange(20), 2))
    passes = p.passes.copy()
    passes[20:] = False
    found, _ = _select(replace(p, ratings=ratings, passes=passes))
    rows = found.estimates.set_index(["videos", "statistic", "dataset"])
    assert np.isnan(rows.loc[("joint", "cohen_kappa", "b"), "value"])
    assert np.isfinite(rows.loc[("ipw", "cohen_kappa", "a"), "value"])


def test_many_clusters_are_not_left_out_one_by_one(monkeypatch):
    monkeypatch.setattr("crossoracle.analysis.selection.weighting.MOST_LEFT_OUT", 10)
    _, rows = _select(population(30))
    row = rows.loc[("ipw", "light_kappa")]
    assert np.isnan(row["jackknife_low"])
    assert np.isfinite(row["low"])
    assert "jackknife: not worked out beyond" in row["reason"]


def test_fewer_refits_where_the_work_is_large_are_counted(monkeypatch):
    monkeypatch.setattr("crossoracle.analysis.selection.run.WORK", 0)
    _, rows = _select(population(30), coefficients=("light_kappa",), replicates=1100)
    assert rows.loc[("ipw", "light_kappa"), "replicates"] == 999
    assert rows.loc[("joint", "light_kappa"), "replicates"] == 1100


def test_wrong_names_and_too_few_oracles_are_told():
    with pytest.raises(UnknownNameError, match="cohen_kappa"):
        select(population(5), Asked(("cohens_kappa",)))
    with pytest.raises(InputError, match="at least two"):
        select(population(5, oracles=1))
