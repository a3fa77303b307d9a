"""What the verb agree found, and the way to it from tables: read, estimate, say what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crossoracle.errors import InputError, StudyError
from crossoracle.nodes import check_engine
from crossoracle.options import AgreeOptions
from crossoracle.stats.clusters import effective_number
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from crossoracle.agreement import run
    from crossoracle.agreement.crosscheck import Checks
    from crossoracle.agreement.progress import Tell
    from crossoracle.agreement.ratings import Ratings
    from crossoracle.agreement.shelving import Shelves
    from crossoracle.agreement.streaming import Streamed
    from crossoracle.results import Differences, Estimates, Tests


DIAGNOSTICS = ("", "_scores", "_classes", "_influence", "_subsets")
RESULTS = (
    *("estimates", "per_video", "agreement_differences", "tests"),
    *(f"diagnostics{part}" for part in DIAGNOSTICS),
)
MOST_RATINGS = 20_000_000  # segments times oracles that memory holds; of more, a shelf at a time
LISTED = {"oracles": "oracle", "coefficients": "coefficient", "by": "rows by"}  # what is in the results


@dataclass(frozen=True)
class Basis:
    """What estimates rest on.

    ``videos`` of ``of_videos`` are compared, by the rule "joint", "pairwise" or "all"; they come from
    ``clusters`` clusters, as good as ``effective`` clusters of one size. By "pairwise", ``of_a_pair`` is the
    fewest and the most videos that both oracles of a pair recognised and rated. In ``off_grid`` of the videos
    segments differ between oracles.
    """

    oracles: tuple[str, ...]
    datasets: tuple[str, ...]
    rule: str
    videos: int
    of_videos: int
    clusters: int
    effective: float
    segments: int
    prechecked: bool
    of_a_pair: tuple[int, int] | None = None
    off_grid: int = 0


@dataclass(frozen=True)
class Agreed:
    """What `Study.agree` found, what it rests on, how it was made, and the files it was written to.

    ``options`` are those that were used: what was left to the data is filled in. ``checks`` are the values
    that other libraries give, where a cross-check was asked for; ``per_video`` the statistics of the videos
    by themselves; ``replicates_wide`` the resamples of wide statistics, which may be fewer; ``told`` what is
    to be known about the files: earlier ones that said more, figures that are behind.
    """

    estimates: Estimates
    differences: Differences
    tests: Tests
    checks: Checks | None
    basis: Basis
    options: AgreeOptions
    notes: tuple[str, ...]
    files: tuple[Path, ...] = ()
    per_video: pd.DataFrame | DuckDBPyRelation | None = None
    replicates_wide: int = 0
    told: tuple[str, ...] = ()

    def __repr__(self) -> str:
        b = self.basis
        of = f"{several(len(b.oracles), 'oracle')}, {several(b.videos, 'video')}"
        return (
            f"Agreed({several(len(self.estimates), 'estimate')} of {of}; {several(len(self.files), 'file')})"
        )

    @property
    def comparable(self) -> bool:
        """Whether anything could be compared: at least one estimate is defined."""
        return any(estimate.value == estimate.value for estimate in self.estimates)

    def tables(self) -> dict[str, Any]:
        """Return the result tables by name: frames of those that were asked for and have rows.

        ``per_video`` is a relation where it is too much for memory.
        """
        found: dict[str, Any] = {"estimates": self.estimates.to_frame()}
        if self.per_video is not None and len(self.per_video):
            found["per_video"] = self.per_video
        if self.options.differences:
            found["agreement_differences"] = self.differences.to_frame()
            found["tests"] = self.tests.to_frame()
        return found


@dataclass(frozen=True)
class Tables:
    """The relations that `agree` reads; all but the scores may be missing."""

    scores: DuckDBPyRelation | None
    videos: DuckDBPyRelation | None = None
    prechecks: DuckDBPyRelation | None = None


@dataclass(frozen=True)
class Chosen:
    """The ratings that are compared, in memory or on shelves, and of how many videos they are a choice."""

    ratings: Ratings | Shelves
    of_videos: int
    prechecked: bool


def choose(
    con: DuckDBPyConnection,
    tables: Tables,
    options: AgreeOptions,
    progress: Tell | None = None,
    engine: str = "local",
) -> Chosen:
    """Bring what is compared into memory, or onto shelves if it is much, so that the tables may be closed.

    ``engine`` is where it will be worked on: "local", or "ray", which always takes it from shelves.

    Raises
    ------
    StudyError
        There are no scores.
    UnknownNameError
        For a coefficient, an oracle or a column that nobody knows.
    InputError
        A cluster is asked for what needs all ratings in one memory.
    """
    from crossoracle.agreement.catalogue import find
    from crossoracle.agreement.loading import prepare
    from crossoracle.agreement.shelving import shelve

    find(options.coefficients)  # a wrong name is told before the scores are read
    if progress is not None:
        progress("reading the tables", 0.0)
    if tables.scores is None:
        raise StudyError("found no scores: give a study or --scores FILE")
    how = {name: getattr(options, name) for name in ("oracles", "run", "on", "cluster")}
    loading = prepare(con, tables.scores, tables.videos, tables.prechecks, **how)
    shelved = _to_be_shelved(loading.size, options, engine)
    ratings = shelve(loading) if shelved else loading.ratings()
    every = tables.scores.select("dataset", "video_id")
    if tables.videos is not None:
        every = every.union(tables.videos.select("dataset", "video_id"))
    (of_videos,) = every.distinct().aggregate("count(*)").fetchall()[0]
    return Chosen(ratings, of_videos, tables.prechecks is not None)


def _to_be_shelved(size: int, options: AgreeOptions, engine: str) -> bool:
    """Return whether so many ratings are worked on shelf by shelf."""
    check_engine(engine)
    in_memory = "--cross-check" if options.cross_check else _asked(options).in_memory
    if engine == "ray" and in_memory:
        raise InputError(f"--engine ray: {in_memory} needs all ratings in one memory; leave one of them out")
    return size > (MOST_RATINGS if engine == "local" else 0) and in_memory is None


def agree_on(
    chosen: Chosen, options: AgreeOptions, progress: Tell | None = None, engine: str = "local"
) -> Agreed:
    """Estimate agreement on what was chosen; shelves are gone afterwards."""
    from crossoracle.agreement import run, streaming
    from crossoracle.agreement.crosscheck import cross_check
    from crossoracle.agreement.ratings import Ratings

    ratings, checks = chosen.ratings, None
    if isinstance(ratings, Ratings):
        found = run.agree(ratings, _asked(options), progress)
        basis = _basis_of(ratings, chosen)
    else:
        with ratings as shelves:
            streamed = streaming.agree(shelves, _asked(options), progress, engine)
        found, basis = streamed.agreement, _basis_of_shelves(ratings, streamed, chosen)
    if options.cross_check and isinstance(ratings, Ratings):
        as_they_come = options.bins is None and options.levels is None
        checks = cross_check(ratings, found.estimates, as_they_come=as_they_come)
    used, wide = _resolved(options, ratings, found.estimates)
    return Agreed(
        found.estimates,
        found.differences,
        found.tests,
        checks,
        basis,
        used,
        found.notes,
        per_video=found.per_video,
        replicates_wide=wide,
    )


def _asked(options: AgreeOptions) -> run.Options:
    from crossoracle.agreement import run

    return run.Options(**{f.name: getattr(options, f.name) for f in _shared(run.Options)})


def _shared(kind: type[Any]) -> Iterator[Field[Any]]:
    """Yield the fields of a dataclass that are options of the verb too."""
    ours = {field.name for field in fields(AgreeOptions)}
    return (field for field in fields(kind) if field.name in ours)


def _basis_of(ratings: Ratings, chosen: Chosen) -> Basis:
    first = np.cumsum([0, *ratings.clusters.values()])
    in_cluster = np.bincount(first[ratings.dataset] + ratings.cluster)
    return Basis(
        oracles=ratings.oracles,
        datasets=ratings.datasets,
        rule=ratings.rule,
        videos=ratings.videos,
        of_videos=chosen.of_videos,
        clusters=len(in_cluster),
        effective=effective_number(in_cluster),
        segments=int(ratings.offset[-1]),
        prechecked=chosen.prechecked,
        of_a_pair=_of_a_pair(ratings) if ratings.rule == "pairwise" else None,
        off_grid=0 if ratings.aligned is None else int((~ratings.aligned).any(axis=(1, 2)).sum()),
    )


def _basis_of_shelves(shelves: Shelves, streamed: Streamed, chosen: Chosen) -> Basis:
    pairs = streamed.pairs.values()
    return Basis(
        oracles=shelves.oracles,
        datasets=shelves.datasets,
        rule=shelves.rule,
        videos=shelves.videos,
        of_videos=chosen.of_videos,
        clusters=sum(shelves.clusters.values()),
        effective=shelves.effective,
        segments=shelves.segments,
        prechecked=chosen.prechecked,
        of_a_pair=(min(pairs), max(pairs)) if shelves.rule == "pairwise" else None,
        off_grid=streamed.off_grid,
    )


def _of_a_pair(ratings: Ratings) -> tuple[int, int]:
    from crossoracle.agreement.pairs import videos_of_pairs

    counts = videos_of_pairs(ratings).values()
    return min(counts), max(counts)


def _resolved(
    options: AgreeOptions, ratings: Ratings | Shelves, estimates: Estimates
) -> tuple[AgreeOptions, int]:
    """Return the options as they were used, and the replicates of wide statistics, which may be fewer."""
    from crossoracle.agreement.catalogue import COEFFICIENTS
    from crossoracle.agreement.coefficient import StackTally

    names = tuple(dict.fromkeys(e.statistic for e in estimates))
    most: dict[bool, int] = {True: 0, False: 0}
    for e in estimates:
        base = COEFFICIENTS[COEFFICIENTS[e.statistic].mean_of or e.statistic]
        narrow = isinstance(base.tally, StackTally)
        most[narrow] = max(most[narrow], e.replicates)
    used = replace(options, oracles=ratings.oracles, on=ratings.rule, coefficients=names)
    return replace(used, replicates=most[True] or most[False]), most[False]
