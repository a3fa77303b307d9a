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
from crossoracle.agreement.estimation import Marks, Sampled, sampled
from crossoracle.agreement.pairs import concordance_refused, pair_matrices
from crossoracle.agreement.progress import Tell
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Slice, Tallied, fewer, jackknife_values, point, replicate
from crossoracle.agreement.tallying import Key, Row, count, key_of, part, refused
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
        of = self.ratings.dataset[self.videos]
        some = [(name, self.videos[of == d]) for d, name in enumerate(self.ratings.datasets)]
        parts = [(name, videos) for name, videos in some if len(videos)]
        slices = [Slice("all", None, tuple(range(len(parts))), self.videos)]
        if len(parts) > 1:
            slices += [Slice(name, None, (p,), videos) for p, (name, videos) in enumerate(parts)]
        return parts, slices

    def _of(self, coefficient: Coefficient, marks: Marks) -> Iterator[Pairs]:
        base = COEFFICIENTS[coefficient.mean_of or coefficient.name]
        study = self._tallied(base)
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

    def _tallied(self, base: Coefficient) -> Tallied:
        ratings, levels = self.ratings, Levels(self.bins)
        rows = [Row(base, pair) for pair in combinations(range(len(ratings.oracles)), 2)]
        keys: dict[Row, Key] = {row: key_of(row, levels) for row in rows}
        counts = count(ratings, keys.values())
        if self.bins:  # tau-b is binned only where it could not be had otherwise
            barred = [r for r in rows if concordance_refused(ratings, r, counts.by_key[keys[r]])]
            keys |= {row: Key(keys[row].tally, row.oracles, levels) for row in barred}
            counts = count(ratings, keys.values()) if barred else counts
        no = {}
        for row, key in keys.items():
            counted = counts.by_key[key]
            if why := refused(row, counted) or concordance_refused(ratings, row, counted):
                no[row] = why
        parts, slices = self.slices()
        matrices = pair_matrices(ratings, [r for r in rows if r not in no], counts.by_key, keys, parts)
        made = tuple(part(ratings, name, videos, counts) for name, videos in parts)
        return Tallied(counts.by_key, keys, made, tuple(slices), matrices, no)


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
