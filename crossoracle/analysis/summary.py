"""What the verb compare found, and the way to it from files: read, compare, say what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.errors import StudyError
from crossoracle.options import CompareOptions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from crossoracle.agreement.progress import Tell
    from crossoracle.analysis.predictions import Predictions
    from crossoracle.analysis.rows import Accuracies, Contrasts


@dataclass(frozen=True)
class Compared:
    """What `Study.compare` found, how it was made, and the files it was written to.

    ``options`` are those that were used: what was left to the data is filled in.
    """

    accuracies: Accuracies
    differences: Contrasts
    options: CompareOptions
    notes: tuple[str, ...]
    videos: int
    clusters: int
    datasets: tuple[str, ...]
    files: tuple[Path, ...] = ()

    @property
    def comparable(self) -> bool:
        """Whether anything could be compared: at least one difference is defined."""
        return any(row.value == row.value for row in self.differences)


@dataclass(frozen=True)
class Tables:
    """The relations that `compare` reads; all but the predictions may be missing."""

    predictions: DuckDBPyRelation | None
    videos: DuckDBPyRelation | None = None
    prechecks: DuckDBPyRelation | None = None
    scores: DuckDBPyRelation | None = None


def compare_tables(
    con: DuckDBPyConnection, tables: Tables, options: CompareOptions, progress: Tell | None = None
) -> Compared:
    """Compare what is in tables.

    Raises
    ------
    StudyError
        There are no predictions.
    """
    from crossoracle.analysis import loading
    from crossoracle.analysis.run import Known, compare

    if tables.predictions is None:
        raise StudyError("found no predictions: give a study that has them, or --predictions FILE")
    if progress is not None:
        progress("reading the tables", 0.0)
    p = loading.load(
        con,
        tables.predictions,
        tables.videos,
        oracles=options.oracles,
        recognizers=options.recognizers,
        runs=options.runs,
        cluster=options.cluster,
        scored=_scored(tables.scores),
    )
    stated = options.by == "confidence" and tables.prechecks is not None
    sure = loading.confidences(con, tables.prechecks, p) if stated and tables.prechecks else {}
    found = compare(p, options, Known(loading.failures(con), sure), progress=progress)
    return Compared(
        found.accuracies,
        found.differences,
        _used(options, p),
        found.notes,
        p.videos,
        sum(p.clusters.values()),
        p.datasets,
    )


def _scored(scores: DuckDBPyRelation | None) -> Sequence[str]:
    """Return the oracles that have scores: those without a prediction are to be named."""
    return () if scores is None else [name for (name,) in scores.select("oracle").distinct().fetchall()]


def _used(options: CompareOptions, p: Predictions) -> CompareOptions:
    oracles = tuple(sorted({view.oracle for view in p.views if view.oracle is not None}))
    names = tuple(name for name in p.recognizers if name is not None)
    runs = tuple(sorted({view.run for view in p.views}))
    metrics = tuple(name for name in p.metrics if not options.metrics or name in options.metrics)
    return replace(options, oracles=oracles, recognizers=names, runs=runs, metrics=metrics)
