"""The default interval covers what it promises, on the published process (the long study: make coverage)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from bench import coverage, rated

DATASETS, REPLICATES = 300, 499
UNLIKELY = 0.001  # 16 statements: chance alone breaks one in a hundred times at most


def _short(clusters: int, *methods: str, datasets: int = DATASETS):
    rows = coverage.covered(range(datasets), clusters, methods, REPLICATES)
    return rows.groupby(["statistic", "method"])["covers"].sum()


SHORT = (50,)  # in a test of every day; the others are as many again each, and slow


@pytest.mark.parametrize(
    "clusters",
    [pytest.param(n, marks=[pytest.mark.slow] * (n not in SHORT)) for n in coverage.CLUSTERS],
)
def test_default_interval_covers(clusters):
    hits = _short(clusters, "expanded").xs("expanded", level="method")
    assert set(hits.index) == set(rated.TRUTH)
    assert (binom.cdf(hits, DATASETS, coverage.LOWEST[clusters]) > UNLIKELY).all(), hits
    assert (binom.sf(hits - 1, DATASETS, coverage.HIGHEST) > UNLIKELY).all(), hits


def test_resampling_segments_covers_far_too_little():
    """The study can tell good intervals from bad ones."""
    hits = _short(50, "segments", datasets=100)["alpha_interval", "segments"]
    assert hits < 80


def test_truth_is_what_a_large_draw_says():
    found = coverage.estimates(rated.draw(20_000, rng=np.random.default_rng(5)), "expanded", 99, 0)
    for name, e in found.items():
        error = np.hypot((e.jackknife_high - e.jackknife_low) / (2 * 1.96), rated.TRUTH_ERROR)
        assert abs(e.value - rated.TRUTH[name]) < 4 * error, name


def test_process_is_repeated_by_its_seed():
    one, two = (rated.draw(12, rng=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.score, two.score)
    assert np.isnan(one.score).mean() == pytest.approx(rated.MISSING, abs=0.02)
    assert set(one.length) <= set(range(rated.SHORTEST, rated.LONGEST + 1))


@pytest.mark.slow
def test_long_study_meets_the_requirement():
    assert not coverage.missed(coverage.study(datasets=1000, replicates=999, processes=2), 1000)
