"""Agreement of every pair of runs, with its replicates: one coefficient at a time, from one set of weights.

A coefficient of all oracles is taken of the two runs of a pair; a mean over pairs is the coefficient that it
is the mean of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.coefficient import Coefficient, Levels
from crossoracle.agreement.counting import by_dataset, tallied
from crossoracle.agreement.estimation import Marks, Sampled, sampled
from crossoracle.agreement.progress import Tell
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Slice, Tallied, fewer, jackknife_values, point, replicate
from crossoracle.agreement.tallying import Row
from crossoracle.errors import InputError
from crossoracle.stats.resampling import Weights

Pair = tuple[int, int]  # positions of two raters, the smaller first
Videos = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """One coefficient of every pair of raters in one slice.

    ``barred`` says why a pair may have no interval, or warns of it.
    """

    coefficient: Coefficient
    where: Slice
    of: Mapping[Pair, Sampled]
    barred: Mapping[Pair, str]


@dataclass(frozen=True)
class Sampler:
    """How pairs are sampled: on which videos, with which weights, how many at most.

    ``replicates`` None means all of the weights, fewer for wide statistics on large data.
    """

    ratings: Ratings
    videos: Videos
    weights: Weights
    replicates: int | None = None
    bins: int | None = None
    threads: int | None = None

    def pairs(self, coefficients: Sequence[Coefficient], tell: Tell) -> Iterator[Pairs]:
        """Yield every coefficient in every slice: all videos, then each dataset where there are several."""
        marks = Marks.of(self.ratings)
        with threadpool_limits(limits=1):  # the threads are ours: those of BLAS would only wait
            for i, coefficient in enumerate(coefficients):
                tell(f"agreement of runs: {coefficient.name}", i / len(coefficients))
                yield from self._of(coefficient, marks)

    def slices(self) -> tuple[list[tuple[str, Videos]], list[Slice]]:
        """Return the parts, one per dataset that has videos, and the slices that sum them."""
        parts, slices = by_dataset(self.ratings, self.videos)
        return parts, slices if len(parts) > 1 else slices[:1]

    def _of(self, coefficient: Coefficient, marks: Marks) -> Iterator[Pairs]:
        study = self.tallied(coefficient)
        keys = list(study.by_key)
        most = self.weights.replicates if self.replicates is None else self.replicates
        number = most if self.replicates else min([fewer(study, key, most) for key in keys], default=most)
        replicates = replicate(study, self.weights, keys, number, self.threads) if keys else {}
        nothing = np.full((len(study.slices), 0), np.nan)
        for s, where in enumerate(study.slices):
            values, left = point(study, where), dict(jackknife_values(study, where, keys))
            rows = {row: replicates.get(row, nothing)[s] for row in study.keys}
            found = sampled(study, where, list(study.keys), values, rows, left)
            of = {(row.oracles[0], row.oracles[1]): one for row, one in found.items()}
            guards = {pair: marks.within(where).guard(one) for pair, one in of.items()}
            barred = {pair: why for pair, (allowed, why) in guards.items() if why and not allowed}
            yield Pairs(coefficient, where, of, barred)

    def tallied(self, coefficient: Coefficient) -> Tallied:
        """Return what a coefficient of every pair of raters is computed from."""
        base = COEFFICIENTS[coefficient.mean_of or coefficient.name]
        rows = [Row(base, pair) for pair in combinations(range(len(self.ratings.oracles)), 2)]
        return tallied(self.ratings, rows, Levels(self.bins), *self.slices())


def check_about_agreement(coefficients: Sequence[Coefficient]) -> None:
    """Refuse coefficients for which no value means that two runs are the same.

    Raises
    ------
    InputError
        Naming the coefficient, such as a mean difference.
    """
    for c in coefficients:
        if not c.laws & {"perfect", "distance"}:
            raise InputError(
                f"--coefficient {c.name}: found one without a value that means agreement, so that it has no "
                "floor; expected another, such as spearman_within or cohen_kappa"
            )
