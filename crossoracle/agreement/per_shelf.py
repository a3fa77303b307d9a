"""What is worked out on one shelf of videos, wherever that happens, and added up by `streaming`.

Twice: first the sums of all tallies, as they are and under every replicate; then, when the sums over all
shelves are known, what leaving out each cluster does to the estimates, and what they rest on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crossoracle.agreement.catalogue import find
from crossoracle.agreement.coefficient import Coefficient, Floats, Levels, StackTally
from crossoracle.agreement.counting import counted
from crossoracle.agreement.estimation import Marks, Sampled, together
from crossoracle.agreement.leaving import Moments, Rest
from crossoracle.agreement.pairs import videos_of_pairs
from crossoracle.agreement.per_video import per_video
from crossoracle.agreement.ratings import Ratings, empty
from crossoracle.agreement.run import by_tally, of_coefficients
from crossoracle.agreement.sample import Slice, Tallied
from crossoracle.agreement.tallying import Key, Row, consecutive, key_of, rows_of, with_bases
from crossoracle.stats.memory import keep_freed_memory
from crossoracle.stats.resampling import ClusterWeights, map_replicates, weighted_sums

CHUNK = 1024  # replicates of a shelf at a time
POOLED = "all"


@dataclass(frozen=True)
class Job:
    """What is asked of every shelf; it travels to where the work is done.

    ``coefficients`` are names, all of narrow tallies; ``weights`` those of all clusters.
    """

    coefficients: tuple[str, ...]
    oracles: int
    weights: ClusterWeights
    by: str
    threads: int | None = None

    def __reduce__(self) -> tuple[type[Job], tuple[object, ...]]:
        return type(self), tuple(getattr(self, one.name) for one in fields(self))  # nothing that was cached

    @cached_property
    def wanted(self) -> list[Coefficient]:
        """The coefficients."""
        return find(self.coefficients)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows that have a tally of their own."""
        return [row for c in with_bases(self.wanted) for row in rows_of(c, self.oracles)]

    @cached_property
    def keys(self) -> dict[Row, Key]:
        """The tally of each row."""
        return {row: key_of(row, Levels()) for row in self.rows}

    @cached_property
    def places(self) -> dict[Key, slice]:
        """Where the columns of each tally are, one below the other."""
        keys, none = list(dict.fromkeys(self.keys.values())), empty(self.oracles)
        tallies = [(key.tally, key.oracles) for key in keys]
        sizes = [len(t.count(none, of, 0.0)) - 1 for t, of in tallies if isinstance(t, StackTally)]
        return dict(zip(keys, consecutive(sizes), strict=True))

    def slices(self, dataset: str) -> list[Slice]:
        """Return the slices that a shelf of a dataset is part of."""
        names = (POOLED, dataset) if self.by == "dataset" else (POOLED,)
        return [Slice(name, None, (0,), np.arange(0)) for name in names]


@dataclass(frozen=True)
class Sums:
    """Sums of all columns (columns,), and under every replicate (columns, replicates)."""

    total: Floats
    weighted: Floats

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.total + other.total, self.weighted + other.weighted)


@dataclass(frozen=True)
class Left:
    """The second look at a shelf: what leaving clusters out does, and what estimates rest on.

    ``moments`` and ``rest`` are by slice and coefficient; ``pairs`` counts the videos that both oracles of a
    pair rated, ``off_grid`` those with segments that differ.
    """

    moments: Mapping[tuple[str, str], Moments]
    rest: Mapping[tuple[str, str], Rest]
    per_video: pd.DataFrame
    pairs: Counter[tuple[int, int]]
    off_grid: int


@dataclass(frozen=True)
class _OnShelf(Tallied):
    """A shelf as part of all: what is left out of is the sum over all shelves, by slice."""

    totals: Mapping[str, Mapping[Key, Floats]] = field(default_factory=dict)

    def total(self, key: Key, where: Slice) -> Floats:
        """Return the summed tally (columns,) of a slice."""
        return self.totals[where.dataset][key]


def _tallied(ratings: Ratings, job: Job, totals: Mapping[str, Floats]) -> _OnShelf:
    every = np.arange(ratings.videos)
    (dataset,) = ratings.datasets
    slices = [Slice(s.dataset, None, s.parts, every) for s in job.slices(dataset)]
    study = counted(ratings, job.rows, Levels(), job.threads).over([(dataset, every)], slices)
    by_key = {name: {key: of[place] for key, place in job.places.items()} for name, of in totals.items()}
    return _OnShelf(study.counted, study.keys, study.parts, study.slices, totals=by_key)


def summed(ratings: Ratings, job: Job) -> Sums:
    """Sum the tallies of a shelf, as they are and under every replicate."""
    keep_freed_memory()
    with threadpool_limits(limits=1):
        (part,) = _tallied(ratings, job, {}).parts
        weighted = np.empty((len(part.stacked), job.weights.replicates))

        def chunk(start: int, stop: int) -> None:
            (sums,) = weighted_sums(job.weights, part.stratum, part.index, [part.stacked], start, stop)
            weighted[:, start:stop] = sums

        map_replicates(chunk, job.weights.replicates, CHUNK, job.threads)
        return Sums(part.stacked.sum(axis=1), weighted)


def left(ratings: Ratings, job: Job, totals: Mapping[str, Floats]) -> Left:
    """Leave out each cluster of a shelf from the totals (columns,) of each slice."""
    with threadpool_limits(limits=1):
        study = _tallied(ratings, job, totals)
        moments, rest = {}, {}
        nothing = {row: np.empty(0) for row in job.rows}
        marks = Marks.of(ratings)
        for where in study.slices:
            for group in by_tally(study, where, nothing, job.threads):
                for samples in of_coefficients(job.wanted, group, ratings):
                    here = where.dataset, samples[0].row.coefficient.name
                    moments[here], rest[here] = Moments.of(samples), _rest(samples, ratings, marks)
        apart = 0 if ratings.aligned is None else int((~ratings.aligned).any(axis=(1, 2)).sum())
        return Left(moments, rest, per_video(ratings, study.counted), videos_of_pairs(ratings), apart)


def _rest(samples: Sequence[Sampled], ratings: Ratings, marks: Marks) -> Rest:
    columns = [
        [
            np.count_nonzero(s.used),
            s.used.sum(),
            *marks.counts(s),
            np.isnan(s.value) and together(s, ratings).any(),
        ]
        for s in samples
    ]
    return Rest(*np.asarray(columns, dtype=np.float64).T)
