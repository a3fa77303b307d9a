"""The same frames with their segments in another order."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle.sampling import Options, parse, place, plan, shuffled
from crossoracle.sampling.drawing import rearranged, stream
from tests.sampling.videos import densities, video


def _runs(segments):
    return [segment for segment, _ in groupby(segments)]


@given(densities(), st.integers(1, 40), st.integers(1, 3), st.integers(0, 99))
def test_shuffling_keeps_the_frames_and_moves_whole_segments(density, t, clips, seed):
    before = place(density, t, clips)
    after = shuffled(before, np.random.default_rng(seed))
    assert (np.sort(after.instants, axis=1) == before.instants).all()
    for was, now, segments in zip(before.segment, after.segment, after.instants, strict=True):
        assert sorted(was) == sorted(now)
        assert len(_runs(now)) == len(set(now))
        for segment in set(now):
            assert (np.diff(segments[now == segment]) >= 0).all()


@given(densities(), st.integers(2, 40), st.integers(0, 99))
def test_another_order_is_another_order(density, t, seed):
    before = place(density, t)
    after = shuffled(before, np.random.default_rng(seed))
    if len(set(before.segment[0])) > 1:
        assert _runs(after.segment[0]) != _runs(before.segment[0])
    else:
        assert (after.instants == before.instants).all()


def test_clips_are_rearranged_alike():
    density = parse("full").density(video(score=[0.1] * 8))
    after = shuffled(place(density, 16, 3), np.random.default_rng(0))
    assert len({tuple(_runs(clip)) for clip in after.segment}) == 1


def test_orders_are_drawn_equally_often():
    rng = np.random.default_rng(0)
    drawn = [tuple(rearranged(3, rng)) for _ in range(5000)]
    counts = np.array([drawn.count(order) for order in set(drawn)])
    assert (0, 1, 2) not in drawn
    assert len(counts) == 5
    assert ((counts - 1000) ** 2 / 1000).sum() < 18.5


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_rearrange(n):
    assert rearranged(n, np.random.default_rng(0)).tolist() == list(range(n))


def test_streams_derive_from_names_alone():
    names = [(0, "d", "v", "led@0"), (1, "d", "v", "led@0"), (0, "e", "v", "led@0"), (0, "d", "w", "led@0")]
    names += [(0, "d", "v", "led@1"), (0, "dv", "", "led@0"), (0, "d", 'v", "led@0', "")]
    first = {name: stream(*name).random() for name in names}
    assert len(set(first.values())) == len(names)
    assert {name: stream(*name).random() for name in reversed(names)} == first


def test_orders_do_not_depend_on_what_else_is_planned():
    videos = [video(kept=[True, False] * 5, video_id=name) for name in "abc"]
    names = ["led@0+shuffled", "led@0.5+shuffled", "random#1+shuffled", "full+shuffled"]
    conditions = [parse(name) for name in names]
    together = {
        (of.video_id, str(row.condition)): row.placed.instants.tolist()
        for of in videos
        for row in plan(of, conditions)
    }
    for of in reversed(videos):
        for condition in reversed(conditions):
            (alone,) = plan(of, [condition])
            assert alone.placed.instants.tolist() == together[of.video_id, str(condition)]
    assert len({str(instants) for instants in together.values()}) == len(together)


def test_another_seed_is_another_order():
    of, condition = video(score=[0.1] * 10), parse("full+shuffled")
    orders = {str(plan(of, [condition], Options(seed=s))[0].placed.segment.tolist()) for s in range(5)}
    assert len(orders) == 5
