"""New rows against those that a file holds: what is new, what is the same, what would be replaced."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from crossoracle.errors import ConflictError
from crossoracle.provenance import read_sidecar
from crossoracle.tables.checking import check, fitted, keyed
from crossoracle.tables.reading import read
from crossoracle.tables.sources import Source, open_parquet, types_of
from crossoracle.tables.sql import asked, listed, quoted, same
from crossoracle.tables.table import Table

THERE = '"#there"'


@dataclass(frozen=True)
class Upserted:
    """How many rows an upsert brought: new keys, keys with the same row, keys whose row was replaced."""

    new: int
    same: int
    replaced: int

    def __str__(self) -> str:
        return f"{self.new} new, {self.same} the same, {self.replaced} replaced"


@dataclass(frozen=True)
class Merged:
    """The rows of a table after an upsert, still to be written.

    Parameters
    ----------
    rows : duckdb.DuckDBPyRelation
        Every row, in no order.
    counts : Upserted
        What changed.
    history : list
        The sidecars of what the file held before, oldest first.
    """

    rows: duckdb.DuckDBPyRelation
    counts: Upserted
    history: list[dict[str, Any]]


def merge(con: duckdb.DuckDBPyConnection, table: Table, spool: Path, path: Path, *, replace: bool) -> Merged:
    """Merge checked rows into those that a file holds, if it exists.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where to work.
    table : Table
        The declaration of both.
    spool : Path
        A Parquet file of new rows, with unique keys, perhaps lacking columns.
    path : Path
        The table file.
    replace : bool
        Whether different rows for an existing key take its place.

    Raises
    ------
    ConflictError
        Different rows for an existing key, and not `replace`.
    """
    source = open_parquet(con, spool)
    if not path.exists():
        rows = _completed(table, source, path)
        return Merged(rows, Upserted(rows.aggregate("count(*)").fetchall()[0][0], 0, 0), [])
    old = read(con, table.name, path).project(f"*, true AS {THERE}")
    old.create_view("old_rows")
    rows = _completed(table, source, path, old=True)
    rows.create_view("new_rows")
    both = ", ".join(f"n.{quoted(n)}, o.{quoted(n)} AS {_old(n)}" for n in table.names)
    joined = con.sql(
        f"SELECT {both}, "
        f"o.{THERE} IS NULL AS is_new, {same('n', 'o', table.names)} AS is_same "
        f"FROM new_rows n LEFT JOIN old_rows o ON {same('n', 'o', table.key)}"
    )
    counts = "count_if(is_new), count_if(NOT is_new AND is_same), count_if(NOT is_new AND NOT is_same)"
    counted = Upserted(*joined.aggregate(counts).fetchall()[0])
    if counted.replaced and not replace:
        raise ConflictError(_told(table, joined, path, counted.replaced))
    kept = con.sql(
        f"SELECT {listed(table.names)} FROM old_rows o "
        f"WHERE NOT EXISTS (SELECT 1 FROM new_rows n WHERE {same('n', 'o', table.key)})"
    )
    return Merged(kept.union(rows), counted, _history(path))


def _completed(table: Table, source: Source, path: Path, *, old: bool = False) -> duckdb.DuckDBPyRelation:
    """Return rows with every column: those that the source lacks come from the old row, or are defaults."""
    absent = [n for n in table.names if n not in source.types]
    filled = source.rows
    if absent and old:
        columns = ", ".join(f"o.{quoted(n)}" for n in absent)
        on = same("n", "o", table.key)
        filled = asked(filled, "new", f"SELECT n.*, {columns} FROM new n LEFT JOIN old_rows o ON {on}")
    elif absent:
        filled = filled.project(", ".join(["*", *(f"NULL AS {quoted(n)}" for n in absent)]))
    full = Source(f"rows for {path}", filled, types_of(filled))
    rows = fitted(table, full)
    if absent:
        check(table, full, rows)
    return rows.project(listed(table.names))


def _told(table: Table, joined: duckdb.DuckDBPyRelation, path: Path, count: int) -> str:
    differing = joined.filter("NOT is_new AND NOT is_same")
    row = (
        differing.order(listed(table.key))
        .limit(1)
        .project(", ".join([*map(quoted, table.names), *map(_old, table.names)]))
    )
    values = row.fetchall()[0]
    new = dict(zip(table.names, values, strict=False))
    old = dict(zip(table.names, values[len(table.names) :], strict=True))
    column = next(n for n in table.names if new[n] != old[n])
    found, expected = (("nothing" if v is None else v) for v in (new[column], old[column]))
    others = "" if count == 1 else f" ({count - 1} more such row{'s' if count > 2 else ''})"
    return (
        f"{path}, column {column}: found {found} for a key that holds {expected} "
        f"({keyed(table, [new[n] for n in table.key])}){others}; nothing was changed: "
        "use --replace to take the new rows"
    )


def _old(name: str) -> str:
    return quoted(f"old {name}")


def _history(path: Path) -> list[dict[str, Any]]:
    record = read_sidecar(path)
    if record is None:
        return []
    return [*record.pop("history", []), record]
