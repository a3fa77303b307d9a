"""What the joint precheck selects, from tables: read, estimate, say how it was made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.errors import StudyError
from crossoracle.options import PrecheckOptions

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from crossoracle.agreement.progress import Tell
    from crossoracle.analysis.selection.run import Selection

ESTIMAND = "among videos that all oracles recognised"


@dataclass(frozen=True)
class Selected:
    """What `Study.selection` found, how it was made, and the files it was written to."""

    selection: Selection
    options: PrecheckOptions
    files: tuple[Path, ...] = ()

    @property
    def estimates(self) -> pd.DataFrame:
        """The selection table: every estimate on every set of videos."""
        return self.selection.estimates

    def __repr__(self) -> str:
        return f"Selected({len(self.estimates):,} estimates of {len(self.selection.oracles)} oracles)"


@dataclass(frozen=True)
class Tables:
    """The relations that are read; all but the scores may be missing."""

    scores: DuckDBPyRelation | None
    videos: DuckDBPyRelation | None = None
    prechecks: DuckDBPyRelation | None = None


def selected(
    con: DuckDBPyConnection, tables: Tables, options: PrecheckOptions, progress: Tell | None = None
) -> Selected:
    """Estimate agreement on every set of videos of tables.

    Raises
    ------
    StudyError
        There are no scores.
    UnknownNameError, InputError
        For a coefficient, an oracle or a column that nobody knows; with fewer than two oracles.
    """
    from crossoracle.agreement.catalogue import find
    from crossoracle.analysis.selection.population import load_population
    from crossoracle.analysis.selection.run import HEADLINES, Asked, select

    if tables.scores is None:
        raise StudyError("found no scores: what the precheck selects needs them; give --scores FILE")
    names = tuple(c.name for c in find(options.coefficients or HEADLINES))
    if progress is not None:
        progress("reading the tables", 0.0)
    how = {name: getattr(options, name) for name in ("oracles", "run", "cluster")}
    population = load_population(con, tables.scores, tables.videos, tables.prechecks, **how)
    thresholds = tuple(dict.fromkeys((0.0, *(() if options.tipping is None else (options.tipping,)))))
    how = {name: getattr(options, name) for name in ("replicates", "level", "seed", "threads")}
    found = select(population, Asked(names, thresholds=thresholds, **how), progress)
    return Selected(found, replace(options, oracles=found.oracles, coefficients=names))
