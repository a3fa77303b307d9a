"""Cutting a video along its time: nothing lost, nothing twice, no slivers."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crossoracle.errors import InputError
from crossoracle.video.segments import Segments, cut

LENGTHS = st.floats(0.01, 500)
STEPS = st.floats(0.05, 100)


@settings(deadline=None)
@given(LENGTHS, STEPS, st.sampled_from([0, 0.25, 0.5]))
def test_segments_cover_the_video_without_overlap(duration, step, sliver):
    segments = cut(duration, step, sliver=sliver)
    assert segments.start_s(0) == 0
    assert segments.end_s(len(segments) - 1) == duration
    assert all(a < b for a, b in segments.borders)
    assert all(one[1] == other[0] for one, other in pairwise(segments.borders))


@settings(deadline=None)
@given(LENGTHS, STEPS, st.sampled_from([0, 0.25, 0.5]))
def test_all_but_the_last_are_one_step_and_the_last_is_no_sliver(duration, step, sliver):
    segments = cut(duration, step, sliver=sliver)
    lengths = [end - start for start, end in segments.borders]
    assert lengths[:-1] == pytest.approx([step] * (len(segments) - 1))
    assert lengths[-1] < (1 + sliver) * step * (1 + 1e-6) + 1e-8 * step
    assert len(segments) == 1 or lengths[-1] >= sliver * step * (1 - 1e-6)


@settings(deadline=None)
@given(LENGTHS, STEPS, st.floats(0, 1, exclude_max=True))
def test_an_instant_belongs_to_one_segment(duration, step, share):
    segments, time = cut(duration, step), share * duration
    assume(time < duration)
    i = segments.of(time)
    assert segments.start_s(i) <= time < segments.end_s(i)


@settings(deadline=None)
@given(st.integers(1, 2000), st.sampled_from([0.1, 0.2, 0.3, 0.5, 1.0, 1 / 3, 0.7]))
def test_whole_numbers_of_steps_have_no_last_crumb(count, step):
    for duration in (count * step, math.nextafter(count * step, 0), math.nextafter(count * step, math.inf)):
        segments = cut(duration, step, sliver=0)
        assert len(segments) == count
        assert all(segments.start_s(i) == i * step for i in range(count))
        assert all(segments.of(i * step) == i for i in range(count))


def test_ten_seconds_by_a_tenth():
    segments = cut(10, 0.1)
    assert len(segments) == 100
    assert segments.edges[7] == 7 * 0.1
    assert segments.edges[-1] == 10


@pytest.mark.parametrize(
    ("duration", "sliver", "edges"),
    [
        (1.0, 0.25, (0, 0.5, 1.0)),
        (1.12, 0.25, (0, 0.5, 1.12)),
        (1.12, 0, (0, 0.5, 1.0, 1.12)),
        (1.125, 0.25, (0, 0.5, 1.0, 1.125)),  # a quarter is not shorter than a quarter
        (0.3, 0.25, (0, 0.3)),
        (0.01, 0.25, (0, 0.01)),
        (0.55, 0.25, (0, 0.55)),
        (0.9, 1, (0, 0.9)),
    ],
)
def test_a_short_last_segment_joins_its_neighbour(duration, sliver, edges):
    assert cut(duration, 0.5, sliver=sliver).edges == edges


@pytest.mark.parametrize(
    ("duration", "step", "sliver"),
    [
        *((length, 1, 0) for length in (0, -1, math.nan, math.inf)),
        *((1, step, 0) for step in (0, -1, math.nan, math.inf)),
        *((1, 1, sliver) for sliver in (-0.1, 1.1, math.nan)),
        (1e9, 1e-3, 0),
    ],
)
def test_lengths_that_make_no_sense_are_refused(duration, step, sliver):
    with pytest.raises(InputError, match="segments: found"):
        cut(duration, step, sliver=sliver)


@pytest.mark.parametrize("edges", [(), (0.0,), (0.0, 0.0), (1.0, 0.0), (0.0, math.nan), (0.0, math.inf)])
def test_edges_increase(edges):
    with pytest.raises(InputError, match="increase"):
        Segments(edges)


@pytest.mark.parametrize("time", [-1e-9, 1.0, 2.0, math.nan])
def test_instants_outside_belong_to_none(time):
    with pytest.raises(InputError, match=r"\[0.0, 1.0\)"):
        Segments((0.0, 0.5, 1.0)).of(time)


def test_there_is_no_segment_beyond_the_last():
    segments = Segments((0.0, 0.5, 1.0))
    assert segments.end_s(-1) == 1.0
    with pytest.raises(IndexError):
        segments.start_s(2)
