"""The joint table of two oracles: how often they give each pair of levels.

The table is sparse, one column per video and one row (a cell) per pair of levels that occurs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import CellTally, Counted, Floats, Levels
from crossoracle.agreement.levels import Codes, coded, distinct, indicator, sparse_counts
from crossoracle.agreement.margins import PairTable, over_levels
from crossoracle.agreement.ratings import Ratings


@dataclass(frozen=True)
class Cells:
    """The distinct pairs of levels of a joint table: codes x, y (cells,) and the value of each level."""

    x: Codes
    y: Codes
    values: Floats

    def only(self, some: Codes) -> Cells:
        """Return some of the cells, with the same levels."""
        return Cells(self.x[some], self.y[some], self.values)

    @cached_property
    def gaps(self) -> sp.csr_array:
        """The absolute difference of the levels of each cell, (1, cells)."""
        return sp.csr_array(np.abs(self.values[self.x] - self.values[self.y])[None])

    @cached_property
    def into_x(self) -> sp.csr_array:
        """The 0/1 matrix (levels, cells) that sums cells into the first margin."""
        return indicator(self.x, len(self.values))

    @cached_property
    def into_y(self) -> sp.csr_array:
        """The 0/1 matrix (levels, cells) that sums cells into the second margin."""
        return indicator(self.y, len(self.values))

    @cached_property
    def into_both(self) -> sp.csr_array:
        """The matrix (levels, cells) that sums cells into both margins."""
        return sp.csr_array(self.into_x + self.into_y)


@dataclass(frozen=True)
class JointTable(PairTable):
    """Counts of pairs of levels, (cells, ...), of segments that both oracles rate.

    ``balance`` is the number of concordant minus discordant pairs of segments, where it is known without
    the table (`pairs`).
    """

    counts: Floats
    cells: Cells
    balance: Floats | None = None

    @property
    def levels(self) -> Floats:
        """Value of each level, (levels,)."""
        return self.cells.values

    @cached_property
    def a(self) -> Floats:
        """Margin of the first oracle, (levels, ...)."""
        return np.asarray(self.cells.into_x @ self.counts, dtype=np.float64)

    @cached_property
    def b(self) -> Floats:
        """Margin of the second oracle, (levels, ...)."""
        return np.asarray(self.cells.into_y @ self.counts, dtype=np.float64)

    @cached_property
    def n(self) -> Floats:
        """Number of segments, (...)."""
        return np.asarray(self.a.sum(axis=0))

    @cached_property
    def agree(self) -> Floats:
        """Number of segments with equal levels, (...)."""
        return np.asarray(self.counts[self.cells.x == self.cells.y].sum(axis=0, dtype=np.float64))

    def bilinear(self, p: Floats, q: Floats) -> Floats:
        """Return the sum over segments of p at the first level times q at the second; p, q (levels, ...)."""
        products = np.take(q.astype(self.counts.dtype), self.cells.y, axis=0)
        products *= self.counts
        return over_levels(p, self.cells.into_x @ products)

    @cached_property
    def distance(self) -> Floats:
        """Sum of absolute score differences, (...)."""
        gaps = self.cells.gaps.astype(self.counts.dtype)
        return np.asarray((gaps @ self.counts)[0], dtype=np.float64)


def added(name: str) -> cached_property[Floats]:
    """Return a property: the sum of one of every table."""
    return cached_property(lambda joined: reduce(np.add, [getattr(table, name) for table in joined.tables]))


@dataclass(frozen=True)
class Joined(PairTable):
    """The joint tables of several sets of videos, with the same levels: what they count is added up."""

    tables: Sequence[JointTable]
    balance: Floats | None = None

    n, agree, distance, a, b = map(added, ("n", "agree", "distance", "a", "b"))

    @property
    def levels(self) -> Floats:
        """Value of each level, (levels,)."""
        return self.tables[0].levels

    def bilinear(self, p: Floats, q: Floats) -> Floats:
        """Return the sum over segments of p at the first level times q at the second; p, q (levels, ...)."""
        return reduce(np.add, [table.bilinear(p, q) for table in self.tables])


@dataclass(frozen=True)
class OneMore(PairTable):
    """A joint table with one more segment in one of ``some`` cells, for each of them: (..., some).

    What the closed forms see of it follows from the table itself, without a table for each cell.
    """

    counts: Floats
    cells: Cells
    some: slice

    @cached_property
    def _table(self) -> Floats:
        size = len(self.levels)
        return np.asarray(sp.coo_array((self.counts, (self.cells.x, self.cells.y)), (size, size)).toarray())

    @property
    def levels(self) -> Floats:
        """Value of each level, (levels,)."""
        return self.cells.values

    @cached_property
    def a(self) -> Floats:
        """Margin of the first oracle, (levels, some)."""
        return np.asarray(self._table.sum(axis=1)[:, None] + self._own(self.cells.x))

    @cached_property
    def b(self) -> Floats:
        """Margin of the second oracle, (levels, some)."""
        return np.asarray(self._table.sum(axis=0)[:, None] + self._own(self.cells.y))

    def _own(self, code: Codes) -> NDArray[np.bool_]:
        return np.asarray(np.equal.outer(np.arange(len(self.levels)), code[self.some]))

    @property
    def n(self) -> Floats:
        """Number of segments, (some,)."""
        return np.full(len(self.cells.x[self.some]), self.counts.sum() + 1)

    @property
    def agree(self) -> Floats:
        """Number of segments with equal levels, (some,)."""
        return np.asarray(np.trace(self._table) + (self.cells.x == self.cells.y)[self.some])

    @property
    def distance(self) -> Floats:
        """Sum of absolute score differences, (some,)."""
        gaps = self.cells.gaps.toarray()[0]
        return np.asarray(gaps @ self.counts + gaps[self.some])

    @cached_property
    def balance(self) -> Floats:
        """Concordant minus discordant pairs of segments, (some,)."""
        order = np.sign(np.subtract.outer(np.arange(len(self.levels)), np.arange(len(self.levels))))
        gained = (order.T @ self._table @ order)[self.cells.x, self.cells.y]
        return np.asarray(self.counts @ gained / 2 + gained[self.some])

    def bilinear(self, p: Floats, q: Floats) -> Floats:
        """Return the sum over segments of p at the first level times q at the second; p, q (levels, some)."""
        own = np.arange(p.shape[1])
        more = p[self.cells.x[self.some], own] * q[self.cells.y[self.some], own]
        return np.asarray((p * (self._table @ q)).sum(axis=0) + more)


def count_joint(ratings: Ratings, oracles: tuple[int, ...], levels: Levels) -> Counted:
    """Count the pairs of levels of two oracles; ``about`` is `Cells`."""
    (x, y), values = coded(ratings, oracles, levels)
    both, size = (x >= 0) & (y >= 0), len(values)
    cell, column = distinct(x[both].astype(np.int64) * size + y[both], size**2)
    segments = ratings.per_video(both)
    columns = sparse_counts(segments, column, np.ones(len(column), np.int32), len(cell))
    return Counted(columns, segments, Cells(cell // max(size, 1), cell % max(size, 1), values))


JOINT = CellTally("joint table", count_joint, JointTable, Joined, OneMore)
