"""The diagnostics of agreement, from tables: of what is compared, and of what it was chosen from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.errors import StudyError
from crossoracle.options import AgreeOptions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from crossoracle.agreement.progress import Tell
    from crossoracle.agreement.summary import Tables
    from crossoracle.analysis.diagnostics.run import Diagnostics


@dataclass(frozen=True)
class Diagnosed:
    """What `Study.diagnostics` found, how it was made, and the files it was written to."""

    diagnostics: Diagnostics
    options: AgreeOptions
    files: tuple[Path, ...] = ()

    def __repr__(self) -> str:
        rows = sum(map(len, self.diagnostics.tables().values()))
        return f"Diagnosed({rows:,} rows in {len(self.diagnostics.tables())} tables)"


def diagnosed(
    con: DuckDBPyConnection, tables: Tables, options: AgreeOptions, progress: Tell | None = None
) -> Diagnosed:
    """Look at what agreement rests on in tables.

    Raises
    ------
    StudyError
        There are no scores.
    UnknownNameError, InputError
        As for `agree`.
    """
    from crossoracle.agreement.catalogue import find
    from crossoracle.agreement.loading import prepare
    from crossoracle.analysis.diagnostics.run import HEADLINES, diagnose
    from crossoracle.analysis.selection.population import load_population

    if tables.scores is None:
        raise StudyError("found no scores: give a study or --scores FILE")
    names = tuple(c.name for c in find(options.coefficients or HEADLINES))
    how = {name: getattr(options, name) for name in ("oracles", "run", "cluster")}
    ratings = prepare(con, tables.scores, tables.videos, tables.prechecks, on=options.on, **how).ratings()
    every = load_population(con, tables.scores, tables.videos, tables.prechecks, **how)
    found = diagnose(
        ratings,
        every.ratings,
        every.passes,
        coefficients=names,
        level=options.level,
        seed=options.seed,
        progress=progress,
    )
    return Diagnosed(found, replace(options, oracles=ratings.oracles, on=ratings.rule, coefficients=names))
