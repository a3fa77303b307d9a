"""Regions: windows in seconds, a threshold that moves, and captions that contradict."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.oracles.adapters.literature.regions import agreeing, inside, regions, smoothed

TIMES = np.arange(20) * 0.25


def test_smoothing_is_the_mean_of_a_window():
    rng = np.random.default_rng(0)
    values, times = rng.random(12), np.sort(rng.random(12) * 3)
    for width in (0.0, 0.4, 1.0, 99.0):
        slow = [
            np.mean([v for v, t in zip(values, times, strict=True) if abs(t - mid) <= width / 2])
            for mid in times
        ]
        np.testing.assert_allclose(smoothed(values, times, width), slow)


def test_what_rises_above_its_surroundings_is_inside():
    values = np.where((TIMES > 1.4) & (TIMES < 2.6), 1.0, 0.0)
    found = inside(values, TIMES, 0.5, 5.0)
    assert found[values == 1].all()
    assert regions(found) == ((5, 11),)


def test_the_threshold_moves_with_the_video():
    drift = np.linspace(0, 4, 20)
    bump = np.where(np.isin(np.arange(20), [3, 4, 14, 15]), 0.8, 0.0)
    found = regions(inside(drift + bump, TIMES, 0.0, 1.5))
    assert {4, 15} <= {frame for a, b in found for frame in range(a, b + 1)}
    assert not inside(drift + bump, TIMES, 0.0, 1.5)[6:14].any()
    one_level = (drift + bump) > (drift + bump).mean()
    assert one_level[11:].all(), "one threshold for all would only follow the drift"
    assert not one_level[3]


@pytest.mark.parametrize("values", [np.full(20, 0.3), np.full(20, 1 / 3), np.zeros(20)])
def test_where_nothing_differs_all_is_inside(values):
    assert inside(values, TIMES, 0.6, 2.5).all()


def test_one_frame_is_a_region():
    assert regions(inside(np.array([0.4]), np.array([0.0]), 0.5, 2.0)) == ((0, 0),)
    assert regions(np.array([], dtype=bool)) == ()


def test_a_region_whose_caption_speaks_of_another_class_goes():
    classes = np.eye(3)
    told = np.array([[0.9, 0.1, 0], [0.2, 0.9, 0], [0.6, 0, 0.5]])
    found = ((0, 2), (5, 6), (9, 9))
    assert agreeing(found, told, classes, 0, 0.0) == ((0, 2), (9, 9))
    assert agreeing(found, told, classes, 1, 0.0) == ((5, 6),)
    assert agreeing(found, told, classes, 2, 0.05) == ((9, 9),), "all contradict: the one that does least"
    assert agreeing(found, told, classes, 2, 0.2) == ((9, 9),), "0.6 against 0.5 is not nearer by 0.2"
    assert agreeing(found, told, classes, 0, 0.8) == found


def test_of_contradicted_regions_the_nearest_is_left():
    told = np.array([[0.1, 0.9], [0.4, 0.6]])
    assert agreeing(((0, 1), (3, 4)), told, np.eye(2), 0, 0.1) == ((3, 4),)
    assert agreeing((), np.empty((0, 2)), np.eye(2), 0, 0.1) == ()


def test_where_nothing_is_told_nothing_contradicts():
    told = np.array([[np.nan, np.nan], [0.1, 0.9]])
    assert agreeing(((0, 1), (3, 4)), told, np.eye(2), 0, 0.1) == ((0, 1),)


def test_a_single_class_is_never_contradicted():
    assert agreeing(((0, 1),), np.eye(2)[:1], np.eye(2)[1:], 0, 0.0) == ((0, 1),)
