"""What one oracle's answer on one video looks like: where its evidence lies, and whether it is consistent.

Times are shares of the video's length, from its segments (0 the start, 1 the end). A measure is NaN for a
video in which it has no value: nothing kept, no score above 0, silence.

References
----------
Gini: Dorfman (1979), *Rev. Econ. Stat.* 61:146-149. Reversals: 1 - area under the curve of the scores as a
test for kept, Hanley & McNeil (1982), *Radiology* 143:29-36.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import ratio
from crossoracle.agreement.ratings import Ratings, Stack

Floats = NDArray[np.float64]
MIDDLE = 0.5  # the score that divides low from high

MEASURES = {
    "kept_share": "kept segments / flagged segments",
    "kept_first": "where the first kept segment starts",
    "kept_last": "where the last kept segment ends",
    "kept_span": "from the first kept segment to the last",
    "kept_gaps": "number of stretches between kept segments that are not kept",
    "kept_longest_gap": "the longest of these stretches, 0 without one",
    "centre": "centre of mass of the scores",
    "gini": "Gini coefficient of the scores: 0 all equal, towards 1 all in one segment",
    "reversed": "pairs of a kept and an unkept segment in which the unkept is scored higher (ties: half)",
    "kept_low": "kept segments scored below 0.5",
    "unkept_high": "segments not kept scored at least 0.5",
}


@dataclass(frozen=True)
class Measured:
    """Every measure of every oracle and video: name -> array (oracles, videos)."""

    by_name: dict[str, Floats]


def measure(ratings: Ratings) -> Measured:
    """Return every measure of every oracle on every video."""
    found = {name: np.full((len(ratings.oracles), ratings.videos), np.nan) for name in MEASURES}
    for stack in ratings.stacks():
        for g in range(len(ratings.oracles)):
            for name, values in (_of_kept(stack, g) | _of_scores(stack, g) | _of_both(stack, g)).items():
                found[name][g, stack.videos] = values
    return Measured(found)


def _of_kept(stack: Stack, g: int) -> dict[str, Floats]:
    flagged, kept = stack.kept[g] >= 0, stack.kept[g] == 1
    m = kept.shape[1]
    some = kept.any(axis=1)
    first = np.where(some, kept.argmax(axis=1), np.nan)
    last = np.where(some, m - kept[:, ::-1].argmax(axis=1), np.nan)
    longest, gaps = np.zeros(len(kept)), np.zeros(len(kept))
    run = np.full(len(kept), np.nan)  # segments since the last kept one; NaN before the first
    for t in range(m):
        ends = kept[:, t] & (run > 0)
        longest, gaps = np.where(ends, np.maximum(longest, run), longest), gaps + ends
        run = np.where(kept[:, t], 0.0, run + 1)
    return {
        "kept_share": ratio(kept.sum(axis=1).astype(float), flagged.sum(axis=1).astype(float)),
        "kept_first": first / m,
        "kept_last": last / m,
        "kept_span": (last - first) / m,
        "kept_gaps": np.where(some, gaps, np.nan),
        "kept_longest_gap": np.where(some, longest / m, np.nan),
    }


def _of_scores(stack: Stack, g: int) -> dict[str, Floats]:
    score = stack.score[g]
    known = ~np.isnan(score)
    x, m, n = np.where(known, score, 0.0), score.shape[1], known.sum(axis=1).astype(float)
    total = x.sum(axis=1)
    middle = (np.arange(m) + 0.5) / m
    rank = np.argsort(np.argsort(np.where(known, score, np.inf), axis=1), axis=1) + 1
    weighted = (np.where(known, 2 * rank - n[:, None] - 1, 0.0) * x).sum(axis=1)
    return {"centre": ratio(x @ middle, total), "gini": ratio(weighted, n * total)}


def _of_both(stack: Stack, g: int) -> dict[str, Floats]:
    score = stack.score[g]
    known = ~np.isnan(score) & (stack.kept[g] >= 0)
    kept, unkept = known & (stack.kept[g] == 1), known & (stack.kept[g] == 0)
    sizes = [side.sum(axis=1).astype(float) for side in (kept, unkept)]
    pairs = kept[:, :, None] & unkept[:, None, :]
    higher = score[:, None, :] > score[:, :, None]
    equal = score[:, None, :] == score[:, :, None]
    against = (pairs & higher).sum(axis=(1, 2)) + 0.5 * (pairs & equal).sum(axis=(1, 2))
    return {
        "reversed": ratio(against.astype(float), sizes[0] * sizes[1]),
        "kept_low": ratio((kept & (score < MIDDLE)).sum(axis=1).astype(float), sizes[0]),
        "unkept_high": ratio((unkept & (score >= MIDDLE)).sum(axis=1).astype(float), sizes[1]),
    }
