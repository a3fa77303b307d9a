"""Krippendorff's alpha: 1 - observed / expected disagreement of pairable ratings.

A rating is pairable when its segment has at least two, r. A pair of ratings of a segment weighs 1 / (r - 1),
so that every rating counts once:

    D_o = 1/n     sum over segments  1/(r - 1)  sum over pairs  d^2(x, y)
    D_e = 1/(n (n - 1))              sum over all pairs of ratings   d^2(x, y)

with d^2 = [x != y] (nominal), (rank x - rank y)^2 (ordinal, pooled midranks), (x - y)^2 (interval),
((x - y) / (x + y))^2 (ratio).

References
----------
Krippendorff (2011), *Computing Krippendorff's Alpha-Reliability*; Krippendorff (2019), *Content Analysis*,
4th ed., chapter 12. That ordinal alpha is interval alpha on pooled midranks follows from its metric.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from crossoracle.agreement.coefficient import (
    KAPPA,
    PERFECT,
    RANKS,
    SCORES,
    Coefficient,
    Floats,
    StackTally,
    of_levels,
    ratio,
    spread,
)
from crossoracle.agreement.coincidences import COINCIDENCES, Coincidences
from crossoracle.agreement.kappa import CHANCE
from crossoracle.agreement.ratings import Stack
from crossoracle.agreement.units import FLAGS, LEVELS, Units, ratio_metric
from crossoracle.stats.ranks import centred_midranks, rank_squares


@dataclass(frozen=True)
class Pairable:
    """Pairable ratings: their number, sum and sum of squares, and the disagreement within segments."""

    n: Floats
    total: Floats
    squares: Floats
    within: Floats


def count_pairable(stack: Stack, oracles: tuple[int, ...], centre: float) -> tuple[Floats, ...]:
    """Count pairable scores; O(ratings), for any scores."""
    score = stack.score[list(oracles)] - centre
    known = ~np.isnan(score) & stack.lined_up(oracles)[:, None]
    r = known.sum(axis=0)
    x = np.where(known & (r >= 2), score, 0.0)
    total, squares = x.sum(axis=0), (x**2).sum(axis=0)
    within = np.maximum(2 * (r * squares - total**2), 0) / np.maximum(r - 1, 1)
    n = np.where(r >= 2, r, 0)
    sums = (r >= 2, n, total, squares, within)
    return tuple(column.sum(axis=1).astype(float) for column in sums)


PAIRABLE = StackTally("pairable scores", count_pairable, Pairable)


def alpha_interval(t: Pairable) -> Floats:
    """Return interval alpha."""
    expected = 2 * spread(t.n, t.total, t.squares)
    return 1 - ratio(t.within * (t.n - 1), np.where(expected > 0, expected, np.nan))


def alpha_nominal(t: Units) -> Floats:
    """Return nominal alpha, over the levels of the kept flag or of the score."""
    n = t.coincident.sum(axis=0)
    expected = n**2 - (t.coincident**2).sum(axis=0)
    return 1 - ratio((n - t.matched) * (n - 1), expected)


def alpha_ordinal(t: Coincidences) -> Floats:
    """Return ordinal alpha: interval alpha on midranks from the (weighted) margin."""
    rank = centred_midranks(t.margin)
    n = t.margin.sum(axis=0)
    squares = rank_squares(t.margin)
    return 1 - ratio((squares - t.bilinear(rank)) * (n - 1), n * squares)


def alpha_ratio(t: Units) -> Floats:
    """Return ratio alpha; undefined where two different levels add up to 0."""
    metric = ratio_metric(np.subtract.outer(t.levels, t.levels), np.add.outer(t.levels, t.levels))
    n = t.coincident.sum(axis=0)
    expected = (t.coincident * np.tensordot(metric, t.coincident, axes=1)).sum(axis=0)
    return 1 - ratio(np.asarray(t.quotients) * (n - 1), expected)


KRIPPENDORFF = "Krippendorff (2011), Computing Krippendorff's Alpha-Reliability"
_alpha = partial(
    Coefficient, reference=KRIPPENDORFF, undefined="every score is equal", of="all", reads="score"
)
_nominal = Coefficient(
    "alpha_nominal",
    "Krippendorff's alpha, nominal",
    alpha_nominal,
    KRIPPENDORFF,
    CHANCE,
    of="all",
    reads="kept",
    tally=FLAGS,
    laws=KAPPA,
)

COEFFICIENTS = (
    _alpha("alpha_interval", "Krippendorff's alpha, interval", alpha_interval, tally=PAIRABLE, laws=SCORES),
    _alpha("alpha_ordinal", "Krippendorff's alpha, ordinal", alpha_ordinal, tally=COINCIDENCES, laws=RANKS),
    _alpha(
        "alpha_ratio", "Krippendorff's alpha, ratio", alpha_ratio, reads="levels", tally=LEVELS, laws=PERFECT
    ),
    _nominal,
    of_levels(_nominal, LEVELS),
)
