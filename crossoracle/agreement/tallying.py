"""Tallies of all rows: which statistics of which oracles are asked for, and what they add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.coefficient import CellTally, Coefficient, Counted, Levels, StackTally, Tally
from crossoracle.agreement.levels import MOST
from crossoracle.agreement.ratings import Ratings

Oracles = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One statistic of some oracles (positions in ``Ratings.oracles``)."""

    coefficient: Coefficient
    oracles: Oracles


@dataclass(frozen=True)
class Key:
    """What is counted, of which oracles, and how scores become levels in it.

    Rows that share a key share its columns, whatever view of them they take.
    """

    tally: Tally = field(compare=False)
    oracles: Oracles
    levels: Levels
    count: Callable[..., object] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", self.tally.count)


def rows_of(coefficient: Coefficient, oracles: int) -> list[Row]:
    """Return the rows of a coefficient: every pair of oracles, or one of all."""
    if coefficient.of == "all":
        return [Row(coefficient, tuple(range(oracles)))]
    return [Row(coefficient, pair) for pair in combinations(range(oracles), 2)]


def key_of(row: Row, levels: Levels) -> Key:
    """Return the key of a row's tally; only what reads levels is binned."""
    if row.coefficient.tally is None:
        raise TypeError(f"{row.coefficient.name} is a mean over pairs and has no tally of its own")
    own = levels if row.coefficient.reads == "levels" else Levels()
    return Key(row.coefficient.tally, row.oracles, own)


def with_bases(coefficients: Iterable[Coefficient]) -> list[Coefficient]:
    """Return the coefficients that have a tally, adding those that a mean over pairs is the mean of."""
    needed = {c.mean_of or c.name for c in coefficients}
    return [c for c in COEFFICIENTS.values() if c.name in needed]


def count(ratings: Ratings, keys: Iterable[Key]) -> dict[Key, Counted]:
    """Count every tally; narrow ones are dense (columns, videos), wide ones sparse (videos, columns)."""
    keys = list(dict.fromkeys(keys))
    wide = {
        key: key.tally.count(ratings, key.oracles, key.levels)
        for key in keys
        if isinstance(key.tally, CellTally)
    }
    return wide | _count_stacks(ratings, [key for key in keys if isinstance(key.tally, StackTally)])


def _count_stacks(ratings: Ratings, keys: list[Key]) -> dict[Key, Counted]:
    columns: dict[Key, NDArray[np.float64]] = {}
    segments = {key: np.zeros(ratings.videos, dtype=np.int64) for key in keys}
    for stack in ratings.stacks():
        for key in keys:
            tally = key.tally
            if not isinstance(tally, StackTally):
                continue
            used, *sums = tally.count(stack, key.oracles, ratings.centre)
            if key not in columns:
                columns[key] = np.zeros((len(sums), ratings.videos))
            columns[key][:, stack.videos] = sums
            segments[key][stack.videos] = used
    return {key: Counted(columns[key], segments[key]) for key in columns}


def refused(row: Row, counted: Counted) -> str | None:
    """Return why a row cannot be computed from what was counted, or None."""
    cells = counted.about
    values = getattr(cells, "values", cells[1] if isinstance(cells, tuple) else ())
    if row.coefficient.reads == "levels" and len(values) > MOST:
        return f"{len(values)} levels, more than {MOST}: give --bins K"
    return None


def gather(cluster: NDArray[np.int64], videos: int) -> sp.csr_array:
    """Return the 0/1 matrix (clusters, videos) that sums videos into clusters."""
    ones = np.ones(len(cluster))
    return sp.csr_array((ones, (cluster, np.arange(len(cluster)))), shape=(videos, len(cluster)))


@dataclass(frozen=True)
class Part:
    """The tallies of some videos of one stratum, by cluster.

    ``videos``: which videos; ``index`` (clusters,): where each cluster stands in the order of the stratum.
    ``columns``: dense (columns, clusters) or sparse (clusters, columns); ``segments``: (clusters,).
    """

    stratum: str
    videos: NDArray[np.int64]
    index: NDArray[np.int64]
    columns: Mapping[Key, NDArray[np.float64] | sp.csr_array]
    segments: Mapping[Key, NDArray[np.int64]]


def part(ratings: Ratings, stratum: str, videos: NDArray[np.int64], counted: Mapping[Key, Counted]) -> Part:
    """Sum the tallies of some videos of a stratum into clusters."""
    index, code = np.unique(ratings.cluster[videos], return_inverse=True)
    if len(index) == len(videos) and (code == np.arange(len(code))).all():
        columns = {key: _take(c.columns, videos) for key, c in counted.items()}
        return Part(stratum, videos, index, columns, {key: c.segments[videos] for key, c in counted.items()})
    into = gather(code, len(index))
    columns = {}
    for key, c in counted.items():
        taken = _take(c.columns, videos)
        columns[key] = sp.csr_array(into @ taken) if sp.issparse(taken) else (into @ taken.T).T
    return Part(
        stratum, videos, index, columns, {key: into @ c.segments[videos] for key, c in counted.items()}
    )


def _take(
    columns: NDArray[np.float64] | sp.csr_array, videos: NDArray[np.int64]
) -> NDArray[np.float64] | sp.csr_array:
    everything: slice | NDArray[np.int64] = videos
    if len(videos) and (np.diff(videos) == 1).all():
        everything = slice(int(videos[0]), int(videos[-1]) + 1)
    return columns[everything] if sp.issparse(columns) else columns[:, everything]
