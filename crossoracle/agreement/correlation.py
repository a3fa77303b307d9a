"""Correlations and differences of the scores of two oracles, pooled over segments and within videos.

"Which segment of this video matters" is a question *within* videos; a pooled coefficient also rewards oracles
that score whole videos alike. The within-video coefficients are means over videos of the video's own
coefficient; videos in which either oracle is constant have none and are left out.

References
----------
Lin (1989), *Biometrics* 45:255-268 (concordance correlation = quadratic kappa with population moments);
Kendall & Gibbons (1990), *Rank Correlation Methods*, 5th ed.; Bland & Altman (1995), *BMJ* 310:446 (within).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from crossoracle.agreement.coefficient import (
    RANKS,
    SCORES,
    Coefficient,
    Floats,
    StackTally,
    mean,
    mean_over_pairs,
    ratio,
    spread,
)
from crossoracle.agreement.joint import JOINT, JointTable
from crossoracle.agreement.ratings import Mask, Stack
from crossoracle.stats.ranks import centred_midranks, rank_squares


@dataclass(frozen=True)
class Moments:
    """Sums over pairs of numbers (x, y), both shifted by one constant."""

    n: Floats
    x: Floats
    y: Floats
    xx: Floats
    yy: Floats
    xy: Floats
    distance: Floats | None = None


@dataclass(frozen=True)
class Within:
    """Sums over videos of the video's own coefficients, and the number of videos that have them."""

    videos: Floats
    pearson: Floats
    spearman: Floats
    kendall: Floats


def _scores(stack: Stack, oracles: tuple[int, ...], centre: float) -> tuple[Floats, Floats, Floats]:
    both = stack.rated(*oracles)
    x, y = (np.where(both, stack.score[g] - centre, 0.0) for g in oracles)
    return both.sum(axis=1).astype(float), x, y


def count_moments(stack: Stack, oracles: tuple[int, ...], centre: float) -> tuple[Floats, ...]:
    """Sum over the segments that both oracles rate."""
    n, x, y = _scores(stack, oracles, centre)
    sums = (x, y, x * x, y * y, x * y, np.abs(x - y))
    return n, n, *(column.sum(axis=1) for column in sums)


def count_means(stack: Stack, oracles: tuple[int, ...], centre: float) -> tuple[Floats, ...]:
    """Sum over videos: the two mean scores of each video."""
    n, x, y = _scores(stack, oracles, centre)
    some = np.where(n > 0, 1.0, 0.0)
    x, y = x.sum(axis=1) / np.maximum(n, 1), y.sum(axis=1) / np.maximum(n, 1)
    return n, some, x, y, x * x, y * y, x * y


def count_within(stack: Stack, oracles: tuple[int, ...], centre: float) -> tuple[Floats, ...]:
    """Sum over videos: Pearson, Spearman and Kendall's tau-b of each video."""
    a, b = oracles
    n, x, y = _scores(stack, oracles, centre)
    p, q = stack.ranks(a, b), stack.ranks(b, a)
    varied = (p != 0).any(axis=1) & (q != 0).any(axis=1)
    x, y = _deviations(x, n, stack.rated(a, b)), _deviations(y, n, stack.rated(a, b))
    values = (_cosine(x, y), _cosine(p, q), _tau_b(stack, a, b))
    return np.where(varied, n, 0.0), varied.astype(float), *(np.where(varied, v, 0.0) for v in values)


def _deviations(x: Floats, n: Floats, both: Mask) -> Floats:
    return np.where(both, x - (x.sum(axis=1) / np.maximum(n, 1))[:, None], 0.0)


def _cosine(x: Floats, y: Floats) -> Floats:
    norms = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return np.asarray((x * y).sum(axis=1) / np.where(norms > 0, norms, np.inf))


def _tau_b(stack: Stack, a: int, b: int) -> Floats:
    both = stack.rated(a, b)
    p, q = stack.signs[a], stack.signs[b]
    pairs = (both[:, :, None] & both[:, None, :]).view(np.int8)
    agree = (p * q * pairs).sum(axis=(1, 2), dtype=np.int64)
    untied = (p * p * pairs).sum(axis=(1, 2), dtype=np.int64) * (q * q * pairs).sum(
        axis=(1, 2), dtype=np.int64
    )
    return np.asarray(agree / np.sqrt(np.maximum(untied, 1).astype(float)))


MOMENTS = StackTally("moments of scores", count_moments, Moments)
MEANS = StackTally("moments of video means", count_means, Moments)
WITHIN = StackTally("within-video correlations", count_within, Within)


def pearson(t: Moments) -> Floats:
    """Return Pearson's r."""
    squares = spread(t.n, t.x, t.xx) * spread(t.n, t.y, t.yy)
    return np.clip((t.n * t.xy - t.x * t.y) / np.sqrt(np.where(squares > 0, squares, np.nan)), -1, 1)


def lin_ccc(t: Moments) -> Floats:
    """Return Lin's concordance, 2 cov / (var x + var y + (mean x - mean y)^2): quadratic kappa."""
    apart = spread(t.n, t.x, t.xx) + spread(t.n, t.y, t.yy) + (t.x - t.y) ** 2
    apart = np.where(apart > 1e-12 * t.n * (t.xx + t.yy), apart, np.nan)
    return 2 * (t.n * t.xy - t.x * t.y) / np.where(apart > 0, apart, np.nan)


def mean_difference(t: Moments) -> Floats:
    """Return the mean of x - y, first oracle minus second."""
    return mean(t.x - t.y, t.n)


def mean_abs_difference(t: Moments) -> Floats:
    """Return the mean of |x - y|."""
    return mean(np.asarray(t.distance), t.n)


def pearson_within(t: Within) -> Floats:
    """Return the mean over videos of Pearson's r."""
    return mean(t.pearson, t.videos)


def spearman_within(t: Within) -> Floats:
    """Return the mean over videos of Spearman's rho."""
    return mean(t.spearman, t.videos)


def kendall_within(t: Within) -> Floats:
    """Return the mean over videos of Kendall's tau-b."""
    return mean(t.kendall, t.videos)


def spearman(t: JointTable) -> Floats:
    """Return Spearman's rho: Pearson's r of midranks from the (weighted) margins."""
    p, q = (centred_midranks(*side) for side in zip((t.a, t.b), t.up_to, strict=True))
    return ratio(t.bilinear(p, q), np.sqrt(rank_squares(t.a) * rank_squares(t.b)))


LIN = "Lin (1989), Biometrics 45:255-268"
PEARSON = "Pearson (1896), Phil. Trans. R. Soc. A 187:253-318"
KENDALL = "Kendall & Gibbons (1990), Rank Correlation Methods, 5th ed."
BLAND = "Bland & Altman (1995), BMJ 310:446 and 310:633"
LIMITS = "Bland & Altman (1986), Lancet 327:307-310"
CONSTANT = "an oracle is constant"
NO_VIDEO = "an oracle is constant in every video"
EQUAL = "every score is equal"
NOTHING = "no segment is rated by both oracles"

_pooled = partial(Coefficient, of="pair", reads="score", tally=MOMENTS, laws=SCORES)
_within = partial(Coefficient, undefined=NO_VIDEO, of="pair", reads="score", tally=WITHIN)
_quadratic = _pooled("kappa_quadratic", "quadratic kappa", lin_ccc, LIN, EQUAL)
_spearman = _pooled("spearman", "Spearman's rho", spearman, KENDALL, CONSTANT, tally=JOINT, laws=RANKS)
_rho = _within("spearman_within", "Spearman's rho within videos", spearman_within, KENDALL, laws=RANKS)
_tau = _within("kendall_within", "Kendall's tau-b within videos", kendall_within, KENDALL, laws=RANKS)

COEFFICIENTS = (
    _rho,
    mean_over_pairs(_rho, "spearman_within_all", "mean within-video Spearman"),
    _tau,
    mean_over_pairs(_tau, "kendall_within_all", "mean within-video Kendall"),
    _within("pearson_within", "Pearson's r within videos", pearson_within, BLAND, laws=SCORES),
    _quadratic,
    _pooled("lin_ccc", "Lin's concordance", lin_ccc, LIN, EQUAL),
    mean_over_pairs(_quadratic, "kappa_quadratic_all", "mean quadratic kappa"),
    _pooled("pearson", "Pearson's r", pearson, PEARSON, CONSTANT),
    _spearman,
    mean_over_pairs(_spearman, "spearman_all", "mean Spearman"),
    _pooled(
        "pearson_between",
        "Pearson's r of video means",
        pearson,
        BLAND,
        "the video means are constant",
        tally=MEANS,
        orientation=0,
    ),
    _pooled(
        "mean_abs_difference",
        "mean absolute difference",
        mean_abs_difference,
        LIMITS,
        NOTHING,
        low=0.0,
        orientation=-1,
        laws=frozenset({"symmetric", "bounded", "distance"}),
    ),
    _pooled(
        "mean_difference",
        "mean difference",
        mean_difference,
        LIMITS,
        NOTHING,
        orientation=0,
        laws=frozenset({"antisymmetric", "bounded"}),
    ),
)
