"""A file as it stands: its columns and its numbered rows, before any declaration is applied to them.

CSV and JSON Lines carry no types, so their values stay text until a declaration casts them one by one: only
then can an error name the row and the column.
"""

from __future__ import annotations

import csv
import glob
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from crossoracle.errors import TableError
from crossoracle.tables.places import FORMATS, damage, open_text, place
from crossoracle.tables.sql import asked, literal, quoted

ROW = '"#row"'
"""The column that numbers the rows of a source, from 1."""

FILE = '"#file"'
"""The column that names the file of a row, where rows of several files meet."""

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""The signs that are taken for a separator where no comma is, and what they are called."""


@dataclass(frozen=True)
class Source:
    """Rows of unknown worth.

    Parameters
    ----------
    name : str
        What messages call it: the path.
    rows : duckdb.DuckDBPyRelation
        The columns, and `ROW`.
    types : dict of str to str
        The columns and the DuckDB types in which they were found.
    """

    name: str
    rows: duckdb.DuckDBPyRelation = field(repr=False)
    types: dict[str, str]


def format_of(path: str | Path) -> str:
    """Return "parquet", "csv" or "json" (one object per line), by the suffix of a path.

    Raises
    ------
    TableError
        The suffix is none that tables are kept in.
    """
    for suffix, name in FORMATS.items():
        if str(path).lower().endswith(suffix):
            return name
    found = Path(path).suffix or "no suffix"
    raise TableError(
        f"{path}: found {found}, expected a table file ending in {', '.join(FORMATS)}; rename it"
    )


def open_source(con: duckdb.DuckDBPyConnection, path: str | Path) -> Source:
    """Open a table file; nothing but its header, or the names of its fields, is read yet.

    Raises
    ------
    TableError
        The file is missing, empty, truncated or not what its suffix says.
    """
    kind = format_of(path)
    require_file(path)
    with reading(path):
        return {"parquet": open_parquet, "csv": _open_csv, "json": _open_json}[kind](con, path)


def require_file(path: str | Path) -> None:
    """Refuse a path at which there is no file, or an empty one.

    Raises
    ------
    TableError
        There is nothing to read.
    """
    if not Path(path).is_file():
        found = "a directory" if Path(path).is_dir() else "no such file"
        raise TableError(f"{path}: found {found}, expected a file to read; check the path")
    if not Path(path).stat().st_size:
        raise TableError(f"{path}: found an empty file, expected one with rows; write or copy it again")


INTERRUPTED = "Query interrupted"
"""What a plain RuntimeError of DuckDB says of Ctrl-C; others say that names or texts are not UTF-8."""


@contextmanager
def reading(*paths: str | Path) -> Iterator[None]:
    """Turn what DuckDB says about a damaged file, one of several perhaps, into one line."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise
    except (duckdb.Error, RuntimeError, UnicodeDecodeError, EOFError, gzip.BadGzipFile, csv.Error) as error:
        if str(error) == INTERRUPTED:
            raise
        named, told = ", ".join(map(str, paths)), _first_words(error)
        told = f"{named}: cannot be read: {told}; is it truncated or of another format? "
        raise TableError(next(filter(None, map(damage, paths)), told + "Write or copy it again")) from error


def _first_words(error: Exception) -> str:
    words: list[str] = []
    for line in str(error).splitlines():
        if line.startswith(("Possible", "LINE ", "Try ")):
            break
        words.extend(line.split())
    return " ".join(words).rstrip(".")


def _place(path: str | Path) -> str:
    name = str(path)
    # DuckDB takes a backslash within a pattern for a separator, but looks for the file as it is written first
    pattern = any(sign in name for sign in "*?[") and "\\" not in name
    return literal(glob.escape(name) if pattern else name)


def open_parquet(con: duckdb.DuckDBPyConnection, path: str | Path) -> Source:
    """Open a Parquet file, whatever its suffix."""
    call = f"read_parquet({_place(path)}, file_row_number = true, hive_partitioning = false)"
    rows = con.sql(f"SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS {ROW} FROM {call}")
    return Source(str(path), rows, types_of(rows))


def _open_csv(con: duckdb.DuckDBPyConnection, path: str | Path) -> Source:
    header = _header(path)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    # never sniffed: the sniffer drops ragged rows without a word
    call = (
        f"read_csv({_place(path)}, auto_detect = false, header = true, delim = ',', quote = '\"', "
        f"escape = '\"', strict_mode = true, hive_partitioning = false, columns = {{{columns}}})"
    )
    rows = con.sql(f"SELECT *, row_number() OVER () AS {ROW} FROM {call}")
    return Source(str(path), rows, types_of(rows))


def _header(path: str | Path) -> list[str]:
    with open_text(path) as file:
        header = next(csv.reader(file), [])
    seen: set[str] = set()
    for name in header:
        if not name or name.casefold() in seen:
            found = f"the column {name!r} twice" if name else "a column without a name"
            raise TableError(f"{path}: found {found}, expected one name per column; rename it")
        seen.add(name.casefold())
    if not header:
        raise TableError(f"{path}: found an empty first line, expected the names of the columns; add them")
    _refuse_separators(path, header)
    return header


def _refuse_separators(path: str | Path, header: list[str]) -> None:
    """Refuse a file that another sign than the comma separates, as spreadsheets write it in some places."""
    for sign, name in SEPARATORS.items():
        if len(header) == 1 and sign in header[0]:
            raise TableError(
                f"{path}: found columns separated by {name}, expected commas; "
                "save it with commas (and decimal points)"
            )


def _open_json(con: duckdb.DuckDBPyConnection, path: str | Path) -> Source:
    lines = json_lines(con, path)
    names = asked(lines, "lines", "SELECT DISTINCT unnest(json_keys(json)) AS name FROM lines").fetchall()
    # an object has no order of fields to keep
    fields = [f"json ->> {literal(_pointer(name))} AS {quoted(name)}" for (name,) in sorted(names)]
    rows = lines.project(", ".join([*fields, ROW]))
    return Source(str(path), rows, types_of(rows))


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def json_lines(con: duckdb.DuckDBPyConnection, path: str | Path) -> duckdb.DuckDBPyRelation:
    """Return the objects of a JSON Lines file: columns `json` and `ROW`, all of them known to be objects.

    Raises
    ------
    TableError
        A line is not JSON, or not an object; the message names it.
    """
    require_file(path)
    numbered = f"SELECT json, row_number() OVER () AS {ROW} FROM read_ndjson_objects({_place(path)}"
    options = "hive_partitioning = false"
    wrong = con.sql(f"{numbered}, {options}, ignore_errors = true)").filter(
        "json IS NULL OR json_type(json) <> 'OBJECT'"
    )
    for row, kind in wrong.order(ROW).limit(1).project(f"{ROW}, json_type(json)").fetchall():
        found = "text that is not JSON" if kind is None else f"a JSON {kind.lower()}"
        told = f"{path}, {place(path, row)}: found {found}, expected a JSON object; correct the line"
        raise TableError(damage(path) or told if kind is None else told)
    return con.sql(f"{numbered}, {options})")


def types_of(rows: duckdb.DuckDBPyRelation) -> dict[str, str]:
    """Return the columns of a relation, but for `ROW`, and their DuckDB types."""
    return {
        name: str(kind) for name, kind in zip(rows.columns, rows.types, strict=True) if quoted(name) != ROW
    }
