"""JSON Lines about queries of videos: ``vid`` and ``qid`` on every line, and lists with one item per clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

import duckdb

from crossoracle.errors import TableError
from crossoracle.tables.checking import Fault, refuse
from crossoracle.tables.sources import FILE, ROW, json_lines
from crossoracle.tables.sql import asked, literal, quoted

REMEDY = "correct the line"


def read_lines(
    con: duckdb.DuckDBPyConnection, files: Sequence[Path], fields: Mapping[str, str], *more: Fault
) -> duckdb.DuckDBPyRelation:
    """Return one row per query: `video_id` (``vid#qid``), `vid`, the fields, `FILE` and `ROW`.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where to work.
    files : sequence of Path
        JSON Lines.
    fields : mapping of str to str
        The fields that every line must have, and what each is: "text", "number" or "list of ...".
    *more : Fault
        What else may be wrong with a line.

    Raises
    ------
    TableError
        A line lacks a field, a list is none, or a query comes twice.
    """
    taken = ", ".join(f"{_taken(name, kind)} AS {quoted(name)}" for name, kind in fields.items())
    identity = "json ->> '/vid' AS vid, json ->> '/qid' AS qid"
    parts = [
        json_lines(con, file).project(f"{identity}, {taken}, {literal(str(file))} AS {FILE}, {ROW}")
        for file in files
    ]
    again = f"row_number() OVER (PARTITION BY vid, qid ORDER BY {FILE}, {ROW}) > 1 AS again"
    lines = reduce(lambda one, other: one.union(other), parts).project(
        f"*, vid || '#' || qid AS video_id, {again}"
    )
    kinds = {"vid": "text", "qid": "text", **fields}
    faults = [_absent(name, kind) for name, kind in kinds.items()]
    once = Fault(
        "again", "qid", "video_id || ' again'", "every query of a video once", "remove one of the lines"
    )
    files_named = ", ".join(map(str, files))
    if not refuse(files_named, lines, [*faults, *more, once]):
        raise TableError(f"{files_named}: found no lines, expected at least one query")
    return lines.project("* EXCLUDE (qid, again)")


def unlisted(
    lines: duckdb.DuckDBPyRelation, *names: str, carry: Sequence[str] = ()
) -> duckdb.DuckDBPyRelation:
    """Return one row per item of JSON lists.

    Parameters
    ----------
    lines : duckdb.DuckDBPyRelation
        Rows with `video_id`, `FILE`, `ROW` and the lists.
    *names : str
        The lists, of equal length; each becomes a column of its items, still JSON.
    carry : sequence of str
        Columns to repeat beside every item; `item` counts the items from 0.
    """
    items = ", ".join(f"unnest(CAST({quoted(name)} AS JSON[])) AS {quoted(name)}" for name in names)
    numbers = f"unnest(range(CAST(json_array_length({quoted(names[0])}) AS BIGINT))) AS item"
    kept = ", ".join(["video_id", *map(quoted, carry), FILE, ROW])
    return asked(lines, "lines", f"SELECT {kept}, {numbers}, {items} FROM lines")


def keep(con: duckdb.DuckDBPyConnection, name: str, rows: duckdb.DuckDBPyRelation) -> None:
    """Work rows out once and keep them as a table of the connection, in place of one that was there."""
    con.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
    rows.create(name)


def not_in(name: str, low: float, high: float, expected: str) -> Fault:
    """Return the fault of a JSON value that is neither null nor a number in a range."""
    number = f"(json_type({name}) IN ('UBIGINT', 'BIGINT', 'DOUBLE') AND {within(name, low, high)})"
    return Fault(f"json_type({name}) <> 'NULL' AND NOT {number}", name, name, expected, REMEDY)


def within(name: str, low: float, high: float) -> str:
    """Return the condition that a JSON number lies in a closed range."""
    return f"TRY_CAST({name} AS DOUBLE) BETWEEN {literal(float(low))} AND {literal(float(high))}"


def _taken(name: str, kind: str) -> str:
    pointer = literal(f"/{name}")
    if kind == "number":
        return f"TRY_CAST(json ->> {pointer} AS DOUBLE)"
    return f"json {'->>' if kind == 'text' else '->'} {pointer}"


def _absent(name: str, kind: str) -> Fault:
    field = quoted(name)
    if kind in ("text", "number"):
        return Fault(f"{field} IS NULL", name, "NULL", f"a field {name} with a {kind}", REMEDY)
    shown = f"left(CAST({field} AS VARCHAR), 60)"
    return Fault(f"coalesce(json_type({field}), '') <> 'ARRAY'", name, shown, f"a {kind}", REMEDY)
