"""Default intervals cover, and default tests reject, about as often as they say: a short study.

Several questions belong to one source and share its difficulty *and* how it answers to a condition, so videos
are not independent; McNemar's test, which takes them for that, fails there.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from crossoracle.stats.matched import mcnemar_midp
from tests.analysis.made import compared, only, predictions

STUDIES, CLUSTERS, REPLICATES = 200, 100, 299
UNLIKELY = 0.001
LED, FULL = ("a", "led@0"), (None, "full")


def _study(rng: np.random.Generator, videos: int, effect: float):
    """Return a study whose videos of one source are mostly right or wrong together, under each condition."""
    n = CLUSTERS * videos
    source = np.repeat(np.arange(CLUSTERS), videos)
    full = (rng.random(CLUSTERS) < 0.6)[source]
    anew = (rng.random(CLUSTERS) < 0.3)[source]  # sources that answer anew under the other condition
    led = np.where(anew, (rng.random(CLUSTERS) < 0.6)[source], full)
    full, led = (np.where(rng.random(n) < 0.15, rng.random(n) < 0.5, right) for right in (full, led))
    led = led | (rng.random(n) < effect)
    return predictions({LED: led.astype(float), FULL: full.astype(float)}, cluster=source)


def _truth(effect: float) -> float:
    """Return the true difference: led and full are right equally often, but for what the effect turns."""
    return effect * (1 - (0.85 * 0.6 + 0.15 * 0.5))


@pytest.fixture(scope="module", params=[(1, 0.0), (4, 0.0), (4, 0.2)], ids=["one", "several", "effect"])
def studied(request):
    videos, effect = request.param
    rng = np.random.default_rng(11)
    rows = [
        only(
            compared(_study(rng, videos, effect), "full_gap", replicates=REPLICATES, seed=i),
            contrast="full_gap",
        )
        for i in range(STUDIES)
    ]
    return videos, effect, rows


def test_the_default_interval_covers(studied):
    _, effect, rows = studied
    hits = sum(row.low <= _truth(effect) <= row.high for row in rows)
    assert binom.cdf(hits, STUDIES, 0.93) > UNLIKELY, hits
    assert binom.sf(hits - 1, STUDIES, 0.97) > UNLIKELY, hits


def test_the_default_test_keeps_its_level(studied):
    _, effect, rows = studied
    if effect:
        assert sum(row.p_signflip < 0.05 for row in rows) > STUDIES / 4
        return
    hits = sum(row.p_signflip < 0.05 for row in rows)
    assert binom.sf(hits - 1, STUDIES, 0.07) > UNLIKELY, hits
    assert binom.cdf(hits, STUDIES, 0.03) > UNLIKELY, hits


def test_mcnemar_is_printed_only_where_it_is_valid(studied):
    videos, effect, rows = studied
    if videos == 1:
        hits = sum(row.p_mcnemar < 0.05 for row in rows)
        assert binom.sf(hits - 1, STUDIES, 0.07) > UNLIKELY, hits
        return
    assert all(np.isnan(row.p_mcnemar) and np.isnan(row.tango_low) for row in rows)
    if not effect:  # what it would have been
        assert sum(mcnemar_midp(row.b, row.c) < 0.05 for row in rows) > 0.15 * STUDIES


def test_the_best_of_many_equal_conditions_is_no_discovery():
    """Of ten thresholds that change nothing one is the best; a percentile interval would exclude 0 often."""
    rng, missed, rejected = np.random.default_rng(12), 0, 0
    names = [("a", "led@0"), *(("a", f"threshold@0.{i}") for i in range(1, 10))]
    for seed in range(100):
        ability = rng.normal(1, 1.2, size=CLUSTERS)
        right = (rng.random((len(names), CLUSTERS)) < 1 / (1 + np.exp(-ability))).astype(float)
        p = predictions(dict(zip(names, right, strict=True)))
        row = only(compared(p, "score_gain", replicates=REPLICATES, seed=seed), contrast="score_gain")
        missed += not row.low <= 0 <= row.high
        rejected += row.p_signflip < 0.05
    assert binom.sf(missed - 1, 100, 0.05) > UNLIKELY, missed
    assert binom.sf(rejected - 1, 100, 0.07) > UNLIKELY, rejected
