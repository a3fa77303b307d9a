"""Point values, replicates and left-out values of every row, from tallies and one set of weights.

Narrow tallies use all the replicates; a wide one whose work (replicates times its entries and cells) would
exceed `WORK` uses the first 999, and its rows say so. Left-out values delete one cluster at a time; where
cells times clusters would exceed `EXACT`, they follow from the gradient over cells (infinitesimal jackknife).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import CellTally, Counted, Floats, Tally
from crossoracle.agreement.concordance import ClusterPairs, Concordance
from crossoracle.agreement.tallying import Key, Part, Row
from crossoracle.stats.resampling import Weights, map_replicates, weighted_sums

WORK = 2e9  # multiplications above which a wide tally uses FEWER replicates
FEWER = 999
EXACT = 2e8  # cells times clusters up to which clusters are left out one by one
PIECE = 1 << 21  # numbers held at a time while leaving out
CHUNK = 1 << 22  # numbers held at a time by one thread while resampling


@dataclass(frozen=True)
class Slice:
    """The videos of one set of rows: pooled, one dataset, or one label of a dataset."""

    dataset: str
    label: str | None
    parts: tuple[int, ...]
    videos: NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True)
class Tallied:
    """What rows are computed from: tallies by cluster in parts, and the slices that sum them.

    ``pairs`` holds the cluster-pair matrices of tallies whose concordant pairs are counted that way, over
    the clusters of all parts in order; ``refused`` says why some rows cannot be computed.
    """

    counted: Mapping[Key, Counted]
    keys: Mapping[Row, Key]
    parts: tuple[Part, ...]
    slices: tuple[Slice, ...]
    pairs: Mapping[Key, ClusterPairs] = field(default_factory=dict)
    refused: Mapping[Row, str] = field(default_factory=dict)

    def rows(self, key: Key) -> list[Row]:
        """Return the rows that read a tally."""
        return [row for row, k in self.keys.items() if k == key and row not in self.refused]

    def total(self, key: Key, where: Slice) -> Floats:
        """Return the summed tally (columns,) of a slice."""
        columns = [self.parts[p].columns[key] for p in where.parts]
        sums = [np.asarray(c.sum(axis=0 if sp.issparse(c) else 1)) for c in columns]
        return np.asarray(np.sum(sums, axis=0))

    def clusters(self, where: Slice) -> NDArray[np.int64]:
        """Return where the clusters of a slice stand among the clusters of all parts."""
        first = np.cumsum([0, *(len(p.index) for p in self.parts)])
        return np.concatenate([first[p] + np.arange(len(self.parts[p].index)) for p in where.parts])

    def values(self, key: Key, sums: Floats, pairs: Concordance | None) -> Iterator[tuple[Row, Floats]]:
        """Yield the closed form of each row of a tally from its sums (columns, ...)."""
        views: dict[Tally, Any] = {}
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for row in self.rows(key):
                tally, form = row.coefficient.tally, row.coefficient.value
                if tally is None or form is None:
                    continue
                if tally not in views:
                    known = pairs is not None and isinstance(tally, CellTally) and tally.of_pairs
                    views[tally] = pairs if known else tally.view(sums, self.counted[key].about)
                yield row, np.asarray(form(views[tally]), dtype=float)


def point(study: Tallied, where: Slice) -> dict[Row, float]:
    """Return the value of every row in a slice."""
    found: dict[Row, float] = {}
    clusters = study.clusters(where)
    for key in dict.fromkeys(study.keys.values()):
        pairs = None
        if key in study.pairs:
            pairs = study.pairs[key].among(clusters).under(np.ones((1, len(clusters))))
        sums = study.total(key, where)[:, None]
        found |= {row: float(v[0]) for row, v in study.values(key, sums, pairs)}
    return found


def fewer(study: Tallied, key: Key, replicates: int) -> int:
    """Return how many replicates a tally gets when their number is not forced."""
    columns = [part.columns[key] for part in study.parts]
    work = sum(c.nnz + 10 * c.shape[1] for c in columns if sp.issparse(c))
    return replicates if replicates * work <= WORK else min(replicates, FEWER)


def replicate(
    study: Tallied, weights: Weights, keys: Sequence[Key], replicates: int, threads: int | None = None
) -> dict[Row, Floats]:
    """Return the replicates (slices, replicates) of every row of the given tallies."""
    found = {r: np.full((len(study.slices), replicates), np.nan) for k in keys for r in study.rows(k)}
    among = {
        (key, s): study.pairs[key].among(study.clusters(where))
        for key in keys
        if key in study.pairs
        for s, where in enumerate(study.slices)
    }

    def chunk(start: int, stop: int) -> None:
        sums = [
            weighted_sums(weights, p.stratum, p.index, [p.columns[k] for k in keys], start, stop)
            for p in study.parts
        ]
        drawn = _all_weights(study, weights, start, stop) if among else None
        for s, where in enumerate(study.slices):
            for k, key in enumerate(keys):
                pairs = None
                if drawn is not None and (key, s) in among:
                    pairs = among[key, s].under(drawn[:, study.clusters(where)])
                total = sums[where.parts[0]][k]
                for p in where.parts[1:]:
                    total = total + sums[p][k]
                for row, v in study.values(key, total, pairs):
                    found[row][s, start:stop] = v

    width = sum(_width(p.columns[k]) for p in study.parts for k in keys)
    map_replicates(chunk, replicates, int(np.clip(CHUNK // max(width, 1), 1, 512)), threads)
    return found


def _width(columns: Floats | sp.csr_array) -> int:
    return int(columns.shape[1] if sp.issparse(columns) else columns.shape[0])


def _all_weights(study: Tallied, weights: Weights, start: int, stop: int) -> Floats:
    # cluster pairs are only built for fewer clusters than a block holds
    return np.concatenate([weights.block(p.stratum, start, stop, 0)[:, p.index] for p in study.parts], axis=1)


def left_out(study: Tallied, where: Slice, key: Key) -> dict[Row, Floats]:
    """Return the value of each row of a tally with each cluster of a slice left out, (clusters,)."""
    total = study.total(key, where)
    pairs = study.pairs[key].among(study.clusters(where)).left_out() if key in study.pairs else None
    pieces: dict[Row, list[Floats]] = {row: [] for row in study.rows(key)}
    done = 0
    for columns in (study.parts[p].columns[key] for p in where.parts):
        for sums, size in _pieces(total, columns):
            some = None if pairs is None else _part_of(pairs, done, done + size)
            for row, v in study.values(key, sums, some):
                pieces[row].append(v)
            done += size
    return {row: np.concatenate(p) for row, p in pieces.items() if p}


def _part_of(pairs: Concordance, start: int, stop: int) -> Concordance:
    sides = (pairs.balance, pairs.untied_a, pairs.untied_b)
    return Concordance(*(side[start:stop] for side in sides))


def _pieces(total: Floats, columns: Floats | sp.csr_array) -> Iterator[tuple[Floats, int]]:
    if not sp.issparse(columns):
        yield total[:, None] - columns, columns.shape[1]
        return
    step = max(1, PIECE // len(total))
    for i in range(0, columns.shape[0], step):
        some = columns[i : i + step]
        yield total[:, None] - some.toarray().T, some.shape[0]


def by_gradient(study: Tallied, where: Slice, key: Key) -> dict[Row, Floats]:
    """Return left-out values to first order: value - tally of the cluster . gradient over the cells.

    The gradient is the change when one observation is added to a cell.
    """
    total = study.total(key, where)
    gradients: dict[Row, list[Floats]] = {row: [] for row in study.rows(key)}
    step = max(1, PIECE // len(total))
    values = dict(study.values(key, total[:, None], None))
    for i in range(0, len(total), step):
        sums = np.repeat(total[:, None], min(step, len(total) - i), axis=1)
        sums[np.arange(i, i + sums.shape[1]), np.arange(sums.shape[1])] += 1
        for row, v in study.values(key, sums, None):
            gradients[row].append(v - values[row])
    columns = [study.parts[p].columns[key] for p in where.parts]
    return {
        row: np.concatenate([values[row] - c @ np.concatenate(g) for c in columns])
        for row, g in gradients.items()
        if g
    }


def jackknife_values(study: Tallied, where: Slice, keys: Iterable[Key]) -> Iterator[tuple[Row, Floats]]:
    """Yield left-out values of every row, exactly or by the gradient, whichever costs less.

    Rows for which both would be unreasonable are not yielded.
    """
    clusters = sum(len(study.parts[p].index) for p in where.parts)
    for key in keys:
        columns = study.parts[where.parts[0]].columns[key]
        cells = _width(columns)
        if not sp.issparse(columns) or cells * clusters <= EXACT or clusters <= cells:
            if cells * clusters <= 100 * EXACT:
                yield from left_out(study, where, key).items()
        elif cells**2 <= 100 * EXACT:
            yield from by_gradient(study, where, key).items()
