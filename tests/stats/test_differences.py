"""Differences between estimates: undefined pairs, the guard, and a family that counts a test once."""

from __future__ import annotations

import tracemalloc
from itertools import combinations

import numpy as np
import pytest

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.differences import adjusted, between
from crossoracle.agreement.estimation import Sampled
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.run import Options, agree
from crossoracle.agreement.tallying import Row
from crossoracle.results import Test
from crossoracle.stats.multiplicity import simultaneous


def _ratings(score: np.ndarray, kept: np.ndarray, length: int) -> Ratings:
    oracles, segments = score.shape
    videos = segments // length
    names = np.array([f"v{i:03d}" for i in range(videos)], dtype=object)
    return Ratings(
        tuple(f"o{i}" for i in range(oracles)),
        ("0",) * oracles,
        score,
        kept,
        np.arange(0, segments + 1, length),
        ("d",),
        np.zeros(videos, dtype=np.int64),
        names,
        np.full(videos, None, dtype=object),
        np.arange(videos),
    )


@pytest.fixture
def score() -> np.ndarray:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=240)
    return np.clip(np.round(0.5 + 0.2 * (truth + rng.normal(size=(4, 240))), 1), 0, 1)


def _differences(ratings: Ratings, *names: str):
    return agree(ratings, Options(names, by="none", replicates=499, differences=True))


def test_a_silent_oracle_takes_no_bound_from_the_others(score):
    kept = (score > 0.5).astype(np.int8)
    alone = _differences(_ratings(score[:3], kept[:3], 8), "pearson")
    score[3] = np.nan
    found = _differences(_ratings(score, kept, 8), "pearson")
    others = [
        d for d in found.differences if "o3" not in (d.oracle_a1, d.oracle_b1, d.oracle_a2, d.oracle_b2)
    ]
    assert [d.value for d in others] == [d.value for d in alone.differences]
    assert [d.simultaneous_low for d in others] == [d.simultaneous_low for d in alone.differences]
    assert found.tests[0].statistic == pytest.approx(alone.tests[0].statistic, rel=1e-12)
    silent = [d for d in found.differences if d not in others]
    assert silent
    assert np.isnan([d.value for d in silent]).all()


def test_what_may_have_no_interval_has_no_difference(score):
    kept = np.zeros(score.shape, dtype=np.int8)
    kept[:, :40:8] = 1  # five videos with a kept segment, which is too few
    kept[0, 1] = 1
    found = _differences(_ratings(score, kept, 8), "percent_agreement")
    assert np.isfinite([e.value for e in found.estimates]).all()
    assert np.isnan([e.low for e in found.estimates]).all()
    assert np.isnan([(d.low, d.simultaneous_low, d.p) for d in found.differences]).all()
    assert np.isnan([t.p for t in found.tests]).all()


def test_one_test_under_two_names_is_in_the_family_once(score):
    kept = (score > 0.5).astype(np.int8)
    found = _differences(_ratings(score, kept, 8), "kappa_quadratic", "lin_ccc", "percent_agreement", "pabak")
    assert [t.test.partition(":")[0] for t in found.tests] == ["kappa_quadratic", "percent_agreement"]


def test_undefined_tests_are_kept_and_do_not_count():
    tests = [Test("f", "a", "all", 3.0, "2, 9", 0.02), Test("f", "b", "all", np.nan, "", np.nan)]
    found = adjusted(tests)
    assert [t.test for t in found] == ["a", "b"]
    assert found[0].p_adjusted == 0.02
    assert np.isnan(found[1].p_adjusted)


@pytest.mark.parametrize(("undefined", "bounded"), [(0, True), (40, True), (60, False)])
def test_many_undefined_resamples_leave_no_simultaneous_bounds(undefined, bounded):
    replicates = np.random.default_rng(1).normal(size=(3, 1000))
    replicates[0, :undefined] = np.nan
    low, high = simultaneous(np.zeros(3), replicates)
    assert np.isfinite(low).all() == bounded
    assert np.isfinite(high).all() == bounded


def test_a_repeated_test_is_known_by_its_value_not_by_its_digits():
    # neighbours, at a place where nine digits differ, too
    near = [float(np.nextafter(0.1234567895, to)) for to in (0, 1)]
    assert len({f"{x:.9g}" for x in near}) == 2
    tests = [Test("f", name, "all", x, "2, 9", 0.02) for name, x in zip("ab", near, strict=True)]
    assert [t.test for t in adjusted(tests)] == ["a"]


def test_many_differences_are_not_held_at_once():
    # 91 pairs have 4,095 differences of 2,000 resamples: 66 MB each time all are held
    rng, oracles, every = np.random.default_rng(1), [f"o{i}" for i in range(14)], np.ones(30, dtype=bool)
    pairs = [
        Sampled(
            Row(COEFFICIENTS["pearson"], pair),
            0.0,
            *map(rng.normal, (0, 0), (1, 1), (2000, 30)),
            every,
            np.zeros(30, dtype=np.int64),
            ("d",),
            np.ones(30, dtype=np.int64),
        )
        for pair in combinations(range(14), 2)
    ]
    tracemalloc.start()
    found = between(pairs, oracles, "all", 0.95, "percentile")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 4095
    assert most < 40e6
