"""Power of contrasts: against closed forms, and by carrying out the design that was recommended."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm, ttest_1samp

from crossoracle.analysis.power.contrast import Contrast, tally
from crossoracle.analysis.power.planning import detectable, for_contrast
from crossoracle.analysis.power.population import Population, Stratum
from crossoracle.analysis.power.rows import CONTRAST, PILOT, Plan
from crossoracle.analysis.power.stated import of_discordant
from crossoracle.errors import InputError

ROW = Plan(CONTRAST, "led@0 - full", PILOT, 0, 0.0, answer=False)
UNLIKELY = 0.001


def contrast(population, simulations=1999):
    return Contrast(population, 0.95, simulations, 0)


def answer(plans):
    (found,) = (plan for plan in plans if plan.answer)
    return found


def pilot(clusters=80, strata=2, seed=0):
    """Return a pilot of sources with one to four videos, whose differences hang together."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(strata):
        n = rng.integers(1, 5, clusters)
        own = rng.normal(0.1, 0.3, clusters)
        sums = np.array(
            [
                (np.sign(rng.normal(own[i], 0.6, n[i])) * (rng.random(n[i]) < 0.4)).sum()
                for i in range(clusters)
            ]
        )
        found.append(Stratum.of_pilot(tally(sums, n.astype(float))))
    return Population(tuple(found), (clusters,) * strata, 2.5, clusters * strata)


def test_discordant_pairs_need_what_connor_says():
    psi, delta = 0.2, 0.05
    one = contrast(of_discordant(psi, delta, 1, 0.0, 0))
    assert one.value == pytest.approx(delta)
    assert one.spread == pytest.approx(np.sqrt(psi - delta**2))
    n = (norm.ppf(0.975) * np.sqrt(psi) + norm.ppf(0.8) * np.sqrt(psi - delta**2)) ** 2 / delta**2
    found = answer(for_contrast(one, ROW, difference=delta, size=None, power=0.8))
    assert found.clusters == pytest.approx(n, rel=0.04)
    assert found.closed_form == pytest.approx(n, rel=0.02)
    assert found.power_low <= 0.8 <= found.power_high


def test_correlation_within_clusters_multiplies_by_the_design_effect():
    alone = contrast(of_discordant(0.3, 0.05, 1, 0.0, 0))
    apart, together = (contrast(of_discordant(0.3, 0.05, 5, rho, 0)) for rho in (0.0, 0.4))
    assert apart.spread**2 == pytest.approx(alone.spread**2 / 5, rel=0.03)
    assert together.spread**2 == pytest.approx(alone.spread**2 / 5 * (1 + 4 * 0.4), rel=0.03)


def test_the_spread_of_a_pilot_is_its_clustered_standard_error():
    population = pilot(strata=1)
    s, n = population.strata[0].tallies[:2]
    left = [(s.sum() - s[c]) / (n.sum() - n[c]) for c in range(80)]
    se = np.sqrt(79 / 80 * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert contrast(population).spread / np.sqrt(80) == pytest.approx(se, rel=0.01)


def test_the_moved_population_has_its_mean_where_it_should_be_and_its_spread_as_before():
    one = contrast(pilot())
    moved = contrast(one.moved(0.07))
    assert moved.value == pytest.approx(0.07)
    assert moved.spread == pytest.approx(one.spread * np.sqrt(80 / 79), rel=1e-3)


def test_the_test_of_planned_studies_is_the_plain_t_test_where_clusters_are_videos():
    rng = np.random.default_rng(1)
    d = rng.integers(-1, 2, 50).astype(float)
    population = Population((Stratum.of_pilot(tally(d, np.ones(50))),), (50,), 1.0, 50)
    one = contrast(population, simulations=200)
    wide = d.mean() + (d - d.mean()) * np.sqrt(50 / 49) - d.mean() + 0.2
    (weights,) = one.moved(0.2).weights(30, 200, 0)
    rejected = [ttest_1samp(np.repeat(wide, w.astype(int)), 0).pvalue < 0.05 for w in weights]
    assert one.power(30, 0.2) == pytest.approx(np.mean(rejected))


def test_strata_keep_their_proportions_to_the_last_cluster():
    population = Population((Stratum.of_pilot(np.ones((5, 3))),) * 3, (30, 20, 10), 1.0, 60)
    assert population.parts(100) == [50, 33, 17]
    assert sum(population.parts(7)) == 7


@pytest.mark.parametrize(("m", "rho"), [(1, 0.0), (4, 0.5)])
def test_the_recommended_design_carried_out_finds_the_difference_as_often(m, rho):
    """The studies are simulated plainly here, from the stated rates, and judged by a t test of sums."""
    psi, delta, studies = 0.3, 0.08, 600
    plan = answer(
        for_contrast(
            contrast(of_discordant(psi, delta, m, rho, 0)), ROW, difference=delta, size=None, power=0.8
        )
    )
    rng = np.random.default_rng(4)
    p, found = [(psi + delta) / 2, (psi - delta) / 2, 1 - psi], 0
    for _ in range(studies):
        alike = rng.random(plan.clusters) < rho
        draws = rng.choice([1.0, -1.0, 0.0], p=p, size=(plan.clusters, m))
        draws[alike] = draws[alike, :1]
        found += ttest_1samp(draws.sum(axis=1), 0).pvalue < 0.05
    low, high = binom.ppf([UNLIKELY / 2, 1 - UNLIKELY / 2], studies, plan.power)
    assert low - 0.02 * studies <= found <= high + 0.02 * studies  # the plan has Monte Carlo error itself
    assert plan.videos == plan.clusters * m


def test_what_a_size_detects_is_what_needs_that_size():
    one = contrast(pilot())
    plan = answer(detectable(one, ROW, size=400, power=0.8))
    assert plan.power == pytest.approx(0.8, abs=0.02)
    again = answer(for_contrast(one, ROW, difference=plan.difference, size=None, power=0.8))
    assert again.clusters == pytest.approx(400, rel=0.08)


def test_power_grows_with_size_and_is_the_level_without_a_difference():
    one = contrast(pilot())
    plans = for_contrast(one, ROW, difference=0.06, size=300, power=0.8)
    powers = [plan.power for plan in plans]
    assert powers == sorted(powers)
    assert [plan.clusters for plan in plans] == [150, 225, 300, 450, 600]
    assert one.power(300, 0.0) == pytest.approx(0.05, abs=0.02)


def test_a_difference_beyond_the_discordant_share_is_refused():
    with pytest.raises(InputError, match=r"--detect 0.3 with --discordant 0.2: expected at most the share"):
        of_discordant(0.2, 0.3, 1, 0.0, 0)


def test_a_pilot_in_which_nothing_differs_needs_the_fewest_there_can_be():
    population = Population((Stratum.of_pilot(tally(np.zeros(20), np.ones(20))),), (20,), 1.0, 20)
    one = contrast(population, 199)
    assert one.spread == 0
    assert answer(for_contrast(one, ROW, difference=0.1, size=None, power=0.8)).clusters == 4


def test_a_tiny_difference_needs_more_than_can_be_planned():
    with pytest.raises(InputError, match="more than 2,000,000 clusters"):
        for_contrast(contrast(pilot()), ROW, difference=1e-5, size=None, power=0.8)


def test_a_study_without_any_variance_finds_nothing():
    """Three discordant videos of 100: most small studies have none of them, and know nothing."""
    s = np.zeros(100)
    s[:3] = 1.0
    one = contrast(Population((Stratum.of_pilot(tally(s, np.ones(100))),), (100,), 1.0, 100))
    found = [one.power(n, 0.03) for n in (4, 10, 50, 100, 300, 1000)]
    assert found[0] < 0.2
    assert found == sorted(found)
    assert found[-1] > 0.95
