"""Motion, center and random: their rules, their keys, and that the one reader reads them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.center import Center, nearness
from crossoracle.oracles.adapters.motion import Motion, movement
from crossoracle.oracles.adapters.plain import highest
from crossoracle.oracles.adapters.random import Random
from crossoracle.oracles.catalogue import adapter

NAMES = ("motion", "center", "random")


@pytest.fixture(params=NAMES)
def plain(request):
    return adapter(request.param).load()()


def test_scores_are_read_like_any_reply(plain, clip, ask):
    answer, read = ask(plain, "score", clip)
    assert (answer.finish, answer.p_yes, answer.p_source, answer.cost_usd) == ("stop", None, None, 0.0)
    assert answer.model == plain.name
    assert read.outcome == "yes"
    assert len(read.scores) == 4
    assert all(0 <= score <= 1 for score in read.scores)
    assert [k for k in range(4) if read.kept[k]] == highest(read.scores, 0.5)


def test_everything_is_recognised_and_nothing_measured(plain, clip, ask):
    answer, read = ask(plain, "verify", clip)
    assert read.outcome == "yes"
    assert (answer.p_yes, answer.p_source, read.confidence) == (None, None, None)


def test_scores_are_not_rounded(clip, ask):
    _, read = ask(Random(), "score", clip)
    assert any(round(score, 2) != score for score in read.scores)


def test_descriptions_are_json_and_tell_clips_apart(plain, clip, film, describe):
    described = describe(plain, "score", clip)
    assert json.loads(json.dumps(described)) == described
    assert describe(plain, "verify", clip) != described
    assert describe(plain, "score", replace(clip, video_id="other")) != described
    assert describe(plain, "score", replace(clip, frames=clip.frames[1:])) != described
    assert describe(replace(plain, kept_share=0.25), "score", clip) != described


def test_only_random_differs_between_samples(plain, clip, describe):
    same = describe(plain, "score", clip, 0) == describe(plain, "score", clip, 1)
    assert same == (plain.name != "random")


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(InputError, match=r"center: kept_share = .*, expected a share from 0 to 1"):
        Center(kept_share=share)


@given(
    st.lists(st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=12),
    st.sampled_from([0.0, 0.07, 0.29, 0.5, 0.75, 1.0]),
)
def test_highest_takes_a_share_and_the_earlier_of_equals(scores, share):
    kept = highest(scores, share)
    rated = [k for k, score in enumerate(scores) if score is not None]
    hundredths = round(100 * share)
    assert len(kept) == -(-hundredths * len(rated) // 100)
    assert set(kept) <= set(rated)
    for k in set(rated) - set(kept):
        assert all(scores[j] > scores[k] or (scores[j] == scores[k] and j < k) for j in kept)


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=20), st.floats(0, 100))
def test_center_is_symmetric_and_highest_in_the_middle(lengths, start):
    edges = start + np.cumsum([0.0, *lengths])
    segments = list(pairwise(edges))
    rated = nearness(segments)
    mirrored = nearness([(-end, -begin) for begin, end in reversed(segments)])
    np.testing.assert_allclose(rated, mirrored[::-1], atol=1e-9)
    assert all(0 < score <= 1 + 1e-12 for score in rated)
    middles = (edges[:-1] + edges[1:]) / 2
    order = np.argsort(np.abs(middles - (edges[0] + edges[-1]) / 2), kind="stable")
    assert np.all(np.diff(np.array(rated)[order]) <= 1e-9)


def test_random_depends_on_its_key_and_on_nothing_else(clip, ask):
    def scores(oracle, clip, sample=0):
        return ask(oracle, "score", clip, sample)[1].scores

    first = scores(Random(), clip)
    others = [
        scores(Random(seed=1), clip),
        scores(Random(), clip, 1),
        scores(Random(), replace(clip, video_id="w")),
        scores(Random(), replace(clip, dataset="e")),
        scores(Random(), replace(clip, dataset="dv", video_id="")),
    ]
    assert len({first, *others}) == 6
    assert scores(Random(), clip) == first
    assert scores(Random(kept_share=0.1), replace(clip, frames=clip.frames[1:])) == first


def test_random_is_uniform_over_videos(clip, ask):
    drawn = [ask(Random(), "score", replace(clip, video_id=str(v)))[1].scores for v in range(500)]
    assert stats.kstest(np.ravel(drawn), "uniform").pvalue > 0.01
    assert abs(np.corrcoef(np.array(drawn)[:, 0], np.array(drawn)[:, 1])[0, 1]) < 0.15


def test_motion_finds_the_segment_that_moves(clip, ask):
    _, read = ask(Motion(), "score", clip)
    assert read.scores[2] == 1.0
    assert read.scores[0] < 0.1
    assert read.scores[1] < read.scores[2]  # the pair across the border counts in part
    assert read.kept[2]


def test_twice_the_speed_is_twice_the_motion(film):
    slow = movement(film([10 + 2 * i for i in range(8)], video_id="slow"))
    fast = movement(film([10 + 4 * i for i in range(8)], video_id="fast"))
    assert fast[0] / slow[0] == pytest.approx(2, rel=0.35)
    assert fast[1] / slow[1] == pytest.approx(2, rel=0.35)


def test_a_still_clip_is_rated_0_everywhere(film, ask):
    still = film([10] * 8)
    still = replace(still, frames=tuple(replace(f, load=still.frames[0].load) for f in still.frames))
    _, read = ask(Motion(), "score", still)
    assert read.scores == (0.0, 0.0)
    assert read.kept == (True, False)


def test_motion_is_null_where_no_two_frames_say(clip, ask):
    _, read = ask(Motion(), "score", replace(clip, frames=clip.frames[:1]))
    assert read.scores == (None, None, None, None)
    _, read = ask(Motion(), "score", replace(clip, frames=clip.frames[:8]))
    assert [score is None for score in read.scores] == [False, False, True, True]
    assert read.kept[2] is not True


def test_motion_is_the_mean_flow_per_second(clip):
    """Against the slow definition: every instant has the flow of the pair of frames around it."""
    from crossoracle.video.motion import flow_magnitude

    frames = clip.frames
    rates = [flow_magnitude(a.pixels(), b.pixels()) / (b.time_s - a.time_s) for a, b in pairwise(frames)]
    times = np.array([frame.time_s for frame in frames])
    for (start, end), found in zip(clip.segments, movement(clip), strict=True):
        instants = np.linspace(start, min(end, times[-1]), 12001)
        instants = (instants[1:] + instants[:-1]) / 2
        at = np.array(rates)[np.searchsorted(times, instants, side="right") - 1]
        assert found == pytest.approx(at.mean(), rel=1e-6)


def test_one_frame_a_segment_is_enough(clip, ask):
    thin = replace(clip, frames=clip.frames[::4])
    assert None not in ask(Motion(), "score", thin)[1].scores[:3]
