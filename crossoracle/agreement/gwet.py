"""Gwet's AC1 and AC2: chance agreement from how evenly the levels are used.

AC1 has p_e = sum_k share_k (1 - share_k) / (q - 1); AC2 weighs disagreements by the distance of the scores,
w = 1 - |x - y| / R or 1 - (x - y)^2 / R^2 with R the range of the levels, and
p_e = (sum of all weights) / (q (q - 1)) * sum_k share_k (1 - share_k).

References
----------
Gwet (2008), *Br. J. Math. Stat. Psychol.* 61:29-48; Gwet (2014), *Handbook of Inter-Rater Reliability*,
4th ed., chapters 4 and 5.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from crossoracle.agreement.coefficient import KAPPA, SCORES, Coefficient, Floats, mean, of_levels
from crossoracle.agreement.fleiss import observed_agreement
from crossoracle.agreement.joint import JOINT
from crossoracle.agreement.kappa import CHANCE, FOURFOLD, chance_corrected, share_squares
from crossoracle.agreement.margins import PairTable
from crossoracle.agreement.units import FLAGS, LEVELS, Units


def _evenness(share: Floats) -> Floats:
    return np.asarray((share * (1 - share)).sum(axis=0))


def _undefined(t_share: Floats) -> Floats:
    return np.full(t_share.shape[1:], np.nan)


def gwet_ac1(t: PairTable) -> Floats:
    """Return AC1 of two oracles; the share of a level is the mean of the two margins."""
    q = len(t.a)
    if q < 2:
        return _undefined(t.a)
    return chance_corrected(mean(t.agree, t.n), (1 - share_squares(t)) / (q - 1))


def gwet_ac1_all(t: Units) -> Floats:
    """Return AC1 of all oracles."""
    q = len(t.share)
    if q < 2:
        return _undefined(t.share)
    return chance_corrected(observed_agreement(t), _evenness(t.share) / (q - 1))


def _ac2(t: Units, total: Floats | None, power: int) -> Floats:
    q = len(t.levels)
    if q < 2 or total is None:
        return _undefined(t.share)
    reach = (t.levels[-1] - t.levels[0]) ** power
    weights = 1 - np.abs(np.subtract.outer(t.levels, t.levels)) ** power / reach
    observed = 1 - mean(total, t.pairable) / reach
    return chance_corrected(observed, weights.sum() / (q * (q - 1)) * _evenness(t.share))


def gwet_ac2_linear(t: Units) -> Floats:
    """Return AC2 with linear weights of the score distances."""
    return _ac2(t, t.distance, 1)


def gwet_ac2_quadratic(t: Units) -> Floats:
    """Return AC2 with quadratic weights of the score distances."""
    return _ac2(t, t.squares, 2)


NO_LEAST = float("-inf")
GWET = "Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed."
_kept = partial(Coefficient, reference=GWET, undefined=CHANCE, reads="kept", laws=KAPPA)
_pair = _kept("gwet_ac1", "Gwet's AC1", gwet_ac1, of="pair", tally=FOURFOLD)
_all = _kept("gwet_ac1_all", "Gwet's AC1 of all", gwet_ac1_all, of="all", tally=FLAGS, lone=True)
_weighted = partial(
    Coefficient,
    reference=GWET,
    undefined="every score is equal",
    of="all",
    reads="levels",
    tally=LEVELS,
    lone=True,
)

COEFFICIENTS = (
    _pair,
    _all,
    of_levels(_pair, JOINT),
    of_levels(_all, LEVELS),
    _weighted("gwet_ac2_linear", "Gwet's AC2, linear", gwet_ac2_linear, laws=SCORES, low=NO_LEAST),
    _weighted("gwet_ac2_quadratic", "Gwet's AC2, quadratic", gwet_ac2_quadratic, laws=SCORES, low=NO_LEAST),
)
