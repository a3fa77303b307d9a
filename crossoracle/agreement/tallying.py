"""Tallies of all rows: which statistics of which oracles are asked for, and what they add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, islice, pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.coefficient import (
    CellTally,
    Coefficient,
    Columns,
    Counted,
    Floats,
    Levels,
    StackTally,
    Tally,
)
from crossoracle.agreement.levels import MOST, indicator, some_columns
from crossoracle.agreement.ratings import Ratings, Stack, empty
from crossoracle.stats.resampling import in_threads

Oracles = tuple[int, ...]
AT_ONCE = 8  # stacks that are held at a time


@dataclass(frozen=True)
class Row:
    """One statistic of some oracles (positions in ``Ratings.oracles``)."""

    coefficient: Coefficient
    oracles: Oracles


@dataclass(frozen=True)
class Key:
    """A tally of some oracles, and how scores become levels in it; rows that share it share its columns."""

    tally: Tally
    oracles: Oracles
    levels: Levels


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


@dataclass(frozen=True)
class Counts:
    """Tallies by video; ``stacked`` (all columns, videos) holds the dense ones, in the order of the keys."""

    by_key: Mapping[Key, Counted]
    stacked: Floats


def count(ratings: Ratings, keys: Iterable[Key], threads: int | None = None) -> Counts:
    """Count every tally; (columns, videos): narrow ones dense, wide ones sparse."""
    keys = list(dict.fromkeys(keys))
    wide = {k: k.tally.count(ratings, k.oracles, k.levels) for k in keys if isinstance(k.tally, CellTally)}
    narrow = {k: k.tally.count for k in keys if isinstance(k.tally, StackTally)}
    sizes = [len(sums) - 1 for sums in _sums_of(ratings, narrow, empty(len(ratings.oracles)))]
    places, stacked = consecutive(sizes), np.zeros((sum(sizes), ratings.videos))
    segments = np.zeros((len(narrow), ratings.videos), dtype=np.int64)

    def one(stack: Stack) -> None:
        for row, (used, *columns) in enumerate(_sums_of(ratings, narrow, stack)):
            segments[row, stack.videos] = used
            stacked[places[row], stack.videos] = columns

    stacks = ratings.stacks()
    with in_threads(threads) as pool:
        while some := list(islice(stacks, AT_ONCE)):
            list(pool.map(one, some))
    dense = zip(narrow, places, segments, strict=True)
    return Counts(wide | {key: _dense(key, stacked[place], used) for key, place, used in dense}, stacked)


def _dense(key: Key, columns: Floats, used: NDArray[np.int64]) -> Counted:
    rated = getattr(key.tally, "rated", None)
    return Counted(columns, used, rated=None if rated is None else columns[rated].astype(np.int64))


def _sums_of(ratings: Ratings, narrow: Mapping[Key, Any], stack: Stack) -> list[tuple[Floats, ...]]:
    return [count(stack, key.oracles, ratings.centre) for key, count in narrow.items()]


def consecutive(sizes: Iterable[int]) -> list[slice]:
    """Return slices of the given sizes, one after the other."""
    ends = np.cumsum([0, *sizes]).tolist()
    return [slice(a, b) for a, b in pairwise(ends)]


def refused(row: Row, counted: Counted) -> str | None:
    """Return why a row cannot be computed from what was counted, or None."""
    values = getattr(counted.about, "values", ())
    if row.coefficient.reads == "levels" and len(values) > MOST:
        return f"{len(values)} levels, more than {MOST}: give --bins K"
    return None


@dataclass(frozen=True)
class Part:
    """The tallies of some videos of one stratum, by cluster.

    ``videos``: which videos; ``index`` (clusters,): where each cluster stands in the order of the stratum.
    ``columns`` (columns, clusters) are dense or sparse; ``counted`` is what they were before, by video, and
    ``cluster`` (videos,) which cluster each video is of.
    ``stacked`` holds all the dense ones, in the order of the keys. ``about`` says what the columns are; a
    sparse tally is without the columns that no video of the part fills, and ``spread`` (all columns,
    columns) puts sums back in their places.
    """

    stratum: str
    videos: NDArray[np.int64]
    index: NDArray[np.int64]
    cluster: NDArray[np.int64]
    columns: Mapping[Key, Columns]
    counted: Mapping[Key, Counted]
    stacked: Floats
    about: Mapping[Key, Any]
    spread: Mapping[Key, sp.csr_array]
    _entering: dict[tuple[Key, bool], NDArray[np.bool_]] = field(default_factory=dict, repr=False)

    def entering(self, key: Key, lone: bool) -> NDArray[np.bool_]:
        """Return from which clusters segments enter, with or without those of a lone rating, (clusters,)."""
        if (key, lone) not in self._entering:
            used = self.counted[key].entering(lone)[self.videos]
            self._entering[key, lone] = np.bincount(self.cluster, used, len(self.index)) > 0
        return self._entering[key, lone]

    def spread_of(self, key: Key) -> sp.csr_array:
        """Return what puts sums of the part's columns in the places of all columns."""
        own = self.columns[key].shape[0]
        return self.spread.get(key, sp.csr_array(sp.eye_array(own)))


def part(ratings: Ratings, stratum: str, videos: NDArray[np.int64], counts: Counts) -> Part:
    """Sum the tallies of some videos of a stratum into clusters."""
    index, code = np.unique(ratings.cluster[videos], return_inverse=True)
    single = bool((code == np.arange(len(code))).all())
    into = indicator(code, len(index)).T
    run = len(videos) > 0 and bool((np.diff(videos) == 1).all())
    stacked = counts.stacked[:, videos[0] : videos[-1] + 1] if run else counts.stacked[:, videos]
    stacked = stacked if single else np.asarray(stacked @ into)
    dense = {key: c.columns for key, c in counts.by_key.items() if not sp.issparse(c.columns)}
    places = consecutive(len(columns) for columns in dense.values())
    columns: dict[Key, Columns] = {key: stacked[place] for key, place in zip(dense, places, strict=True)}
    about, spread = {key: c.about for key, c in counts.by_key.items()}, {}
    for key, c in counts.by_key.items():
        if sp.issparse(c.columns):
            taken = some_columns(c.columns, videos)
            taken = taken if single else sp.csc_array(taken @ into)
            filled = np.flatnonzero(np.bincount(taken.indices, minlength=taken.shape[0]))
            if hasattr(c.about, "only") and len(filled) < taken.shape[0]:
                spread[key] = indicator(filled, taken.shape[0])
                taken, about[key] = taken[filled], c.about.only(filled)
            columns[key] = taken
    return Part(stratum, videos, index, code, columns, counts.by_key, stacked, about, spread)
