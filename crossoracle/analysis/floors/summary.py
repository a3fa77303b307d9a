"""What the verb floor found, and the way to it from tables: read the arms, compare, judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.analysis.floors.rows import NON_INFERIOR
from crossoracle.errors import StudyError
from crossoracle.options import FloorOptions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from crossoracle.agreement.progress import Tell
    from crossoracle.analysis.floors.arm import Arm
    from crossoracle.analysis.floors.rows import Floor, Floors


@dataclass(frozen=True)
class Floored:
    """What `Study.floor` found, how it was made, and the files it was written to.

    ``options`` are those that were used: what was left to the data is filled in.
    """

    floors: Floors
    arms: tuple[Arm, ...]
    reference: Arm
    options: FloorOptions
    notes: tuple[str, ...]
    videos: int
    clusters: int
    files: tuple[Path, ...] = ()

    @property
    def comparable(self) -> bool:
        """Whether anything could be compared: at least one row is defined."""
        return any(row.value == row.value for row in self.floors)

    @property
    def claims(self) -> list[Floor]:
        """The differences over all videos, which carry the verdicts."""
        from crossoracle.analysis.floors.run import verdicts

        return verdicts(self.floors)

    @property
    def shown(self) -> bool:
        """Whether non-inferiority is shown: by every arm and coefficient, and there is one."""
        return bool(self.claims) and all(row.verdict == NON_INFERIOR for row in self.claims)


@dataclass(frozen=True)
class Tables:
    """The relations that `floor` reads; scores or predictions must be there."""

    scores: DuckDBPyRelation | None
    videos: DuckDBPyRelation | None = None
    prechecks: DuckDBPyRelation | None = None
    predictions: DuckDBPyRelation | None = None


def floor_tables(
    con: DuckDBPyConnection, tables: Tables, options: FloorOptions, progress: Tell | None = None
) -> Floored:
    """Compare the arms that are in tables.

    Raises
    ------
    StudyError
        There are neither scores nor predictions.
    InputError, UnknownNameError
        An arm is written wrongly, unknown, or has too few runs.
    """
    from crossoracle.analysis.floors.arm import parse, reference
    from crossoracle.precheck.choice import runs_of

    if tables.scores is None and tables.predictions is None:
        raise StudyError("found neither scores nor predictions: give a study that has them, or --scores FILE")
    if progress is not None:
        progress("reading the tables", 0.0)
    known = runs_of(tables.scores)
    if tables.scores is None and tables.predictions is not None:
        known = runs_of(tables.predictions.filter("oracle is not null"))
    arms = parse(options.arms, known)
    ref = reference(arms, options.floor_of)
    found = _of_scores(con, tables, arms, ref, options, progress)
    return _with_accuracy(con, tables, found)


def _of_scores(
    con: DuckDBPyConnection,
    tables: Tables,
    arms: tuple[Arm, ...],
    ref: Arm,
    options: FloorOptions,
    progress: Tell | None,
) -> Floored:
    from crossoracle.analysis.floors.loading import load
    from crossoracle.analysis.floors.rows import Floors
    from crossoracle.analysis.floors.run import HEADLINES, floors
    from crossoracle.stats.resampling import REPLICATES

    used = replace(
        options,
        arms=tuple(f"{a.name}={m.name}" for a in arms for m in a.members),
        floor_of=ref.name,
        coefficients=options.coefficients or HEADLINES,
    )
    if tables.scores is None:
        used = replace(used, replicates=options.replicates or REPLICATES)
        return Floored(Floors(), arms, ref, used, (), 0, 0)
    repeated = load(
        con, tables.scores, tables.videos, tables.prechecks, arms, on=options.on, cluster=options.cluster
    )
    rows = floors(repeated, ref, options, progress=progress)
    most = max((row.replicates for row in rows), default=options.replicates or REPLICATES)
    used = replace(used, replicates=most, on=repeated.ratings.rule)
    r, chosen = repeated.ratings, repeated.videos
    clusters = len({(int(r.dataset[i]), int(r.cluster[i])) for i in chosen})
    return Floored(rows, arms, ref, used, repeated.notes, len(chosen), clusters)


def _with_accuracy(con: DuckDBPyConnection, tables: Tables, found: Floored) -> Floored:
    """Add the accuracy floors, where there are predictions of repeated runs."""
    from crossoracle.analysis import loading
    from crossoracle.analysis.floors.accuracy import accuracy_floors
    from crossoracle.analysis.floors.ratios import Grid
    from crossoracle.analysis.floors.rows import Floors
    from crossoracle.stats.resampling import REPLICATES, cluster_weights

    if tables.predictions is None:
        return found
    o = found.options
    p = loading.load(con, tables.predictions, tables.videos, cluster=o.cluster)
    weights = cluster_weights(p.clusters, o.replicates or REPLICATES, o.seed)
    grid = Grid(p.datasets, p.dataset, p.cluster, weights, o.level, o.interval)
    datasets = ["all", *(p.datasets if len(p.datasets) > 1 else ())]
    rows = tuple(accuracy_floors(p, found.arms, grid, datasets))
    more = () if rows else ("No condition was predicted for several runs of an arm: no accuracy floor.",)
    clusters = found.clusters or sum(p.clusters.values())
    return replace(
        found,
        floors=Floors((*found.floors, *rows)),
        notes=(*found.notes, *more),
        videos=found.videos or p.videos,
        clusters=clusters,
    )
