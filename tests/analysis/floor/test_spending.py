"""What arms take, and accuracy over runs: against plain loops; unknown is null and counted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from crossoracle.analysis.floors.accuracy import accuracy_floors, factor, unseeded
from crossoracle.analysis.floors.arm import Arm, Member
from crossoracle.analysis.floors.ratios import Grid
from crossoracle.analysis.floors.rows import Floors
from crossoracle.analysis.predictions import PREDICTED, Predictions, View
from crossoracle.stats.intervals import tail_levels
from crossoracle.stats.resampling import GivenWeights
from tests.analysis.floor.repeats import floored, only, repeated, scores_of

ARMS = {"greedy": [("g", "0"), ("g", "1")], "direct": [("d", "0"), ("d", "1")]}


@pytest.fixture
def spent():
    rng = np.random.default_rng(3)
    calls = np.stack([np.ones(16), np.ones(16), rng.integers(20, 31, 16), rng.integers(20, 31, 16)])
    taken = np.full((4, 4, 16), np.nan)
    taken[0], taken[1] = calls, 0.01 * calls
    taken[1, 3, :5] = np.nan  # the price of a run of greedy is not known for five videos
    return taken  # raters in order: d:0, d:1, g:0, g:1


@pytest.fixture
def made(spent):
    scores, length = scores_of({"g": 2, "d": 2}, 16)
    return repeated(scores, length, ARMS, spent=spent, cluster=np.arange(16) // 2)


def test_calls_and_their_ratio_are_those_of_loops_over_resamples(made, spent):
    rng = np.random.default_rng(5)
    weights = GivenWeights({"d": rng.multinomial(8, np.full(8, 1 / 8), 301).astype(float)})
    found = floored(made, "cohen_kappa", weights=weights)
    greedy, direct = spent[0, 2:].mean(axis=0), spent[0, :2].mean(axis=0)
    row = only(found, quantity="ratio", statistic="calls")
    assert row.value == pytest.approx(direct.sum() / greedy.sum())
    times = np.repeat(weights.matrices["d"], 2, axis=1)
    resampled = [(t * direct).sum() / (t * greedy).sum() for t in times]
    assert (row.low, row.high) == pytest.approx(np.quantile(resampled, tail_levels("expanded", 8)))
    row = only(found, quantity="per_video", statistic="calls", arm_a="greedy")
    assert row.value == pytest.approx(greedy.mean())
    assert (row.n_videos, row.n_clusters, row.n_left_out) == (16, 8, 0)


def test_what_is_unknown_is_left_out_and_counted_or_null(made, spent):
    found = floored(made, "cohen_kappa")
    row = only(found, quantity="ratio", statistic="cost_usd")
    known = np.arange(16) >= 5
    expected = spent[1, :2].mean(axis=0)[known].sum() / spent[1, 2:].mean(axis=0)[known].sum()
    assert row.value == pytest.approx(expected)
    assert (row.n_videos, row.n_left_out) == (11, 5)
    row = only(found, quantity="per_video", statistic="input_tokens", arm_a="greedy")
    assert np.isnan(row.value)
    assert row.reason == "no prechecks of greedy say it"


RUNS, VIDEOS = 3, 40


def outcomes(seed=0):
    rng = np.random.default_rng(seed)
    ability = rng.normal(0.5, 1.5, VIDEOS)
    return {
        (oracle, str(run), condition): (rng.random(VIDEOS) < 1 / (1 + np.exp(-ability - shift))).astype(float)
        for run in range(RUNS)
        for oracle, condition, shift in (
            ("g", "led@0", 0.6),
            (None, "full", 0.3),
            (None, f"random@0.3#{run}", 0),
        )
    }


def predicted(of, cluster=None):
    keys = sorted(of, key=str)
    values = np.full((3, len(keys), VIDEOS), np.nan)
    values[0] = [of[key] for key in keys]
    nothing = np.full((len(keys), VIDEOS), np.nan)
    return Predictions(
        ("d",),
        np.zeros(VIDEOS, dtype=np.int64),
        np.array([f"v{i:02}" for i in range(VIDEOS)], dtype=object),
        np.array([None] * VIDEOS, dtype=object),
        np.arange(VIDEOS) if cluster is None else cluster,
        np.full(VIDEOS, np.nan),
        tuple(View("r", oracle, run, condition) for oracle, run, condition in keys),
        values,
        nothing,
        np.full(nothing.shape, PREDICTED, dtype=np.int8),
    )


def floors_of(p):
    clusters = int(p.cluster.max()) + 1
    rng = np.random.default_rng(1)
    weights = GivenWeights(
        {"d": rng.multinomial(clusters, np.full(clusters, 1 / clusters), 99).astype(float)}
    )
    grid = Grid(p.datasets, p.dataset, p.cluster, weights, 0.95, "expanded")
    arms = (Arm("greedy", tuple(Member("g", str(run)) for run in range(RUNS))),)
    return Floors(tuple(accuracy_floors(p, arms, grid, ["all"])))


def test_the_spread_over_runs_is_that_of_their_accuracies_with_a_chi_squared_interval():
    of = outcomes()
    row = only(floors_of(predicted(of)), quantity="accuracy_sd", condition="led@0")
    accuracies = [of["g", str(run), "led@0"].mean() for run in range(RUNS)]
    sd = np.std(accuracies, ddof=1)
    assert (row.arm_a, row.recognizer, row.n_runs_a) == ("greedy", "r", RUNS)
    assert row.value == pytest.approx(sd)
    assert (row.low, row.high) == pytest.approx(
        (sd * np.sqrt(2 / chi2.ppf(0.975, 2)), sd * np.sqrt(2 / chi2.ppf(0.025, 2)))
    )
    assert only(floors_of(predicted(of)), quantity="accuracy", condition="led@0").value == pytest.approx(
        np.mean(accuracies)
    )


def test_what_is_detectable_is_millers_formula():
    of = outcomes()
    found = floors_of(predicted(of))
    z = norm.ppf(0.975) + norm.ppf(0.8)
    led = np.stack([of["g", str(run), "led@0"] for run in range(RUNS)])
    full = np.stack([of[None, str(run), "full"] for run in range(RUNS)])
    s2 = led.var(axis=0, ddof=1).mean()
    noise = only(found, quantity="detectable_difference", condition="led@0").value
    assert noise == pytest.approx(z * np.sqrt((0 + s2 / RUNS + s2 / RUNS) / VIDEOS))
    # omega^2 of the videos' own differences, plus what runs add: together the variance of the mean difference
    d = led.mean(axis=0) - full.mean(axis=0)
    within = (s2 + full.var(axis=0, ddof=1).mean()) / RUNS
    omega2 = d.var(ddof=1) - within
    row = only(found, quantity="detectable_difference", condition="led@0 - full")
    assert row.value == pytest.approx(z * np.sqrt((omega2 + within) / VIDEOS))
    assert factor(0.95, 0.8) == pytest.approx(z)


def test_clusters_of_several_videos_are_left_out_whole():
    of, cluster = outcomes(), np.arange(VIDEOS) // 4
    row = only(floors_of(predicted(of, cluster)), quantity="detectable_difference", condition="led@0 - full")
    d = sum(of["g", str(r), "led@0"] - of[None, str(r), "full"] for r in range(RUNS)) / RUNS
    left = [d[cluster != c].mean() for c in range(10)]
    se = np.sqrt(9 / 10 * ((left - np.mean(left)) ** 2).sum())
    assert row.value == pytest.approx(factor(0.95) * se)
    assert row.n_clusters == 10


def test_seeds_repeat_a_condition_and_failed_videos_are_counted():
    of = outcomes()
    of[None, "0", "random@0.3#0"][:4] = np.nan
    row = only(floors_of(predicted(of)), quantity="accuracy", condition="random@0.3")
    assert (row.arm_a, row.n_runs_a, row.n_videos, row.n_left_out) == (None, RUNS, VIDEOS - 4, 4)
    assert unseeded("random#3+shuffled") == "random+shuffled"
    assert unseeded("from elsewhere#2") == "from elsewhere#2"
