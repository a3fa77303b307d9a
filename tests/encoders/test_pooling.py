"""From rows of frames to one of a clip: which way something moves, when, and how fast."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.encoders.features import GRID, PLACES
from crossoracle.encoders.pooling import LAGS, averaged, moved, pooled

CHANNELS = 2
NOTHING = [None] * max(LAGS)
RIGHT, DOWN = (0, 1), (1, 0)


def _rows(cells):
    """Return the rows of frames in each of which one cell of the grid shows something, or none."""
    seen = np.zeros((len(cells), GRID, GRID, CHANNELS), dtype=np.float32)
    for number, cell in enumerate(cells):
        if cell is not None:
            seen[number, *cell] = 1
    cells = seen.reshape(len(cells), GRID * GRID, CHANNELS)
    return np.concatenate([cells.mean(axis=1, keepdims=True), cells], axis=1).reshape(len(cells), -1)


def _way(step, each):
    """Return the cells of something that crosses the middle of the grid, so many frames in each."""
    start = np.array([1, 1]) - step
    return [tuple(start + place * np.array(step)) for place in range(GRID) for _ in range(each)]


def _ways(row, lag):
    """Return what moves to the right and downwards, (halves, 2): all channels together."""
    return moved(row, lag).reshape(2, 2, CHANNELS).sum(axis=2)


@pytest.mark.parametrize("lag", LAGS)
def test_which_of_two_movements_comes_first(lag):
    first, second = _way(RIGHT, 2), _way(DOWN, 2)
    ways = _ways(_rows(first + NOTHING + second), lag)
    assert ways[0, 0] > abs(ways[0, 1])
    assert ways[1, 1] > abs(ways[1, 0])
    other = _ways(_rows(second + NOTHING + first), lag)
    assert other[0, 1] > abs(other[0, 0])
    assert other[1, 0] > abs(other[1, 1])


@pytest.mark.parametrize("lag", LAGS)
def test_backwards_in_time_it_goes_the_other_way(lag):
    rows = _rows(_way(RIGHT, 3) + _way(DOWN, 2))
    np.testing.assert_allclose(_ways(rows[::-1], lag), -_ways(rows, lag)[::-1], atol=1e-6)


def test_what_is_slow_is_seen_better_over_two_frames():
    rows = _rows(_way(RIGHT, 4))
    assert _ways(rows, 2)[:, 0].sum() > 1.5 * _ways(rows, 1)[:, 0].sum() > 0


@pytest.mark.parametrize("lag", LAGS)
def test_nothing_moves_in_what_stands_still_or_is_too_short(lag):
    still = _rows([(1, 1)] * 5)
    assert not moved(still, lag).any()
    assert not moved(_rows(_way(RIGHT, 1))[:lag], lag).any()


def test_channels_count_together_where_the_mean_is_taken():
    rows = _rows(_way(RIGHT, 2))
    found = averaged(rows)
    assert found.shape == (PLACES * CHANNELS + 4 * len(LAGS),)
    np.testing.assert_allclose(found[: PLACES * CHANNELS], rows.mean(axis=0))
    together = [_ways(rows, lag).ravel() for lag in LAGS]
    np.testing.assert_allclose(found[PLACES * CHANNELS :], np.concatenate(together))


def test_a_clip_of_one_frame_has_a_row_like_any_other():
    assert averaged(_rows([(1, 1)])).shape == averaged(_rows(_way(RIGHT, 2))).shape
    assert pooled(_rows([(1, 1)])).shape == pooled(_rows(_way(RIGHT, 2))).shape
