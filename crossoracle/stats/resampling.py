"""The cluster bootstrap as one product: weights (replicates x clusters) times tallies (clusters x columns).

A replicate draws the clusters of each stratum with replacement; its weights are the multinomial counts of
that draw. They are made in blocks of 64 replicates by 4,096 clusters, each block from a stream of its own
that is keyed by (seed, stratum, group, block), so that neither the threads, nor the order of the work, nor
the number of statistics changes a weight, and fewer replicates are a prefix of more.

References
----------
Field & Welsh (2007), *J. R. Statist. Soc. B* 69:369-390; Davison & Hinkley (1997), section 3.8.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.errors import InputError, UnknownNameError

GROUP = 64  # replicates that share a stream
BLOCK = 4096  # clusters that share a stream; a power of two, so that 12 random bits name a cluster
REPLICATES = 9999  # unless another number is asked for
STORED = 1 << 25  # weights up to which all are drawn at once
Floats = NDArray[np.float64]
Drawn = NDArray[np.int32] | Floats  # counts, or any weights from outside
Columns = Floats | sp.csc_array
Result = TypeVar("Result")


class Weights(Protocol):
    """Replicate weights of every stratum, given block by block."""

    @property
    def replicates(self) -> int:
        """Number of replicates."""

    def block(self, stratum: str, start: int, stop: int, block: int) -> Drawn:
        """Return weights (stop - start, clusters of the block) of replicates start to stop."""


def _key(text: str) -> list[int]:
    digest = hashlib.sha256(text.encode()).digest()
    return [int.from_bytes(digest[i : i + 4], "little") for i in (0, 4, 8, 12)]


def _stream(seed: int, stratum: str, group: int, block: int) -> np.random.SFC64:
    return np.random.SFC64(np.random.SeedSequence([seed, *_key(stratum), group, block + 1]))


@dataclass(frozen=True)
class ClusterWeights:
    """Multinomial weights, drawn within strata and never stored.

    Parameters
    ----------
    clusters : mapping
        Number of clusters of each stratum (stratum name -> number).
    replicates, seed : int
        B, and the seed that every stream derives from.
    """

    clusters: Mapping[str, int]
    replicates: int
    seed: int

    def block(self, stratum: str, start: int, stop: int, block: int) -> Drawn:
        """Return weights (stop - start, clusters of the block); a row sums to n over all blocks."""
        first, last = start // GROUP, -(-stop // GROUP)
        size = min(BLOCK, self.clusters[stratum] - block * BLOCK)
        counts = np.empty(((last - first) * GROUP, size), dtype=np.int32)
        for row, group in enumerate(range(first, last)):
            counts[row * GROUP : (row + 1) * GROUP] = self._group(stratum, group, block)
        return counts[start - first * GROUP : stop - first * GROUP]

    def stored(self) -> GivenWeights:
        """Return the same weights, all drawn: worth it where they are small and used more than once."""
        found: dict[str, Drawn] = {}
        for name, n in self.clusters.items():
            blocks = [self.block(name, 0, self.replicates, b) for b in range(-(-n // BLOCK))]
            found[name] = np.concatenate([np.zeros((self.replicates, 0), np.int32), *blocks], axis=1)
        return GivenWeights(found)

    def _group(self, stratum: str, group: int, block: int) -> NDArray[np.int64]:
        n = self.clusters[stratum]
        size = min(BLOCK, n - block * BLOCK)
        totals = _totals(self.seed, stratum, group, n)[:, block]
        draws = _uniform(_stream(self.seed, stratum, group, block), int(totals.sum()), size)
        cells = np.repeat(np.arange(0, GROUP * size, size), totals)
        cells += draws
        return np.bincount(cells, minlength=GROUP * size).reshape(GROUP, size)


@lru_cache(maxsize=512)  # every block of a group asks for them; three large strata can be held
def _totals(seed: int, stratum: str, group: int, n: int) -> NDArray[np.int32]:
    """Return how many of the n draws of each replicate fall into each block, (GROUP, blocks)."""
    sizes = np.diff(np.append(np.arange(0, n, BLOCK), n))
    if len(sizes) == 1:
        return np.full((GROUP, 1), n, dtype=np.int32)
    rng = np.random.Generator(_stream(seed, stratum, group, -1))
    return rng.multinomial(n, sizes / n, size=GROUP).astype(np.int32)


def _uniform(bits: np.random.SFC64, count: int, size: int) -> NDArray[np.uint16]:
    if size != BLOCK:
        return np.random.Generator(bits).integers(0, size, size=count, dtype=np.uint16)
    raw = np.asarray(bits.random_raw(-(-count // 4)), dtype="<u8").view("<u2")[:count]
    return raw & np.uint16(BLOCK - 1)


@dataclass(frozen=True)
class GivenWeights:
    """Weights that are there already: one matrix (replicates, clusters) per stratum."""

    matrices: Mapping[str, Drawn]

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return len(next(iter(self.matrices.values())))

    def block(self, stratum: str, start: int, stop: int, block: int) -> Drawn:
        """Return weights (stop - start, clusters of the block)."""
        if stratum not in self.matrices:
            raise UnknownNameError("stratum of the given weights", stratum, self.matrices)
        columns = slice(block * BLOCK, (block + 1) * BLOCK)
        return self.matrices[stratum][start:stop, columns]


def cluster_weights(clusters: Mapping[str, int], replicates: int, seed: int) -> Weights:
    """Return the weights of a study: all drawn at once where they are few, else whenever asked for."""
    weights = ClusterWeights(clusters, replicates, seed)
    return weights.stored() if 0 < sum(clusters.values()) * replicates <= STORED else weights


def weights_of(weights: Weights, stratum: str, index: NDArray[np.int64], start: int, stop: int) -> Drawn:
    """Return the weights of some clusters of a stratum, in any order, (stop - start, clusters)."""
    of = index // BLOCK
    blocks = {b: weights.block(stratum, start, stop, b) for b in np.unique(of).tolist()}
    found: Drawn = np.zeros((stop - start, len(index)), np.result_type(np.int32, *blocks.values()))
    for block, drawn in blocks.items():
        here = of == block
        found[:, here] = drawn[:, index[here] - block * BLOCK]
    return found


def draws_to_weights(draws: NDArray[np.integer], clusters: int) -> Floats:
    """Turn index draws (replicates, n) into weights (replicates, clusters)."""
    cells = draws + np.arange(len(draws))[:, None] * clusters
    counts = np.bincount(cells.ravel(), minlength=len(draws) * clusters)
    return counts.reshape(len(draws), clusters).astype(np.float64)


def weighted_sums(
    weights: Weights,
    stratum: str,
    index: NDArray[np.int64],
    tallies: Sequence[Columns],
    start: int,
    stop: int,
) -> list[NDArray[np.floating]]:
    """Sum tallies under replicates ``start`` to ``stop`` of one stratum.

    Parameters
    ----------
    index : array, shape (clusters,)
        Position of each tallied cluster in the sorted order of the stratum, increasing.
    tallies : sequence
        Dense or sparse (CSC), (columns, clusters).

    Returns
    -------
    list of array
        One (columns, stop - start) per tally, summed over blocks in order.
    """
    sums: list[NDArray[np.floating]] = []
    for block, rows in _blocks(index):
        drawn = weights.block(stratum, start, stop, block)
        here = index[rows] - block * BLOCK
        if here[-1] >= drawn.shape[1]:
            raise InputError(
                f"weights of {stratum!r} have {drawn.shape[1]} clusters; expected {index[-1] + 1}"
            )
        if len(here) != drawn.shape[1]:
            drawn = drawn[:, here]
        by_cluster = {kind: np.ascontiguousarray(drawn.T, dtype=kind) for kind in _kinds(tallies, drawn)}
        if not all(map(sp.issparse, tallies)):
            floats = drawn.astype(np.float64, copy=False).T  # BLAS reads it either way: nothing is turned
        products = [
            np.asarray(_some(t, rows) @ (by_cluster[_kind(t, drawn)] if sp.issparse(t) else floats))
            for t in tallies
        ]
        sums = [total + more for total, more in zip(sums, products, strict=True)] if sums else products
    return sums or [np.zeros((tally.shape[0], stop - start)) for tally in tallies]


def _some(tally: Columns, rows: slice) -> Columns:
    return tally if rows == slice(0, tally.shape[1]) else tally[:, rows]  # which copies a sparse one


def _kind(tally: sp.csc_array, drawn: Drawn) -> np.dtype[Any]:
    """Return the type of the products: the tally's own where both it and the weights are whole numbers."""
    return np.dtype(tally.dtype if np.issubdtype(drawn.dtype, np.integer) else np.float64)


def _kinds(tallies: Sequence[Columns], drawn: Drawn) -> set[np.dtype[Any]]:
    return {_kind(tally, drawn) for tally in tallies if sp.issparse(tally)}


def _blocks(index: NDArray[np.int64]) -> Iterator[tuple[int, slice]]:
    if len(index) == 0:
        return
    for block in range(int(index[0]) // BLOCK, int(index[-1]) // BLOCK + 1):
        low, high = np.searchsorted(index, [block * BLOCK, (block + 1) * BLOCK])
        if high > low:
            yield block, slice(int(low), int(high))


def map_replicates(
    work: Callable[[int, int], Result], replicates: int, chunk: int, threads: int | None = None
) -> list[Result]:
    """Call ``work(start, stop)`` over chunks of replicates in threads, and keep the order.

    ``threads`` defaults to one per core.
    """
    spans = [(start, min(start + chunk, replicates)) for start in range(0, replicates, chunk)]
    with in_threads(threads) as pool:
        return list(pool.map(lambda span: work(*span), spans))


def in_threads(threads: int | None = None) -> ThreadPoolExecutor:
    """Return where work is done side by side, by one thread per core unless told otherwise."""
    return ThreadPoolExecutor(threads or os.cpu_count())
