"""Every diagnostic against slow, plain code."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score
from statsmodels.stats.meta_analysis import combine_effects

from crossoracle.agreement.catalogue import find
from crossoracle.analysis.diagnostics.classes import classes, shrunk
from crossoracle.analysis.diagnostics.distribution import BINS, distribution
from crossoracle.analysis.diagnostics.influence import MOST, headlines, influence
from crossoracle.analysis.diagnostics.measures import MEASURES, measure
from crossoracle.analysis.diagnostics.run import diagnose
from crossoracle.analysis.diagnostics.subsampling import DRAWS, SHARES, subsets
from crossoracle.stats.intervals import Jackknife
from crossoracle.stats.paired import clustered_mean
from tests.analysis.selection.generated import kappa
from tests.handmade import random_ratings, rate, subset, values

RNG = np.random.default_rng


def _gini(x):
    return sum(abs(a - b) for a in x for b in x) / (2 * len(x) * sum(x))


def _slow(score, kept):
    """Return every measure of one video by loops; NaN where it has no value."""
    m, known = len(score), [s for s in score if s == s]
    flagged, some = [k for k in kept if k >= 0], [t for t in range(m) if kept[t] == 1]
    both = [(s, k) for s, k in zip(score, kept, strict=True) if s == s and k >= 0]
    of = {flag: [s for s, k in both if k == flag] for flag in (0, 1)}
    gaps = [b - a - 1 for a, b in pairwise(some) if b - a > 1]
    found = dict.fromkeys(MEASURES, np.nan)
    if flagged:
        found["kept_share"] = len(some) / len(flagged)
    if some:
        ends = {"kept_first": some[0] / m, "kept_last": (some[-1] + 1) / m}
        span = {"kept_span": (some[-1] + 1 - some[0]) / m, "kept_gaps": len(gaps)}
        found |= ends | span | {"kept_longest_gap": max(gaps, default=0) / m}
    if sum(known) > 0:
        mass = sum(s * (t + 0.5) / m for t, s in enumerate(score) if s == s)
        found |= {"centre": mass / sum(known), "gini": _gini(known)}
    if of[0] and of[1]:
        found["reversed"] = 1 - roc_auc_score([k for _, k in both], [s for s, _ in both])
    if of[1]:
        found["kept_low"] = np.mean([s < 0.5 for s in of[1]])
    if of[0]:
        found["unkept_high"] = np.mean([s >= 0.5 for s in of[0]])
    return found


@pytest.mark.parametrize("seed", range(6))
def test_measures_are_those_of_loops(seed):
    r = random_ratings(RNG(seed), oracles=2, videos=25, longest=9)
    found = measure(r)
    for g in range(2):
        for v in range(r.videos):
            here = slice(r.offset[v], r.offset[v + 1])
            slow = _slow(r.score[g, here].tolist(), r.kept[g, here].tolist())
            ours = {name: found.by_name[name][g, v] for name in MEASURES}
            assert ours == pytest.approx(slow, nan_ok=True, abs=1e-12)


def test_measures_are_summarised_by_clusters():
    r = random_ratings(RNG(1), oracles=2, videos=40, per_cluster=3, datasets=1)
    found = diagnose(r, r, np.ones((40, 2), dtype=bool)).measures
    row = found[(found["oracle"] == "o1") & (found["measure"] == "kept_share")].iloc[0]
    x = measure(r).by_name["kept_share"][1]
    m = clustered_mean(x[np.isfinite(x)], r.cluster[np.isfinite(x)])
    assert row["value"] == pytest.approx(m.value)
    assert row["high"] - row["low"] > 2 * norm.ppf(0.975) * m.se
    assert row["n_videos"] + row["n_left_out"] == 40


def test_the_spread_of_scores_is_apart_for_videos_passed():
    score = [[0.0, 0.05, 0.3, 1.0, np.nan, 0.999], [0.5] * 6]
    passes = np.array([[True, True], [False, True], [False, True]])
    found = pd.DataFrame(distribution(rate(score, [2, 2, 2]), passes))
    first = found[found["oracle"] == "o0"]
    counts = first[first["n"] > 0].set_index(["passed", "low"])["n"].to_dict()
    edge = np.linspace(0, 1, BINS + 1)
    silent = first[first["low"].isna()].set_index("passed")["n"].to_dict()
    expected = {(True, edge[0]): 1, (True, edge[1]): 1, (False, edge[6]): 1, (False, edge[19]): 2}
    assert {key: n for key, n in counts.items() if key[1] == key[1]} == expected
    assert silent == {True: 0, False: 1}
    assert first.groupby("passed")["share"].sum().to_dict() == pytest.approx({True: 1, False: 1})
    assert not ((found["oracle"] == "o1") & ~found["passed"]).any()


def test_influence_is_the_value_without_the_cluster():
    r = random_ratings(RNG(2), oracles=3, videos=14, datasets=1, missing=0.0)
    found = influence(r, find(["cohen_kappa", "light_kappa"]))
    whole = values(r, "cohen_kappa", "light_kappa")
    clusters = [row for row in found if row.left_out == "cluster"]
    assert len(clusters) == 4 * MOST
    for row in clusters:
        v = int(row.name.split(" v")[1])
        rest = values(subset(r, [i for i in range(14) if i != v]), "cohen_kappa", "light_kappa")
        key = (row.statistic, row.oracle_a or "", row.oracle_b or "")
        assert (row.value, row.without) == pytest.approx((whole[key], rest[key]), abs=1e-12)
        assert row.change == pytest.approx(whole[key] - rest[key], abs=1e-12)
    (h,) = [h for h in headlines(r, find(["light_kappa"])) if not h.oracles]
    se = Jackknife(h.left_out, h.stratum).se
    (most,) = [row for row in clusters if row.statistic == "light_kappa"][:1]
    assert abs(most.change) == pytest.approx(np.abs(h.value - h.left_out).max())
    assert most.in_errors == pytest.approx(most.change / se)


def test_a_cluster_that_enters_nothing_does_not_hide_the_standard_error():
    """The last video has no kept flags: kappa rests on the others, and so does its standard error."""
    r = random_ratings(RNG(8), oracles=2, videos=14, datasets=1)
    kept = r.kept.copy()
    kept[:, r.offset[13] :] = -1
    score = r.score.copy()
    score[:, r.offset[13] :] = np.nan
    gone, rest = replace(r, kept=kept, score=score), subset(r, range(13))
    names = ["cohen_kappa", "spearman_within"]
    for one, plain in zip(headlines(gone, find(names)), headlines(rest, find(names)), strict=True):
        assert one.value == pytest.approx(plain.value, abs=1e-12)
        assert one.se == pytest.approx(plain.se, rel=1e-9)
    found = [row for row in influence(gone, find(names)) if row.left_out == "cluster"]
    assert np.isfinite([row.in_errors for row in found]).all()


def test_influence_of_an_oracle_is_the_value_without_it():
    r = random_ratings(RNG(3), oracles=4, videos=12, datasets=1)
    found = [row for row in influence(r, find(["cohen_kappa", "alpha_interval"])) if row.left_out == "oracle"]
    assert len(found) == 8
    for row in found:
        g = r.oracles.index(row.name)
        rest = [i for i in range(4) if i != g]
        other = replace(
            r,
            score=r.score[rest],
            kept=r.kept[rest],
            oracles=tuple(r.oracles[i] for i in rest),
            runs=("0",) * 3,
        )
        plain = values(other, row.statistic)
        assert row.without == pytest.approx(np.mean(list(plain.values())), abs=1e-12)
        assert row.change == pytest.approx(row.value - row.without)
    two = random_ratings(RNG(3), oracles=2, videos=12)
    assert not [row for row in influence(two, find(["cohen_kappa"])) if row.left_out == "oracle"]


def test_clusters_move_together():
    r = random_ratings(RNG(4), oracles=2, videos=12, datasets=1, per_cluster=3)
    found = [row for row in influence(r, find(["cohen_kappa"])) if row.left_out == "cluster"]
    assert len(found) == 4
    assert {row.n_videos for row in found} == {3}
    first = next(row for row in found if "v00000, v00001, v00002" in row.name)
    assert first.without == pytest.approx(kappa(subset(r, range(3, 12))), abs=1e-12)


def test_shrinkage_is_morris_with_the_variance_of_dersimonian_and_laird():
    rng = RNG(5)
    clusters = np.array([30, 12, 8, 3, 1, 25])
    y = rng.normal(0.5, 0.2, 6)
    variance = np.where(clusters > 1, rng.uniform(0.8, 1.2, 6) * 0.04 / clusters, np.nan)
    found = shrunk(y, variance, clusters)
    known = clusters > 1
    c = clusters[known]
    sigma2 = sum((n - 1) * n * v for n, v in zip(c, variance[known], strict=True)) / sum(n - 1 for n in c)
    s2 = sigma2 / clusters
    peer = combine_effects(y, s2, method_re="dl")
    assert found.between**2 == pytest.approx(peer.tau2)
    assert found.mean == pytest.approx(peer.mean_effect_re)
    for k in range(6):
        keep = peer.tau2 / (peer.tau2 + s2[k])
        value = peer.mean_effect_re + keep * (y[k] - peer.mean_effect_re)
        error = np.sqrt(keep * s2[k] + (1 - keep) ** 2 * peer.var_eff_w_re)
        assert found.value[k] == pytest.approx(value)
        assert found.high[k] == pytest.approx(value + norm.ppf(0.975) * error)
    assert found.kept[4] == min(found.kept)


def test_shrinkage_brings_classes_nearer_to_the_truth():
    better = 0
    for seed in range(40):
        rng = RNG(100 + seed)
        truth, clusters = rng.normal(0.5, 0.1, 30), rng.integers(1, 8, 30)
        draws = [rng.normal(t, 0.2, n) for t, n in zip(truth, clusters, strict=True)]
        y = np.array([d.mean() for d in draws])
        variance = np.array([d.var(ddof=1) / len(d) if len(d) > 1 else np.nan for d in draws])
        found = shrunk(y, variance, clusters)
        better += ((found.value - truth) ** 2).mean() < ((y - truth) ** 2).mean()
    assert better >= 38


def test_without_spread_or_company_there_is_nothing_to_shrink_to():
    nothing = shrunk(np.array([0.4]), np.array([0.01]), np.array([5]))
    assert np.isnan(nothing.value).all()
    assert np.isnan(shrunk(np.array([0.4, 0.6]), np.full(2, np.nan), np.array([1, 1])).mean)
    exact = shrunk(np.array([0.2, 0.4]), np.zeros(2), np.array([4, 4]))
    assert exact.value.tolist() == [0.2, 0.4]


def test_class_values_are_those_of_their_videos():
    r = random_ratings(RNG(6), oracles=2, videos=40, datasets=2)
    r = replace(r, label=np.array([None if i % 8 == 7 else f"c{i % 4}" for i in range(40)], dtype=object))
    rows = classes(r, find(["cohen_kappa"]), measure(r).by_name["kept_share"])
    for row in rows:
        here = [v for v in range(40) if r.label[v] == row.label and r.datasets[r.dataset[v]] == row.dataset]
        if row.statistic == "cohen_kappa":
            assert row.value == pytest.approx(kappa(subset(r, here)), abs=1e-12, nan_ok=True)
        else:
            share = measure(r).by_name["kept_share"][r.oracles.index(row.oracle_a), here]
            assert row.value == pytest.approx(np.nanmean(share))
            assert row.n_videos == np.isfinite(share).sum()
    assert {row.statistic for row in rows} == {"kept_share", "cohen_kappa"}


def test_subsets_are_drawn_without_replacement_and_repeat():
    r = random_ratings(RNG(7), oracles=3, videos=40, datasets=2, levels=None)
    wanted = find(["cohen_kappa", "light_kappa"])
    one, two, other = (subsets(r, wanted, seed) for seed in (1, 1, 2))
    assert repr(one) == repr(two)  # which counts NaN as equal
    assert repr(one) != repr(other)
    assert {row.share for row in one} == set(SHARES)
    clusters = sum(max(1, round(0.5 * c)) for c in r.clusters.values())
    assert {row.n_clusters for row in one if row.share == 0.5} == {clusters}
    for statistic in ("cohen_kappa", "light_kappa"):
        widths = [row.high - row.low for row in one if row.statistic == statistic]
        assert widths[0] > widths[-1]
    assert all(row.draws == DRAWS for row in one)


def test_a_subset_of_all_but_one_is_a_left_out_value(monkeypatch):
    r = random_ratings(RNG(8), oracles=2, videos=12, datasets=1, missing=0.0)
    monkeypatch.setattr("crossoracle.analysis.diagnostics.subsampling.SHARES", (11 / 12,))
    (row,) = subsets(r, find(["cohen_kappa"]))
    left = [kappa(subset(r, [i for i in range(12) if i != v])) for v in range(12)]
    assert min(left) - 1e-12 <= row.low <= row.mean <= row.high <= max(left) + 1e-12
    assert row.mean == pytest.approx(np.mean(left), abs=0.02)
    assert row.value == pytest.approx(kappa(r))


def test_the_rank_of_a_pair_that_always_leads_is_certain():
    rng = RNG(9)
    kept = np.repeat(rng.integers(0, 2, (1, 400)), 3, axis=0)
    kept[2] = rng.integers(0, 2, 400)
    found = subsets(rate(kept.astype(float), [10] * 40, kept=kept), find(["cohen_kappa"]))
    assert {row.same_rank for row in found if (row.oracle_a, row.oracle_b) == ("o0", "o1")} == {1.0}
