"""Agreement on shelves of videos: what `run` does in memory, shelf by shelf, here or on a cluster of Ray.

Weights are those of memory, bit for bit, and so are results, up to the rounding of sums. Wide statistics need
the levels of all the scores at once, and are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import Any, TypeVar

import duckdb
import numpy as np

from crossoracle.agreement import differences as contrasts
from crossoracle.agreement.catalogue import COEFFICIENTS, find
from crossoracle.agreement.coefficient import Coefficient, Floats, StackTally
from crossoracle.agreement.estimation import Where, estimated
from crossoracle.agreement.grids import Broken
from crossoracle.agreement.leaving import LeftOut, Moments, Rest
from crossoracle.agreement.per_shelf import CHUNK, POOLED, Job, Left, Sums, left, summed
from crossoracle.agreement.progress import Tell, say_nothing
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.run import Agreement, Options
from crossoracle.agreement.sample import Tallied
from crossoracle.agreement.shelving import Shelves
from crossoracle.agreement.summed import Summed
from crossoracle.agreement.tallying import Row, rows_of
from crossoracle.errors import InputError
from crossoracle.nodes import cluster, spread
from crossoracle.results import Difference, Differences, Estimate, Estimates, Test
from crossoracle.stats.resampling import REPLICATES, ClusterWeights
from crossoracle.tables import connect

Result = TypeVar("Result")
Over = Callable[..., Iterator[Any]]  # does some work on pieces, in their order
MEMORY = "1GB"  # of rows by video that DuckDB holds before it spills
PER_VIDEO = """create table per_video (dataset varchar, video_id varchar, statistic varchar, value double,
    n_segments bigint, n_oracles bigint, n_pairs bigint)"""


@dataclass(frozen=True)
class Streamed:
    """What shelves say: agreement, how many videos both oracles of a pair rated, how many are off grid."""

    agreement: Agreement
    pairs: Counter[tuple[int, int]]
    off_grid: int


def agree(
    shelves: Shelves, options: Options, progress: Tell | None = None, engine: str = "local"
) -> Streamed:
    """Estimate agreement between oracles, as `run.agree` does.

    Parameters
    ----------
    shelves : Shelves
    options : Options
        None that needs all ratings in one memory.
    engine : {"local", "ray"}
        Where shelves are worked on: in threads of this process, or by all cores of a cluster.

    Raises
    ------
    InputError
        Only wide statistics are asked for.
    """
    wanted, notes = _narrow(options)
    replicates = (options.replicates or REPLICATES) if options.resamples else 0
    weights = ClusterWeights(shelves.clusters, replicates, options.seed)
    threads = options.threads if engine == "local" else 1
    job = Job(tuple(c.name for c in wanted), len(shelves.oracles), weights, options.by, threads)
    with _engine(engine) as over:
        looks = _Looks(shelves, over, progress or say_nothing)
        sums = looks.summed(job)
        seen = looks.left(job, {name: of.total for name, of in sums.items()})
    made = _Rows(shelves, job, options, sums, seen)
    found = made.agreement((*notes, *shelves.notes, *seen.broken.lines()))
    return Streamed(found, seen.pairs, seen.off_grid)


def _narrow(options: Options) -> tuple[list[Coefficient], tuple[str, ...]]:
    """Return what can be summed shelf by shelf, and what is to be said of the others."""
    every = find(options.coefficients)
    narrow = [c for c in every if isinstance(COEFFICIENTS[c.mean_of or c.name].tally, StackTally)]
    wide = [c.name for c in every if c not in narrow]
    told = f"{', '.join(wide)} (they need the levels of all scores in memory, and these are too many for it)"
    if not narrow:
        raise InputError(f"found nothing that can be computed of so many scores: {told}; choose fewer videos")
    return narrow, (f"left out: {told}",) if wide else ()


@contextmanager
def _engine(engine: str) -> Iterator[Over]:
    if engine == "local":
        yield lambda work, pieces, *given: (work(piece, *given) for piece in pieces)
        return
    with cluster() as ray:
        yield partial(spread, ray)


@dataclass
class _Seen:
    """What the second look at the shelves found."""

    moments: dict[tuple[str, str], dict[str, Moments]] = field(default_factory=dict)
    rest: dict[tuple[str, str], Rest] = field(default_factory=dict)
    pairs: Counter[tuple[int, int]] = field(default_factory=Counter)
    off_grid: int = 0
    broken: Broken = field(default_factory=Broken)
    con: duckdb.DuckDBPyConnection = field(default_factory=lambda: connect(MEMORY))

    def __post_init__(self) -> None:
        self.con.execute(PER_VIDEO)

    def add(self, dataset: str, more: Left) -> None:
        """Take what was found on one shelf."""
        for where, moments in more.moments.items():
            strata = self.moments.setdefault(where, {})
            strata[dataset] = strata[dataset] + moments if dataset in strata else moments
        for where, rest in more.rest.items():
            self.rest[where] = self.rest[where] + rest if where in self.rest else rest
        self.pairs.update(more.pairs)  # += would drop pairs without a video
        self.off_grid += more.off_grid
        if len(more.per_video):
            self.con.register("more", more.per_video)
            self.con.execute("insert into per_video by name select * from more")
            self.con.unregister("more")


@dataclass
class _Looks:
    """The two looks at all shelves."""

    shelves: Shelves
    over: Over
    tell: Tell
    broken: Broken = field(default_factory=Broken)

    def summed(self, job: Job) -> dict[str, Sums]:
        """Return the sums of all tallies, by slice."""
        found: dict[str, Sums] = {}
        for dataset, more in self._look("resampling", summed, job):
            found[dataset] = found[dataset] + more if dataset in found else more
        pooled = reduce(lambda one, other: one + other, found.values())
        return {POOLED: pooled} | found if job.by == "dataset" else {POOLED: pooled}

    def left(self, job: Job, totals: Mapping[str, Floats]) -> _Seen:
        """Return what leaving clusters out does, and what all rests on."""
        self.broken, seen = Broken(), _Seen()
        for dataset, more in self._look("leaving clusters out", left, job, totals):
            seen.add(dataset, more)
        seen.broken = self.broken
        return seen

    def _look(self, what: str, work: Callable[..., Any], *given: Any) -> Iterator[tuple[str, Any]]:
        shelves = self.shelves.shelves
        self.tell(what, 0.0)
        found = self.over(work, self._read(), *given)
        for n, (shelf, more) in enumerate(zip(shelves, found, strict=True), 1):
            yield shelf.dataset, more
            self.tell(what, n / len(shelves))

    def _read(self) -> Iterator[Ratings]:
        for shelf in self.shelves.shelves:
            ratings, broken = self.shelves.read(shelf)
            self.broken += broken
            yield ratings


@dataclass(frozen=True)
class _Rows:
    """From sums to rows."""

    shelves: Shelves
    job: Job
    options: Options
    sums: Mapping[str, Sums]
    seen: _Seen

    def agreement(self, notes: tuple[str, ...]) -> Agreement:
        """Return all rows, in the order of those of memory."""
        estimates: list[Estimate] = []
        differences: list[Difference] = []
        tests: list[Test] = []
        level, kind, oracles = self.options.level, self.options.interval, self.shelves.oracles
        for slice_ in self.sums:
            values, replicates = self._values(slice_), self._replicates(slice_)
            for samples in self._samples(slice_, values, replicates):
                where = self._where(slice_)
                estimates += [estimated(s.basis(), where, level=level, kind=kind) for s in samples]
                if self.options.differences and len(samples) > 1:
                    guarded = [replace(s, allowed=s.guard()[0]) for s in samples]
                    differences += contrasts.between(guarded, oracles, slice_, level, kind)
                    tests.append(contrasts.equality(guarded, slice_))
        order = {c.name: i for i, c in enumerate(self.job.wanted)}
        slices = {name: i for i, name in enumerate(self.sums)}
        estimates.sort(key=lambda e: (slices[e.dataset], order[e.statistic]))
        found = Estimates(tuple(estimates)), Differences(tuple(differences)), contrasts.adjusted(tests)
        return Agreement(*found, per_video=self.seen.con.table("per_video"), notes=notes)

    def _where(self, slice_: str) -> Where:
        shelves = self.shelves
        videos = sum(s.videos for s in shelves.shelves if slice_ in (POOLED, s.dataset))
        runs = (shelves.run,) * len(shelves.oracles)
        return Where(slice_, None, videos, shelves.rule, shelves.oracles, runs)

    def _forms(self, sums: Floats) -> Iterator[tuple[Row, Floats]]:
        forms = Tallied({}, self.job.keys, (), ()).forms
        for key, place in self.job.places.items():
            yield from forms(key, key.tally.view(sums[place], None))

    def _values(self, slice_: str) -> dict[Row, Floats]:
        return {row: v[0] for row, v in self._forms(self.sums[slice_].total[:, None])}

    def _replicates(self, slice_: str) -> dict[Row, Floats]:
        weighted = self.sums[slice_].weighted
        found = {row: np.empty(weighted.shape[1]) for row in self.job.rows}
        for start in range(0, weighted.shape[1], CHUNK):
            for row, v in self._forms(weighted[:, start : start + CHUNK]):
                found[row][start : start + CHUNK] = v
        return found

    def _samples(
        self, slice_: str, values: Mapping[Row, Floats], replicates: Mapping[Row, Floats]
    ) -> Iterator[list[Summed]]:
        """Yield the rows of one coefficient at a time, in the order of `run.by_tally`."""
        by_tally: dict[Any, set[str]] = {}
        for row, key in self.job.keys.items():
            by_tally.setdefault(key.tally, set()).add(row.coefficient.name)
        by_name: dict[str, list[Row]] = {}
        for row in self.job.rows:
            by_name.setdefault(row.coefficient.name, []).append(row)
        for names in by_tally.values():
            for c in self.job.wanted:
                if (c.mean_of or c.name) in names:
                    own = by_name[c.mean_of or c.name]
                    drawn = [values[row] for row in own], [replicates[row] for row in own]
                    yield self._summed(slice_, c, *drawn)

    def _summed(
        self, slice_: str, c: Coefficient, values: Sequence[Floats], replicates: Sequence[Floats]
    ) -> list[Summed]:
        if c.mean_of:
            values, replicates = [np.mean(values, axis=0)], [np.mean(replicates, axis=0)]
        of = LeftOut(self.seen.moments[slice_, c.name]), self.seen.rest[slice_, c.name]
        rows = rows_of(c, len(self.shelves.oracles))
        found = zip(rows, values, replicates, strict=True)
        return [Summed(row, float(v), drawn, *of, at) for at, (row, v, drawn) in enumerate(found)]
