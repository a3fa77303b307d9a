"""Who is compared, and what is resampled: the same choice for every verb."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from duckdb import ColumnExpression

from crossoracle.errors import InputError, StudyError, UnknownNameError
from crossoracle.tables.sql import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

log = logging.getLogger("crossoracle")


def compared(
    scores: DuckDBPyRelation | None,
    prechecks: DuckDBPyRelation | None,
    wanted: Sequence[str] = (),
    run: str = "0",
    *,
    scored: bool = False,
) -> tuple[str, ...]:
    """Return the oracles that are compared, in the order of their names.

    Those with scores in the run are, or those with prechecks where no oracle has scores; one that has
    prechecks only is left out, and that is said.

    Parameters
    ----------
    wanted : sequence of str
        Oracles to choose of them; all by default.
    scored : bool
        Whether an oracle must have scores.

    Raises
    ------
    StudyError, UnknownNameError, InputError
        There is nothing to choose from; an oracle that is wanted is not known, or lacks the run or scores.
    """
    scores_of, asked_of = runs_of(scores), runs_of(prechecks)
    if not scores_of and not asked_of:
        told = "found neither scores nor prechecks: give a study, --scores FILE or --prechecks FILE"
        raise StudyError(told)
    for name in wanted:
        if name not in scores_of and name not in asked_of:
            raise UnknownNameError("oracle", name, {*scores_of, *asked_of})
        either = scores_of.get(name, set()) | (set() if scored else asked_of.get(name, set()))
        _require(name, run, either, name in asked_of)
    rated, asked = ({o for o, runs in of.items() if run in runs} for of in (scores_of, asked_of))
    known = rated or (set() if scored else asked)
    if not known:
        runs = sorted({run for of in (scores_of, asked_of) for runs in of.values() for run in runs})
        raise InputError(f"no oracle has run {run!r}; the runs are {', '.join(runs)}: give --run")
    for name in sorted(asked - known) if not wanted else ():
        log.warning("oracle %s has prechecks but no scores: left out", name)
    return tuple(sorted(set(wanted) or known))


def runs_of(rows: DuckDBPyRelation | None) -> dict[str, set[str]]:
    """Return the runs of every oracle of a table."""
    found: dict[str, set[str]] = {}
    for oracle, run in [] if rows is None else rows.select("oracle", "run").distinct().fetchall():
        found.setdefault(oracle, set()).add(run)
    return found


def _require(name: str, run: str, runs: set[str], asked: bool) -> None:
    """Refuse an oracle that lacks the run; ``asked`` is whether it has prechecks at least."""
    if not runs and asked:
        raise InputError(f"oracle {name!r} has prechecks but no scores: nothing to compare; leave it out")
    if run not in runs:
        told = f"oracle {name!r} has no run {run!r}; its runs are {', '.join(sorted(runs))}: give --run"
        raise InputError(told)


def cluster_of(videos: DuckDBPyRelation | None, cluster: str) -> str:
    """Return what is resampled, as SQL: a column of the videos table, or the video where it has none.

    Raises
    ------
    InputError
        There is no such column; the message names the nearest.
    """
    if videos is None and cluster not in ("cluster", "video_id"):
        told = "the videos table, and there is none: give --videos FILE"
        raise InputError(f"--cluster {cluster}: expected a column of {told}")
    if videos is None:
        return "video_id"
    if cluster.casefold() not in {name.casefold() for name in videos.columns}:
        raise UnknownNameError("column of the videos table", cluster, videos.columns)
    if not videos.filter(ColumnExpression(cluster).isnotnull()).limit(1).fetchall():
        log.warning("column %s of the videos table is empty: every video is its own cluster", cluster)
    return f"coalesce({quoted(cluster)}::varchar, video_id)"
