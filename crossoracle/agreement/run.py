"""Ratings in, estimates out: every coefficient, pooled and by dataset or label, from one set of weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crossoracle.agreement import differences as contrasts
from crossoracle.agreement.catalogue import find
from crossoracle.agreement.coefficient import CellTally, Coefficient, Floats, Levels, StackTally
from crossoracle.agreement.counting import Counted, Videos, by_dataset, counted
from crossoracle.agreement.estimation import Marks, Sampled, estimate, mean_over_pairs, sampled
from crossoracle.agreement.levels import MOST
from crossoracle.agreement.null import Where, p_values
from crossoracle.agreement.per_video import per_video
from crossoracle.agreement.progress import Tell, Watched, say_nothing
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Slice, Tallied, fewer, jackknife_values, point, replicate
from crossoracle.agreement.tallying import Key, Row, rows_of, with_bases
from crossoracle.errors import InputError
from crossoracle.results import NAN, Difference, Differences, Estimate, Estimates, Test, Tests
from crossoracle.stats.intervals import KINDS, UNDRAWN
from crossoracle.stats.resampling import REPLICATES, GivenWeights, Weights, cluster_weights
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation


@dataclass(frozen=True)
class Options:
    """What `agree` is asked for; defaults are those of the command line.

    ``replicates`` None means 9,999, fewer for wide statistics on large data; ``weights`` may bring weights
    from outside. ``null`` is the number of draws of each permutation null, 0 for none.
    """

    coefficients: tuple[str, ...] = ()
    by: str = "dataset"
    replicates: int | None = None
    interval: str = "expanded"
    level: float = 0.95
    seed: int = 0
    null: int = 0
    bins: int | None = None
    levels: tuple[float, ...] | None = None
    differences: bool = False
    threads: int | None = None
    weights: Weights | None = None

    @property
    def resamples(self) -> bool:
        """Whether anything is read from replicates."""
        return self.interval not in UNDRAWN or self.differences

    @property
    def in_memory(self) -> str | None:
        """The option that needs all ratings in one memory, if there is one."""
        if self.by == "label":
            return "--by label"
        if self.weights is not None:
            return "weights from outside"
        return "--null" if self.null else None

    def __post_init__(self) -> None:
        for name, value, known in (
            ("by", self.by, ("dataset", "label", "none")),
            ("interval", self.interval, KINDS),
        ):
            if value not in known:
                raise InputError(f"{name} is {value!r}; expected one of {', '.join(known)}")
        if not 0 < self.level < 1:
            raise InputError(f"level is {self.level}; expected a number between 0 and 1, such as 0.95")
        least = {"replicates": 1, "bins": 2, "null": 0, "seed": 0, "threads": 1}
        for what, bound in least.items():
            number = getattr(self, what)
            if number is not None and number < bound:
                raise InputError(f"{what} is {number}; expected at least {bound}")
        if self.bins is not None and (self.levels is not None or self.bins > MOST):
            raise InputError(f"bins is {self.bins}; expected at most {MOST}, and not beside levels")


@dataclass(frozen=True)
class Agreement:
    """What `agree` returns: estimates, differences with their tests where asked for, and the videos' own.

    These are a relation where there are too many for memory.
    """

    estimates: Estimates
    differences: Differences
    tests: Tests
    per_video: pd.DataFrame | DuckDBPyRelation
    notes: tuple[str, ...]


def agree(ratings: Ratings, options: Options | None = None, progress: Tell | None = None) -> Agreement:
    """Estimate agreement between oracles.

    Parameters
    ----------
    ratings : Ratings
    options : Options
    progress : callable
        Told what is being done, and which share of it is done.

    Returns
    -------
    Agreement
        One estimate per (statistic, pair or all, slice), pooled first; rows that are undefined say why.

    Raises
    ------
    UnknownNameError
        For a coefficient that the catalogue does not know.
    """
    options, tell = options or Options(), progress or say_nothing
    wanted = [c for c in find(options.coefficients) if len(ratings.oracles) > 1]
    marks, rows, frames, weights = Marks.of(ratings), _Rows(ratings, options), [], _weights(ratings, options)
    with threadpool_limits(limits=1):  # the threads are ours: those of BLAS would only wait for each other
        for narrow in (True, False):  # one after the other, so that both need not be held
            bases = [c for c in with_bases(wanted) if isinstance(c.tally, StackTally) == narrow]
            tell(f"counting {'narrow' if narrow else 'wide'} tallies", 0.0)
            counts = _counted(ratings, bases, options)
            if narrow:
                frames.append(per_video(ratings, counts.counts.by_key))
            for where, samples, p in _samples(counts, wanted, weights, options, tell):
                rows.add(where, samples, marks.within(where), p)
            del counts  # before the next are counted
    if not ratings.videos:
        rows.add_nothing(wanted)
    notes = (*_unlabelled(ratings, options.by), *ratings.notes)
    return Agreement(*rows.sorted(wanted), per_video=frames[0], notes=notes)


@dataclass
class _Rows:
    """The rows found so far."""

    ratings: Ratings
    options: Options
    estimates: list[Estimate] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)

    def add(self, where: Slice, samples: Sequence[Sampled], marks: Marks, p: Mapping[Where, float]) -> None:
        level, kind = self.options.level, self.options.interval
        for s in samples:
            found = estimate(s, self.ratings, where, marks, level=level, kind=kind)
            self.estimates.append(replace(found, p_null=p.get((s.row, where.dataset, where.label), NAN)))
        if self.options.differences and len(samples) > 1 and where.label is None:
            guarded = [replace(s, allowed=marks.guard(s)[0]) for s in samples]
            self.differences += contrasts.between(guarded, self.ratings.oracles, where.dataset, level, kind)
            self.tests.append(contrasts.equality(guarded, where.dataset))

    def add_nothing(self, wanted: Sequence[Coefficient]) -> None:
        """Add the rows of a study without videos: each says why it is undefined."""
        nothing, no_video = Slice("all", None, (), np.arange(0)), np.zeros((1, 0))
        why = "no video is recognised by every oracle"
        for row in (row for c in wanted for row in rows_of(c, len(self.ratings.oracles))):
            empty = (no_video[0], no_video[0], no_video[0] > 0, np.arange(0), (), np.arange(0))
            self.add(nothing, [Sampled(row, NAN, *empty, why)], Marks.of(self.ratings), {})

    def sorted(self, wanted: Sequence[Coefficient]) -> tuple[Estimates, Differences, Tests]:
        order = {c.name: i for i, c in enumerate(wanted)}
        slices = {key: i for i, key in enumerate(dict.fromkeys((e.dataset, e.label) for e in self.estimates))}
        rows = sorted(self.estimates, key=lambda e: (slices[e.dataset, e.label], order[e.statistic]))
        return Estimates(tuple(rows)), Differences(tuple(self.differences)), contrasts.adjusted(self.tests)


def _counted(ratings: Ratings, bases: Sequence[Coefficient], options: Options) -> Counted:
    rows = [row for c in bases for row in rows_of(c, len(ratings.oracles))]
    return counted(ratings, rows, Levels(options.bins, options.levels), options.threads)


def _samples(
    counts: Counted, wanted: Sequence[Coefficient], weights: Weights, options: Options, tell: Tell
) -> Iterator[tuple[Slice, list[Sampled], Mapping[Where, float]]]:
    """Yield the samples of one coefficient in one slice at a time, with the p-values of its null."""
    ratings, families = counts.ratings, list(_families(counts.ratings, options.by))
    every = [s for _, slices in families for s in slices]
    nulls = p_values(ratings, counts.able, every, wanted, options.null, options.seed, options.threads, tell)
    for parts, slices in families:
        study = counts.over(parts, slices)
        replicates = _replicates(study, weights, sum(ratings.clusters.values()), options, tell)
        for s, where in enumerate(slices):
            tell("leaving clusters out", s / len(slices))
            for group in by_tally(study, where, {r: v[s] for r, v in replicates.items()}, options.threads):
                yield from ((where, one, nulls) for one in of_coefficients(wanted, group, ratings))


def _families(ratings: Ratings, by: str) -> Iterator[tuple[list[tuple[str, Videos]], list[Slice]]]:
    """Yield parts (stratum, videos) with the slices that sum them: all and datasets, then each label."""
    if not ratings.videos:
        return
    parts, slices = by_dataset(ratings, empty=True)
    yield parts, slices if by == "dataset" else slices[:1]
    if by == "label":
        for name, some in parts:
            of = ratings.label[some]
            for label in sorted({label for label in of if isinstance(label, str)}):
                yield [(name, some[of == label])], [Slice(name, label, (0,), some[of == label])]


def _unlabelled(ratings: Ratings, by: str) -> Iterator[str]:
    """Say what rows by label leave out."""
    missing = sum(not isinstance(label, str) for label in ratings.label) if by == "label" else 0
    if missing and missing == ratings.videos:
        yield "by label: no video has a label, so there are pooled rows only; labels are in the videos table"
    elif missing:
        yield f"by label: {several(missing, 'video has', 'videos have')} no label, so no row of a label"


def _weights(ratings: Ratings, options: Options) -> Weights:
    replicates = (options.replicates or REPLICATES) if options.resamples else 0
    return options.weights or cluster_weights(ratings.clusters, replicates, options.seed)


def _replicates(
    study: Tallied, weights: Weights, clusters: int, options: Options, tell: Tell
) -> dict[Row, Floats]:
    most = weights.replicates if options.resamples else 0
    forced = options.weights is not None or options.replicates is not None
    numbers: dict[int, list[Key]] = {}
    for key in study.by_key:
        numbers.setdefault(most if forced else fewer(study, key, most), []).append(key)
    found: dict[Row, Floats] = {}
    for number, keys in numbers.items():
        wide = [key for key in keys if isinstance(key.tally, CellTally)]
        one_by_one = isinstance(weights, GivenWeights) and wide
        seen = weights if isinstance(weights, GivenWeights) else Watched(weights, number * clusters, tell)
        for some in ([key] for key in wide) if one_by_one else [keys]:
            found |= replicate(study, seen, some, number, options.threads)
    nothing = np.full((len(study.slices), 0), np.nan)
    return found | dict.fromkeys(study.refused, nothing)


def by_tally(
    study: Tallied, where: Slice, replicates: Mapping[Row, Floats], threads: int | None = None
) -> Iterator[dict[Row, Sampled]]:
    """Yield the rows of one tally at a time, with their left-out values."""
    values = point(study, where)
    for tally in dict.fromkeys(key.tally for key in study.keys.values()):
        rows = [row for row, key in study.keys.items() if key.tally == tally]
        keys = [key for key in study.by_key if key.tally == tally]
        left = dict(jackknife_values(study, where, keys, threads))
        yield sampled(study, where, rows, values, replicates, left)


def of_coefficients(
    wanted: Sequence[Coefficient], group: Mapping[Row, Sampled], ratings: Ratings
) -> Iterator[list[Sampled]]:
    """Yield the rows of one coefficient at a time, means over pairs among them."""
    by_name: dict[str, list[Sampled]] = {}
    for row, s in group.items():
        by_name.setdefault(row.coefficient.name, []).append(s)
    for c in wanted:
        if c.mean_of in by_name:
            yield [mean_over_pairs(c, by_name[c.mean_of], len(ratings.oracles))]
        elif c.name in by_name:
            yield by_name[c.name]
