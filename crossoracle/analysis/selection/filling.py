"""What-if ratings: answers filled in where the precheck leaves them unknown.

``best``: in a video left out, all oracles give one and the same answer. ``worst``: half of the oracles say
the opposite of the other half, segment by segment; of two, one against the other. ``category``: an oracle
that did not pass a video says so, as a third category beside kept and not kept.

How many of those segments are kept is free; the numbers that are taken are extreme for Cohen's kappa
(p_e = 1 - p_a - p_b + 2 p_a p_b, p_a and p_b the kept shares over all videos). Worst: p_a = p_b, where p_e is
largest for the observed agreement that there is. Best: p_a + p_b = 1, where it is smallest. So the bounds
are sharp for Cohen's kappa, Scott's pi and percent agreement of two oracles, and for means over videos such
as within-video correlations and overlaps; for others they are what happens in that case. Scores are the ends
of the scale in turn.

References
----------
Manski (2003), *Partial Identification of Probability Distributions*, chapter 1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.ratings import Ratings

Mask = NDArray[np.bool_]
Case = Literal["worst", "best"]
CASES: tuple[Case, ...] = ("worst", "best")
NOT_PASSED = 2.0  # the level of "not passed"; scores are at most 1


def filled(ratings: Ratings, left_out: Mask, case: Case) -> Ratings:
    """Return ratings in which the answers for the videos left out are the best or the worst possible.

    Parameters
    ----------
    left_out : array, shape (videos,)
        Videos whose answers are replaced; what is missing in other videos stays missing, and so are scores
        or kept flags that nobody gave in any video.
    """
    where = np.flatnonzero(np.repeat(left_out, ratings.length))
    score, kept = ratings.score.copy(), ratings.kept.copy()
    score[:, where], kept[:, where] = np.nan, -1
    total = _kept(kept, len(where), case)
    turn = np.arange(len(where))
    first = (turn + 1) * total // max(len(where), 1) > turn * total // max(len(where), 1)
    high = _position(ratings, left_out) % 2 == 0
    for g in range(len(score)):
        other = case == "worst" and g % 2 == 1
        if (ratings.kept >= 0).any():
            kept[g, where] = first != other
        if not np.isnan(ratings.score).all():
            score[g, where] = high != other
    aligned = ratings.aligned
    if aligned is not None:
        aligned = aligned.copy()
        aligned[left_out] = True
    return replace(ratings, score=score, kept=kept, aligned=aligned)


def _kept(kept: NDArray[np.int8], m: int, case: Case) -> int:
    """Return how many of m segments the first oracle keeps: the whole number next to the extreme."""
    known = (kept >= 0).all(axis=0)
    n, counts = int(known.sum()), (kept[:, known] == 1).sum(axis=1)
    if case == "worst":
        extreme = (m + counts[1::2].mean() - counts[::2].mean()) / 2
    else:
        extreme = (n + m) / 2 - counts.mean()
    return int(np.clip(np.rint(extreme), 0, m))


def _position(ratings: Ratings, videos: Mask) -> NDArray[np.int64]:
    """Return where each segment of some videos stands in its video."""
    length = ratings.length[videos]
    first = np.cumsum(length) - length
    return np.asarray(np.arange(length.sum()) - np.repeat(first, length), dtype=np.int64)


def with_category(ratings: Ratings, passes: Mask, reads: Literal["kept", "levels"]) -> Ratings:
    """Return ratings whose scores are categories, one of them "not passed".

    Parameters
    ----------
    passes : array, shape (videos, oracles)
    reads : {"kept", "levels"}
        Whether the other categories are the kept flags or the scores.
    """
    own = np.where(ratings.kept >= 0, ratings.kept, np.nan) if reads == "kept" else ratings.score
    barred = np.repeat(~passes, ratings.length, axis=0).T
    return replace(ratings, score=np.where(barred, NOT_PASSED, own))
