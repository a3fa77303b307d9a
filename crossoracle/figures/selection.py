"""Which rows of a finished table a figure shows: one dataset, one set of videos, some statistics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import duckdb

from crossoracle.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    Table = pd.DataFrame | duckdb.DuckDBPyRelation

POOLED = "all"
# Estimates may rest on several sets of videos; the first that is there is drawn unless another is asked for.
_VIDEOS = ("joint", "pairwise", "all")


def frame(table: Table) -> pd.DataFrame:
    """Return a table in memory."""
    return table.df() if isinstance(table, duckdb.DuckDBPyRelation) else table


def relation(table: Table) -> duckdb.DuckDBPyRelation:
    """Return a table that DuckDB can query without loading it."""
    return table if isinstance(table, duckdb.DuckDBPyRelation) else duckdb.connect().from_df(table)


def known(kind: str, name: str, names: Iterable[str]) -> str:
    """Return a name if it is among those found; else raise UnknownNameError, which gives the nearest."""
    found = set(names)
    if name not in found:
        raise UnknownNameError(kind, name, found)
    return name


def of_dataset(rows: pd.DataFrame, dataset: str | None = None) -> pd.DataFrame:
    """Return the rows of one dataset: the one named, else the pooled ones, else those of the only dataset."""
    found = list(rows["dataset"].unique())
    if dataset is None and POOLED not in found and len(found) > 1:
        raise InputError(f"the table has no pooled rows: choose a dataset of {', '.join(sorted(found))}")
    chosen = dataset if dataset is not None else POOLED if POOLED in found else found[0] if found else POOLED
    return rows[rows["dataset"] == known("dataset", chosen, found)]


def records(rows: pd.DataFrame) -> Iterator[Any]:
    """Return the rows one by one, columns as attributes."""
    return iter(rows.itertuples(index=False))


def pairs(table: Table) -> pd.DataFrame:
    """Return the estimates of pairs of oracles, without those by label."""
    rows = frame(table)
    return rows[rows["oracle_a"].notna() & rows["oracle_b"].notna() & rows["label"].isna()]


def equals(column: str, value: str) -> duckdb.Expression:
    """Return a filter on a column of text; the value is a constant of SQL, whatever it holds."""
    return duckdb.ColumnExpression(column) == duckdb.ConstantExpression(value).cast("varchar")


def estimates_of(
    table: Table, statistics: Iterable[str] | None = None, videos: str | None = None
) -> pd.DataFrame:
    """Return the estimates that are not by label, of some statistics and of one set of videos.

    Raises
    ------
    UnknownNameError
        If a statistic, or the set of videos, is not in the table.
    """
    rows = frame(table)
    rows = rows[rows["label"].isna()]
    found = set(rows["videos"])
    chosen = videos or next((kind for kind in _VIDEOS if kind in found), None)
    if chosen is not None:
        rows = rows[rows["videos"] == known("set of videos", chosen, found)]
    if statistics is None:
        return rows
    wanted = [known("statistic", name, rows["statistic"]) for name in statistics]
    return rows[rows["statistic"].isin(wanted)]


def text(value: Any) -> str:
    """Return a number with two decimals and a true minus sign; "undefined" where it is NaN."""
    return "undefined" if value != value else f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
