"""Widths of agreement intervals: against closed forms, and against intervals of studies of that size."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from crossoracle.agreement.run import Options, agree
from crossoracle.analysis.power.pilot import of_agreement
from crossoracle.analysis.power.planning import for_width
from crossoracle.analysis.power.rows import AGREEMENT, STATED, Plan
from crossoracle.analysis.power.stated import kappa_of, of_kappa, size_for_kappa, width_for_kappa
from crossoracle.analysis.power.width import Width
from crossoracle.errors import InputError
from crossoracle.options import PowerOptions
from tests.handmade import rate, values

ROW = Plan(AGREEMENT, "cohen_kappa", STATED, 0, 0.0, answer=False)


def pilot(videos, seed=0):
    rng = np.random.default_rng(seed)
    length = rng.integers(6, 13, videos)
    n = int(length.sum())
    own = np.repeat(rng.normal(scale=0.5, size=videos), length)
    score = np.round(1 / (1 + np.exp(-(own + rng.normal(size=n) + 0.7 * rng.normal(size=(2, n))))), 2)
    return rate(score, length, kept=(score > 0.5).astype(int))


def test_stated_kappa_has_the_width_of_the_closed_form():
    rates = (0.4, 0.3, 12, 0.2)
    population = of_kappa(*rates, 0)
    one = Width(lambda n: kappa_of(population.sums(n, 3999, 0)[0]), 0.4, 0.95)
    assert one.width(300) == pytest.approx(width_for_kappa(*rates, 300, 0.95), rel=0.06)
    found = for_width(one, ROW, width=0.1, size=None)
    (plan,) = (plan for plan in found if plan.answer)
    assert plan.clusters == pytest.approx(size_for_kappa(*rates, 0.1, 0.95), rel=0.06)
    assert plan.width == pytest.approx(0.1, rel=0.06)
    widths = [plan.width for plan in found]
    assert widths == sorted(widths, reverse=True)


def test_the_population_of_stated_rates_has_that_kappa_and_prevalence():
    p = of_kappa(0.4, 0.3, 1, 0.0, 0).strata[0]
    table = (p.tallies @ p.share).reshape(2, 2)
    a, b = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], (table.ravel() * 1e5).round().astype(int), axis=0).T
    assert cohen_kappa_score(a, b) == pytest.approx(0.4, abs=1e-4)
    assert a.mean() == b.mean() == pytest.approx(0.3, abs=1e-4)
    with pytest.raises(InputError, match="no table that has both"):
        of_kappa(-0.9, 0.1, 1, 0.0, 0)


@pytest.mark.parametrize("name", ["cohen_kappa", "alpha_interval", "spearman_within"])
def test_a_plan_from_a_pilot_is_as_wide_as_studies_of_that_size(name):
    ratings = pilot(120)
    one = of_agreement(ratings, PowerOptions(coefficient=name, simulations=999))
    assert one.value == pytest.approx(next(iter(values(ratings, name).values())), abs=1e-12)
    wide = []
    for seed in range(1, 13):
        (row,) = agree(pilot(60, seed), Options(coefficients=(name,), replicates=499, by="none")).estimates
        wide.append(row.high - row.low)
    assert one.width(60) == pytest.approx(np.mean(wide), rel=0.2)


def test_a_plan_of_the_pilots_own_size_is_the_pilots_own_interval():
    ratings = pilot(150)
    one = of_agreement(ratings, PowerOptions(coefficient="alpha_interval", simulations=1999))
    (row,) = agree(ratings, Options(coefficients=("alpha_interval",), replicates=1999, by="none")).estimates
    assert one.width(150) == pytest.approx(row.high - row.low, rel=0.06)


def test_a_pilot_needs_two_oracles_ten_clusters_and_a_value():
    options = PowerOptions(coefficient="cohen_kappa", simulations=99)
    with pytest.raises(InputError, match=r"found 8 clusters .* expected at least 10"):
        of_agreement(pilot(8), options)
    three = rate(np.random.default_rng(0).random((3, 20)))
    with pytest.raises(InputError, match=r"found 3 oracles \(o0, o1, o2\), expected two"):
        of_agreement(three, options)
    with pytest.raises(InputError, match="found no value in the pilot"):
        of_agreement(rate(np.full((2, 20), 0.5)), PowerOptions(coefficient="spearman", simulations=99))


def test_a_width_that_is_mostly_undefined_is_said_to_be():
    one = Width(lambda n: np.full(100, np.nan), 0.4, 0.95)
    (plan, *_) = for_width(one, ROW, width=None, size=50)
    assert np.isnan(plan.width)
    assert plan.reason == "undefined in more than 5% of the planned studies"
    with pytest.raises(InputError, match="found no interval in planned studies of up to"):
        for_width(one, ROW, width=1e-9, size=None)


def test_a_pilot_is_counted_once_however_many_sizes_are_planned(monkeypatch):
    from crossoracle.agreement import counting

    calls = []
    counted = counting.count
    monkeypatch.setattr(counting, "count", lambda *of: calls.append(1) or counted(*of))
    one = of_agreement(pilot(40), PowerOptions(coefficient="spearman_within", width=0.1, simulations=99))
    before = len(calls)
    widths = [one.width(n) for n in (20, 40, 80)]
    assert len(calls) == before
    assert widths == sorted(widths, reverse=True)
