"""Densities over time: how closely the frames stand in each segment of a video.

Frames stand at the quantiles of the density (see `frames`), so only ratios count: twice the density is the
same condition. The functions below turn what is known of the K segments into one non-negative number for
each; which of them belongs to which condition stands in the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import InputError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Order = NDArray[np.int64]

SLACK = 1e-9
"""Share of the duration by which a sum of lengths may miss its goal, for want of digits."""


@dataclass(frozen=True, eq=False)
class Density:
    """A density that is constant within segments.

    Parameters
    ----------
    edges : array, shape (K + 1,)
        Segment i is [edges[i], edges[i + 1]), in seconds.
    rate : array, shape (K,)
        Mass per second in each segment; at least one is positive.

    Raises
    ------
    InputError
        The edges do not increase; a rate is negative or infinite, none is positive, or their number differs.
    """

    edges: Floats
    rate: Floats

    def __post_init__(self) -> None:
        if len(self.edges) != len(self.rate) + 1 or not len(self.rate) or not self.widths.min() > 0:
            raise InputError(f"density: found edges {self.edges}, expected one more than rates, increasing")
        if not (self.lowest >= 0 and 0 < self.highest < np.inf):
            raise InputError(f"density: found rates {self.rate}, expected none below 0 and one above")

    @cached_property
    def widths(self) -> Floats:
        """How long each segment is, in seconds; shape (K,)."""
        return self.edges[1:] - self.edges[:-1]

    @cached_property
    def lowest(self) -> float:
        """The lowest rate."""
        return float(self.rate.min())

    @cached_property
    def highest(self) -> float:
        """The highest rate."""
        return float(self.rate.max())

    @cached_property
    def seen(self) -> Flags:
        """Which segments can be seen at all; shape (K,)."""
        return self.rate > 0

    @property
    def kept_fraction(self) -> float:
        """The share of the duration that can be seen."""
        return 1.0 if self.lowest > 0 else self.share(self.seen)

    @property
    def even(self) -> bool:
        """Whether it is the same everywhere, which is the full video."""
        return self.lowest == self.highest

    def share(self, some: Flags) -> float:
        """Return the share of the duration that some segments, shape (K,), fill."""
        return min(1.0, float(self.widths[some].sum() / (self.edges[-1] - self.edges[0])))


def led(kept: Flags, alpha: float) -> Floats:
    """Return 1 on kept segments and alpha on the rest."""
    return np.where(kept, 1.0, alpha)


def inverted(kept: Flags, alpha: float) -> Floats:
    """Return alpha on kept segments and 1 on the rest."""
    return np.where(kept, alpha, 1.0)


def bottom(score: Floats, kept: Flags) -> Floats:
    """Return 1 on the lowest scores, as many as there are kept segments."""
    return _on(ascending(score)[: np.count_nonzero(kept)], len(score))


def threshold(score: Floats, least: float) -> Floats:
    """Return 1 where the score is at least so high."""
    return (score >= least).astype(np.float64)


def ascending(values: Floats) -> Order:
    """Return the segments from the lowest value to the highest; of equal ones, the earlier comes first."""
    return np.argsort(values, kind="stable")


def descending(values: Floats) -> Order:
    """Return the segments from the highest value to the lowest; of equal ones, the earlier comes first."""
    return np.argsort(-values, kind="stable")


def first(order: Order, widths: Floats, goal_s: float) -> Floats:
    """Return 1 on the first segments of an order until they last so long, 0 on the rest.

    Segments are whole: the one that reaches the goal is the last. A goal of 0 takes none.

    Examples
    --------
    >>> int(first(np.arange(10), np.full(10, 0.1), 0.3).sum())  # 0.1 + 0.1 + 0.1 is above 0.3, and no matter
    3
    """
    if goal_s <= 0:
        return np.zeros(len(widths))
    reached = widths[order].cumsum()
    short = np.searchsorted(reached, goal_s - SLACK * reached[-1])
    return _on(order[: short + 1], len(widths))


def strided(widths: Floats, goal_s: float) -> Floats:
    """Return 1 on the fewest segments at an even stride that last so long, 0 on the rest.

    Segments are whole, and n of them stand in the middles of n equal parts of the list of segments.
    """
    k, enough = len(widths), goal_s - SLACK * widths.sum()
    if goal_s <= 0:
        return np.zeros(k)
    n = min(k, max(1, int(np.ceil(enough / widths.max()))))
    while n < k and widths[_middles(n, k)].sum() < enough:
        n += 1
    return _on(_middles(n, k), k)


def _middles(n: int, k: int) -> Order:
    return (2 * np.arange(n) + 1) * k // (2 * n)


def _on(some: Order, k: int) -> Floats:
    rate = np.zeros(k)
    rate[some] = 1.0
    return rate
