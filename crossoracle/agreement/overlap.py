"""Overlap of what oracles keep, and within-video concordance of all oracles: means over videos.

A video in which the quantity has no value (both kept sets empty, no kept segment, every oracle constant) is
left out and counted.

References
----------
Jaccard (1912), *New Phytologist* 11:37-50; Dice (1945), *Ecology* 26:297-302; Kendall & Gibbons (1990),
chapter 6 (W with ties); Cronbach (1951), *Psychometrika* 16:297-334, and Song et al. (2015), CVPR
(standardised, per video).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np

from crossoracle.agreement.coefficient import (
    PERFECT,
    RANKS,
    SCORES,
    Coefficient,
    Floats,
    StackTally,
    mean,
    mean_over_pairs,
)
from crossoracle.agreement.correlation import Moments, pearson
from crossoracle.agreement.ratings import Stack


@dataclass(frozen=True)
class Sets:
    """Sums over videos of set overlaps, and the number of videos in which a set is not empty."""

    videos: Floats
    jaccard: Floats
    f1: Floats


@dataclass(frozen=True)
class PerVideo:
    """Sum over videos of one number, and the number of videos that have it."""

    videos: Floats
    total: Floats


def _sums(defined: Floats, *values: Floats) -> tuple[Floats, ...]:
    return np.where(defined, 1.0, 0.0), *(np.where(defined, value, 0.0) for value in values)


def count_sets(stack: Stack, oracles: tuple[int, ...], _: float) -> tuple[Floats, ...]:
    """Sum the Jaccard index and the F1 of the kept sets of each video."""
    known = stack.flagged(*oracles)
    a, b = (known & (stack.kept[g] == 1) for g in oracles)
    both, either, sizes = (a & b).sum(axis=1), (a | b).sum(axis=1), a.sum(axis=1) + b.sum(axis=1)
    some = either > 0
    overlaps = both / np.maximum(either, 1), 2 * both / np.maximum(sizes, 1)
    return known.sum(axis=1) * some.astype(float), *_sums(some, *overlaps)


def count_keep_ratios(stack: Stack, oracles: tuple[int, ...], _: float) -> tuple[Floats, ...]:
    """Sum over videos the moments of the kept share of the segments that both oracles flag."""
    known = stack.flagged(*oracles)
    n = known.sum(axis=1).astype(float)
    x, y = ((known & (stack.kept[g] == 1)).sum(axis=1) / np.maximum(n, 1) for g in oracles)
    return n, *_sums(n > 0, x, y, x * x, y * y, x * y, np.abs(x - y))


def count_topk(stack: Stack, oracles: tuple[int, ...], _: float) -> tuple[Floats, ...]:
    """Sum over videos the overlap of the k highest-scored segments, k the smaller kept count."""
    known = stack.flagged(*oracles) & stack.rated(*oracles)
    k = np.minimum(*((known & (stack.kept[g] == 1)).sum(axis=1) for g in oracles))
    a, b = (_membership(np.where(known, stack.score[g], -np.inf), k) for g in oracles)
    shared = np.minimum(a, b).sum(axis=1) / np.maximum(k, 1)
    return np.where(k > 0, known.sum(axis=1), 0).astype(float), *_sums(k > 0, shared)


def _membership(score: Floats, k: Floats) -> Floats:
    ordered = np.sort(score, axis=1)[:, ::-1]
    cut = np.take_along_axis(ordered, np.maximum(k - 1, 0)[:, None], axis=1)
    above, tied = score > cut, score == cut
    share = (k - above.sum(axis=1)) / np.maximum(tied.sum(axis=1), 1)
    return np.asarray(above + tied * share[:, None])


def count_w(stack: Stack, oracles: tuple[int, ...], _: float) -> tuple[Floats, ...]:
    """Sum over videos Kendall's W of all oracles on complete segments, tie-corrected."""
    complete = stack.rated(*oracles)
    signs = stack.signs[list(oracles)] * complete[None, :, None, :].view(np.int8)
    ranks = np.where(complete, 0.5 * signs.sum(axis=3, dtype=np.int32), 0.0)
    squares = (ranks**2).sum(axis=(0, 2))
    w = (ranks.sum(axis=0) ** 2).sum(axis=1) / np.where(squares > 0, len(oracles) * squares, 1.0)
    return np.where(squares > 0, complete.sum(axis=1), 0).astype(float), *_sums(squares > 0, w)


def count_standardized(stack: Stack, oracles: tuple[int, ...], centre: float) -> tuple[Floats, ...]:
    """Sum over videos Cronbach's alpha from the mean correlation of pairs, k r / (1 + (k - 1) r)."""
    complete = stack.rated(*oracles)
    n, k = complete.sum(axis=1).astype(float), len(oracles)
    scores = np.where(complete, stack.score[list(oracles)] - centre, 0.0)
    r = np.mean([_pearson(x, y, n) for x, y in combinations(scores, 2)], axis=0)
    defined = np.isfinite(r) & (1 + (k - 1) * r > 1e-12)
    alpha = k * r / np.where(defined, 1 + (k - 1) * r, 1.0)
    return np.where(defined, n, 0.0), *_sums(defined, alpha)


def _pearson(x: Floats, y: Floats, n: Floats) -> Floats:
    sums = (v.sum(axis=1) for v in (x, y, x * x, y * y, x * y))
    return pearson(Moments(n, *sums))


SETS = StackTally("kept sets", count_sets, Sets)
KEEP_RATIOS = StackTally("kept shares", count_keep_ratios, Moments)
TOPK = StackTally("top-k sets", count_topk, PerVideo)
W = StackTally("within-video W", count_w, PerVideo)
STANDARDIZED = StackTally("within-video standardised alpha", count_standardized, PerVideo)


def jaccard(t: Sets) -> Floats:
    """Return the mean over videos of |A and B| / |A or B|."""
    return mean(t.jaccard, t.videos)


def set_f1(t: Sets) -> Floats:
    """Return the mean over videos of 2 |A and B| / (|A| + |B|)."""
    return mean(t.f1, t.videos)


def keep_ratio_mae(t: Moments) -> Floats:
    """Return the mean over videos of the absolute difference of the kept shares."""
    return mean(np.asarray(t.distance), t.n)


def video_mean(t: PerVideo) -> Floats:
    """Return the mean over videos."""
    return mean(t.total, t.videos)


JACCARD = "Jaccard (1912), New Phytologist 11:37-50"
DICE = "Dice (1945), Ecology 26:297-302"
TOP_K = "Fagin, Kumar & Sivakumar (2003), SIAM J. Discrete Math. 17:134-160"
SHARES = "mean over videos of |share - share|"
W_TIES = "Kendall & Gibbons (1990), Rank Correlation Methods, 5th ed., chapter 6"
TVSUM = "Song, Vallmitjana, Stent & Jaimes (2015), CVPR, 5179-5187"
EMPTY = "both kept sets are empty in every video"

_sets = partial(Coefficient, undefined=EMPTY, of="pair", reads="kept", tally=SETS, low=0.0, laws=PERFECT)
_jaccard = _sets("jaccard", "Jaccard overlap", jaccard, JACCARD)
_shares = partial(Coefficient, of="pair", reads="kept", tally=KEEP_RATIOS, orientation=0)
_all = partial(Coefficient, of="all", reads="score")

COEFFICIENTS = (
    _jaccard,
    mean_over_pairs(_jaccard, "jaccard_all", "mean Jaccard overlap"),
    _sets("set_f1", "set F1", set_f1, DICE),
    _sets(
        "topk_overlap",
        "top-k overlap",
        video_mean,
        TOP_K,
        tally=TOPK,
        undefined="no video has a kept segment of both oracles",
    ),
    _shares(
        "keep_ratio_mae",
        "difference of kept shares",
        keep_ratio_mae,
        SHARES,
        "no segment is flagged",
        low=0.0,
        laws=frozenset({"symmetric", "bounded", "distance"}),
    ),
    _shares(
        "keep_ratio_pearson",
        "correlation of kept shares",
        pearson,
        "Pearson (1896)",
        "the kept share is constant",
        laws=PERFECT,
    ),
    _all(
        "kendall_w_within",
        "Kendall's W within videos",
        video_mean,
        W_TIES,
        "every oracle is constant in every video",
        tally=W,
        low=0.0,
        laws=RANKS,
    ),
    _all(
        "cronbach_alpha_standardized_within",
        "standardised Cronbach's alpha within videos",
        video_mean,
        TVSUM,
        "an oracle is constant in every video",
        tally=STANDARDIZED,
        low=float("-inf"),
        laws=SCORES,
        default=False,
    ),
)
