"""Rows in, tallies out: what is counted of all videos once, and summed over any parts of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Levels
from crossoracle.agreement.pairs import concordance_refused, pair_matrices
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Slice, Tallied
from crossoracle.agreement.tallying import Counts, Key, Row, count, key_of, part, refused

Videos = NDArray[np.int64]
Parts = Sequence[tuple[str, Videos]]  # of which stratum, and which videos


@dataclass(frozen=True)
class Counted:
    """The tallies of some rows by video; ``refused`` says which rows cannot be computed, and why."""

    ratings: Ratings
    counts: Counts
    keys: Mapping[Row, Key]
    refused: Mapping[Row, str]
    threads: int | None = None

    @property
    def able(self) -> dict[Row, Key]:
        """The rows that can be computed."""
        return {row: key for row, key in self.keys.items() if row not in self.refused}

    def over(self, parts: Parts, slices: Iterable[Slice]) -> Tallied:
        """Sum the tallies by cluster in parts, which the slices add up."""
        by_cluster = tuple(part(self.ratings, name, videos, self.counts) for name, videos in parts)
        by_key = self.counts.by_key
        matrices = pair_matrices(self.ratings, list(self.able), by_key, self.keys, parts, self.threads)
        return Tallied(by_key, self.keys, by_cluster, tuple(slices), matrices, self.refused)


def counted(ratings: Ratings, rows: Sequence[Row], levels: Levels, threads: int | None = None) -> Counted:
    """Count the tallies of some rows on all videos."""
    keys = {row: key_of(row, levels) for row in rows}
    counts = count(ratings, keys.values(), threads)
    if levels.bins:  # tau-b is binned only where it could not be had otherwise
        barred = [row for row in rows if concordance_refused(ratings, row, counts.by_key[keys[row]])]
        keys |= {row: Key(keys[row].tally, row.oracles, levels) for row in barred}
        counts = count(ratings, keys.values(), threads) if barred else counts
    why = {row: _refused(ratings, row, counts, key) for row, key in keys.items()}
    return Counted(ratings, counts, keys, {row: told for row, told in why.items() if told}, threads)


def _refused(ratings: Ratings, row: Row, counts: Counts, key: Key) -> str | None:
    found = counts.by_key[key]
    return refused(row, found) or concordance_refused(ratings, row, found)


def tallied(
    ratings: Ratings, rows: Sequence[Row], levels: Levels, parts: Parts, slices: Iterable[Slice]
) -> Tallied:
    """Return what rows are computed from, ready for any weights.

    Parameters
    ----------
    levels : Levels
        How scores become levels in what reads levels.
    parts, slices
        Disjoint videos of one stratum each, and the sets of parts that rows are of (`by_dataset`).
    """
    return counted(ratings, rows, levels).over(parts, slices)


def by_dataset(
    ratings: Ratings, videos: Videos | None = None, *, empty: bool = False
) -> tuple[list[tuple[str, Videos]], list[Slice]]:
    """Return the parts of some videos (of all by default), one per dataset that has any, and their slices.

    The slices are all of the videos, then each dataset; ``empty`` datasets are among them where asked for.
    """
    chosen = np.arange(ratings.videos) if videos is None else videos
    of = ratings.dataset[chosen]
    own = [(name, chosen[of == d]) for d, name in enumerate(ratings.datasets)]
    parts = [(name, some) for name, some in own if len(some) or empty]
    slices = [Slice("all", None, tuple(range(len(parts))), chosen)]
    return parts, slices + [Slice(name, None, (p,), some) for p, (name, some) in enumerate(parts)]
