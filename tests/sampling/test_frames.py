"""Frames stand at the quantiles of a density: its laws, and a slow reference for the hard cut."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle.errors import InputError
from crossoracle.sampling import Density, Failure, parse, place, shown
from tests.sampling.videos import densities, frame_times, kept_videos, video

T = st.integers(1, 40)
CLIPS = st.integers(1, 4)


def _density(name, of):
    found = parse(name).density(of)
    assert not isinstance(found, Failure)
    return found


@given(kept_videos(), frame_times(), T, CLIPS)
def test_alpha_1_is_the_full_video_frame_for_frame(of, times, t, clips):
    full = place(_density("full", of), t, clips).frames(times)
    for name in ("led@1", "inverted@1"):
        assert (place(_density(name, of), t, clips).frames(times) == full).all()


def _cut_and_joined(of, t, fps):
    """Lay the kept intervals end to end, in exact arithmetic, and take the frame shown at every instant."""
    edges = [Fraction(str(edge)) for edge in of.edges]
    kept = [(edges[i], edges[i + 1]) for i in range(len(of.score)) if of.kept[i] == 1]
    total = sum(end - start for start, end in kept)
    frames = []
    for j in range(t):
        left = Fraction(2 * j + 1, 2 * t) * total
        for start, end in kept:
            if left < end - start:
                frames.append(int((start + left) * fps))
                break
            left -= end - start
    return frames


@given(kept_videos(), st.sampled_from([5, 12, 24, 25, 30, 60]), T)
def test_alpha_0_is_the_kept_intervals_cut_out_and_joined(of, fps, t):
    times = np.arange(int(40 * fps)) / fps
    assert place(_density("led@0", of), t).frames(times)[0].tolist() == _cut_and_joined(of, t, fps)


@given(densities(), T, CLIPS)
def test_instants_are_in_time_order_where_the_density_is_positive(density, t, clips):
    placed = place(density, t, clips)
    assert placed.instants.shape == placed.segment.shape == (clips, t)
    assert (np.diff(placed.instants, axis=1) >= 0).all()
    assert (density.rate[placed.segment] > 0).all()
    assert (placed.instants >= density.edges[placed.segment]).all()
    assert (placed.instants < density.edges[placed.segment + 1]).all()


@given(densities(), frame_times(), T)
def test_frames_are_on_screen_while_the_density_is_positive(density, times, t):
    ends = np.append(times[1:], np.inf)
    seen = list(zip(density.edges[:-1][density.seen], density.edges[1:][density.seen], strict=True))
    frames = place(density, t).frames(times)[0]
    assert (np.diff(frames) >= 0).all()
    for frame in frames:
        assert any(times[frame] < end and start < ends[frame] + 1e-8 for start, end in seen)


@given(densities(), frame_times(), T, st.floats(1e-6, 1e6))
def test_scaling_a_density_changes_nothing(density, times, t, factor):
    scaled = place(Density(density.edges, density.rate * factor), t)
    assert scaled.instants == pytest.approx(place(density, t).instants, abs=1e-9)
    assert (scaled.segment == place(density, t).segment).all()
    power = place(Density(density.edges, density.rate * 1024), t)
    assert (power.frames(times) == place(density, t).frames(times)).all()


@given(densities(), T, CLIPS)
def test_a_segment_gets_its_share_of_frames(density, t, clips):
    mass = density.rate * density.widths
    for clip in place(density, t, clips).segment:
        share = np.bincount(clip, minlength=len(mass)) / t
        assert (np.abs(share - mass / mass.sum()) <= 1 / t + 1e-9).all()


@given(densities(), frame_times(), st.integers(2, 40))
def test_a_frame_repeats_only_where_instants_are_denser_than_frames(density, times, t):
    placed = place(density, t)
    frames, instants = placed.frames(times)[0], placed.instants[0]
    apart = np.append(np.diff(times), np.inf)
    for j in range(t - 1):
        if frames[j] == frames[j + 1]:
            assert instants[j + 1] - instants[j] < apart[frames[j]] + 1e-8
    assert placed.distinct(times) == len(set(frames.tolist()))


@given(densities(), st.integers(1, 20), CLIPS)
def test_clips_interleave(density, t, clips):
    together = np.sort(place(density, t, clips).instants.ravel())
    assert together == pytest.approx(place(density, t * clips).instants[0], abs=1e-9)
    starts = place(density, t, clips).instants[:, 0]
    assert (np.diff(starts) >= 0).all()


def test_an_instant_on_a_border_belongs_to_the_later_segment():
    tenths = Density(np.arange(11) * 0.1, np.ones(10))
    assert place(tenths, 5).segment.tolist() == [[1, 3, 5, 7, 9]]
    gap = Density(np.arange(4.0), np.array([1.0, 0.0, 1.0]))
    assert place(gap, 1).instants.tolist() == [[2.0]]
    assert place(gap, 1, offset=0.0).instants.tolist() == [[0.0]]


@pytest.mark.parametrize("k", [7, 11, 15, 23])
def test_an_instant_on_a_border_is_not_before_it(k):
    every_other = Density(np.arange(k + 1) * 0.1, (np.arange(k) % 2 == 0).astype(float))
    for t in range(1, 40):
        placed = place(every_other, t)
        assert (placed.instants >= every_other.edges[placed.segment]).all()


def test_an_instant_is_before_the_end_of_its_segment_where_digits_are_few():
    late = Density(2.0**51 + np.arange(4.0), np.ones(3))  # half a second is the smallest step there
    placed = place(late, 24)
    assert (placed.instants < late.edges[placed.segment + 1]).all()


@pytest.mark.parametrize("rate", [5e-324, 1e308])
def test_rates_may_be_tiny_and_huge(rate):
    assert place(Density(np.array([0.0, 3.0, 9.0]), np.full(2, rate)), 3).instants.tolist() == [
        [1.5, 4.5, 7.5]
    ]
    steep = Density(np.array([0.0, 1.0, 2.0]), np.array([1.0, rate]))
    assert place(steep, 1).segment.tolist() == [[0 if rate < 1 else 1]]


def test_a_hard_cut_by_hand():
    cut = Density(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 0.0, 1.0]))
    assert place(cut, 4).instants.tolist() == [[1.25, 1.75, 3.25, 3.75]]
    assert place(cut, 2, 2).instants.tolist() == [[1.25, 3.25], [1.75, 3.75]]


def test_densities_by_hand():
    twice = Density(np.array([0.0, 1.0, 2.0]), np.array([2.0, 1.0]))
    assert place(twice, 3).instants[0] == pytest.approx([0.25, 0.75, 1.5])


def test_close_parameters_are_different_inputs():
    of = video(kept=[False, True, False, False, True, False, False, False], step=0.5)
    times = np.arange(120) / 30
    inputs = {tuple(place(_density(f"led@0.{a}", of), 16).frames(times)[0]) for a in range(1, 10)}
    assert len(inputs) == 9


def test_the_frame_shown_is_the_last_that_began():
    times = np.array([0.0, 0.5, 0.6, 2.0])
    assert shown(np.array([[0.0, 0.499, 0.5], [0.599999, 1.99, 9.0]]), times).tolist() == [
        [0, 0, 1],
        [1, 2, 3],
    ]
    assert shown(np.array([-0.1, 0.5 - 1e-12]), times).tolist() == [0, 1]


def test_a_late_first_frame_is_shown_before_it_begins():
    assert shown(np.array([0.0, 0.3]), np.array([0.2, 0.4])).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("frames", "clips", "offset"), [(0, 1, 0.5), (4, 0, 0.5), (4, 1, 1.0), (4, 1, -0.1), (4, 1, np.nan)]
)
def test_numbers_out_of_range_are_refused(frames, clips, offset):
    with pytest.raises(InputError, match="expected at least 1, at least 1 and a number in"):
        place(Density(np.array([0.0, 1.0]), np.ones(1)), frames, clips, offset)


def test_a_video_without_frames_is_refused():
    with pytest.raises(InputError, match="without frames"):
        shown(np.array([0.0]), np.array([]))


@pytest.mark.parametrize(
    ("edges", "rate"),
    [
        ([0.0, 1.0], [0.0]),
        ([0.0, 1.0], [-1.0]),
        ([0.0, 1.0], [np.nan]),
        ([0.0, 1.0], [np.inf]),
        ([0.0, 1.0], [1.0, 1.0]),
        ([0.0, 0.0, 1.0], [1.0, 1.0]),
        ([0.0], []),
    ],
)
def test_densities_that_are_none_are_refused(edges, rate):
    with pytest.raises(InputError, match="density: found"):
        Density(np.array(edges), np.array(rate))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any), st.integers(1, 12))
def test_as_much_moves_between_one_frame_and_the_next(motion, t):
    of = video(motion=motion, step=0.5)
    found = place(_density("motion-quantile", of), t).instants[0]
    so_far = [
        sum(rate * (min(instant, 0.5 * (i + 1)) - min(instant, 0.5 * i)) for i, rate in enumerate(motion))
        for instant in found
    ]
    expected = (np.arange(t) + 0.5) / t * sum(motion) * 0.5
    np.testing.assert_allclose(so_far, expected, atol=1e-9)
