"""What the verb compare found, and the way to it from files: read, compare, say what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.analysis.across.rows import Directions, Disagreement, Heterogeneity
from crossoracle.analysis.curves.rows import Curves, Landmarks
from crossoracle.errors import StudyError
from crossoracle.options import CompareOptions
from crossoracle.results import Rows, Tests
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd
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
    curves: Curves = field(default_factory=Curves)
    landmarks: Landmarks = field(default_factory=Landmarks)
    directions: Directions = field(default_factory=Directions)
    heterogeneity: Heterogeneity = field(default_factory=Heterogeneity)
    disagreement: Disagreement = field(default_factory=Disagreement)
    tests: Tests = field(default_factory=Tests)

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables by name, as they are written; those across oracles may have no rows."""
        found: dict[str, Rows[Any]] = {
            "accuracies": self.accuracies,
            "differences": self.differences,
            "curves": self.curves,
            "landmarks": self.landmarks,
            "directions": self.directions,
            "heterogeneity": self.heterogeneity,
            "disagreement": self.disagreement,
            "compare_tests": self.tests,
        }
        return {name: rows.to_frame() for name, rows in found.items()}

    def __repr__(self) -> str:
        counts = (len(self.accuracies), "accuracy", "accuracies"), (len(self.differences), "difference")
        of = " and ".join(several(*count) for count in counts)
        return f"Compared({of} of {several(self.videos, 'video')}; {several(len(self.files), 'file')})"

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
    from crossoracle.analysis.across.scores import disagreement
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
    stated = tables.prechecks if options.by == "confidence" else None
    sure = {} if stated is None else loading.confidences(con, stated, p)
    known = Known(loading.failures(con), sure)
    if len({view.oracle for view in p.views} - {None}) > 1 or tables.scores is not None:
        by_video, notes = disagreement(con, tables, p, options)
        known = replace(known, disagreement=by_video, notes=notes)
    found = compare(p, options, known, progress=progress)
    others = ("curves", "landmarks", "directions", "heterogeneity", "disagreement", "tests")
    return Compared(
        found.accuracies,
        found.differences,
        _used(options, p),
        found.notes,
        p.videos,
        sum(p.clusters.values()),
        p.datasets,
        **{name: getattr(found, name) for name in others},
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
