"""Every condition against an example made by hand; what fails, and what is the full video after all."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle.errors import InputError
from crossoracle.sampling import CONDITIONS, Density, Failure, Scored, parse
from tests.sampling.videos import edges, rates, video

NO, YES = False, True
# six segments of a second: segments 1, 3 and 4 are kept; ties in scores and in motion
HAND = video(
    score=[0.2, 0.9, 0.2, 0.6, 0.9, 0.0],
    kept=[NO, YES, NO, YES, YES, NO],
    motion=[3.0, 1.0, 2.0, 3.0, 0.5, 9.0],
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("full", [1, 1, 1, 1, 1, 1]),
        ("led@0", [0, 1, 0, 1, 1, 0]),
        ("led@0.25", [0.25, 1, 0.25, 1, 1, 0.25]),
        ("inverted@0", [1, 0, 1, 0, 0, 1]),
        ("inverted@0.25", [1, 0.25, 1, 0.25, 0.25, 1]),
        ("bottom", [1, 0, 1, 0, 0, 1]),
        ("threshold@0.6", [0, 1, 0, 1, 1, 0]),
        ("threshold@0.61", [0, 1, 0, 0, 1, 0]),
        ("budget@0.1", [0, 1, 0, 0, 0, 0]),
        ("budget@0.5", [0, 1, 0, 1, 1, 0]),
        ("budget@0.6", [1, 1, 0, 1, 1, 0]),
        ("anti@0.3", [1, 0, 0, 0, 0, 1]),
        ("graded", [0.2, 0.9, 0.2, 0.6, 0.9, 0.0]),
        ("graded-kept", [0, 0.9, 0, 0.6, 0.9, 0]),
        ("uniform", [0, 1, 0, 1, 0, 1]),
        ("motion", [1, 0, 0, 1, 0, 1]),
        ("motion-quantile", [3.0, 1.0, 2.0, 3.0, 0.5, 9.0]),
        ("uniform@0.3", [0, 1, 0, 0, 1, 0]),
        ("motion@0.6", [1, 0, 1, 1, 0, 1]),
        ("temporal@0.5", [1, 1, 1, 0, 0, 0]),
    ],
)
def test_by_hand(name, expected):
    assert rates(name, HAND) == expected
    assert rates(f"{name}+shuffled", HAND) == expected


def test_every_form_that_draws_nothing_is_here():
    done = {parse(name).form.name for name in test_by_hand.pytestmark[0].args[1] for name in name[:1]}
    assert done == {name for name, form in CONDITIONS.items() if not form.seeded}


def test_the_share_that_can_be_seen_goes_by_duration():
    of = video(kept=[YES, NO, NO], edges=[0.0, 0.5, 1.5, 2.0])
    density = parse("led@0").density(of)
    assert density.kept_fraction == 0.25
    assert density.share(np.array([True, True, False])) == 0.75
    assert parse("led@0.1").density(of).kept_fraction == 1.0


def test_bottom_overlaps_what_is_kept_where_that_is_most_of_the_video():
    of = video(score=[0.9, 0.8, 0.7, 0.1], kept=[YES, YES, YES, NO])
    density = parse("bottom").density(of)
    assert density.rate.tolist() == [0, 1, 1, 1]
    assert density.share(density.seen & of.in_kept) == 0.5  # 2 k - 1, with the kept share k = 0.75


@pytest.mark.parametrize("step", [0.1, 0.5, 1 / 3, 1.0, 0.7])
@pytest.mark.parametrize("tenths", range(11))
def test_a_budget_of_tenths_is_as_many_of_ten_equal_segments(step, tenths):
    of = video(score=[i / 10 for i in range(10)], step=step)
    share = tenths / 10
    for form in ("budget", "anti", "random", "temporal", "uniform"):
        found = parse(f"{form}@{share}").density(of)
        seen = 0 if isinstance(found, Failure) else np.count_nonzero(found.seen)
        assert seen == tenths
        assert (seen == 0) == isinstance(found, Failure)


@given(edges(), st.floats(0.001, 1.0), st.integers(0, 9))
def test_a_share_is_reached_and_no_segment_more(at, share, seed):
    k = len(at) - 1
    of = Scored.of("d", "v", at, score=[i / k for i in range(k)], motion=range(k))
    for form in ("budget@{}", "anti@{}", "motion@{}", "temporal@{}", f"random@{{}}#{seed}"):
        density = parse(form.format(share)).density(of)
        assert density.kept_fraction >= share - 1e-8
        assert density.kept_fraction - density.widths[density.seen].max() / at[-1] < share + 1e-8
    assert parse(f"uniform@{share}").density(of).kept_fraction >= share - 1e-8


@given(st.lists(st.booleans(), min_size=1, max_size=20).filter(any))
def test_controls_last_as_long_as_what_is_kept(kept):
    of = video(score=[0.5] * len(kept), kept=kept, motion=range(len(kept)), step=0.7)
    for name in ("uniform", "random", "random#1", "motion", "bottom"):
        assert parse(name).density(of).kept_fraction == pytest.approx(sum(kept) / len(kept))


@given(st.integers(1, 60), st.data())
def test_an_even_stride_leaves_even_gaps(k, data):
    n = data.draw(st.integers(1, k))
    of = video(kept=[i < n for i in range(k)])
    chosen = np.flatnonzero(parse("uniform").density(of).rate)
    assert len(chosen) == n
    assert np.ptp(np.diff(chosen)) <= 1 if n > 1 else True
    assert abs(chosen[0] - (k - 1 - chosen[-1])) <= 1


def test_random_orders_are_nested_seeded_and_named():
    of = video(kept=[i < 6 for i in range(20)])
    shares = [set(np.flatnonzero(rates(f"random@{f / 10}#3", of))) for f in range(1, 11)]
    assert all(small < large for small, large in pairwise(shares))
    assert rates("random@0.3#3", of) == rates("random#3", of)
    draws = {
        "again": rates("random#3", of),
        "seed": rates("random#4", of),
        "none": rates("random", of),
        "study": rates("random#3", of, seed=1),
        "video": rates("random#3", video(kept=[i < 6 for i in range(20)], video_id="w")),
    }
    assert draws.pop("again") == rates("random#3", of)
    assert len({tuple(rate) for rate in [*draws.values(), rates("random#3", of)]}) == 5


def test_random_is_the_same_on_every_machine():
    assert rates("random@0.3#3", video(kept=[YES] * 10)) == [0, 1, 1, 0, 0, 0, 1, 0, 0, 0]


def test_every_segment_is_drawn_equally_often():
    of = video(kept=[YES, NO, NO, NO, NO])
    counts = sum(np.array(rates(f"random#{s}", of)) for s in range(2000))
    assert counts.sum() == 2000
    assert ((counts - 400) ** 2 / 400).sum() < 18.5  # chi-squared with 4 degrees of freedom, p = 0.001


NOTHING_KEPT = video(score=[0.5, 0.0, 1.0], kept=[NO, NO, NO], motion=[1, 2, 3])
ALL_KEPT = video(score=[0.5, 0.0, 1.0], kept=[YES, YES, YES], motion=[1, 2, 3])
SILENT = video(score=[0.5, None, 1.0, None, None, None], kept=[YES, NO, YES, NO, None, NO])
UNRATED = Scored.of("d", "v", [0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("name", "of", "reason"),
    [
        ("led@0", NOTHING_KEPT, "nothing is kept"),
        ("bottom", NOTHING_KEPT, "nothing is kept"),
        ("uniform", NOTHING_KEPT, "nothing is kept"),
        ("random#1", NOTHING_KEPT, "nothing is kept"),
        ("motion", NOTHING_KEPT, "nothing is kept"),
        ("graded-kept", NOTHING_KEPT, "nothing is kept"),
        ("inverted@0", ALL_KEPT, "everything is kept: nothing is left to invert"),
        ("threshold@0.7", video(score=[0.6, 0.5]), "no score reaches the threshold"),
        ("budget@0", ALL_KEPT, "a share of 0 leaves nothing to see"),
        ("temporal@0", ALL_KEPT, "a share of 0 leaves nothing to see"),
        ("graded", video(score=[0.0, 0.0]), "every score is 0"),
        ("graded-kept", video(score=[0.0, 0.5], kept=[YES, NO]), "every kept score is 0"),
        ("budget@0.5", SILENT, "no score for segments 1, 3, 4 and 1 more"),
        ("graded", video(score=[0.1, None]), "no score for segment 1"),
        ("led@0.5", SILENT, "no kept flag for segment 4"),
        ("graded-kept", video(score=[None, 0.5], kept=[YES, NO]), "no score for segment 0"),
        ("led@0.5", UNRATED, "the oracle has no kept set"),
        ("budget@0.5", UNRATED, "no segment has a score"),
        ("motion@0.5", UNRATED, "no motion was measured"),
        ("motion-quantile", UNRATED, "no motion was measured"),
        ("motion-quantile", video(motion=[0.0, 0.0]), "nothing moves"),
        ("motion-quantile", video(motion=[1.0, None]), "no motion for segment 1"),
        ("motion@0.5", video(motion=[1.0, None]), "no motion for segment 1"),
    ],
)
def test_what_leaves_nothing_to_see_fails_with_its_reason(name, of, reason):
    assert rates(name, of) == reason


def test_scores_of_what_is_not_kept_are_not_needed_to_grade_what_is():
    assert rates("graded-kept", video(score=[0.5, None], kept=[YES, NO])) == [0.5, 0.0]


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("led@0.5", NOTHING_KEPT),
        ("led@0.5", ALL_KEPT),
        ("led@0", ALL_KEPT),
        ("led@1", HAND),
        ("inverted@0.5", ALL_KEPT),
        ("inverted@0", NOTHING_KEPT),
        ("inverted@1", HAND),
        ("bottom", ALL_KEPT),
        ("threshold@0", HAND),
        ("budget@1", HAND),
        ("anti@1", HAND),
        ("graded", video(score=[0.3, 0.3])),
        ("graded-kept", video(score=[0.3, 0.3], kept=[YES, YES])),
        ("uniform", ALL_KEPT),
        ("random#1", ALL_KEPT),
        ("motion", ALL_KEPT),
        ("motion-quantile", video(motion=[0.3, 0.3])),
        ("uniform@1", HAND),
        ("random@1", HAND),
        ("motion@1", HAND),
        ("temporal@1", HAND),
        ("full", UNRATED),
    ],
)
def test_what_is_the_full_video_is_known_as_such(name, of):
    assert parse(name).density(of).even


@pytest.mark.parametrize("name", ["led@0.5", "inverted@0.5", "bottom", "budget@0.5", "graded", "uniform"])
def test_what_is_not_the_full_video_is_not(name):
    assert not parse(name).density(HAND).even


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(InputError, match="d/v: found 1 scores, 2 kept flags and 1 motions, expected one per"):
        Scored.of("d", "v", [0.0, 1.0, 2.0], [0.5], [True, False])


@pytest.mark.parametrize("at", [[0.0, 2.0, 1.0], [0.0, np.nan, 1.0], [0.0, 1.0, np.inf]])
def test_edges_that_do_not_increase_are_refused(at):
    with pytest.raises(InputError, match="expected seconds that increase"):
        Scored.of("d", "v", at)


def test_a_video_may_end_a_little_earlier_or_later_than_its_segments():
    of = video(kept=[YES, NO, YES])
    for end in (2.4, 3.0, 3.9):
        assert of.until(end).edges.tolist() == [0.0, 1.0, 2.0, end]
    for end in (2.0, 4.1, 0.0):
        assert of.until(end).reason.startswith("the segments end at 3 s, the video at")
    assert isinstance(parse("led@0").density(of.until(2.5)), Density)
    assert parse("led@0").density(of.until(2.5)).kept_fraction == 0.6
