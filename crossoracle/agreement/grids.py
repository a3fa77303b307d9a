"""How the segments of two oracles differ, in words: why a video is left out of what compares them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from crossoracle.tables.wording import several


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

    def broken(self) -> Iterator[str]:
        """Yield a line for each pair that is broken, the worst first, then one for each video."""
        apart = ~self.aligned
        every = combinations(range(len(self.oracles)), 2)
        counts = {(a, b): int(np.count_nonzero(apart[:, a, b])) for a, b in every}
        for (a, b), n in sorted(counts.items(), key=lambda known: -known[1]):
            if n:
                first = int(np.argmax(apart[:, a, b]))
                left = f"{several(n, 'video')} left out of {self.oracles[a]} / {self.oracles[b]}"
                which = "the segments differ" if n == 1 else "the segments differ, as in"
                yield f"{left}: {which} {self.videos[first]} ({self._against(first, a, b)})"
        for i in np.flatnonzero(apart.any(axis=(1, 2))):
            pairs = [(int(a), int(b)) for a, b in np.argwhere(apart[i]) if a < b]
            named = [f"{self.oracles[a]} / {self.oracles[b]}" for a, b in pairs]
            yield f"{self.videos[i]}: {', '.join(named)}"

    def _against(self, video: int, a: int, b: int) -> str:
        """Return the numbers: "10 of 0.5 s against 5 of 1 s"."""
        counts, steps = self.rows[video, [a, b]], [self._step(video, oracle) for oracle in (a, b)]
        grids = [f"{n:,} of {step:.3g} s" for n, step in zip(counts, steps, strict=True)]
        told = " against ".join(grids)
        if f"{steps[0]:.3g}" != f"{steps[1]:.3g}":
            return told
        if counts[0] != counts[1]:
            return f"{told}; a segment that an oracle did not rate needs a row with an empty score"
        here = self.edges[:, :, self.offset[video] : self.offset[video + 1]]
        return f"{told}, up to {np.nanmax(np.abs(here[:, a] - here[:, b])):.3g} s apart"

    def _step(self, video: int, oracle: int) -> float:
        starts, ends = self.edges[:, oracle, self.offset[video] : self.offset[video + 1]]
        return float(np.nanmedian(ends - starts))
