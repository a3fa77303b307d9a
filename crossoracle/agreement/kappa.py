"""Kappas: observed agreement against the agreement of chance.

kappa = (p_o - p_e) / (1 - p_e). Two oracles: ``a`` and ``b`` are the margins over levels k, n the number of
segments. All oracles: units are segments, any number of ratings each. The coefficients differ in p_e alone.

References
----------
Cohen (1960), *Educ. Psychol. Meas.* 20:37-46; Cohen (1968), *Psychol. Bull.* 70:213-220; Scott (1955),
*Public Opin. Q.* 19:321-325; Byrt, Bishop & Carlin (1993), *J. Clin. Epidemiol.* 46:423-429; Fleiss (1971),
*Psychol. Bull.* 76:378-382; Conger (1980), *Psychol. Bull.* 88:322-328; Gwet (2014), *Handbook of Inter-Rater
Reliability*, 4th ed., chapters 2 and 5 (missing ratings).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from crossoracle.agreement.coefficient import Floats, StackTally, mean, ratio
from crossoracle.agreement.levels import JointTable, Units
from crossoracle.agreement.ratings import Stack


class PairTable(Protocol):
    """Two oracles' categories: segments n, equal ones, sum of distances, the two margins (levels, ...)."""

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
    return chance_corrected(mean(t.agree, t.n), np.full(t.n.shape, 1 / q))


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
    return chance_corrected(observed_agreement(t), np.full(t.units.shape, 1 / q))


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
