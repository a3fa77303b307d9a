"""Floors against slow loops: run pairs one by one, resamples video by video, with SciPy and scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import spearmanr
from scipy.stats import t as student
from sklearn.metrics import cohen_kappa_score

from crossoracle.agreement.catalogue import COEFFICIENTS, find
from crossoracle.agreement.progress import say_nothing
from crossoracle.analysis.floors.averaging import average, ceiling, combined, draw_runs
from crossoracle.analysis.floors.sampling import Sampler
from crossoracle.analysis.floors.verdict import Margin, judge
from crossoracle.stats.intervals import tail_levels
from crossoracle.stats.resampling import GivenWeights
from tests.analysis.floor.repeats import floored, only, repeated, scores_of
from tests.handmade import values

B = 23
ARMS = {"greedy": [("g", str(r)) for r in range(3)], "direct": [("d", str(r)) for r in range(2)]}


def spearman_within(made, a, b, videos):
    r = made.ratings
    rho = []
    for v in videos:
        x, y = (r.score[i, r.offset[v] : r.offset[v + 1]] for i in (a, b))
        rho.append(spearmanr(x, y).statistic)
    return float(np.mean(rho))


def cohen_kappa(made, a, b, videos):
    r = made.ratings
    segments = np.concatenate([np.arange(r.offset[v], r.offset[v + 1]) for v in videos])
    return float(cohen_kappa_score(r.kept[a, segments], r.kept[b, segments]))


SLOW = {"spearman_within": spearman_within, "cohen_kappa": cohen_kappa}


@pytest.fixture(scope="module")
def made():
    scores, length = scores_of({"g": 3, "d": 2}, 24, 4, apart={"d": 0.5})
    dataset = ["x"] * 14 + ["y"] * 10
    return repeated(scores, length, ARMS, dataset=dataset, cluster=np.arange(24) // 2)


@pytest.fixture(scope="module")
def weights(made):
    rng = np.random.default_rng(1)
    sizes = made.ratings.clusters
    return GivenWeights({d: rng.multinomial(n, np.full(n, 1 / n), B).astype(float) for d, n in sizes.items()})


def drawn(made, weights, b):
    r = made.ratings
    times = [int(weights.matrices[r.datasets[r.dataset[v]]][b, r.cluster[v]]) for v in range(r.videos)]
    return np.repeat(np.arange(r.videos), times)


def loops(made, slow, videos, m=None, n=None):
    """Return A(g, g'), A(d, d') and A(d, g) of some videos; m and n are how often runs were drawn."""
    g, d = made.raters["greedy"], made.raters["direct"]
    m, n = m if m is not None else np.ones(len(g)), n if n is not None else np.ones(len(d))
    found = []
    for pairs, a, b in (
        (combinations(range(3), 2), (g, m), (g, m)),
        (combinations(range(2), 2), (d, n), (d, n)),
    ):
        total = [(a[1][i] * b[1][j], slow(made, a[0][i], b[0][j], videos)) for i, j in pairs]
        found.append(sum(w * x for w, x in total) / sum(w for w, _ in total))
    total = [(n[i] * m[j], slow(made, d[i], g[j], videos)) for i, j in product(range(2), range(3))]
    return [*found, sum(w * x for w, x in total) / sum(w for w, _ in total)]


def cluster_of(made):
    """Return the cluster of each video, numbered over both datasets: 7 of them in x, 5 in y."""
    return made.ratings.cluster + 7 * made.ratings.dataset


def jackknifed(made, left, value, level):
    """Return the stratified jackknife-t interval from left-out values of 12 clusters, as Hall corrects it."""
    d = np.concatenate(
        [np.sqrt((len(part) - 1) / len(part)) * (part.mean() - part) for part in (left[:7], left[7:])]
    )
    se = np.sqrt((d**2).sum())
    a = (d**3).sum() / (6 * se**3)

    def bound(quantile):
        def missed(t):
            return t + a * (2 * t**2 + 1) + 4 / 3 * a**2 * t**3 - quantile

        return value - se * brentq(missed, -9, 9, xtol=1e-14)

    t = student.ppf((1 + level) / 2, 10)
    return bound(t), bound(-t)


def judged_by(made, weights, name, margin, kind):
    (pairs, *_) = Sampler(made.ratings, made.videos, weights, B).pairs(find([name]), say_nothing)
    cross, own = (average(pairs, made.raters, a, "greedy") for a in ("direct", "greedy"))
    return judge(cross, own, COEFFICIENTS[name], Margin.read(margin), level=0.95, kind=kind)


@pytest.mark.parametrize("name", SLOW)
def test_values_intervals_and_margins_are_those_of_loops_over_run_pairs(made, weights, name):
    found = floored(made, name, weights=weights)
    own, other, cross = loops(made, SLOW[name], np.arange(24))
    replicates = np.array([loops(made, SLOW[name], drawn(made, weights, b)) for b in range(B)])
    assert only(found, quantity="self_agreement", arm_a="greedy").value == pytest.approx(own, abs=1e-12)
    assert only(found, quantity="self_agreement", arm_a="direct").value == pytest.approx(other, abs=1e-12)
    assert only(found, quantity="cross_agreement").value == pytest.approx(cross, abs=1e-12)
    row, d = only(found, quantity="difference"), replicates[:, 2] - replicates[:, 0]
    clusters, strata = 12, 2
    assert (row.n_clusters, row.n_videos, row.n_left_out) == (12, 24, 0)
    assert (row.value, row.interval) == (pytest.approx(cross - own, abs=1e-12), "hall")
    left = np.array([loops(made, SLOW[name], np.flatnonzero(cluster_of(made) != c)) for c in range(clusters)])
    assert (row.low, row.high) == pytest.approx(jackknifed(made, left[:, 2] - left[:, 0], row.value, 0.95))
    # half the floor, re-estimated with it
    assert row.margin == pytest.approx((1 - own) / 2, abs=1e-12)
    bounds = jackknifed(made, left[:, 2] - left[:, 0] + (1 - left[:, 0]) / 2, row.value + row.margin, 0.90)
    assert (row.bound, row.upper_bound) == pytest.approx([bound - row.margin for bound in bounds], abs=1e-12)
    judged = judged_by(made, weights, name, "half", "expanded")
    low, high = np.quantile(d + (1 - replicates[:, 0]) / 2, tail_levels("expanded", clusters, strata, 0.90))
    assert (judged.bound, judged.upper_bound) == pytest.approx(
        (low - row.margin, high - row.margin), abs=1e-12
    )
    ratio = replicates[:, 2] / np.sqrt(replicates[:, 0] * replicates[:, 1])
    quantity = "disattenuated" if "spearman" in name else "ratio_to_ceiling"
    row = only(found, quantity=quantity)
    assert row.value == pytest.approx(cross / np.sqrt(own * other), abs=1e-12)
    low, high = np.quantile(ratio, tail_levels("expanded", clusters, strata, 0.95))
    assert (row.low, row.high) == pytest.approx((low, high), abs=1e-12)


def test_an_absolute_margin_is_held_against_the_plain_one_sided_bound(made, weights):
    row = only(floored(made, "cohen_kappa", weights=weights, margin="0.07"), quantity="difference")
    assert (row.margin, row.margin_rule) == (pytest.approx(0.07), "absolute")
    left = [loops(made, cohen_kappa, np.flatnonzero(cluster_of(made) != c)) for c in range(12)]
    low, high = jackknifed(made, np.array([x[2] - x[0] for x in left]), row.value, 0.90)
    assert (row.bound, row.upper_bound) == pytest.approx((low, high), abs=1e-12)
    assert row.verdict == ("non-inferior" if low > -0.07 else "inferior" if high < -0.07 else "inconclusive")
    d = [(lambda x: x[2] - x[0])(loops(made, cohen_kappa, drawn(made, weights, b))) for b in range(B)]
    low, high = np.quantile(d, tail_levels("expanded", 12, 2, 0.90))
    judged = judged_by(made, weights, "cohen_kappa", "0.07", "expanded")
    assert (judged.bound, judged.upper_bound) == pytest.approx((low, high), abs=1e-12)


def test_two_way_draws_weigh_pairs_by_products_of_multiplicities_and_never_a_run_with_itself(made, weights):
    (pairs, *_) = Sampler(made.ratings, made.videos, weights, B).pairs(find(["cohen_kappa"]), say_nothing)
    rng = np.random.default_rng(2)
    runs = {"greedy": np.zeros((B, 3)), "direct": np.zeros((B, 2))}
    for b in range(B):
        while (runs["greedy"][b] > 0).sum() < 2:
            runs["greedy"][b] = rng.multinomial(3, np.full(3, 1 / 3))
        runs["direct"][b] = [1, 1] if b % 2 else [1, 2]
    own, other, cross = (
        average(pairs, made.raters, a, b, runs)
        for a, b in (("greedy", "greedy"), ("direct", "direct"), ("direct", "greedy"))
    )
    for b in range(B):
        videos = drawn(made, weights, b)
        slow = loops(made, cohen_kappa, videos, runs["greedy"][b], runs["direct"][b])
        assert [x.replicates[b] for x in (own, other, cross)] == pytest.approx(slow, abs=1e-12)
    made_of = ceiling(cross, other, own)
    expected = cross.replicates / np.sqrt(other.replicates * own.replicates)
    np.testing.assert_allclose(made_of.replicates, expected)
    np.testing.assert_allclose(
        combined([(1, cross), (-1, own)]).replicates, cross.replicates - own.replicates
    )


def test_drawn_runs_are_at_least_two_and_repeat(made):
    arms = [arm for arm in made.arms if arm.name == "greedy"]
    drawn_runs = draw_runs(arms, 500, 7)["greedy"]
    assert (drawn_runs.sum(axis=1) == 3).all()
    assert drawn_runs.max() == 2  # a single run was drawn anew
    np.testing.assert_array_equal(drawn_runs, draw_runs(arms, 500, 7)["greedy"])
    assert (drawn_runs != draw_runs(arms, 500, 8)["greedy"]).any()
    assert drawn_runs.mean(axis=0) == pytest.approx([1, 1, 1], abs=0.1)


ABOUT = [name for name, c in COEFFICIENTS.items() if c.laws & {"perfect", "distance"}]


@pytest.mark.parametrize("name", ABOUT)
def test_every_coefficient_of_two_runs_is_that_of_agreement(made, name):
    r, ones = made.ratings, {d: np.ones((1, n)) for d, n in made.ratings.clusters.items()}
    a, b = r.oracles.index("d:0"), r.oracles.index("g:1")
    two = replace(r, oracles=("a", "b"), runs=("0", "0"), score=r.score[[a, b]], kept=r.kept[[a, b]])
    (expected,) = values(two, name).values()
    sampler = Sampler(r, made.videos, GivenWeights(ones), 1, threads=1)
    (pairs, *_) = sampler.pairs([COEFFICIENTS[name]], say_nothing)
    assert pairs.of[a, b].value == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert np.isfinite(expected) or name == "alpha_ratio"
