"""Training at the time of the test: its gradient against finite differences, and what its steps do."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from crossoracle.oracles.adapters.literature.refinement import (
    Training,
    adapted,
    gradient,
    loss,
    refine,
    target,
)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


@pytest.fixture
def video():
    """Six frames near a text, eight elsewhere, and the text."""
    rng = np.random.default_rng(4)
    text = unit(rng.normal(size=6))
    high = unit(text + 0.6 * rng.normal(size=(6, 6)))
    low = unit(0.2 * text + rng.normal(size=(8, 6)))
    return np.concatenate([high, low]), np.arange(14) < 6, text


def slow_loss(w, high, low, goal):
    """The definition, frame by frame."""
    parts = []
    for rows, sign in ((high, -1), (low, 1)):
        far = []
        for x in rows:
            u = x + np.array([sum(x[i] * w[i, j] for i in range(len(x))) for j in range(len(x))])
            far.append(2 + sign * 2 * float(u @ goal) / float(np.sqrt(u @ u)))
        parts.append(sum(far) / len(far))
    return sum(parts)


def test_the_loss_is_that_of_the_definition(video):
    rows, high, text = video
    w = 0.3 * np.random.default_rng(0).normal(size=(6, 6))
    goal = target(w, rows[high], text)
    assert np.linalg.norm(goal) == pytest.approx(1)
    assert loss(w, rows[high], rows[~high], goal) == pytest.approx(
        slow_loss(w, rows[high], rows[~high], goal)
    )


@pytest.mark.parametrize("size", [0.0, 0.1, 1.0])
def test_the_gradient_is_that_of_finite_differences(video, size):
    rows, high, text = video
    w = size * np.random.default_rng(1).normal(size=(6, 6))
    goal, step = target(w, rows[high], text), 1e-6  # the target is held still: its gradient is stopped
    found = gradient(w, rows[high], rows[~high], goal)
    for i in range(6):
        for j in range(6):
            nudge = np.zeros((6, 6))
            nudge[i, j] = step
            ends = [loss(w + way * nudge, rows[high], rows[~high], goal) for way in (1, -1)]
            assert found[i, j] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-7)


def test_frames_are_told_apart_more_clearly(video):
    rows, high, text = video
    w = refine(rows, text, high, Training(30, 0.1, 16), np.random.default_rng(0))
    before, after = rows @ text, adapted(w, rows) @ text
    assert after[high].mean() > before[high].mean()
    assert after[~high].mean() < before[~high].mean()


def test_each_step_lowers_the_loss(video):
    rows, high, text = video
    told = []
    for steps in range(6):
        w = refine(rows, text, high, Training(steps, 0.05, 99), np.random.default_rng(0))
        told.append(loss(w, rows[high], rows[~high], target(w, rows[high], text)))
    assert all(later < earlier for earlier, later in pairwise(told))


def test_a_seed_gives_the_same_and_another_one_another(video):
    rows, high, text = video
    made = [refine(rows, text, high, Training(5, 0.1, 3), np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


@pytest.mark.parametrize("every", [True, False])
def test_where_all_frames_are_of_one_kind_nothing_changes(video, every):
    rows, _, text = video
    w = refine(rows, text, np.full(14, every), Training(5, 0.1, 16), np.random.default_rng(0))
    assert not w.any()
    np.testing.assert_allclose(adapted(w, rows), rows)


def test_no_steps_leave_everything_as_it_is(video):
    rows, high, text = video
    assert not refine(rows, text, high, Training(0, 0.1, 16), np.random.default_rng(0)).any()


def test_opposite_directions_have_a_target_all_the_same():
    w, text = np.zeros((2, 2)), np.array([1.0, 0.0])
    assert np.isfinite(target(w, np.array([[-1.0, 0.0]]), text)).all()
