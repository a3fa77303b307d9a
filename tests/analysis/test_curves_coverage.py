"""Intervals of gaps, areas and crossings cover, and tests across oracles reject, about as often as they say.

Videos come in pairs of one source that share a difficulty. Short by default; the long form is marked slow.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import binom

from crossoracle.analysis.run import Known, compare
from crossoracle.options import CompareOptions
from tests.analysis.made import only, predictions

CLUSTERS, EACH, CLASSES = 100, 2, 8
UNLIKELY = 0.001
ALPHAS = {0: 0.35, 0.25: 0.55, 0.5: 0.75, 0.75: 0.9}  # how often inverted@a is right; led@a always is 0.75
CROSSING = 0.5
ORDERS = {"budget": {0.25: 0.7, 0.5: 0.8}, "random": {0.25: 0.4, 0.5: 0.6}}
FULL = 0.8
FORMS = [
    pytest.param((150, 199, (0.91, 0.98), (0.03, 0.08)), id="short"),
    pytest.param((2000, 999, (0.93, 0.97), (0.03, 0.07)), id="long", marks=pytest.mark.slow),
]


def _outcomes(rng, rates):
    """Return outcomes of pairs of videos: half are as hard as their source, under all conditions or one."""
    n = CLUSTERS * EACH
    found = {}
    source = rng.random(CLUSTERS)
    for key, rate in rates.items():
        here = np.where(rng.random(CLUSTERS) < 0.5, source, rng.random(CLUSTERS))
        hard = np.where(rng.random(n) < 0.5, rng.random(n), np.repeat(here, EACH))
        found[key] = (hard < rate).astype(float)
    return found


def _predictions(rng, rates):
    outcomes, n = _outcomes(rng, rates), CLUSTERS * EACH
    kept = np.full((len(outcomes), n), np.nan)
    for i, (_, condition) in enumerate(sorted(outcomes, key=lambda key: (key[0] or "", key[1]))):
        if condition.startswith(("budget", "random")):
            kept[i] = float(condition.split("@")[1]) + rng.uniform(0, 0.1, n)
    label = np.array([f"c{i % CLASSES}" for i in range(n)], dtype=object)
    return predictions(outcomes, cluster=np.arange(n) // EACH, label=label, kept=kept)


def _check(hits, studies, least, most, name):
    """Refuse a rate that lies outside the bounds by more than chance allows."""
    assert binom.cdf(hits, studies, least) > UNLIKELY, (name, hits, studies)
    assert binom.sf(hits - 1, studies, most) > UNLIKELY, (name, hits, studies)


def _true_area(rates):
    y, k = [1 / CLASSES, *rates.values(), FULL], [0, *(f + 0.05 for f in rates), 1]
    return float(np.trapezoid(y, k))


@pytest.mark.parametrize("form", FORMS)
def test_intervals_along_curves_cover(form):
    studies, replicates, (least, most), _ = form
    rng, hits = np.random.default_rng(21), Counter()
    rates = {(None, "full"): FULL}
    rates |= {("a", f"led@{a:g}"): 0.75 for a in ALPHAS}
    rates |= {("a", f"inverted@{a:g}"): rate for a, rate in ALPHAS.items()}
    rates |= {("a", f"budget@{f:g}"): rate for f, rate in ORDERS["budget"].items()}
    rates |= {(None, f"random@{f:g}"): rate for f, rate in ORDERS["random"].items()}
    area = _true_area(ORDERS["budget"]) - _true_area(ORDERS["random"])
    for seed in range(studies):
        options = CompareOptions(
            contrasts=("area_random",), replicates=replicates, seed=seed, threads=1, metrics=("top1",)
        )
        found = compare(_predictions(rng, rates), options)
        row = only(found, contrast="area_random")
        hits["area"] += row.low <= area <= row.high
        (at,) = [r for r in found.landmarks if r.quantity == "crossing" and r.dataset == "all"]
        hits["crossing"] += at.low <= CROSSING <= at.high
        gaps = [r for r in found.curves if r.family == "gap" and r.dataset == "all"]
        truth = [0.75 - rate for rate in ALPHAS.values()]
        hits["gap"] += gaps[1].low <= truth[1] <= gaps[1].high
        hits["band"] += all(r.band_low <= t <= r.band_high for r, t in zip(gaps, truth, strict=False))
    for name, count in hits.items():
        _check(count, studies, least, most, name)


@pytest.mark.parametrize("form", FORMS)
def test_tests_across_oracles_keep_their_level(form):
    studies, replicates, _, (least, most) = form
    rng, hits, covered = np.random.default_rng(22), Counter(), 0
    rates = {(None, "full"): FULL, (None, "random@0.25"): 0.6, (None, "random@0.5"): 0.7}
    for oracle in "abc":
        rates |= {(oracle, "led@0"): 0.75, (oracle, "inverted@0"): 0.6}
    rates |= {("a", "budget@0.25"): 0.6, ("a", "budget@0.5"): 0.7}
    for seed in range(studies):
        names = ("polarity_gap", "area_random")
        options = CompareOptions(
            contrasts=names, replicates=replicates, seed=seed, threads=1, metrics=("top1",)
        )
        p = _predictions(rng, rates)
        d = np.repeat(rng.random(CLUSTERS), EACH) + 0.3 * rng.random(p.videos)
        found = compare(p, options, Known(disagreement={"jaccard_all": d}))
        for test in found.tests.select(dataset="all"):
            hits[test.test] += test.p < 0.05
        hits["area"] += only(found, contrast="area_random").p_signflip < 0.05
        (row,) = found.heterogeneity.select(dataset="all", quantity="sd_between")
        covered += row.low <= 0
    assert binom.cdf(covered, studies, 0.95) > UNLIKELY, covered
    names = ("polarity_gap: Hotelling T2", "polarity_gap: max-|t|", "area")
    for name in (*names, "jaccard_all, accuracy under full: correlation"):
        _check(hits[name], studies, least, most, name)
