"""The jackknife without its values: what sums over clusters say of them.

A left-out value differs little from the estimate, by u. Standard errors, accelerations and covariances need
how many clusters enter, and the sums of u, of its products and of its cubes; these add up over any parts of
the clusters, so that the values themselves need not be held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Floats
from crossoracle.agreement.estimation import Sampled
from crossoracle.results import NAN
from crossoracle.stats.intervals import Jackknife

Which = tuple[bool, ...]  # of the rows of a coefficient: those that a cluster enters


@dataclass(frozen=True)
class Moments:
    """Sums over the clusters of a stratum, for the rows (R,) of one coefficient.

    ``entered`` counts clusters by which rows they enter; ``first`` (R,) sums u, 0 where a cluster does not
    enter; ``second`` (R, R) sums the products of u of two rows, ``third`` (R, R) those of u squared and u.
    """

    entered: Counter[Which]
    first: Floats
    second: Floats
    third: Floats

    def __add__(self, other: Moments) -> Moments:
        sums = (self.first + other.first, self.second + other.second, self.third + other.third)
        return Moments(self.entered + other.entered, *sums)

    @classmethod
    def of(cls, samples: Sequence[Sampled]) -> Moments:
        """Sum the clusters of one stratum."""
        enters = np.stack([s.enters for s in samples])
        u = np.stack([np.where(s.enters, s.left_out - s.value, 0.0) for s in samples])
        return cls(_entered(enters), u.sum(axis=1), u @ u.T, (u * u) @ u.T)

    def clusters(self, rows: Callable[[Which], bool]) -> int:
        """Count the clusters whose rows are as wanted."""
        return sum(n for which, n in self.entered.items() if rows(which))


def _entered(enters: NDArray[np.bool_]) -> Counter[Which]:
    """Count the columns (clusters) of each kind."""
    if enters.all():
        return Counter({(True,) * len(enters): enters.shape[1]})
    kinds, counts = np.unique(np.packbits(enters, axis=0), axis=1, return_counts=True)
    whole = np.unpackbits(kinds, axis=0, count=len(enters)).astype(bool)
    return Counter({tuple(map(bool, kind)): int(n) for kind, n in zip(whole.T, counts, strict=True)})


@dataclass(frozen=True)
class SummedJackknife(Jackknife):
    """A jackknife of which, by stratum (H,), clusters n, and sums of u, u squared and u cubed are known."""

    n: NDArray[np.int64]
    sums: Floats
    squares: Floats
    cubes: Floats

    @classmethod
    def from_sums(cls, n: Sequence[int], sums: Sequence[Floats]) -> SummedJackknife:
        """Make one from n (H,) and the three sums (H, 3)."""
        nothing = np.empty(0), np.empty(0, dtype=np.int64)
        return cls(*nothing, np.asarray(n, dtype=np.int64), *np.reshape(sums, (-1, 3)).T)

    @property
    def clusters(self) -> int:
        """Number of clusters, C."""
        return int(self.n.sum())

    @property
    def strata(self) -> int:
        """Number of strata that have clusters, H."""
        return int(np.count_nonzero(self.n))

    @cached_property
    def _scale(self) -> Floats:
        return (self.n - 1) / np.maximum(self.n, 1)

    @cached_property
    def _variance(self) -> float:
        own = self.squares - self.sums**2 / np.maximum(self.n, 1)
        return float((self._scale * np.maximum(own, 0.0))[self.n > 0].sum())

    @cached_property
    def se(self) -> float:
        """Standard error; undefined when a left-out value is, or no stratum has two clusters."""
        return float(np.sqrt(self._variance)) if self.clusters > self.strata else NAN

    def bias(self, theta: float) -> float:
        """Return the jackknife estimate of bias, the sum over strata of (C_h - 1) times the mean of u."""
        return float(self._scale @ self.sums)

    @property
    def acceleration(self) -> float:
        """Acceleration a = sum d^3 / (6 (sum d^2)^1.5), as of `Jackknife`."""
        scale = self._variance**1.5
        if not np.isfinite(scale):
            return NAN
        mean = self.sums / np.maximum(self.n, 1)
        own = self.cubes - 3 * mean * self.squares + 2 * self.n * mean**3
        d3 = -(np.maximum(self._scale, 0.0) ** 1.5 * own)[self.n > 0].sum()
        return float(d3 / (6 * scale)) if scale > 0 else 0.0


@dataclass(frozen=True)
class LeftOut:
    """The left-out values of the rows of one coefficient in a slice, as sums, by stratum."""

    strata: Mapping[str, Moments]

    def jackknife(self, a: int) -> SummedJackknife:
        """Return the jackknife of a row."""
        own = self.strata.values()
        n = [m.clusters(lambda which: which[a]) for m in own]
        return SummedJackknife.from_sums(n, [_each(m, a) for m in own])

    def between(self, a: int, b: int) -> SummedJackknife:
        """Return the jackknife of the difference of two rows, over the clusters that enter either."""
        own = self.strata.values()
        n = [m.clusters(lambda which: which[a] or which[b]) for m in own]
        return SummedJackknife.from_sums(n, [_difference(m, a, b) for m in own])

    def alone(self, a: int) -> list[str]:
        """Name the strata of which one cluster enters a row, where others have more."""
        size = {name: m.clusters(lambda which: which[a]) for name, m in self.strata.items()}
        return [name for name, n in size.items() if n == 1] if max(size.values(), default=0) > 1 else []

    def covariance(self, rows: Sequence[int]) -> tuple[Floats, int]:
        """Return the joint covariance of rows (k, k), and the clusters less strata that it comes from."""
        total, free = np.zeros((len(rows), len(rows))), 0
        for m in self.strata.values():
            n = m.clusters(lambda which: any(which[a] for a in rows))
            if n:
                first = m.first[list(rows)]
                total += (n - 1) / n * (m.second[np.ix_(rows, rows)] - np.outer(first, first) / n)
                free += n - 1
        return total, free


def _each(m: Moments, a: int) -> Floats:
    return np.array([m.first[a], m.second[a, a], m.third[a, a]])


def _difference(m: Moments, a: int, b: int) -> Floats:
    square = m.second[a, a] - 2 * m.second[a, b] + m.second[b, b]
    cube = m.third[a, a] - 3 * m.third[a, b] + 3 * m.third[b, a] - m.third[b, b]
    return np.array([m.first[a] - m.first[b], square, cube])


@dataclass(frozen=True)
class Rest:
    """What the rows (R,) of one coefficient rest on: videos and segments that enter.

    Of those videos, ``kept`` and ``unkept`` have such a segment; ``together`` is whether any segment is rated
    by two of the oracles, known where the value is undefined.
    """

    videos: Floats
    segments: Floats
    kept: Floats
    unkept: Floats
    together: Floats

    def __add__(self, other: Rest) -> Rest:
        return Rest(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))
