"""Two oracles' categories: their margins over levels, and what the closed forms read of them."""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np

from crossoracle.agreement.coefficient import Floats
from crossoracle.stats.ranks import cumulative


def over_levels(x: Floats, y: Floats) -> Floats:
    """Return the sum over levels of x times y, (levels, ...) each."""
    return np.asarray(np.einsum("k...,k...->...", x, y))


class PairTable(Protocol):
    """Two oracles' categories: segments n, equal ones, the two margins (levels, ...).

    Sums over levels are worked out once, for all coefficients.
    """

    @property
    def n(self) -> Floats: ...  # noqa: D102
    @property
    def agree(self) -> Floats: ...  # noqa: D102
    @property
    def a(self) -> Floats: ...  # noqa: D102
    @property
    def b(self) -> Floats: ...  # noqa: D102

    @cached_property
    def squares(self) -> tuple[Floats, Floats]:
        """Sum over levels of the squares of each margin: ordered pairs of segments that are tied in it."""
        return over_levels(self.a, self.a), over_levels(self.b, self.b)

    @cached_property
    def crossed(self) -> Floats:
        """Sum over levels of one margin times the other."""
        return over_levels(self.a, self.b)

    @cached_property
    def up_to(self) -> tuple[Floats, Floats]:
        """Number of segments up to each level, in each margin."""
        return cumulative(self.a), cumulative(self.b)
