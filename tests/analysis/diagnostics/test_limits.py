"""Limits of agreement against an analysis of variance by others, loops, and simulated truth."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from crossoracle.analysis.diagnostics.limits import limits, limits_of, points
from tests.handmade import random_ratings, rate


def _table(ratings, a, b):
    """Return video, dataset, cluster, and the two scores of the segments that both oracles scored."""
    rows = []
    for v in range(ratings.videos):
        for s in range(ratings.offset[v], ratings.offset[v + 1]):
            x, y = ratings.score[a, s], ratings.score[b, s]
            if x == x and y == y:
                dataset = ratings.datasets[ratings.dataset[v]]
                rows.append((v, dataset, (dataset, int(ratings.cluster[v])), x, y))
    return pd.DataFrame(rows, columns=["video", "dataset", "cluster", "x", "y"])


def _slow(table):
    """Return mean and limits by the table of an analysis of variance (Bland and Altman 2007, section 3)."""
    d = (table["x"] - table["y"]).rename("d")
    fitted = anova_lm(ols("d ~ C(video)", table.assign(d=d)).fit())
    between, within = fitted["mean_sq"]
    m = table.groupby("video").size()
    m0 = (m.sum() ** 2 - (m**2).sum()) / ((len(m) - 1) * m.sum())
    sd = np.sqrt(max((between - within) / m0, 0) + within)
    return np.array([d.mean(), d.mean() - 1.959963984540054 * sd, d.mean() + 1.959963984540054 * sd])


@pytest.mark.parametrize("seed", range(4))
def test_limits_are_those_of_an_analysis_of_variance(seed):
    ratings = random_ratings(np.random.default_rng(seed))
    found = {(r.dataset, r.oracle_a, r.oracle_b, r.quantity): r for r in limits(ratings)}
    for (a, one), (b, other) in combinations(enumerate(ratings.oracles), 2):
        table = _table(ratings, a, b)
        for dataset in ["all", *(ratings.datasets if len(ratings.datasets) > 1 else ())]:
            part = table if dataset == "all" else table[table["dataset"] == dataset]
            rows = [found[dataset, one, other, q] for q in ("mean", "lower", "upper")]
            assert {r.n_segments for r in rows} == {len(part)}
            assert {r.n_videos for r in rows} == {part["video"].nunique()}
            assert {r.n_clusters for r in rows} == {part["cluster"].nunique()}
            if part["video"].nunique() > 2 and len(part) > part["video"].nunique():
                assert [r.value for r in rows] == pytest.approx(_slow(part), abs=1e-12)


def test_the_interval_is_that_of_leaving_clusters_out():
    rng = np.random.default_rng(1)
    length = [3 + k % 4 for k in range(12)]
    ratings = rate(rng.random((2, sum(length))), length)
    table = _table(ratings, 0, 1)
    left = np.array([_slow(table[table["video"] != v]) for v in range(12)])
    se = np.sqrt(11 / 12 * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    half = t.ppf(0.95, 11) * se
    rows = {r.quantity: r for r in limits(ratings, level=0.9) if r.dataset == "all"}
    for k, name in enumerate(("mean", "lower", "upper")):
        assert rows[name].low == pytest.approx(rows[name].value - half[k], abs=1e-12)
        assert rows[name].high == pytest.approx(rows[name].value + half[k], abs=1e-12)


def test_of_one_segment_a_video_they_are_the_classical_ones():
    d = np.random.default_rng(2).normal(0.1, 0.2, 50)
    ones = np.ones(50)
    tally = np.stack([ones, ones, ones, d, d**2, d**2], axis=1).sum(axis=0)
    half = 1.959963984540054 * d.std(ddof=1)
    assert limits_of(tally) == pytest.approx([d.mean(), d.mean() - half, d.mean() + half, d.std(ddof=1)])


def test_intervals_hold_the_true_limits():
    """Videos of six segments with a variance of their own: about 95 of 100 intervals hold the truth."""
    rng = np.random.default_rng(3)
    sd, inside = np.sqrt(0.1**2 + 0.05**2), 0
    true = {"mean": 0.0, "lower": -1.959963984540054 * sd, "upper": 1.959963984540054 * sd}
    for _ in range(150):
        apart = rng.normal(0, 0.1, (60, 1)) + rng.normal(0, 0.05, (60, 6))
        scores = np.stack([0.5 + apart.ravel() / 2, 0.5 - apart.ravel() / 2])
        ratings = rate(scores, [6] * 60)
        rows = [r for r in limits(ratings) if r.dataset == "all"]
        inside += np.array([r.low <= true[r.quantity] <= r.high for r in rows])
    assert np.all(inside >= 133)  # of 142.5; below it by chance once in some 3,000
    assert np.all(inside <= 150)


def test_one_video_has_no_limits_and_says_why():
    rows = limits(rate(np.random.default_rng(0).random((2, 5)), [5]))
    assert all(np.isnan(r.value) and np.isnan(r.low) for r in rows)
    assert {r.reason for r in rows} == {"needs at least two videos that both scored"}


def test_cells_hold_every_segment_once():
    ratings = random_ratings(np.random.default_rng(5))
    found = pd.DataFrame([vars(p) for p in points(ratings)])
    for (a, one), (b, other) in combinations(enumerate(ratings.oracles), 2):
        table = _table(ratings, a, b)
        pair = (found["oracle_a"] == one) & (found["oracle_b"] == other)
        rows = found[pair & (found["dataset"] == "all")]
        assert rows["n"].sum() == len(table)
        mean, apart = (table["x"] + table["y"]) / 2, table["x"] - table["y"]
        for cell in rows.itertuples():
            near = (abs(mean - cell.mean) < 0.0125 + 1e-6) & (abs(apart - cell.difference) < 0.025 + 1e-6)
            assert near.sum() >= cell.n
