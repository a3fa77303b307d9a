"""The permutation null of agreement: what remains when each oracle's segments trade places within videos.

Scores and kept flags move together. Two nulls are drawn, shuffles and rotations (`stats.permutation`); the
larger p-value is reported, so that a claim must stand against both. A draw is counted once, and serves every
set of videos: a value needs sums over videos alone, and clusters play no part in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.sparse as sp

from crossoracle.agreement.coefficient import Coefficient, Columns, Floats
from crossoracle.agreement.concordance import grid, kendall_tau_b
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Slice
from crossoracle.agreement.tallying import Counts, Key, Row, count, rows_of
from crossoracle.stats.permutation import NULLS, within_videos

LARGEST = 1 << 24  # cells of the largest grid of levels that a draw may build
HELD = 1 << 22  # numbers that the closed forms hold at a time
SLACK = 1e-12  # relative, as in `stats.permutation.p_value`: ties are not lost to rounding
Where = tuple[Row, str, str | None]
Points = dict[Row, Floats]


@dataclass
class _Extremes:
    """How many draws are at least as extreme as what was observed, and how many are defined, (slices,)."""

    observed: Floats
    orientation: int

    def __post_init__(self) -> None:
        self.extreme, self.defined = np.zeros((2, len(self.observed)), dtype=np.int64)

    def add(self, drawn: Floats) -> None:
        """Count one draw."""
        least = self.orientation * self.observed - SLACK * np.maximum(np.abs(self.observed), 1.0)
        self.extreme += self.orientation * drawn >= least  # never where either is undefined
        self.defined += np.isfinite(drawn)

    @property
    def p(self) -> Floats:
        """(extreme + 1) / (defined + 1), undefined where the observed value or every draw is."""
        some = np.isfinite(self.observed) & (self.defined > 0)
        return np.where(some, (self.extreme + 1) / (self.defined + 1), np.nan)


def p_values(
    ratings: Ratings,
    keys: Mapping[Row, Key],
    slices: Sequence[Slice],
    wanted: Sequence[Coefficient],
    draws: int,
    seed: int,
    threads: int | None = None,
    tell: Callable[[str, float], None] | None = None,
) -> dict[Where, float]:
    """Return the p-value of every row in every slice; none where ``draws`` is 0.

    ``keys`` are the tallies of the rows that can be computed. Undefined for coefficients that do not depend
    on the order within videos, and for Kendall's tau-b of scores with so many levels that its grid would not
    fit. ``tell`` is told how much is done.
    """
    if draws == 0 or not keys or not slices:
        return {}
    points = partial(_points, keys=keys, among=_members(ratings, slices), wanted=wanted)
    observed = points(ratings)
    p: dict[Row, Floats] = {}
    for i, null in enumerate(NULLS):
        found = {row: _Extremes(v, row.coefficient.orientation) for row, v in observed.items()}
        with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            drawn = pool.map(lambda d, null=null: points(_moved(ratings, null, seed, d)), range(draws))
            for d, values in enumerate(drawn):
                for row, v in values.items():
                    found[row].add(v)
                if tell is not None:
                    tell("permuting", (i + (d + 1) / draws) / len(NULLS))
        p = {row: np.fmax(one.p, p.get(row, np.nan)) for row, one in found.items()}
    return {
        (row, where.dataset, where.label): float(values[s])
        for row, values in p.items()
        if row.coefficient.orientation
        for s, where in enumerate(slices)
    }


def _members(ratings: Ratings, slices: Sequence[Slice]) -> sp.csc_array:
    """Return which videos are in which slice, (videos, slices)."""
    reach = np.concatenate([[0], np.cumsum([len(where.videos) for where in slices])])
    videos = np.concatenate([where.videos for where in slices])
    return sp.csc_array((np.ones(len(videos)), videos, reach), shape=(ratings.videos, len(slices)))


def _moved(ratings: Ratings, null: str, seed: int, draw: int) -> Ratings:
    key = [seed, NULLS.index(null), draw]
    rngs = [np.random.default_rng([*key, g]) for g in range(len(ratings.oracles))]
    return ratings.rearranged([within_videos(ratings.length, null, rng=rng) for rng in rngs])


def _points(
    ratings: Ratings, *, keys: Mapping[Row, Key], among: sp.csc_array, wanted: Sequence[Coefficient]
) -> Points:
    """Return the values (slices,) of every row, and of the means over pairs of rows."""
    counts = count(ratings, keys.values())
    rows_by_key: dict[Key, list[Row]] = {}
    for row, key in keys.items():
        rows_by_key.setdefault(key, []).append(row)
    found: Points = {}
    for key, rows in rows_by_key.items():
        found |= _values(key, rows, counts, among)
    for c in wanted:
        pairs = [v for row, v in found.items() if row.coefficient.name == c.mean_of]
        if pairs:
            found[rows_of(c, len(ratings.oracles))[0]] = np.mean(pairs, axis=0)
    return found


def _values(key: Key, rows: Sequence[Row], counts: Counts, among: sp.csc_array) -> Points:
    columns, about = counts.by_key[key].columns, counts.by_key[key].about
    width, concordant = columns.shape[0], [r for r in rows if r.coefficient.value is kendall_tau_b]
    if concordant and grid(about) > LARGEST:
        rows, concordant = [row for row in rows if row not in concordant], []
    if concordant:
        width = max(width, 3 * grid(about))
    found = {row: np.full(among.shape[1], np.nan) for row in rows}
    for some, sums in _sums(columns, among, max(HELD // max(width, 1), 1)):
        view = key.tally.view(sums, about)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for row in rows:
                if row.coefficient.value is not None:
                    found[row][some] = row.coefficient.value(view)
    return found


def _sums(columns: Columns, among: sp.csc_array, step: int) -> Iterator[tuple[slice, Floats]]:
    """Yield the sums (columns, some slices) of a tally, some slices at a time."""
    for start in range(0, among.shape[1], step):
        some = slice(start, min(start + step, among.shape[1]))
        sums = columns @ among[:, some]
        dense = sums.toarray() if isinstance(sums, sp.csc_array) else sums
        yield some, np.asarray(dense, dtype=np.float64)
