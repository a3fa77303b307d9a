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
from functools import partial
from typing import Protocol

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
from crossoracle.agreement.ratings import Stack


class PairTable(Protocol):
    """Two oracles' categories: segments n, equal ones, the two margins (levels, ...)."""

    @property
    def n(self) -> Floats: ...  # noqa: D102
    @property
    def agree(self) -> Floats: ...  # noqa: D102
    @property
    def a(self) -> Floats: ...  # noqa: D102
    @property
    def b(self) -> Floats: ...  # noqa: D102


@dataclass(frozen=True)
class FourFold:
    """The 2 x 2 table of kept flags: both, only the first, only the second, neither."""

    both: Floats
    only_a: Floats
    only_b: Floats
    neither: Floats

    @property
    def n(self) -> Floats:
        """Number of segments."""
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def agree(self) -> Floats:
        """Number of segments on which the flags are equal."""
        return self.both + self.neither

    @property
    def a(self) -> Floats:
        """Margin of the first oracle, (2, ...)."""
        return np.stack([self.only_b + self.neither, self.both + self.only_a])

    @property
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
    return chance_corrected(mean(t.agree, t.n), mean((t.a * t.b).sum(axis=0), t.n**2))


def scott_pi(t: PairTable) -> Floats:
    """Return Scott's pi: p_e = sum_k ((a_k + b_k) / 2n)^2."""
    share = mean(t.a + t.b, 2 * t.n)
    return chance_corrected(mean(t.agree, t.n), (share**2).sum(axis=0))


def pabak(t: PairTable) -> Floats:
    """Return the prevalence- and bias-adjusted kappa: p_e = 1 / q, q the number of levels."""
    q = len(t.a)
    return chance_corrected(mean(t.agree, t.n), np.full(t.n.shape, 1 / q if q else np.nan))


def weighted_kappa(distance: Floats, a: Floats, b: Floats, metric: Floats) -> Floats:
    """Return Cohen's weighted kappa, 1 - observed / expected disagreement.

    Parameters
    ----------
    distance : array, shape (...)
        Sum over segments of the disagreement of the two ratings.
    a, b : arrays, shape (levels, ...)
        Margins.
    metric : array, shape (levels, levels)
        Disagreement of a level of the first with a level of the second oracle.
    """
    expected = (a * np.tensordot(metric, b, axes=1)).sum(axis=0)
    return 1 - ratio(distance * a.sum(axis=0), expected)


def kappa_linear(t: JointTable) -> Floats:
    """Return kappa with weights |x - y|, in score distances (not level indices)."""
    return weighted_kappa(t.distance, t.a, t.b, np.abs(np.subtract.outer(t.levels, t.levels)))


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
