"""How the segments of two oracles differ, in words: why a video is left out of what compares them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from crossoracle.tables.wording import several


@dataclass(frozen=True)
class Broken:
    """The pairs of oracles whose segments differ: in how many videos, one of them in words, and each of them.

    ``pairs`` maps a pair ("a / b") to the number of its videos, ``first`` to the first of them, with words on
    it; ``videos`` are videos with their pairs. Those of several parts of the videos add up.
    """

    pairs: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[str, str]] = field(default_factory=dict)
    videos: tuple[tuple[str, str], ...] = ()

    def __add__(self, other: Broken) -> Broken:
        first = {
            pair: min(each.first[pair] for each in (self, other) if pair in each.first)
            for pair in self.first | other.first
        }
        return Broken(self.pairs + other.pairs, first, (*self.videos, *other.videos))

    def lines(self) -> tuple[str, ...]:
        """Return a line for each pair, the worst first, then one for each video."""
        told = []
        for pair, n in sorted(self.pairs.items(), key=lambda known: (-known[1], known[0])):
            which = "the segments differ" if n == 1 else "the segments differ, as in"
            video, words = self.first[pair]
            told.append(f"{several(n, 'video')} left out of {pair}: {which} {video} ({words})")
        return (*told, *(f"{video}: {pairs}" for video, pairs in sorted(self.videos)))


@dataclass(frozen=True)
class Grids:
    """The segments of every oracle in the videos that are not all on one grid.

    ``rows`` (videos, oracles) counts segments; ``edges`` (2, oracles, segments of all these videos) are
    starts and ends in seconds, NaN where an oracle has no row; the segments of video i are
    ``offset[i]:offset[i + 1]``. ``aligned`` (videos, oracles, oracles) says which pairs line up.
    """

    oracles: Sequence[str]
    videos: NDArray[np.object_]
    rows: NDArray[np.int64]
    edges: NDArray[np.float64]
    offset: NDArray[np.int64]
    aligned: NDArray[np.bool_]

    def broken(self) -> Broken:
        """Return which pairs are broken, and where."""
        apart = ~self.aligned
        found = Broken(videos=tuple(self._named(apart)))
        for a, b in combinations(range(len(self.oracles)), 2):
            if n := int(np.count_nonzero(apart[:, a, b])):
                pair = f"{self.oracles[a]} / {self.oracles[b]}"
                first = min(np.flatnonzero(apart[:, a, b]), key=lambda i: self.videos[i])
                found.pairs[pair] = n
                found.first[pair] = self.videos[first], self._against(int(first), a, b)
        return found

    def _named(self, apart: NDArray[np.bool_]) -> Iterator[tuple[str, str]]:
        for i in np.flatnonzero(apart.any(axis=(1, 2))):
            pairs = [(int(a), int(b)) for a, b in np.argwhere(apart[i]) if a < b]
            named = [f"{self.oracles[a]} / {self.oracles[b]}" for a, b in pairs]
            yield self.videos[i], ", ".join(named)

    def _against(self, video: int, a: int, b: int) -> str:
        """Return the numbers: "10 of 0.5 s against 5 of 1 s"."""
        counts, steps = self.rows[video, [a, b]], [self._step(video, oracle) for oracle in (a, b)]
        grids = [f"{n:,} of {step:.3g} s" for n, step in zip(counts, steps, strict=True)]
        told = " against ".join(grids)
        if f"{steps[0]:.3g}" != f"{steps[1]:.3g}":
            return told
        here = self.edges[:, :, self.offset[video] : self.offset[video + 1]]
        if (np.isnan(here[0, a]) != np.isnan(here[0, b])).any():
            other = ", not the same ones" if counts[0] == counts[1] else ""
            return f"{told}{other}; a segment that an oracle did not rate needs a row with an empty score"
        return f"{told}, up to {np.nanmax(np.abs(here[:, a] - here[:, b])):.3g} s apart"

    def _step(self, video: int, oracle: int) -> float:
        starts, ends = self.edges[:, oracle, self.offset[video] : self.offset[video + 1]]
        return float(np.nanmedian(ends - starts))
