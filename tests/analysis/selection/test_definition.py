"""Everything of the selection against slow, plain code."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from statsmodels.api import Logit

from crossoracle.agreement.catalogue import find
from crossoracle.analysis.selection.checks import area, balance, weighting
from crossoracle.analysis.selection.covariates import design
from crossoracle.analysis.selection.filling import filled
from crossoracle.analysis.selection.population import Population, restricted, subsets
from crossoracle.analysis.selection.propensity import fit
from crossoracle.analysis.selection.run import Asked, select
from crossoracle.analysis.selection.tipping import tipping
from crossoracle.analysis.selection.weighting import InverseWeights, Propensity
from crossoracle.stats.intervals import Jackknife, jackknife_t
from crossoracle.stats.resampling import ClusterWeights
from tests.analysis.selection.generated import kappa, population
from tests.handmade import rate, values

TWO = (0, 1)


def _found(p: Population, *names: str, **asked):
    asked = {"replicates": 49, "threads": 1} | asked
    return select(p, Asked(coefficients=names or ("cohen_kappa",), **asked))


def _value(
    found, videos: str, statistic: str = "cohen_kappa", column: str = "value", oracles: str = "o0 & o1"
):
    rows = found.estimates
    rows = rows[(rows["videos"] == videos) & (rows["statistic"] == statistic) & (rows["dataset"] == "all")]
    (value,) = rows.loc[rows["oracles"] == oracles, column]
    return value


def test_joint_and_all_are_kappa_of_those_videos():
    p = population(60, 3)
    found = _found(p)
    joint = restricted(p.ratings, TWO, p.joint(TWO))
    assert _value(found, "joint") == pytest.approx(kappa(joint), abs=1e-12)
    assert _value(found, "all") == pytest.approx(kappa(p.ratings), abs=1e-12)


def test_every_set_of_oracles_is_as_if_there_were_no_other():
    p = population(60, 4, oracles=4)
    found = _found(p, "cohen_kappa", "light_kappa")
    for chosen in subsets(4):
        own = restricted(p.ratings, chosen, p.passes[:, list(chosen)].all(axis=1))
        plain = values(own, "cohen_kappa", "light_kappa")
        rows = found.estimates.query("videos == 'joint' and dataset == 'all'")
        rows = rows[rows["oracles"] == p.named(chosen)].fillna({"oracle_a": "", "oracle_b": ""})
        got = {(e.statistic, e.oracle_a, e.oracle_b): e.value for e in rows.itertuples()}
        assert got == pytest.approx(plain, abs=1e-12)
    assert len(subsets(4)) == 2**4 - 4 - 1
    assert [len(s) for s in subsets(7)] == [2] * 21 + [6] * 7 + [7]


def test_pairwise_masks_each_oracle_where_it_did_not_pass():
    p = population(60, 5, oracles=3)
    found = _found(p, "cohen_kappa")
    rows = found.estimates.query("videos == 'pairwise' and dataset == 'all'")
    assert len(rows) == 3
    for row in rows.itertuples():
        a, b = (p.ratings.oracles.index(name) for name in (row.oracle_a, row.oracle_b))
        both = p.passes[:, [a, b]].all(axis=1)
        assert row.value == pytest.approx(kappa(restricted(p.ratings, (a, b), both)), abs=1e-12)


def test_not_passed_is_one_more_category():
    p = population(40, 6)
    table = np.zeros((3, 3))
    for v in range(p.ratings.videos):
        for t in range(p.ratings.offset[v], p.ratings.offset[v + 1]):
            cell = [p.ratings.kept[g, t] if p.passes[v, g] else 2 for g in TWO]
            table[cell[0], cell[1]] += 1
    share = table / table.sum()
    observed, expected = np.trace(share), (share.sum(axis=0) * share.sum(axis=1)).sum()
    assert _value(_found(p), "category") == pytest.approx((observed - expected) / (1 - expected), abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_no_answers_of_those_left_out_leave_the_bounds(seed):
    rng = np.random.default_rng(seed)
    kept = rng.integers(0, 2, (2, 12))
    kept[1, :8] = np.where(rng.random(8) < 0.8, kept[0, :8], kept[1, :8])
    ratings = rate(kept.astype(float), [4, 4, 4], kept=kept)
    left_out = np.array([False, False, True])
    low, high = (kappa(filled(ratings, left_out, case)) for case in ("worst", "best"))
    every = []
    for answers in product((0, 1), repeat=8):
        tried = kept.copy()
        tried[:, 8:] = np.reshape(answers, (2, 4))
        every.append(kappa(rate(tried.astype(float), [4, 4, 4], kept=tried)))
    assert low == pytest.approx(np.nanmin(every), abs=1e-12)
    assert high == pytest.approx(np.nanmax(every), abs=1e-12)


def test_bounds_of_means_over_videos_are_at_the_ends():
    p = population(30, 7)
    found = _found(p, "spearman_within", "jaccard")
    left = ~p.joint(TWO)
    assert left.any()
    joint = restricted(p.ratings, TWO, ~left)
    inside = values(joint, "jaccard")[("jaccard", "o0", "o1")]
    n = _value(found, "joint", "jaccard", "n_videos")
    for case, end in (("worst", 0.0), ("best", 1.0)):
        whole = _value(found, case, "jaccard")
        assert whole == pytest.approx((n * inside + left.sum() * end) / (n + left.sum()), abs=1e-9)
    rows = {case: filled(p.ratings, left, case) for case in ("worst", "best")}
    for case, end in (("worst", -1.0), ("best", 1.0)):
        outside = restricted(rows[case], TWO, left)
        assert values(outside, "spearman_within")[("spearman_within", "o0", "o1")] == pytest.approx(end)


def test_one_fit_is_that_of_statsmodels_and_scikit_learn():
    p = population(200, 8)
    made, passed = design(p), p.joint(TWO)
    once = np.ones((1, 200))
    number = replace(made, columns=made.columns[:, [0, 3]], penalty=np.zeros(2))
    plain = Logit(passed.astype(float), number.columns).fit(disp=0, tol=1e-12).params
    assert fit(number, passed, once)[0] == pytest.approx(plain, abs=1e-7)
    ridge = replace(made, penalty=np.array([0.0, 1.0, 1.0, 1.0]))
    weights = np.random.default_rng(0).integers(0, 3, 200).astype(float)
    peer = LogisticRegression(C=1.0, tol=1e-12, max_iter=10_000)
    peer.fit(ridge.columns[:, 1:], passed, sample_weight=weights)
    ours = fit(ridge, passed, weights[None])[0]
    assert ours == pytest.approx([*peer.intercept_, *peer.coef_[0]], abs=1e-4)


def test_many_fits_are_one_fit_each():
    p = population(90, 9)
    made, passed = design(p), p.joint(TWO)
    weights = np.random.default_rng(1).multinomial(90, np.full(90, 1 / 90), 20).astype(float)
    together = fit(made, passed, weights)
    alone = np.concatenate([fit(made, passed, row[None]) for row in weights])
    assert together == pytest.approx(alone, abs=1e-9)


def test_reweighted_values_and_replicates_are_those_of_a_loop():
    p = population(60, 10, per_cluster=2)
    made, passed = design(p), p.joint(TWO)
    model = Propensity.of(p.ratings, made, passed)
    eta = made.columns @ model.beta
    plain = np.where(passed, 1 + np.exp(-eta), 0.0)
    found = _found(p)
    assert _value(found, "ipw") == pytest.approx(kappa(p.ratings, weight=plain), abs=1e-9)
    drawn = ClusterWeights(p.ratings.clusters, 20, 0)
    fitted = InverseWeights(drawn, model, model.refits(drawn, 20, 1), {"d": np.flatnonzero(passed)})
    counts = drawn.block("d", 0, 20, 0)
    for b, row in enumerate(fitted.block("d", 0, 20, 0)):
        w = counts[b][p.ratings.cluster].astype(float)
        beta = fit(made, passed, w[None])[0]
        slow = w * np.where(passed, 1 + np.exp(-made.columns @ beta), 0.0)
        assert row == pytest.approx(slow[passed], rel=1e-8)


def test_the_jackknife_leaves_out_every_cluster_with_a_fit_each():
    p = population(50, 11, per_cluster=2)
    made, passed = design(p), p.joint(TWO)
    left = []
    for c in np.unique(p.ratings.cluster):
        stays = (p.ratings.cluster != c).astype(float)
        beta = fit(made, passed, stays[None])[0]
        weight = stays * np.where(passed, 1 + np.exp(-made.columns @ beta), 0.0)
        left.append(kappa(p.ratings, weight=weight))
    found = _found(p)
    slow = jackknife_t(_value(found, "ipw"), Jackknife(np.array(left), np.zeros(len(left), dtype=int)))
    assert _value(found, "ipw", column="jackknife_low") == pytest.approx(slow.low, abs=1e-8)
    assert _value(found, "ipw", column="jackknife_high") == pytest.approx(slow.high, abs=1e-8)


def test_balance_and_effective_size_by_a_loop():
    p = population(80, 12)
    model = Propensity.of(p.ratings, design(p), p.joint(TWO))
    rows = balance(model, "x")
    known = weighting(model, rows, "x")
    w = [1 / p_ for p_, ok in zip(model.p, model.passed, strict=True) if ok]
    assert known.effective == pytest.approx(sum(w) ** 2 / sum(v * v for v in w))
    easy = np.array([label == "easy" for label in p.ratings.label], dtype=float)
    mean = sum(v * e for v, e in zip(w, easy[model.passed], strict=True)) / sum(w)
    (row,) = [row for row in rows if row.value == "d: easy"]
    assert row.mean_weighted == pytest.approx(mean)
    assert row.after == pytest.approx((mean - easy.mean()) / easy.std())
    pairs = [(a > b) + 0.5 * (a == b) for a in model.p[model.passed] for b in model.p[~model.passed]]
    assert area(model.p, model.passed) == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize("threshold", [0.0, 0.3])
def test_at_the_tipping_point_the_whole_is_at_the_threshold(threshold):
    p = population(120, 13)
    joint = p.joint(TWO)
    (found,) = tipping(p.ratings, joint, find(["cohen_kappa"]), [threshold], "o0 & o1")
    inside, outside = _table(p.ratings, joint), _table(filled(p.ratings, ~joint, "worst"), ~joint)
    q, ratio = found.contradicting, outside.sum() / inside.sum()
    others = (1 - q) * ratio * inside + q * outside
    assert 0 < q < 1
    assert _kappa(inside + others) == pytest.approx(threshold, abs=1e-9)
    assert _kappa(others) == pytest.approx(found.among_left_out, abs=1e-9)
    assert found.value == pytest.approx(_kappa(inside))
    assert found.among_left_out < threshold


@pytest.mark.parametrize("name", ["spearman_within", "jaccard"])
def test_a_mean_over_videos_tips_by_videos_not_by_their_segments(name):
    """40 joint videos of 10 segments, 40 left out of 40: at 0, the left out ones are minus the joint ones."""
    rng = np.random.default_rng(3)
    length = np.repeat([10, 40], 40)
    first = rng.random(length.sum()).round(2)
    score = np.stack([first, (0.6 * first + 0.4 * rng.random(len(first))).round(2)])
    ratings = rate(score, length, kept=(score > 0.5).astype(int))
    joint = np.arange(80) < 40
    threshold = 0.0 if name == "spearman_within" else 0.6
    (found,) = tipping(ratings, joint, find([name]), [threshold], "o0 & o1")
    assert found.n_videos == found.n_left_out == 40
    assert found.value > threshold
    assert (found.value + found.among_left_out) / 2 == pytest.approx(threshold, abs=1e-6)


def _table(ratings, videos):
    table, of = np.zeros((2, 2)), np.repeat(videos, ratings.length)
    np.add.at(table, (ratings.kept[0, of], ratings.kept[1, of]), 1)
    return table


def _kappa(table):
    share = table / table.sum()
    expected = (share.sum(axis=0) * share.sum(axis=1)).sum()
    return (np.trace(share) - expected) / (1 - expected)
