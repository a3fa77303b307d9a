"""Intraclass correlations of all oracles, two-way, on the segments that every oracle rates.

n targets (segments), k judges (oracles). Mean squares: BMS between targets, WMS within targets, JMS between
judges, EMS residual. (1,1), (2,1), (3,1): one-way random, two-way random (absolute agreement), two-way mixed
(consistency); (., k): of the mean of k judges. Cronbach's alpha equals ICC(3,k).

References
----------
Shrout & Fleiss (1979), *Psychol. Bull.* 86:420-428.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from crossoracle.agreement.coefficient import SCORES, TINY, Coefficient, Floats, StackTally
from crossoracle.agreement.ratings import Stack


@dataclass(frozen=True)
class TwoWay:
    """Sums over complete segments: squares of scores, of segment totals, and totals of each judge."""

    n: Floats
    squares: Floats
    totals: Floats
    judges: Floats

    @property
    def k(self) -> int:
        """Number of judges."""
        return len(self.judges)

    @cached_property
    def _grand(self) -> Floats:
        return self._positive(self.judges.sum(axis=0) ** 2, self.n * self.k)

    @staticmethod
    def _positive(x: Floats, n: Floats) -> Floats:
        return np.asarray(np.divide(x, n, out=np.full(np.shape(n), np.nan), where=n > 0))

    @cached_property
    def bms(self) -> Floats:
        """Mean square between targets."""
        return self._positive(self.totals / self.k - self._grand, self.n - 1)

    @cached_property
    def wms(self) -> Floats:
        """Mean square within targets."""
        return self._positive(self.squares - self.totals / self.k, self.n * (self.k - 1))

    @cached_property
    def _between_judges(self) -> Floats:
        return self._positive((self.judges**2).sum(axis=0), self.n) - self._grand

    @cached_property
    def jms(self) -> Floats:
        """Mean square between judges."""
        return self._between_judges / (self.k - 1)

    @cached_property
    def ems(self) -> Floats:
        """Residual mean square."""
        residual = self.squares - self.totals / self.k - self._between_judges
        return self._positive(residual, (self.n - 1) * (self.k - 1))

    @cached_property
    def rounding(self) -> Floats:
        """Size below which a mean square is only rounding."""
        return TINY * self._positive(self.squares, self.n)


def count_two_way(stack: Stack, oracles: tuple[int, ...], centre: float) -> tuple[Floats, ...]:
    """Sum over the segments that all oracles rate."""
    complete = stack.rated(*oracles)
    x = np.where(complete, stack.score[list(oracles)] - centre, 0.0)
    n = complete.sum(axis=1).astype(float)
    totals = (x.sum(axis=0) ** 2).sum(axis=1)
    return n, n, (x**2).sum(axis=(0, 2)), totals, *x.sum(axis=2)


TWO_WAY = StackTally(
    "two-way sums",
    count_two_way,
    lambda n, squares, totals, *judges: TwoWay(n, squares, totals, np.stack(judges)),
)


def _share(numerator: Floats, denominator: Floats, t: TwoWay) -> Floats:
    positive = (denominator > t.rounding) & (t.rounding > 0)
    result = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=result, where=positive)
    return result


def icc_1_1(t: TwoWay) -> Floats:
    """Return (BMS - WMS) / (BMS + (k - 1) WMS)."""
    return _share(t.bms - t.wms, t.bms + (t.k - 1) * t.wms, t)


def icc_2_1(t: TwoWay) -> Floats:
    """Return (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n)."""
    return _share(t.bms - t.ems, t.bms + (t.k - 1) * t.ems + t.k * t._positive(t.jms - t.ems, t.n), t)


def icc_3_1(t: TwoWay) -> Floats:
    """Return (BMS - EMS) / (BMS + (k - 1) EMS)."""
    return _share(t.bms - t.ems, t.bms + (t.k - 1) * t.ems, t)


def icc_1_k(t: TwoWay) -> Floats:
    """Return (BMS - WMS) / BMS."""
    return _share(t.bms - t.wms, t.bms, t)


def icc_2_k(t: TwoWay) -> Floats:
    """Return (BMS - EMS) / (BMS + (JMS - EMS) / n)."""
    return _share(t.bms - t.ems, t.bms + t._positive(t.jms - t.ems, t.n), t)


def icc_3_k(t: TwoWay) -> Floats:
    """Return (BMS - EMS) / BMS, which is Cronbach's alpha."""
    return _share(t.bms - t.ems, t.bms, t)


SHROUT = "Shrout & Fleiss (1979), Psychol. Bull. 86:420-428"
CRONBACH = "Cronbach (1951), Psychometrika 16:297-334"
NO_VARIANCE = "fewer than two complete segments, or no positive variance"
_icc = partial(Coefficient, undefined=NO_VARIANCE, of="all", reads="score", tally=TWO_WAY, laws=SCORES)
_unbounded = partial(_icc, low=float("-inf"))

COEFFICIENTS = (
    _icc("icc_1_1", "ICC(1,1)", icc_1_1, SHROUT),
    _unbounded("icc_2_1", "ICC(2,1)", icc_2_1, SHROUT),
    _icc("icc_3_1", "ICC(3,1)", icc_3_1, SHROUT),
    _unbounded("icc_1_k", "ICC(1,k)", icc_1_k, SHROUT),
    _unbounded("icc_2_k", "ICC(2,k)", icc_2_k, SHROUT),
    _unbounded("icc_3_k", "ICC(3,k)", icc_3_k, SHROUT),
    _unbounded("cronbach_alpha", "Cronbach's alpha", icc_3_k, CRONBACH),
)
