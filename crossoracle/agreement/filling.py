"""Rows of scores into arrays: every score in its place, whatever the order of the rows.

Segments of a video must line up across oracles: the same ones, and edges within a millisecond. Where two
oracles' do not, the video is left out of what compares them, and listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.grids import Broken, Grids
from crossoracle.tables import EDGE_S

Rows = tuple[NDArray[Any], ...]
"""Columns of some rows: number of the video, of the oracle, segment, start_s, end_s, score, kept (or -1)."""


@dataclass(frozen=True)
class Filled:
    """Scores and kept flags (oracles, segments) of videos, the segments of one beside each other.

    ``offset`` (videos + 1,) is the first segment of each video, ``rows`` (videos, oracles) counts rows;
    ``off`` lists the videos whose segments may not be the same for all oracles.
    """

    score: NDArray[np.float64]
    kept: NDArray[np.int8]
    offset: NDArray[np.int64]
    rows: NDArray[np.int64]
    off: NDArray[np.int64]

    def aligned(
        self, chunks: Iterable[Rows], oracles: Sequence[str], videos: NDArray[np.object_]
    ) -> tuple[NDArray[np.bool_] | None, Broken]:
        """Compare the edges of every pair of oracles in the videos that may be off.

        Parameters
        ----------
        chunks : iterable of Rows
            The rows of those videos; others do no harm.
        videos : array, shape (videos,)
            What they are called in messages.

        Returns
        -------
        aligned : array, shape (videos, oracles, oracles), or None
            Where two oracles' segments line up; None where nothing is off.
        broken : Broken
        """
        if len(self.off) == 0:
            return None, Broken()
        length = np.zeros(len(self.rows), dtype=np.int64)
        length[self.off] = np.diff(self.offset)[self.off]
        offset = np.concatenate([[0], np.cumsum(length)])
        edges = np.full((2, len(oracles), offset[-1]), np.nan)
        for i, g, segment, t0, t1, _, _ in chunks:
            here = length[i] > 0
            edges[:, g[here], (offset[i] + segment)[here]] = t0[here], t1[here]
        aligned = np.ones((len(self.rows), len(oracles), len(oracles)), dtype=bool)
        for a in range(len(oracles)):
            apart = np.nan_to_num(np.abs(edges - edges[:, a : a + 1])).max(axis=0) > EDGE_S
            apart |= np.isnan(edges[0]) != np.isnan(edges[0, a])
            for b in range(len(oracles)):
                bad = np.bincount(np.repeat(np.arange(len(length)), length), apart[b], len(length)) > 0
                aligned[bad & (self.rows[:, a] > 0) & (self.rows[:, b] > 0), a, b] = False
        return aligned, Grids(oracles, videos, self.rows, edges, offset, aligned).broken()


def fill(segments: NDArray[np.int64], oracles: int, chunks: Iterable[Rows]) -> Filled:
    """Put every score in its place.

    Parameters
    ----------
    segments : array, shape (videos,)
        How many segments each video has.
    oracles : int
    chunks : iterable of Rows
        In any order.
    """
    offset = np.concatenate([[0], np.cumsum(segments)]).astype(np.int64)
    score = np.full((oracles, offset[-1]), np.nan)
    kept = np.full(score.shape, -1, dtype=np.int8)
    rows = np.zeros((len(segments), oracles), dtype=np.int64)
    earliest, latest = np.full((2, offset[-1]), np.inf), np.full((2, offset[-1]), -np.inf)
    for i, g, segment, t0, t1, s, k in chunks:
        place = offset[i] + segment
        score[g, place], kept[g, place] = s, k
        rows += np.bincount(i * oracles + g, minlength=rows.size).reshape(rows.shape)
        for edge, t in enumerate((t0, t1)):
            np.minimum.at(earliest[edge], place, t)
            np.maximum.at(latest[edge], place, t)
    apart = np.flatnonzero((latest - earliest > EDGE_S).any(axis=0))
    off_grid = ((rows > 0) & (rows != segments[:, None])).any(axis=1)  # perhaps: `aligned` looks closely
    off_grid[np.searchsorted(offset, apart, side="right") - 1] = True
    return Filled(score, kept, offset, rows, np.flatnonzero(off_grid))
