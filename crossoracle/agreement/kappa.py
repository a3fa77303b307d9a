"""Kappas: observed agreement against the agreement of chance.

kappa = (p_o - p_e) / (1 - p_e), for two oracles: ``a`` and ``b`` are the margins over levels k, n the number
of segments. The coefficients differ in p_e alone.

References
----------
Cohen (1960), *Educ. Psychol. Meas.* 20:37-46; Cohen (1968), *Psychol. Bull.* 70:213-220; Scott (1955),
*Public Opin. Q.* 19:321-325; Byrt, Bishop & Carlin (1993), *J. Clin. Epidemiol.* 46:423-429; Cicchetti &
Feinstein (1990), *J. Clin. Epidemiol.* 43:551-558.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from crossoracle.agreement.coefficient import (
    KAPPA,
    SCORES,
    Coefficient,
    Floats,
    StackTally,
    mean,
    mean_over_pairs,
    of_levels,
    ratio,
)
from crossoracle.agreement.joint import JOINT, JointTable
from crossoracle.agreement.margins import PairTable
from crossoracle.agreement.ratings import Stack


@dataclass(frozen=True)
class FourFold(PairTable):
    """The 2 x 2 table of kept flags: both, only the first, only the second, neither."""

    both: Floats
    only_a: Floats
    only_b: Floats
    neither: Floats

    @cached_property
    def n(self) -> Floats:
        """Number of segments."""
        return self.both + self.only_a + self.only_b + self.neither

    @cached_property
    def agree(self) -> Floats:
        """Number of segments on which the flags are equal."""
        return self.both + self.neither

    @cached_property
    def a(self) -> Floats:
        """Margin of the first oracle, (2, ...)."""
        return np.stack([self.only_b + self.neither, self.both + self.only_a])

    @cached_property
    def b(self) -> Floats:
        """Margin of the second oracle, (2, ...)."""
        return np.stack([self.only_a + self.neither, self.both + self.only_b])


def count_fourfold(stack: Stack, oracles: tuple[int, ...], _: float) -> tuple[Floats, ...]:
    """Count the 2 x 2 table of each video."""
    known = stack.flagged(*oracles)
    a, b = (stack.kept[g] == 1 for g in oracles)
    cells = (known & a & b, known & a & ~b, known & ~a & b, known & ~a & ~b)
    return known.sum(axis=1).astype(float), *(cell.sum(axis=1).astype(float) for cell in cells)


FOURFOLD = StackTally("2 x 2 table", count_fourfold, FourFold)


def chance_corrected(observed: Floats, expected: Floats) -> Floats:
    """Return (p_o - p_e) / (1 - p_e); NaN where chance alone agrees everywhere."""
    return ratio(observed - expected, 1 - expected)


def percent_agreement(t: PairTable) -> Floats:
    """Return p_o, the share of segments on which two oracles agree."""
    return mean(t.agree, t.n)


def cohen_kappa(t: PairTable) -> Floats:
    """Return Cohen's kappa: p_e = sum_k a_k b_k / n^2."""
    return chance_corrected(mean(t.agree, t.n), mean(t.crossed, t.n**2))


def scott_pi(t: PairTable) -> Floats:
    """Return Scott's pi: p_e = sum_k ((a_k + b_k) / 2n)^2."""
    return chance_corrected(mean(t.agree, t.n), share_squares(t))


def share_squares(t: PairTable) -> Floats:
    """Return sum_k ((a_k + b_k) / 2n)^2."""
    a, b = t.squares
    return mean(a + 2 * t.crossed + b, 4 * t.n**2)


def pabak(t: PairTable) -> Floats:
    """Return the prevalence- and bias-adjusted kappa: p_e = 1 / q, q the number of levels."""
    q = len(t.a)
    return chance_corrected(mean(t.agree, t.n), np.full(t.n.shape, 1 / q if q else np.nan))


def weighted_kappa(distance: Floats, n: Floats, expected: Floats) -> Floats:
    """Return Cohen's weighted kappa, 1 - observed / expected disagreement.

    Parameters
    ----------
    distance : array, shape (...)
        Sum over the n segments of the disagreement of the two ratings.
    expected : array, shape (...)
        Sum over all pairs of a first and a second rating of theirs.
    """
    return 1 - ratio(distance * n, expected)


def kappa_linear(t: JointTable) -> Floats:
    """Return kappa with weights |x - y|, in score distances (not level indices).

    A pair of ratings is as far apart as the gaps between levels that it spans, and it spans a gap when one of
    them is below and the other is not: so the sum over all pairs is one over gaps.
    """
    a, b = (up_to[:-1] for up_to in t.up_to)
    apart = a * (t.n - b)
    apart += b * (t.n - a)
    return weighted_kappa(t.distance, t.n, np.asarray(np.tensordot(np.diff(t.levels), apart, axes=1)))


def positive_agreement(t: FourFold) -> Floats:
    """Return 2 both / (2 both + only_a + only_b)."""
    return ratio(2 * t.both, 2 * t.both + t.only_a + t.only_b)


def negative_agreement(t: FourFold) -> Floats:
    """Return 2 neither / (2 neither + only_a + only_b)."""
    return ratio(2 * t.neither, 2 * t.neither + t.only_a + t.only_b)


def prevalence_index(t: FourFold) -> Floats:
    """Return (both - neither) / n, signed."""
    return mean(t.both - t.neither, t.n)


def bias_index(t: FourFold) -> Floats:
    """Return (only_a - only_b) / n, signed."""
    return mean(t.only_a - t.only_b, t.n)


COHEN = "Cohen (1960), Educ. Psychol. Meas. 20:37-46"
SCOTT = "Scott (1955), Public Opin. Q. 19:321-325"
BYRT = "Byrt, Bishop & Carlin (1993), J. Clin. Epidemiol. 46:423-429"
SPECIFIC = "Cicchetti & Feinstein (1990), J. Clin. Epidemiol. 43:551-558"
WEIGHTED = "Cohen (1968), Psychol. Bull. 70:213-220"
CHANCE = "chance alone agrees everywhere"
NOTHING = "no segment is rated by both oracles"

_kept = partial(Coefficient, undefined=CHANCE, of="pair", reads="kept", tally=FOURFOLD, laws=KAPPA)
_categories = (
    _kept("percent_agreement", "percent agreement", percent_agreement, COHEN, undefined=NOTHING, low=0.0),
    _kept("cohen_kappa", "Cohen's kappa", cohen_kappa, COHEN),
    _kept("scott_pi", "Scott's pi", scott_pi, SCOTT),
    _kept("pabak", "prevalence- and bias-adjusted kappa", pabak, BYRT),
)
_percent, _cohen, *_ = _categories
_means = (
    mean_over_pairs(_percent, "percent_agreement_all", "mean percent agreement"),
    mean_over_pairs(_cohen, "light_kappa", "Light's kappa (mean of Cohen's)"),
)
_index = partial(Coefficient, undefined=NOTHING, of="pair", reads="kept", tally=FOURFOLD, orientation=0)
_linear = Coefficient(
    "kappa_linear",
    "linear kappa",
    kappa_linear,
    WEIGHTED,
    "every score is equal",
    of="pair",
    reads="levels",
    tally=JOINT,
    laws=SCORES,
)

COEFFICIENTS = (
    _linear,
    mean_over_pairs(_linear, "kappa_linear_all", "mean linear kappa"),
    *_categories,
    *_means,
    _kept(
        "positive_agreement",
        "agreement on kept",
        positive_agreement,
        SPECIFIC,
        low=0.0,
        undefined="neither oracle keeps a segment",
        laws=KAPPA - {"relabelled"},
    ),
    _kept(
        "negative_agreement",
        "agreement on not kept",
        negative_agreement,
        SPECIFIC,
        low=0.0,
        undefined="both oracles keep every segment",
        laws=KAPPA - {"relabelled"},
    ),
    _index(
        "prevalence_index",
        "prevalence index",
        prevalence_index,
        BYRT,
        laws=frozenset({"symmetric", "bounded"}),
    ),
    _index("bias_index", "bias index", bias_index, BYRT, laws=frozenset({"antisymmetric", "bounded"})),
    *(of_levels(c, JOINT) for c in _categories),
    *(of_levels(c, None) for c in _means),
)
