"""Readings: several ratios of sums that are read together, from the same resamples.

A line of `tallying` is one number and its row. A curve is many, and a band holds for all of it; whether
oracles differ is a question to all of them. So a reading is k ratios of columns that the lines have already,
with joint replicates and joint left-out values, and what is made from it is up to ``what``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crossoracle.analysis.predictions import Floats, Group, Mask
from crossoracle.stats.intervals import Jackknife


@dataclass(frozen=True)
class Part:
    """One ratio: the mean of sums that are added, less the mean of those taken away, over ``videos``.

    ``plus``, ``minus`` and ``count`` are columns; several columns on one side count as their mean, so that
    the draws of a random order are one point.
    """

    videos: Mask
    plus: tuple[int, ...]
    minus: tuple[int, ...]
    count: int

    @property
    def columns(self) -> tuple[int, ...]:
        """All of its columns."""
        return (*self.plus, *self.minus, self.count)

    def at(self, places: dict[int, int]) -> Part:
        """Return the part with its columns elsewhere."""
        plus, minus = (tuple(places[i] for i in some) for some in (self.plus, self.minus))
        return replace(self, plus=plus, minus=minus, count=places[self.count])

    def value(self, sums: Floats) -> Floats:
        """Return the ratio (n,) of sums (columns, n)."""
        total = sums[list(self.plus)].mean(axis=0)
        if self.minus:
            total = total - sums[list(self.minus)].mean(axis=0)
        return np.asarray(total / sums[self.count])


@dataclass(frozen=True)
class Reading:
    """Some ratios in some places (datasets by position, and -1 for all), and what is made from them.

    ``of`` are the videos that the recognizer saw.
    """

    what: object
    group: Group
    metric: str
    of: Mask
    places: tuple[int, ...]
    parts: tuple[Part, ...]

    def compact(self) -> tuple[Reading, list[int]]:
        """Return the reading as it reads its own columns alone, and which those are."""
        rows = sorted({i for part in self.parts for i in part.columns})
        at = {row: i for i, row in enumerate(rows)}
        return replace(self, parts=tuple(part.at(at) for part in self.parts)), rows

    def values(self, sums: Floats) -> Floats:
        """Return the ratios (k, n) of sums (columns, n); NaN where a ratio has no video."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack([part.value(sums) for part in self.parts])


@dataclass(frozen=True)
class Read:
    """A reading in one place.

    ``values`` (k,), ``replicates`` (k, B) and ``left_out`` (k, clusters), where ``enters`` (k, clusters) says
    which clusters are in which ratio, and ``stratum`` (clusters,) which dataset they are of.
    """

    reading: Reading
    place: int
    values: Floats
    replicates: Floats
    left_out: Floats
    enters: NDArray[np.bool_]
    stratum: NDArray[np.int64]

    def jackknife(self, i: int) -> Jackknife:
        """Return the left-out values of the clusters that are in one ratio."""
        return Jackknife(self.left_out[i, self.enters[i]], self.stratum[self.enters[i]])

    def joint(self, left_out: Floats, parts: Sequence[int] | None = None) -> Jackknife:
        """Return left-out values (clusters,) of what is made from some ratios, of the clusters in any."""
        some = self.enters if parts is None else self.enters[list(parts)]
        inside = some.any(axis=0)
        return Jackknife(left_out[inside], self.stratum[inside])
