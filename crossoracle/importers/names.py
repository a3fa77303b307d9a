"""Names as they are written elsewhere: spaces around them would make one oracle two."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crossoracle.tables.sources import types_of
from crossoracle.tables.sql import literal, quoted
from crossoracle.tables.wording import several

NAMES = ("dataset", "video_id", "oracle", "run", "cluster", "recognizer", "condition")
"""The columns whose values name something that other rows name too."""

SPACES = " \t\r\n\v\f\u00a0\ufeff"


def stripped(
    rows: duckdb.DuckDBPyRelation, file: str, names: Sequence[str] = NAMES
) -> tuple[duckdb.DuckDBPyRelation, list[str]]:
    """Return rows without spaces around names, and a line for each column that had some.

    Parameters
    ----------
    rows : duckdb.DuckDBPyRelation
        Rows as a file has them; columns that are no text are left alone.
    file : str
        What the lines call the file.
    names : sequence of str
        The columns, as far as they are there.
    """
    kinds = types_of(rows)
    there = [name for name in names if kinds.get(name) == "VARCHAR"]
    if not there:
        return rows, []
    bare = {name: f"trim({quoted(name)}, {literal(SPACES)})" for name in there}
    counted = [
        f"count_if({bare[n]} <> {quoted(n)}), min({quoted(n)}) FILTER ({bare[n]} <> {quoted(n)})"
        for n in there
    ]
    found = rows.aggregate(", ".join(counted)).fetchall()[0]
    notes = [
        f"spaces around {name} left out: {several(count, 'row')}, such as {example!r} ({file})"
        for name, count, example in zip(there, found[::2], found[1::2], strict=True)
        if count
    ]
    if not notes:
        return rows, []
    return rows.project(f"* REPLACE ({', '.join(f'{bare[n]} AS {quoted(n)}' for n in there)})"), notes


def bare(option: str, name: str, notes: list[str]) -> str:
    """Return a name that an option gives without spaces around it; if there were some, that is noted."""
    short = name.strip(SPACES)
    if short != name:
        notes.append(f"spaces around a name left out: {option} {name!r}")
    return short
