"""Ratings: the in-memory form of a score table, oracles x segments, ragged by video.

Segments of a video are consecutive; videos are sorted by dataset and video_id; a missing score is NaN and a
missing kept flag is -1. `Stack` holds videos of one length as dense arrays, so that statistics of single
videos are plain reductions over the last axis.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.int8]
Mask = NDArray[np.bool_]
DECIMALS = 12  # of scores; what differs beyond is rounding
PAIRWISE = 1 << 22  # elements of the largest (videos, segments, segments) array of a stack


def _lined_up(aligned: Mask | None, videos: int, oracles: tuple[int, ...]) -> Mask:
    if aligned is None:
        return np.ones(videos, dtype=bool)
    return np.asarray(aligned[:, list(oracles)][:, :, list(oracles)].all(axis=(1, 2)))


@dataclass(frozen=True)
class Stack:
    """Videos of one length: score and kept (oracles, videos, segments), and where the videos stand."""

    score: Floats
    kept: Flags
    videos: NDArray[np.int64]
    aligned: NDArray[np.bool_] | None = None
    _ranks: dict[tuple[int, int], Floats] = field(default_factory=dict, repr=False)

    def rated(self, *oracles: int) -> Mask:
        """Return where all the given oracles give a score, (videos, segments)."""
        return ~np.isnan(self.score[list(oracles)]).any(axis=0) & self.lined_up(oracles)[:, None]

    def flagged(self, *oracles: int) -> Mask:
        """Return where all the given oracles give a kept flag, (videos, segments)."""
        return (self.kept[list(oracles)] >= 0).all(axis=0) & self.lined_up(oracles)[:, None]

    def lined_up(self, oracles: tuple[int, ...]) -> Mask:
        """Return for each video whether the segments of all these oracles line up."""
        return _lined_up(self.aligned, len(self.videos), oracles)

    @cached_property
    def signs(self) -> NDArray[np.int8]:
        """Sign of score i minus score j, (oracles, videos, segments, segments); 0 where one is missing."""
        more = self.score[..., :, None] > self.score[..., None, :]
        less = self.score[..., :, None] < self.score[..., None, :]
        return more.view(np.int8) - less.view(np.int8)

    def ranks(self, oracle: int, partner: int) -> Floats:
        """Return centred midranks of an oracle among the segments that both oracles rate, else 0."""
        both = self.rated(oracle, partner)
        key = (oracle, partner if not both.all() else oracle)
        if key not in self._ranks:
            ranks = 0.5 * (self.signs[oracle] * both[:, None, :].view(np.int8)).sum(axis=2, dtype=np.int32)
            self._ranks[key] = np.where(both, ranks, 0.0)
        return self._ranks[key]


def empty(oracles: int) -> Stack:
    """Return a stack of no video, to ask a tally how many columns it has."""
    return Stack(np.empty((oracles, 0, 1)), np.empty((oracles, 0, 1), np.int8), np.empty(0, np.int64))


@dataclass(frozen=True)
class Ratings:
    """Scores and kept flags of several oracles on the same segments.

    Attributes
    ----------
    oracles, runs : tuple of str
        Names, sorted by code point, and the run of each.
    score, kept : arrays, shape (oracles, segments)
    offset : array, shape (videos + 1,)
        First segment of each video.
    datasets : tuple of str; dataset : array, shape (videos,)
        Names in order, and the position of each video's name.
    video_id, label : arrays of str, shape (videos,)
    cluster : array, shape (videos,)
        Position of the video's cluster among the sorted clusters of its dataset.
    aligned : array, shape (videos, oracles, oracles), or None
        Where two oracles' segments line up; None when they do everywhere.
    rule : str
        Which videos these are: "joint", "pairwise" or "all".
    """

    oracles: tuple[str, ...]
    runs: tuple[str, ...]
    score: Floats
    kept: Flags
    offset: NDArray[np.int64]
    datasets: tuple[str, ...]
    dataset: NDArray[np.int64]
    video_id: NDArray[np.object_]
    label: NDArray[np.object_]
    cluster: NDArray[np.int64]
    aligned: NDArray[np.bool_] | None = None
    rule: str = "all"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # so that scores which differ by rounding are ties everywhere
        object.__setattr__(self, "score", np.round(self.score, DECIMALS))

    @property
    def videos(self) -> int:
        """Number of videos."""
        return len(self.offset) - 1

    @cached_property
    def length(self) -> NDArray[np.int64]:
        """Number of segments of each video, (videos,)."""
        return np.diff(self.offset)

    @cached_property
    def centre(self) -> float:
        """One constant, near the mean score, that moments subtract so as not to cancel."""
        return float(np.round(np.nanmean(self.score), 6)) if not np.isnan(self.score).all() else 0.0

    @cached_property
    def codes(self) -> tuple[NDArray[np.int32], Floats]:
        """Code of each score among all distinct scores (oracles, segments), -1 where missing; the scores."""
        known = ~np.isnan(self.score)
        values = np.unique(self.score[known])
        codes = np.full(self.score.shape, -1, dtype=np.int32)
        codes[known] = np.searchsorted(values, self.score[known])
        return codes, values

    @cached_property
    def clusters(self) -> dict[str, int]:
        """Number of clusters of each dataset."""
        last = np.full(len(self.datasets), -1, dtype=np.int64)
        np.maximum.at(last, self.dataset, self.cluster)
        return dict(zip(self.datasets, (last + 1).tolist(), strict=True))

    def video_of_segment(self) -> NDArray[np.int64]:
        """Return the video of each segment, (segments,)."""
        return np.repeat(np.arange(self.videos), self.length)

    def lined_up(self, oracles: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return for each video whether the segments of all these oracles line up."""
        return _lined_up(self.aligned, self.videos, oracles)

    def per_video(self, segments: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count the marked segments of each video."""
        total = np.concatenate([[0], np.cumsum(segments)])
        counts: NDArray[np.int64] = total[self.offset[1:]] - total[self.offset[:-1]]
        return counts

    def rearranged(self, orders: list[NDArray[np.int64]]) -> Ratings:
        """Return the same ratings with each oracle's segments in an order of its own (for a null)."""
        codes, values = self.codes
        found = copy(self)  # with what is known already: no order changes levels, lengths or clusters
        of = np.stack(orders)
        for name, known in (("score", self.score), ("kept", self.kept)):
            object.__setattr__(found, name, np.take_along_axis(known, of, axis=1))
        object.__setattr__(found, "codes", (np.take_along_axis(codes, of, axis=1), values))
        return found

    def stacks(self) -> Iterator[Stack]:
        """Yield the videos grouped by length, in pieces whose pairwise arrays stay small."""
        order = np.argsort(self.length, kind="stable")
        lengths, starts = np.unique(self.length[order], return_index=True)
        for m, videos in zip(lengths.tolist(), np.split(order, starts)[1:], strict=True):
            step = max(1, PAIRWISE // max(1, m * m * len(self.oracles)))
            for some in (videos[i : i + step] for i in range(0, len(videos), step)):
                where = self.offset[some][:, None] + np.arange(m)
                aligned = None if self.aligned is None else self.aligned[some]
                yield Stack(self.score[:, where], self.kept[:, where], some, aligned)
