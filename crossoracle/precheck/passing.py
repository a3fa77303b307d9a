"""Which oracle passed which video."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from duckdb import ColumnExpression, ConstantExpression, Expression, FunctionExpression

from crossoracle.precheck.choice import runs_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

log = logging.getLogger("crossoracle")


def passed(
    con: DuckDBPyConnection,
    prechecks: DuckDBPyRelation | None,
    videos: DuckDBPyRelation,
    oracles: Sequence[str],
    run: str = "0",
) -> DuckDBPyRelation:
    """Return the pairs of video and oracle that passed the precheck.

    Parameters
    ----------
    con : DuckDBPyConnection
        The connection that the relations belong to.
    prechecks : relation or None
        The prechecks table; None where a study has none.
    videos : relation
        Anything with columns dataset and video_id, one row per video.
    oracles : sequence of str
        The oracles to be compared.
    run : str
        The run whose prechecks count.

    Returns
    -------
    relation
        Columns dataset, video_id, oracle.
    """
    if prechecks is None:
        log.warning("no prechecks table: every video passes")
    open_to_all = _without_rows(prechecks, oracles, run)
    unasked = FunctionExpression("unnest", text(open_to_all)).alias("oracle")
    everybody = videos.select("dataset", "video_id", unasked)
    if prechecks is None:
        return everybody
    asked = [name for name in oracles if name not in open_to_all]
    saw = (ColumnExpression("outcome") == text("yes")) & (ColumnExpression("run") == text(run))
    saw &= FunctionExpression("list_contains", text(asked), ColumnExpression("oracle"))
    return prechecks.filter(saw).select("dataset", "video_id", "oracle").union(everybody)


def never_asked(
    prechecks: DuckDBPyRelation | None, videos: DuckDBPyRelation, oracles: Sequence[str], run: str = "0"
) -> dict[str, int]:
    """Return how many of the videos lack a precheck row of an oracle, for oracles that have any in the run.

    Arguments are those of `passed`, which says of an oracle without any row what it passes.
    """
    if prechecks is None:
        return {}
    rows = prechecks.filter(ColumnExpression("run") == text(run)).select("dataset", "video_id", "oracle")
    asked = rows.set_alias("asked").join(
        videos.select("dataset", "video_id").set_alias("known"), "dataset, video_id", how="semi"
    )
    counts = dict(asked.aggregate("oracle, count(*)").fetchall())
    with_rows = {name for name, runs in runs_of(prechecks).items() if run in runs}
    (total,) = videos.aggregate("count(*)").fetchall()[0]
    missing = {name: total - counts.get(name, 0) for name in oracles if name in with_rows}
    return {name: n for name, n in missing.items() if n}


def text(value: str | list[str]) -> Expression:
    """Return a constant of SQL; a parameter would clash with those of the query that reads the relation."""
    return ConstantExpression(value).cast("varchar" if isinstance(value, str) else "varchar[]")


def _without_rows(prechecks: DuckDBPyRelation | None, oracles: Sequence[str], run: str) -> list[str]:
    if prechecks is None:
        return list(oracles)
    known = runs_of(prechecks)
    for name in (name for name in oracles if run not in known.get(name, {run})):
        runs = ", ".join(sorted(known[name]))
        log.warning("oracle %s has prechecks of run %s, none of run %s: it passes no video", name, runs, run)
    missing = [name for name in oracles if name not in known]
    for name in missing:
        log.warning("oracle %s has no precheck rows: it passes every video", name)
    return missing
