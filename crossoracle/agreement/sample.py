"""Point values, replicates and left-out values of every row, from tallies and one set of weights.

Narrow tallies use all the replicates; a wide one whose work (replicates times its entries and cells) would
exceed `WORK` uses the first 999, and its rows say so. Left-out values delete one cluster at a time; where
cells times clusters would exceed `EXACT`, they follow from the gradient over cells (infinitesimal jackknife).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import CellTally, Columns, Counted, Floats
from crossoracle.agreement.concordance import ClusterPairs, grid, kendall_tau_b
from crossoracle.agreement.tallying import Key, Part, Row, consecutive
from crossoracle.stats.memory import keep_freed_memory
from crossoracle.stats.resampling import (
    BLOCK,
    GROUP,
    Drawn,
    GivenWeights,
    Weights,
    in_threads,
    map_replicates,
    weighted_sums,
    weights_of,
)

Sums = NDArray[np.floating]  # counts may come in single precision, where that is exact
Balance = Callable[[tuple[int, ...]], Floats]  # concordant less discordant pairs of the videos of some parts
WORK = 2e9  # multiplications above which a wide tally uses FEWER replicates
FEWER = 999
EXACT = 2e8  # cells times clusters up to which clusters are left out one by one
PIECE = 1 << 21  # numbers held at a time while leaving out
CHUNK = 1 << 24  # numbers held at a time by one thread while resampling
HOT = 1 << 21  # the same where weights are drawn already, and a tally at a time can stay in the cache


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

    @cached_property
    def by_key(self) -> dict[Key, list[Row]]:
        """The rows that read each tally and can be computed."""
        found: dict[Key, list[Row]] = {}
        for row, key in self.keys.items():
            if row not in self.refused:
                found.setdefault(key, []).append(row)
        return found

    @cached_property
    def widths(self) -> dict[Key, int]:
        """How many numbers the closed forms of each tally hold for one replicate."""
        found = {key: max(part.columns[key].shape[0] for part in self.parts) for key in self.by_key}
        for key in self.by_key:
            if self._gridded(key):
                found[key] = max(found[key], 3 * grid(self.counted[key].about))
        return found

    def _gridded(self, key: Key) -> bool:
        """Return whether the concordant pairs of a tally are counted on the grid of its levels."""
        rows = self.by_key[key]
        return key not in self.pairs and any(row.coefficient.value is kendall_tau_b for row in rows)

    def total(self, key: Key, where: Slice) -> Floats:
        """Return the summed tally (columns,) of a slice."""
        columns = {p: self.parts[p].columns[key] for p in where.parts}
        sums = {p: np.asarray(c.sum(axis=1), dtype=np.float64) for p, c in columns.items()}
        return self.added(key, where, sums).astype(np.float64)

    def added(self, key: Key, where: Slice, sums: Mapping[int, Sums]) -> Sums:
        """Add up the sums of a tally over the parts of a slice."""
        if len(where.parts) == 1 or key not in self._spread:
            return reduce(np.add, [sums[p] for p in where.parts])
        return np.asarray(self._spread[key] @ np.concatenate([sums[p] for p in where.parts]))

    @cached_property
    def _spread(self) -> dict[Key, sp.csr_array]:
        """What puts the sums of all parts, one below the other, in the places of all columns."""
        keys = {key for part in self.parts for key in part.spread}
        return {key: sp.csr_array(sp.hstack([p.spread_of(key) for p in self.parts])) for key in keys}

    def columns(self, key: Key, where: Slice) -> list[Columns]:
        """Return the columns (columns, clusters) of each part of a slice, the same columns in all."""
        parts = [self.parts[p] for p in where.parts]
        if len(parts) == 1 or key not in self._spread:
            return [part.columns[key] for part in parts]
        return [sp.csc_array(part.spread_of(key) @ part.columns[key]) for part in parts]

    def clusters(self, where: Slice) -> NDArray[np.int64]:
        """Return where the clusters of a slice stand among the clusters of all parts."""
        first = np.cumsum([0, *(len(p.index) for p in self.parts)])
        return np.concatenate([first[p] + np.arange(len(self.parts[p].index)) for p in where.parts])

    def about(self, key: Key, where: Slice) -> Any:
        """Return what the columns of a tally are in a slice."""
        whole = len(where.parts) > 1
        return self.counted[key].about if whole else self.parts[where.parts[0]].about[key]

    def values(
        self, key: Key, where: Slice, sums: Sums, balance: Floats | None
    ) -> Iterator[tuple[Row, Floats]]:
        """Yield the closed form of each row of a tally from its sums (columns, ...) in a slice."""
        known = [] if balance is None else [balance]
        yield from self.forms(key, key.tally.view(sums, self.about(key, where), *known))

    def views(self, key: Key, sums: Mapping[int, Sums], balance: Balance | None) -> Iterator[Any]:
        """Yield the view of a tally in each slice from its sums (columns, ...) in each part.

        ``balance`` tells the concordant pairs of some parts, where they are known without the sums.
        """

        def known(parts: tuple[int, ...]) -> list[Floats]:
            return [] if balance is None else [balance(parts)]

        together = None if self._gridded(key) else getattr(key.tally, "together", None)
        own = {p: key.tally.view(sums[p], self.parts[p].about[key], *known((p,))) for p in sums}
        for where in self.slices:
            if len(where.parts) == 1:
                yield own[where.parts[0]]
            elif together:
                yield together([own[p] for p in where.parts], *known(where.parts))
            else:
                total = self.added(key, where, sums)
                yield key.tally.view(total, self.about(key, where), *known(where.parts))

    def forms(self, key: Key, view: Any) -> Iterator[tuple[Row, Floats]]:
        """Yield the closed form of each row of a tally from a view of its sums."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for row in self.by_key[key]:
                if row.coefficient.value is not None:
                    yield row, np.asarray(row.coefficient.value(view), dtype=float)


def point(study: Tallied, where: Slice) -> dict[Row, float]:
    """Return the value of every row in a slice."""
    found: dict[Row, float] = {}
    clusters = study.clusters(where)
    for key in study.by_key:
        balance = None
        if key in study.pairs:
            balance = study.pairs[key].among(clusters).under(np.ones((1, len(clusters))))
        sums = study.total(key, where)[:, None]
        found |= {row: float(v[0]) for row, v in study.values(key, where, sums, balance)}
    return found


def fewer(study: Tallied, key: Key, replicates: int) -> int:
    """Return how many replicates a tally gets when their number is not forced."""
    columns = [part.columns[key] for part in study.parts]
    work = sum(c.nnz + 10 * c.shape[0] for c in columns if sp.issparse(c))
    return replicates if replicates * work <= WORK else min(replicates, FEWER)


def replicate(
    study: Tallied, weights: Weights, keys: Sequence[Key], replicates: int, threads: int | None = None
) -> dict[Row, Floats]:
    """Return the replicates (slices, replicates) of every row of the given tallies."""
    keep_freed_memory()
    found = {r: np.empty((len(study.slices), replicates)) for k in keys for r in study.by_key[k]}
    sums_of = _Sums(study, keys)
    balances = {key: _Balances(study, key) for key in keys if key in study.pairs}

    def chunk(start: int, stop: int) -> None:
        sums = [sums_of(part, weights, start, stop) for part in study.parts]
        drawn = [_weights(part, weights, start, stop) for part in study.parts] if balances else []
        known = {key: of.under(drawn) for key, of in balances.items()}
        for key in keys:
            own = {p: of[key] for p, of in enumerate(sums)}
            for s, view in enumerate(study.views(key, own, known.get(key))):
                for row, v in study.forms(key, view):
                    found[row][s, start:stop] = v

    hold = HOT if isinstance(weights, GivenWeights) else CHUNK
    map_replicates(chunk, replicates, sums_of.chunk(hold), threads)
    return found


@dataclass(frozen=True)
class _Sums:
    """Weighted sums of some tallies: the dense ones in one product, the sparse ones each in its own."""

    study: Tallied
    keys: Sequence[Key]

    def __call__(self, part: Part, weights: Weights, start: int, stop: int) -> dict[Key, Sums]:
        sparse = [key for key in self.keys if sp.issparse(part.columns[key])]
        dense = [key for key in part.columns if not sp.issparse(part.columns[key])]
        tallies: list[Columns] = [part.columns[key] for key in sparse]
        tallies += [part.stacked] if dense else []
        sums = weighted_sums(weights, part.stratum, part.index, tallies, start, stop)
        places = consecutive(part.columns[key].shape[0] for key in dense)
        found = {key: sums[-1][place] for key, place in zip(dense, places, strict=True)}
        return found | dict(zip(sparse, sums, strict=not dense))

    def chunk(self, hold: int) -> int:
        """Return how many replicates to hold at a time, in whole groups where that is possible."""
        width = sum(self.study.widths[key] for key in self.keys) * len(self.study.parts)
        clusters = min(BLOCK, max(len(part.index) for part in self.study.parts))
        most = min(hold // max(width, 1), CHUNK // (4 * max(clusters, 1)), 2048)
        return int(max(1, most // GROUP * GROUP or most))


def _weights(part: Part, weights: Weights, start: int, stop: int) -> Drawn:
    return weights_of(weights, part.stratum, part.index, start, stop)


class _Balances:
    """The concordant pairs of each slice, from those within and between the parts: each is counted once."""

    def __init__(self, study: Tallied, key: Key) -> None:
        some = {pair for where in study.slices for pair in _pairs(where.parts)}
        own = {p: study.clusters(Slice("", None, (p,), np.arange(0))) for pair in some for p in pair}
        whole = study.pairs[key]
        self.matrices = {(p, q): whole.among(own[p], own[q]) for p, q in some}

    def under(self, drawn: Sequence[Drawn]) -> Balance:
        """Return what tells the balance of some parts for the weights (replicates, clusters) of each."""
        known = {
            (p, q): m.under(drawn[p], None if p == q else drawn[q]) for (p, q), m in self.matrices.items()
        }
        return lambda parts: reduce(np.add, [known[pair] for pair in _pairs(parts)])


def _pairs(parts: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return combinations_with_replacement(parts, 2)


def left_out(study: Tallied, where: Slice, key: Key) -> dict[Row, Floats]:
    """Return the value of each row of a tally with each cluster of a slice left out, (clusters,)."""
    total = study.total(key, where)
    balance = study.pairs[key].among(study.clusters(where)).left_out() if key in study.pairs else None
    pieces: dict[Row, list[Floats]] = {row: [] for row in study.by_key[key]}
    done = 0
    for columns in study.columns(key, where):
        for sums, size in _pieces(total, columns, study.widths[key]):
            some = None if balance is None else balance[done : done + size]
            for row, v in study.values(key, where, sums, some):
                pieces[row].append(v)
            done += size
    return {row: np.concatenate(p) for row, p in pieces.items() if p}


def _pieces(total: Floats, columns: Columns, width: int) -> Iterator[tuple[Floats, int]]:
    if not sp.issparse(columns):
        yield total[:, None] - columns, columns.shape[1]
        return
    for some in _slices(columns.shape[1], PIECE // max(width, 1)):
        yield total[:, None] - columns[:, some].toarray(), some.stop - some.start


def _slices(size: int, step: int) -> Iterator[slice]:
    for start in range(0, size, max(step, 1)):
        yield slice(start, min(start + max(step, 1), size))


def by_gradient(study: Tallied, where: Slice, key: Key) -> dict[Row, Floats]:
    """Return left-out values to first order: value - tally of the cluster . gradient over the cells.

    The gradient is the change when one observation is added to a cell.
    """
    total = study.total(key, where)
    gradients: dict[Row, list[Floats]] = {row: [] for row in study.by_key[key]}
    values = dict(study.values(key, where, total[:, None], None))
    for row, changed in _one_more(study, where, key, total):
        gradients[row].append(changed - values[row])
    parts = [study.parts[p] for p in where.parts]
    found = {}
    for row, pieces in gradients.items():
        gradient = np.concatenate(pieces)
        own = [p.spread_of(key).T @ gradient if len(parts) > 1 else gradient for p in parts]
        left = [values[row] - g @ p.columns[key] for g, p in zip(own, parts, strict=True)]
        found[row] = np.concatenate(left)
    return found


def _one_more(study: Tallied, where: Slice, key: Key, total: Floats) -> Iterator[tuple[Row, Floats]]:
    """Yield the values of every row with one more observation in each cell, some cells at a time."""
    about = study.about(key, where)
    for some in _slices(len(total), PIECE // max(len(total), 1)):
        if isinstance(key.tally, CellTally) and key.tally.one_more is not None:
            yield from study.forms(key, key.tally.one_more(total, about, some))
            continue
        sums = np.repeat(total[:, None], some.stop - some.start, axis=1)
        sums[np.arange(some.start, some.stop), np.arange(sums.shape[1])] += 1
        yield from study.values(key, where, sums, None)


def jackknife_values(
    study: Tallied, where: Slice, keys: Iterable[Key], threads: int | None = None
) -> Iterator[tuple[Row, Floats]]:
    """Yield left-out values of every row, exactly or by the gradient, whichever costs less.

    Rows for which both would be unreasonable are not yielded.
    """
    clusters = sum(len(study.parts[p].index) for p in where.parts)

    def one(key: Key) -> dict[Row, Floats]:
        cells = len(study.total(key, where))
        narrow = not sp.issparse(study.parts[where.parts[0]].columns[key])
        if narrow or cells * clusters <= EXACT or clusters <= cells:
            return left_out(study, where, key) if narrow or cells * clusters <= 100 * EXACT else {}
        return by_gradient(study, where, key) if cells**2 <= 100 * EXACT else {}

    with in_threads(threads) as pool:
        for found in pool.map(one, keys):
            yield from found.items()
