"""Every number against its slow definition: videos drawn one by one, with the same weights."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from crossoracle.stats.intervals import tail_levels
from tests.analysis.made import compared, only, predictions, random_outcomes, replicates, weights_of

B = 60
KEYS = [
    (None, "full"),
    ("a", "led@0"),
    ("a", "inverted@0"),
    ("a", "led@0+shuffled"),
    (None, "full+shuffled"),
    ("a", "threshold@0.3"),
    ("a", "threshold@0.6"),
    ("a", "budget@0.5"),
]


@pytest.fixture(scope="module", params=[0.0, 0.08], ids=["complete", "with gaps"])
def made(request):
    outcomes = random_outcomes(KEYS, 90, lost=request.param)
    dataset = ["x"] * 50 + ["y"] * 40
    p = predictions(outcomes, dataset=dataset, cluster=[i // 2 for i in range(90)])
    return p, outcomes, weights_of(p, B)


def _right(outcomes, key):
    values = np.array(outcomes[key], dtype=float)
    return np.where(values < 0, np.nan, values)


def _mean(values):
    def statistic(videos):
        some = [values[i] for i in videos if not np.isnan(values[i])]
        return sum(some) / len(some) if some else np.nan

    return statistic


def _bounds(theta, reps, clusters, strata, level=0.95):
    low, high = tail_levels("expanded", clusters, strata, level)
    return np.quantile(reps, [low, high])


def _clusters(p, values, videos):
    return len({(p.dataset[i], p.cluster[i]) for i in videos if not np.isnan(values[i])})


@pytest.mark.parametrize("dataset", ["all", "x", "y"])
@pytest.mark.parametrize("key", [("a", "led@0"), (None, "full")])
def test_accuracies(made, dataset, key):
    p, outcomes, weights = made
    videos = [i for i in range(p.videos) if dataset in ("all", p.datasets[p.dataset[i]])]
    values = np.where(np.isin(np.arange(p.videos), videos), _right(outcomes, key), np.nan)
    (row,) = compared(p, weights=weights).accuracies.select(dataset=dataset, condition=key[1])
    reps = replicates(p, weights, _mean(values))
    clusters = _clusters(p, values, videos)
    expected = _bounds(row.value, reps, clusters, 2 if dataset == "all" else 1)
    assert row.oracle == key[0]
    assert row.value == pytest.approx(np.nanmean(values), abs=1e-12)
    assert [row.low, row.high] == pytest.approx(expected, abs=1e-12)
    assert (row.n_videos, row.n_clusters) == (np.count_nonzero(~np.isnan(values)), clusters)
    raw = np.array(outcomes[key])[videos]
    assert (row.n_failed, row.n_missing) == ((raw < 0).sum(), np.isnan(raw).sum())


@pytest.mark.parametrize("dataset", ["all", "y"])
def test_differences(made, dataset):
    p, outcomes, weights = made
    videos = [i for i in range(p.videos) if dataset in ("all", p.datasets[p.dataset[i]])]
    for (key, other), contrast in {
        (KEYS[1], KEYS[2]): "polarity_gap",
        (KEYS[1], KEYS[0]): "full_gap",
    }.items():
        d = _right(outcomes, key) - _right(outcomes, other)
        d = np.where(np.isin(np.arange(p.videos), videos), d, np.nan)
        row = only(compared(p, weights=weights), contrast=contrast, dataset=dataset)
        reps = replicates(p, weights, _mean(d))
        expected = _bounds(row.value, reps, _clusters(p, d, videos), 2 if dataset == "all" else 1)
        assert row.value == pytest.approx(np.nanmean(d), abs=1e-12)
        assert [row.low, row.high] == pytest.approx(expected, abs=1e-12)
        assert (row.b, row.c) == (np.nansum(d > 0), np.nansum(d < 0))
        assert row.n_videos + row.n_left_out == len(videos)
        assert np.isnan(row.p_mcnemar)  # two videos a cluster


def test_difference_of_damages(made):
    p, outcomes, weights = made
    full, shuffled, led, led_shuffled = (_right(outcomes, KEYS[i]) for i in (0, 4, 1, 3))
    d = (full - shuffled) - (led - led_shuffled)
    row = only(compared(p, weights=weights), contrast="shuffle_damage_difference")
    expected = _bounds(row.value, replicates(p, weights, _mean(d)), _clusters(p, d, range(p.videos)), 2)
    assert row.value == pytest.approx(np.nanmean(d), abs=1e-12)
    assert [row.low, row.high] == pytest.approx(expected, abs=1e-12)
    assert row.b is None


@pytest.mark.parametrize("dataset", ["all", "x"])
def test_the_choice_is_made_anew_in_every_resample(made, dataset):
    p, outcomes, weights = made
    here = np.array([dataset in ("all", p.datasets[p.dataset[i]]) for i in range(p.videos)])
    led = _right(outcomes, KEYS[1])
    choices = {key[1]: _right(outcomes, key) - led for key in KEYS[5:]}
    covered = np.count_nonzero(here & ~np.isnan(led))
    choices = {n: d for n, d in choices.items() if np.count_nonzero(here & ~np.isnan(d)) >= 0.9 * covered}
    used = here & np.all([~np.isnan(d) for d in choices.values()], axis=0)
    choices = {name: np.where(used, d, np.nan) for name, d in choices.items()}
    own = {name: np.nanmean(d) for name, d in choices.items()}
    row = only(compared(p, weights=weights), contrast="score_gain", dataset=dataset)
    assert row.value == pytest.approx(max(own.values()), abs=1e-12)
    assert row.condition_a == max(own, key=own.get)
    by_choice = [replicates(p, weights, _mean(d)) - own[name] for name, d in choices.items()]
    chosen_anew = np.array([max(deviations) for deviations in zip(*by_choice, strict=True)])
    low, high = tail_levels(
        "expanded", _clusters(p, np.where(used, 0.0, np.nan), range(p.videos)), 2 if dataset == "all" else 1
    )
    assert row.low == pytest.approx(row.value - np.quantile(chosen_anew, high), abs=1e-12)
    assert row.high == pytest.approx(row.value - min(np.quantile(d, low) for d in by_choice), abs=1e-12)
    assert row.n_videos == used.sum()


def test_simultaneous_bounds_are_those_of_the_largest_t(made):
    from crossoracle.stats.multiplicity import simultaneous

    p, outcomes, weights = made
    found = compared(p, "polarity_gap", "full_gap", "shuffle_damage", weights=weights)
    rows = found.differences.select(dataset="all")
    assert len(rows) == 4
    led, inverted, full, shuffled = (_right(outcomes, KEYS[i]) for i in (1, 2, 0, 3))
    d = {
        ("led@0", "inverted@0"): led - inverted,
        ("led@0", "full"): led - full,
        ("led@0", "led@0+shuffled"): led - shuffled,
        ("full", "full+shuffled"): full - _right(outcomes, KEYS[4]),
    }
    ordered = [d[row.condition_a, row.condition_b] for row in rows]
    reps = np.stack([replicates(p, weights, _mean(x)) for x in ordered])
    low, high = simultaneous(np.array([np.nanmean(x) for x in ordered]), reps)
    assert [row.simultaneous_low for row in rows] == pytest.approx(low, abs=1e-9)
    assert [row.simultaneous_high for row in rows] == pytest.approx(high, abs=1e-9)
    assert {row.family for row in rows} == {"top1, all datasets, r: 4 contrasts"}


def test_few_clusters_are_flipped_exactly():
    outcomes = random_outcomes([("a", "led@0"), (None, "full")], 24, seed=3)
    p = predictions(outcomes, cluster=[i // 2 for i in range(24)])
    d = np.array(outcomes["a", "led@0"]) - np.array(outcomes[None, "full"])
    sums = d[0::2] + d[1::2]
    flipped = [
        abs(sum(s * x for s, x in zip(signs, sums, strict=True))) for signs in product((-1, 1), repeat=12)
    ]
    expected = np.mean([x >= abs(sums.sum()) - 1e-9 for x in flipped])
    assert only(compared(p), contrast="full_gap").p_signflip == pytest.approx(expected, abs=1e-12)


def test_random_flips_come_near_the_exact_test():
    outcomes = random_outcomes([("a", "led@0"), (None, "full")], 300, seed=4)
    p = predictions(outcomes)
    row = only(compared(p, replicates=9999), contrast="full_gap")
    # one video a cluster: the sign-flip test is the exact binomial test of b against c
    from scipy.stats import binomtest

    exact = binomtest(row.b, row.b + row.c).pvalue
    assert row.p_signflip == pytest.approx(exact, abs=5 * np.sqrt(exact * (1 - exact) / 9999) + 1e-4)


def test_the_tests_of_pairs_are_those_of_the_counts():
    from crossoracle.stats.matched import mcnemar_midp, tango

    p = predictions(random_outcomes([("a", "led@0"), (None, "full")], 80, seed=6))
    row = only(compared(p, level=0.9), contrast="full_gap")
    score = tango(row.b, row.c, 80, 0.9)
    assert row.p_mcnemar == mcnemar_midp(row.b, row.c)
    assert (row.tango_low, row.tango_high) == (score.low, score.high)


def test_probabilities_and_five_guesses_are_compared_too():
    rng = np.random.default_rng(8)
    keys = [("a", "led@0"), (None, "full")]
    outcomes = random_outcomes(keys, 60)
    p_true = {key: rng.random(60) for key in keys}
    top5 = {key: np.maximum(outcomes[key], rng.random(60) < 0.5) for key in keys}
    found = compared(predictions(outcomes, p_true=p_true, top5=top5))
    for metric, table in (("p_true", p_true), ("top5", top5)):
        row = only(found, contrast="full_gap", metric=metric)
        assert row.value == pytest.approx(np.mean(table["a", "led@0"] - table[None, "full"]), abs=1e-12)
    assert only(found, contrast="full_gap", metric="p_true").b is None
    assert {row.family.split(",")[0] for row in found.differences} == {"top1", "top5", "p_true"}


@pytest.mark.parametrize("kind", ["percentile", "bca", "jackknife"])
def test_other_intervals_are_those_of_the_statistics(made, kind):
    from crossoracle.stats.intervals import Jackknife, interval

    p, outcomes, weights = made
    d = _right(outcomes, KEYS[1]) - _right(outcomes, KEYS[0])
    found = only(compared(p, weights=weights, interval=kind), contrast="full_gap")
    clusters = sorted({(p.dataset[i], p.cluster[i]) for i in range(p.videos) if not np.isnan(d[i])})
    left = [
        np.nanmean([d[i] for i in range(p.videos) if (p.dataset[i], p.cluster[i]) != one]) for one in clusters
    ]
    stratum = np.array([one[0] for one in clusters])
    reps = replicates(p, weights, _mean(d))
    expected = interval(np.nanmean(d), reps, Jackknife(np.array(left), stratum), 0.95, kind)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
