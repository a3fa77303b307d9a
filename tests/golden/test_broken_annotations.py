"""The real annotations, damaged: results are defined, or NaN with a reason; nothing raises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crossoracle.agreement.run import Options, agree
from tests.handmade import EVERYTHING, subset

HUMANS = ("human-1", "human-2", "human-3")


def thirty_per_cent_missing(ratings):
    gone = np.random.default_rng(1).random(ratings.score.shape) < 0.3
    return replace(
        ratings, score=np.where(gone, np.nan, ratings.score), kept=np.where(gone, -1, ratings.kept)
    )


def one_replaced(ratings, score, kept):
    """Return the ratings with the second person's replaced."""
    scores, flags = ratings.score.copy(), ratings.kept.copy()
    scores[1], flags[1] = score, kept
    return replace(ratings, score=scores, kept=flags)


def all_equal(ratings):
    return replace(ratings, score=np.full_like(ratings.score, 0.7), kept=np.ones_like(ratings.kept))


def a_video_of_one_segment(ratings):
    everything = np.arange(ratings.score.shape[1])
    first = (everything == 0) | (everything >= ratings.offset[1])
    offset = np.maximum(ratings.offset - ratings.length[0] + 1, 0)
    return replace(ratings, score=ratings.score[:, first], kept=ratings.kept[:, first], offset=offset)


DAMAGES = {
    "30 % of the ratings removed": thirty_per_cent_missing,
    "a constant person": lambda ratings: one_replaced(ratings, 0.5, 0),
    "a person with no pairable value": lambda ratings: one_replaced(ratings, np.nan, -1),
    "a video of one segment": a_video_of_one_segment,
    "all ratings equal": all_equal,
    "a single video": lambda ratings: subset(ratings, [3]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_annotations(qvhighlights, damage):
    ratings = DAMAGES[damage](subset(qvhighlights(HUMANS), range(300)))
    found = agree(ratings, Options(EVERYTHING, replicates=60, differences=True)).estimates
    assert {e.statistic for e in found} == set(EVERYTHING)
    for e in found:
        assert np.isfinite([e.value, e.low, e.high]).all() or e.reason, e
    defined = [e.statistic for e in found if np.isfinite(e.value)]
    if damage in ("30 % of the ratings removed", "a video of one segment"):
        assert len(defined) == len(found)
