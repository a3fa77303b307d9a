"""Kappas of all oracles: segments with any number of ratings, and what chance would agree on.

Observed agreement is over segments with at least two ratings, the share of a level the mean over segments
with at least one. The coefficients differ in p_e alone.

References
----------
Fleiss (1971), *Psychol. Bull.* 76:378-382; Conger (1980), *Psychol. Bull.* 88:322-328; Brennan & Prediger
(1981), *Educ. Psychol. Meas.* 41:687-699; Gwet (2014), *Handbook of Inter-Rater Reliability*, 4th ed.,
chapter 2.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from crossoracle.agreement.coefficient import KAPPA, Coefficient, Floats, mean, of_levels
from crossoracle.agreement.kappa import CHANCE, chance_corrected
from crossoracle.agreement.units import FLAGS, LEVELS, Units


def observed_agreement(t: Units) -> Floats:
    """Return p_o: mean over units with at least two ratings of the share of agreeing pairs."""
    return mean(t.agree, t.pairable)


def fleiss_kappa(t: Units) -> Floats:
    """Return Fleiss' kappa: p_e = sum_k share_k^2."""
    return chance_corrected(observed_agreement(t), (t.share**2).sum(axis=0))


def conger_kappa(t: Units) -> Floats:
    """Return Conger's kappa: p_e = mean over pairs of oracles of sum_k p_gk p_hk, own margins."""
    k = len(t.margins)
    cross = (t.margins.sum(axis=0) ** 2).sum(axis=0) - (t.margins**2).sum(axis=(0, 1))
    return chance_corrected(observed_agreement(t), cross / (k * (k - 1)))


def brennan_prediger(t: Units) -> Floats:
    """Return Brennan and Prediger's kappa (Randolph's free-marginal kappa): p_e = 1 / q."""
    q = len(t.share)
    return chance_corrected(observed_agreement(t), np.full(t.units.shape, 1 / q if q else np.nan))


def fleiss_null_se(counts: Floats) -> float:
    """Return the standard error of Fleiss' kappa under independence, of unclustered units.

    Parameters
    ----------
    counts : array, shape (units, levels)
        How many of m raters gave each level to each unit.

    For comparison with printed z values (Fleiss, Nee & Landis 1979) only: no interval is built from it.
    """
    n, m = len(counts), float(counts[0].sum())
    p = counts.sum(axis=0) / (n * m)
    s = float((p * (1 - p)).sum())
    spread = s**2 - float((p * (1 - p) * (1 - 2 * p)).sum())
    return float(np.sqrt(2 * spread / (n * m * (m - 1))) / s)


NO_LEAST = float("-inf")  # segments with one rating weigh in the shares alone
FLEISS = "Fleiss (1971), Psychol. Bull. 76:378-382"
CONGER = "Conger (1980), Psychol. Bull. 88:322-328"
FREE = "Brennan & Prediger (1981), Educ. Psychol. Meas. 41:687-699"

_kept = partial(Coefficient, undefined=CHANCE, of="all", reads="kept", tally=FLAGS, laws=KAPPA)
_categories = (
    _kept("fleiss_kappa", "Fleiss' kappa", fleiss_kappa, FLEISS, low=NO_LEAST, lone=True),
    _kept(
        "conger_kappa",
        "Conger's kappa",
        conger_kappa,
        CONGER,
        low=NO_LEAST,
        lone=True,
        undefined="chance alone agrees everywhere, or an oracle has no rating",
    ),
    _kept("brennan_prediger", "Brennan-Prediger kappa", brennan_prediger, FREE),
)

COEFFICIENTS = (*_categories, *(of_levels(c, LEVELS) for c in _categories))
