"""Curves, areas and crossings against their slow definitions: videos drawn one by one, same weights."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from crossoracle.stats.crossing import crossing
from crossoracle.stats.intervals import tail_levels
from crossoracle.stats.multiplicity import simultaneous
from tests.analysis.made import (
    FAIL,
    NAN,
    compared,
    only,
    predictions,
    random_outcomes,
    replicates,
    weights_of,
)

B, N, CLASSES = 60, 90, 5
ALPHAS = (0, 0.25, 0.5)
SHARES = (0.2, 0.6)
LED, INVERTED = ([("a", f"{word}@{x:g}") for x in ALPHAS] for word in ("led", "inverted"))
BUDGET = [("a", f"budget@{f:g}") for f in SHARES]
RANDOM = [[(None, f"random@{f:g}#{s}") for s in (1, 2)] for f in SHARES]
FULL = (None, "full")
DRAWN = [key for some in RANDOM for key in some]
KEYS = [FULL, *LED, *INVERTED, *BUDGET, *DRAWN]


@pytest.fixture(scope="module", params=[0.0, 0.06], ids=["complete", "with gaps"])
def made(request):
    outcomes = random_outcomes(KEYS, N, seed=2, lost=request.param)
    rng = np.random.default_rng(4)
    views = sorted(KEYS, key=lambda key: (key[0] or "", key[1]))
    kept = np.full((len(views), N), np.nan)
    for i, (_, condition) in enumerate(views):
        if condition.startswith(("budget", "random")):
            kept[i] = float(condition.split("@")[1].split("#")[0]) + rng.uniform(-0.1, 0.1, N)
    label = np.array([f"c{i % CLASSES}" for i in range(N)], dtype=object)
    p = predictions(
        outcomes, dataset=["x"] * 50 + ["y"] * 40, cluster=[i // 2 for i in range(N)], label=label, kept=kept
    )
    shares = {key: kept[i] for i, key in enumerate(views)}
    weights = weights_of(p, B)
    return p, outcomes, shares, weights, compared(p, weights=weights)


def _right(outcomes, key):
    values = np.array(outcomes[key], dtype=float)
    return np.where(values < 0, np.nan, values)


def _mean(values):
    def statistic(videos):
        some = [values[i] for i in videos if not np.isnan(values[i])]
        return sum(some) / len(some) if some else np.nan

    return statistic


def _bounds(p, known, reps, dataset="all"):
    clusters = len({(p.dataset[i], p.cluster[i]) for i in np.flatnonzero(known)})
    low, high = tail_levels("expanded", clusters, 2 if dataset == "all" else 1)
    return list(np.quantile(reps, [low, high]))


def _curve(found, family, dataset="all"):
    rows = [row for row in found.curves if row.family == family and row.dataset == dataset]
    return sorted((row for row in rows if row.oracle in (None, "a")), key=lambda row: row.x)


@pytest.mark.parametrize("dataset", ["all", "x"])
def test_points_along_alpha_are_accuracies_with_a_joint_band(made, dataset):
    p, outcomes, _, weights, found = made
    here = np.array([dataset in ("all", p.datasets[d]) for d in p.dataset])
    values = [np.where(here, _right(outcomes, key), np.nan) for key in (*LED, FULL)]
    reps = np.stack([replicates(p, weights, _mean(v)) for v in values])
    rows = _curve(found, "led", dataset)
    assert [row.x for row in rows] == [*ALPHAS, 1.0]
    assert [row.condition for row in rows] == ["led@0", "led@0.25", "led@0.5", "full"]
    assert [row.value for row in rows] == pytest.approx([np.nanmean(v) for v in values], abs=1e-12)
    for row, v, own in zip(rows, values, reps, strict=True):
        assert [row.low, row.high] == pytest.approx(_bounds(p, ~np.isnan(v), own, dataset), abs=1e-12)
        assert row.n_videos == np.count_nonzero(~np.isnan(v))
        assert row.n_videos + row.n_left_out == here.sum()
    low, high = simultaneous(np.array([row.value for row in rows]), reps)
    assert [row.band_low for row in rows] == pytest.approx(low, abs=1e-9)
    assert [row.band_high for row in rows] == pytest.approx(high, abs=1e-9)


def test_the_gap_is_paired_and_ends_at_the_whole_video(made):
    p, outcomes, _, weights, found = made
    rows = _curve(found, "gap")
    gaps = [_right(outcomes, a) - _right(outcomes, b) for a, b in zip(LED, INVERTED, strict=True)]
    for row, d in zip(rows, gaps, strict=False):
        assert row.value == pytest.approx(np.nanmean(d), abs=1e-12)
        assert [row.low, row.high] == pytest.approx(
            _bounds(p, ~np.isnan(d), replicates(p, weights, _mean(d))), abs=1e-12
        )
    assert (rows[-1].x, rows[-1].value) == (1.0, 0.0)
    assert np.isnan(rows[-1].band_low)
    assert "no cluster differs" in rows[-1].reason
    gap = only(found, contrast="polarity_gap")
    assert (rows[0].value, rows[0].low, rows[0].high) == pytest.approx((gap.value, gap.low, gap.high))


def _first_zero(x, gaps):
    if gaps[0] == 0:
        return x[0]
    for (x0, g0), (x1, g1) in zip(zip(x, gaps, strict=True), zip(x[1:], gaps[1:], strict=True), strict=False):
        if g1 * gaps[0] <= 0:
            return x0 + (x1 - x0) * g0 / (g0 - g1)
    return np.nan


def test_the_crossing_is_found_anew_in_every_resample(made):
    p, outcomes, _, weights, found = made
    gaps = [_right(outcomes, a) - _right(outcomes, b) for a, b in zip(LED, INVERTED, strict=True)]
    x = [*ALPHAS, 1.0]

    def at(videos):
        return _first_zero(x, [*(_mean(d)(videos) for d in gaps), 0.0])

    (row,) = [r for r in found.landmarks if r.quantity == "crossing" and r.dataset == "all"]
    reps = replicates(p, weights, at)
    assert row.value == pytest.approx(at(range(N)), abs=1e-12)
    assert (row.n_undefined, np.isnan(reps).sum()) == (0, 0)
    known = ~np.isnan(gaps).all(axis=0) | ~np.isnan(_right(outcomes, FULL))
    assert [row.low, row.high] == pytest.approx(_bounds(p, known, reps), abs=1e-12)


@pytest.mark.parametrize(
    ("gaps", "at"),
    [
        ((0.0, 1.0, 1.0), 0.0),
        ((2.0, -2.0, 5.0), 0.25),
        ((-1.0, -1.0, 1.0), 0.75),
        ((1.0, 0.0, -1.0), 0.5),
        ((1.0, 2.0, 3.0), NAN),
        ((1.0, NAN, -1.0), NAN),
    ],
)
def test_the_crossing_is_the_first_zero(gaps, at):
    found = crossing([0, 0.5, 1], np.array(gaps)[:, None])
    assert found == pytest.approx([at], nan_ok=True)


def _area(y, k):
    """Return the area of one video, trapezoid by trapezoid."""
    points = sorted(zip(k, y, strict=True), key=lambda point: point[0])
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))


def _areas(outcomes, shares, points):
    """Return the area of every video; a point may be several conditions, which count as their mean."""
    found = np.full(N, np.nan)
    for i in range(N):
        y = [np.mean([_right(outcomes, key)[i] for key in some]) for some in points]
        k = [np.mean([shares[key][i] for key in some]) for some in points]
        found[i] = _area([1 / CLASSES, *y, _right(outcomes, FULL)[i]], [0.0, *k, 1.0])
    return found


def test_areas_are_those_of_the_videos_own_shares(made):
    p, outcomes, shares, weights, found = made
    for family, points in (("insertion:budget", [[k] for k in BUDGET]), ("insertion:random", RANDOM)):
        area = _areas(outcomes, shares, points)
        (row,) = [r for r in found.landmarks if r.family == family and r.dataset == "all"]
        assert row.value == pytest.approx(np.nanmean(area), abs=1e-12)
        reps = replicates(p, weights, _mean(area))
        assert [row.low, row.high] == pytest.approx(_bounds(p, ~np.isnan(area), reps), abs=1e-12)
        assert (row.n_videos, row.n_left_out) == (np.sum(~np.isnan(area)), np.sum(np.isnan(area)))


@pytest.mark.parametrize("dataset", ["all", "y"])
def test_areas_are_compared_video_by_video(made, dataset):
    p, outcomes, shares, weights, found = made
    here = np.array([dataset in ("all", p.datasets[d]) for d in p.dataset])
    d = _areas(outcomes, shares, [[k] for k in BUDGET]) - _areas(outcomes, shares, RANDOM)
    d = np.where(here, d, np.nan)
    row = only(found, contrast="area_random", dataset=dataset)
    assert row.value == pytest.approx(np.nanmean(d), abs=1e-12)
    reps = replicates(p, weights, _mean(d))
    assert [row.low, row.high] == pytest.approx(_bounds(p, ~np.isnan(d), reps, dataset), abs=1e-12)
    assert (row.condition_a, row.condition_b, row.b) == ("area(budget@f)", "area(random@f)", None)
    assert row.family.endswith("r, areas: 1 contrast")
    assert row.p_holm == row.p_signflip


def test_a_curve_over_shares_starts_at_chance_and_ends_at_the_whole_video(made):
    _, outcomes, shares, _, found = made
    rows = _curve(found, "insertion:budget")
    assert [row.condition for row in rows] == ["chance", "budget@0.2", "budget@0.6", "full"]
    assert rows[0].value == pytest.approx(1 / CLASSES)
    assert np.isnan([rows[0].low, rows[0].band_low]).all()
    known = ~np.isnan(_right(outcomes, BUDGET[0]))
    assert rows[1].x == rows[1].kept_fraction == pytest.approx(shares[BUDGET[0]][known].mean())
    asked = _curve(found, "budget")
    assert [row.x for row in asked] == [*SHARES, 1.0]
    assert [row.value for row in asked] == [row.value for row in rows[1:]]


def test_chance_follows_the_classes_of_each_dataset():
    outcomes = random_outcomes([FULL, *BUDGET], 40, seed=1)
    label = np.array([f"c{i % (2 if i < 20 else 4)}" for i in range(40)], dtype=object)
    found = compared(predictions(outcomes, dataset=["x"] * 20 + ["y"] * 20, label=label))
    chance = {r.dataset: r.value for r in found.curves if r.condition == "chance"}
    assert chance == {"all": pytest.approx(0.375), "x": 0.5, "y": 0.25}


def test_without_labels_there_is_no_area_and_the_reason_is_said():
    found = compared(predictions(random_outcomes([FULL, *BUDGET, *DRAWN], 40, seed=1)))
    rows = [r for r in found.landmarks if r.dataset == "all"]
    assert len(rows) == 2
    assert all(np.isnan(r.value) and r.reason.startswith("chance is unknown") for r in rows)
    row = only(found, contrast="area_random")
    assert np.isnan([row.value, row.low, row.p_signflip]).all()
    assert row.reason.startswith("chance is unknown")
    assert any("areas of budget@f rest on the shares asked for" in note for note in found.notes)


def test_without_the_whole_video_there_is_no_area():
    label = np.array([f"c{i % 4}" for i in range(40)], dtype=object)
    p = predictions(random_outcomes([*BUDGET, *DRAWN], 40, seed=1), label=label)
    found = compared(p)
    assert not len(found.landmarks)
    assert any("area_random (area(budget@f) - area(random@f))" in note for note in found.notes)


def test_one_alpha_is_no_curve():
    found = compared(predictions(random_outcomes([FULL, LED[0], INVERTED[0]], 30)))
    assert len(found.curves) == len(found.landmarks) == 0


def test_a_point_that_always_failed_is_undefined_and_the_others_keep_their_band():
    outcomes = random_outcomes([*LED, *INVERTED], 60, seed=3)
    outcomes[LED[1]] = [FAIL] * 60
    found = compared(predictions(outcomes))
    rows = _curve(found, "led")
    assert np.isnan([rows[1].value, rows[1].low, rows[1].band_low]).all()
    assert (rows[1].reason, rows[1].n_left_out) == ("no video has a prediction", 60)
    assert np.isfinite([rows[0].band_low, rows[2].band_low]).all()
    (row,) = [r for r in found.landmarks if r.dataset == "all"]
    assert np.isnan([row.value, row.low]).all()
    assert "or lacks a point" in row.reason


def test_resamples_without_a_crossing_are_counted():
    rng = np.random.default_rng(1)
    conditions = {
        ("a", "led@0"): 0.9,
        ("a", "led@0.5"): 0.6,
        ("a", "inverted@0"): 0.3,
        ("a", "inverted@0.5"): 0.6,
    }
    outcomes = {key: (rng.random(80) < rate).astype(float) for key, rate in conditions.items()}
    p = predictions(outcomes)
    weights = weights_of(p, 200)
    (row,) = [r for r in compared(p, weights=weights).landmarks if r.dataset == "all"]
    d = outcomes["a", "led@0.5"] - outcomes["a", "inverted@0.5"]
    assert row.n_undefined == np.sum(replicates(p, weights, _mean(d)) > 0) > 10
    assert np.isnan(row.low)
    assert row.value == row.value or "keeps its sign" in row.reason


def test_a_dataset_without_a_point_is_named_in_the_pool():
    outcomes = random_outcomes([*LED, FULL], 40)
    outcomes[LED[1]] = np.where(np.arange(40) < 25, outcomes[LED[1]], NAN)
    found = compared(predictions(outcomes, dataset=["x"] * 25 + ["y"] * 15))
    assert _curve(found, "led")[1].reason == "warning: without y"
    assert _curve(found, "led", "y")[1].reason == "no video has a prediction"
