"""Verdicts: what margins mean, which way distances go, and what is no verdict at all."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.analysis.floors.averaging import Averaged
from crossoracle.analysis.floors.verdict import Margin, judge, one_sided
from crossoracle.errors import InputError
from tests.analysis.floor.repeats import floored, only, two_arms

RHO, DISTANCE = COEFFICIENTS["spearman_within"], COEFFICIENTS["mean_abs_difference"]


def averaged(value, spread, *, clusters=400, barred=None):
    """Return an average with normal replicates, evenly spaced so that nothing is left to chance."""
    from scipy.special import ndtri

    replicates = value + spread * ndtri((np.arange(4001) + 0.5) / 4001)
    jack = value + spread / np.sqrt(clusters) * np.where(np.arange(clusters) % 2, 1.0, -1.0)
    every = np.ones(clusters, dtype=bool)
    return Averaged(value, replicates, jack, every, np.zeros(clusters, dtype=np.int64), every, barred)


def judged(cross, own, c=RHO, margin="0.05", spread=0.01):
    return judge(
        averaged(cross, spread), averaged(own, 0.0), c, Margin.read(margin), level=0.95, kind="expanded"
    )


@pytest.mark.parametrize(
    ("cross", "verdict"), [(0.70, "non-inferior"), (0.67, "non-inferior"), (0.66, "inconclusive"),
                           (0.64, "inconclusive"), (0.62, "inferior")]
)  # fmt: skip
def test_the_bound_is_one_sided_and_held_against_the_margin(cross, verdict):
    found = judged(cross, 0.70)
    assert found.verdict == verdict
    assert found.difference.value == pytest.approx(cross - 0.70)
    assert found.bound == pytest.approx(cross - 0.70 - 1.65 * 0.01, abs=2e-4)  # 1.65 of the t of 399 df
    assert found.upper_bound == pytest.approx(cross - 0.70 + 1.65 * 0.01, abs=2e-4)


@pytest.mark.parametrize(
    ("cross", "verdict"), [(0.10, "non-inferior"), (0.13, "non-inferior"), (0.14, "inconclusive"),
                           (0.18, "inferior")]
)  # fmt: skip
def test_a_distance_is_worse_where_it_is_larger(cross, verdict):
    found = judged(cross, 0.10, DISTANCE)
    assert found.verdict == verdict
    assert found.difference.value == pytest.approx(cross - 0.10)
    assert found.bound == pytest.approx(cross - 0.10 + 1.65 * 0.01, abs=2e-4)


def test_half_the_floor_is_half_of_what_perfect_agreement_lacks():
    assert judged(0.6, 0.7, margin="half").margin == pytest.approx(0.15)
    assert judged(0.2, 0.1, DISTANCE, margin="half").margin == pytest.approx(0.05)


def test_a_margin_that_is_estimated_makes_the_bound_wider():
    own, cross = averaged(0.7, 0.04), averaged(0.7, 0.0)
    fixed = judge(cross, own, RHO, Margin.read("0.15"), level=0.95, kind="expanded")
    half = judge(cross, own, RHO, Margin.read("half"), level=0.95, kind="expanded")
    assert half.margin == pytest.approx(fixed.margin) == pytest.approx(0.15)
    assert half.bound == pytest.approx(1.5 * fixed.bound, rel=1e-9)


def test_no_interval_is_no_verdict():
    found = judge(averaged(0.7, 0.01, barred="few videos"), averaged(0.7, 0.0), RHO, Margin.read("half"),
                  level=0.95, kind="expanded")  # fmt: skip
    assert found.verdict is None
    assert np.isnan(found.bound)
    assert found.reason == "few videos"


@pytest.mark.parametrize("text", ["third", "0", "-0.1", "nan", "inf", ""])
def test_a_margin_is_half_or_a_number_above_0(text):
    with pytest.raises(InputError, match=r'expected "half" or a number above 0'):
        Margin.read(text)


def test_one_sided_bounds_of_95_per_cent_are_a_two_sided_interval_of_90():
    assert one_sided(0.95) == pytest.approx(0.90)
    with pytest.raises(InputError, match=r"above 0.5"):
        one_sided(0.5)


def test_the_same_seed_gives_the_same_floors_and_another_does_not():
    made = two_arms(videos=25)
    one, again, other = (floored(made, "cohen_kappa", seed=seed, two_way=True) for seed in (3, 3, 4))
    assert str(one) == str(again)
    assert only(one, quantity="difference").low != only(other, quantity="difference").low
