"""The tables as others may have them: without paths and addresses of the machines they were made on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from duckdb import (
    ColumnExpression,
    ConstantExpression,
    DuckDBPyConnection,
    DuckDBPyRelation,
    FunctionExpression,
)

from crossoracle.errors import InputError
from crossoracle.tables import read
from crossoracle.tables.catalogue import table
from crossoracle.tables.column import Column
from crossoracle.tables.sql import literal, quoted

HIDDEN = {"videos": ("path",)}
"""Columns that say something of the machine alone."""

TOLD = {"prechecks": ("detail",), "predictions": ("failure",)}
"""Columns with messages, which may name files and servers."""

SIGNS = r"\s:,;'\"()"
REDACTIONS = (
    (rf"[A-Za-z][A-Za-z0-9+.-]*://[^{SIGNS}]+(:\d+)?[^{SIGNS}]*", "(address)"),
    (rf"(^|[{SIGNS}=])(?:/[^/{SIGNS}]+)+/", r"\1"),
    (rf"(^|[{SIGNS}=])[A-Za-z]:\\(?:[^\\{SIGNS}]+\\)*", r"\1"),
)
SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD")
SHORT = 8  # a shorter value of such a variable is no secret


def columns_of(name: str) -> tuple[Column, ...]:
    """Return the columns of a table that are given to others."""
    return tuple(one for one in table(name).columns if one.name not in HIDDEN.get(name, ()))


def published(con: DuckDBPyConnection, name: str, file: Path, places: Iterable[str]) -> DuckDBPyRelation:
    """Return the rows of a table as others may have them, in the order of its key.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where to read.
    name, file : str and path
        Which table, and where it is.
    places : iterable of str
        Directories whose names are taken out of messages, the longest first.

    Raises
    ------
    InputError
        A value holds a key, or a place on this machine.
    """
    rows = read(con, name, file)
    told = TOLD.get(name, ())
    shown = [
        f"{_told(one.name, places)} AS {quoted(one.name)}" if one.name in told else quoted(one.name)
        for one in columns_of(name)
    ]
    rows = rows.project(", ".join(shown))
    _require_clean(name, rows, places)
    return rows.order(", ".join(f"{quoted(one)} NULLS FIRST" for one in table(name).key))


def places_of(con: DuckDBPyConnection, study: Path) -> list[str]:
    """Return directories of this machine that messages may name, the longest first."""
    found = {str(Path.home()), str(study.absolute()), str(study.resolve()), os.getcwd()}
    videos = study / "videos.parquet"
    if videos.is_file():
        rows = read(con, "videos", videos).filter("path LIKE '/%'")
        parents = rows.project("regexp_extract(path, '^(.*)/', 1) AS place").distinct().fetchall()
        found |= {os.path.commonpath([place or "/" for (place,) in parents])} if parents else set()
    return sorted((f"{place.rstrip('/')}/" for place in found if place.strip("/")), key=len, reverse=True)


def _told(name: str, places: Iterable[str]) -> str:
    """Return the SQL of a message without places and addresses; the names of files stay."""
    value = quoted(name)
    for place in places:
        value = f"replace({value}, {literal(place)}, '')"
    for found, instead in REDACTIONS:
        value = f"regexp_replace({value}, {literal(found)}, {literal(instead)}, 'g')"
    return value


def _require_clean(name: str, rows: DuckDBPyRelation, places: Iterable[str]) -> None:
    """Look once more: whatever a text says, it must not give a key away, or a place on this machine."""
    known = {one.name: one.type for one in columns_of(name)}
    for what, value in (*_secrets(), *(("a directory of this machine", place) for place in places)):
        for column in (one for one, kind in known.items() if kind == "text"):
            contains = FunctionExpression("contains", ColumnExpression(column), ConstantExpression(value))
            if rows.filter(contains).limit(1).fetchall():
                raise InputError(
                    f"table {name}, column {column}: found {what} in a value, which must not be given away; "
                    "nothing was exported: take it out of the study"
                )


def _secrets() -> Iterator[tuple[str, str]]:
    for variable, value in os.environ.items():
        if any(word in variable.upper() for word in SECRET) and len(value) >= SHORT:
            yield f"the value of {variable}", value
