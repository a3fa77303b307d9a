"""Files into relations: opened, validated, typed, and nothing of them in Python's memory."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from uuid import uuid4

import duckdb

from crossoracle.errors import UnknownNameError
from crossoracle.provenance import digest, read_sidecar
from crossoracle.tables import catalogue
from crossoracle.tables.checking import check, check_key, fitted, unknown
from crossoracle.tables.column import Column
from crossoracle.tables.sources import FILE, ROW, Source, open_source
from crossoracle.tables.sql import listed
from crossoracle.tables.table import Table

logger = logging.getLogger("crossoracle")


def connect(memory: str = "2GB", threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database that reads and writes tables.

    Parameters
    ----------
    memory : str
        What DuckDB may hold before it spills to the directory for temporary files.
    threads : int, optional
        How many threads it may use; every core by default.
    """
    spill = Path(tempfile.gettempdir()) / f"crossoracle-{os.getpid()}-{uuid4().hex[:8]}"
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": "false",
    }
    if threads:
        config["threads"] = threads
    con = duckdb.connect(":memory:", config=config)
    con.execute("SET enable_progress_bar = false")
    return con


def read(
    con: duckdb.DuckDBPyConnection, name: str, *paths: str | Path, also: Sequence[str] = ()
) -> duckdb.DuckDBPyRelation:
    """Read a table from one or more files.

    A file that crossoracle wrote and nobody has touched since (its sidecar holds its digest) was validated
    when it was written, and is not validated again.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        From `connect`; the relation lives as long as it does.
    name : str
        The name of the table.
    *paths : path
        Parquet, CSV or JSON Lines, by suffix.
    also : sequence of str
        Columns that every file must have; those that the declaration does not know are kept as text.

    Returns
    -------
    duckdb.DuckDBPyRelation
        The declared columns, typed, in order, then the further ones; rows in the order of the files.

    Raises
    ------
    TableError, UnknownNameError
        A file, column or row is wrong; a further column is not there.
    """
    table = _with(catalogue.table(name), also)
    opened = [_opened(con, table, path, also) for path in dict.fromkeys(map(Path, paths))]
    rows = reduce(lambda one, other: one.union(other), (part for part, _ in opened))
    if len(opened) > 1 or not all(trusted for _, trusted in opened):
        check_key(table, ", ".join(map(str, paths)), rows)
    return rows.project(listed(table.names))


def declaration(table: Table) -> str:
    """Return what identifies a declaration: a file validated by another one must be validated again."""
    return f"{table.name}-{hashlib.sha256(repr(table).encode()).hexdigest()[:16]}"


def _with(table: Table, also: Sequence[str]) -> Table:
    """Return the declaration with further columns of text."""
    known = {name.casefold() for name in table.names}
    more = (name for name in dict.fromkeys(also) if name.casefold() not in known)
    columns = (Column(name, "text", "As the file has it.", nullable=True) for name in more)
    return replace(table, columns=(*table.columns, *columns))


def _require(source: Source, table: Table, also: Sequence[str]) -> None:
    """Refuse a file that lacks a column which nothing stands in for."""
    there = {name.casefold() for name in source.types}
    filled = {c.name for c in table.columns if c.default is not None or c.default_from}
    for name in also:
        if name.casefold() not in there and name not in filled:
            raise UnknownNameError(f"column of {source.name}", name, source.types)


def _opened(
    con: duckdb.DuckDBPyConnection, table: Table, path: Path, also: Sequence[str]
) -> tuple[duckdb.DuckDBPyRelation, bool]:
    source = open_source(con, path)
    _require(source, table, also)
    rows = fitted(table, source)
    warn_of_unknown(table, source)
    trusted = _validated(table, path)
    if not trusted:
        check(table, source, rows)
    return rows.project(f"{listed(table.names)}, {ROW}, {FILE}"), trusted


def warn_of_unknown(table: Table, source: Source) -> None:
    """Name the columns that are ignored, in one line."""
    ignored = unknown(table, source)
    if ignored:
        logger.warning("%s: ignored columns: %s (not in %s)", source.name, ", ".join(ignored), table.name)


def _validated(table: Table, path: Path) -> bool:
    record = read_sidecar(path) or {}
    return record.get("validated") == declaration(table) and record.get("sha256") == digest(path)
