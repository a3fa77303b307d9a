"""The cluster sign-flip test of every contrast of a cell: exact up to 20 clusters that differ, else random.

Where conditions make no difference, flipping both sides of whole clusters changes nothing but chance. Where
the best of several conditions was chosen, all its differences are flipped together and the best is chosen
anew; its p-value is twice the smaller tail, since the best of several is above 0 by chance alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crossoracle.analysis.predictions import Floats
from crossoracle.analysis.tallying import Cell, Line, Tally
from crossoracle.stats.paired import EXACT, sign_flip

NEARLY = 1e-10  # share of the sum of absolute differences within which two sums are equal
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class SignTests:
    """The tests of a cell; ``tallies`` (dataset -> tally) are those of its lines."""

    cell: Cell
    tallies: Mapping[int, Tally]

    @cached_property
    def lines(self) -> list[Line]:
        """The contrasts; an accuracy is not tested."""
        return [line for line in self.cell.lines if not isinstance(line.what, str)]

    @cached_property
    def places(self) -> list[int]:
        """Where they are tested."""
        return sorted({place for line in self.lines for place in line.places})

    @cached_property
    def rows(self) -> list[slice]:
        """Where the differences of each contrast stand: one row, or one per choice."""
        sizes = [max(1, len(line.best)) for line in self.lines]
        ends = np.cumsum([0, *sizes]).tolist()
        return [slice(a, b) for a, b in pairwise(ends)]

    @cached_property
    def differences(self) -> dict[int, Floats]:
        """Sums of differences (rows, clusters) of each dataset."""
        if not self.lines:
            return {}
        return {
            d: np.concatenate([line.numerators(tally.sums) for line in self.lines])
            for d, tally in self.tallies.items()
        }

    @cached_property
    def observed(self) -> dict[int, tuple[Floats, Floats]]:
        """The sums (rows, 1) in each place, and how far two of them may be apart and count as equal."""
        here = {place: [self.differences[d] for d in self._of(place)] for place in self.places}
        zero = np.zeros((self.rows[-1].stop if self.rows else 0, 1))
        return {
            place: (
                sum((x.sum(axis=1, keepdims=True) for x in some), zero),
                sum((NEARLY * np.abs(x).sum(axis=1, keepdims=True) for x in some), zero),
            )
            for place, some in here.items()
        }

    def _of(self, place: int) -> list[int]:
        return [d for d in self.differences if place in (-1, d)]

    def extreme(self, sums: Mapping[int, Floats], flips: int) -> Counts:
        """Count flips that are at least as extreme: (places, lines, 2), the upper tail and the lower.

        ``sums`` (rows, flips) are those of each dataset under the flips. Without a choice both tails are the
        same: absolute values at least as large.
        """
        counts = np.zeros((len(self.places), len(self.lines), 2), dtype=np.int64)
        for p, place in enumerate(self.places):
            here, (observed, near) = self._of(place), self.observed[place]
            if not here:
                continue
            total = sum((sums[d] for d in here[1:]), sums[here[0]])
            beyond = np.count_nonzero(np.abs(total) >= np.abs(observed) - near, axis=1)
            for i, (line, rows) in enumerate(zip(self.lines, self.rows, strict=True)):
                counts[p, i] = beyond[rows.start]
                if line.best:
                    best, found, off = total[rows].max(axis=0), observed[rows].max(), near[rows].max()
                    counts[p, i] = (best >= found - off).sum(), (best <= found + off).sum()
        return counts

    def p(self, counts: Counts, flips: int) -> dict[tuple[int, int], float]:
        """Return the p-value of each contrast (by position) in each place; NaN where no video enters."""
        found = {}
        for p, place in enumerate(self.places):
            for i, (line, rows) in enumerate(zip(self.lines, self.rows, strict=True)):
                if place not in line.places:
                    continue
                entering = sum(self.tallies[d].sums[line.count].sum() for d in self._of(place))
                sums = np.concatenate(
                    [np.zeros(0), *(self.differences[d][rows.start] for d in self._of(place))]
                )
                if not entering:
                    found[i, place] = np.nan
                elif not line.best and np.count_nonzero(sums) <= EXACT:
                    found[i, place] = sign_flip(sums)
                else:
                    tails = (counts[p, i] + 1) / (flips + 1)
                    found[i, place] = float(min(1.0, 2 * tails.min())) if line.best else float(tails[0])
        return found
