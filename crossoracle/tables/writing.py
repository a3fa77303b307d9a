"""Rows into files: typed by the declaration, in the order of the key, whole or not at all.

Everything is written beside its target and renamed when it is complete, with its sidecar; several files can
be held back so that they appear together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb

from crossoracle.atomic import Together
from crossoracle.errors import ConflictError
from crossoracle.provenance import Provenance, stage_sidecar
from crossoracle.tables import catalogue
from crossoracle.tables.checking import check, check_key, fitted
from crossoracle.tables.holding import merging_into
from crossoracle.tables.merging import Upserted, merge
from crossoracle.tables.reading import connect, declaration, warn_of_unknown
from crossoracle.tables.sources import ROW, Source, format_of, types_of
from crossoracle.tables.sql import listed, literal, quoted
from crossoracle.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

    Rows = pd.DataFrame | duckdb.DuckDBPyRelation

COPY_OPTIONS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER true",
    "json": "FORMAT json, ARRAY false",
}


def write(name: str, rows: Rows, path: str | Path, *, provenance: Provenance) -> Path:
    """Write a table and its sidecar; what was at the path before is replaced.

    Parameters
    ----------
    name : str
        The name of the table.
    rows : pandas.DataFrame or duckdb.DuckDBPyRelation
        Its rows, in any order; NaN is written as null.
    path : path
        Where to: Parquet, CSV or JSON Lines, by suffix.
    provenance : Provenance
        What the sidecar will say.

    Raises
    ------
    TableError
        The rows do not fit the declaration; nothing was written.
    """
    with Batch() as batch:
        return batch.write(name, rows, path, provenance=provenance)


def upsert(
    name: str, rows: Rows, path: str | Path, *, replace: bool = False, provenance: Provenance
) -> Upserted:
    """Bring rows into a table that may exist: the same rows again change nothing, not even the file.

    Columns outside the key that the rows lack keep their old values, or take their defaults.

    Parameters
    ----------
    name, rows, path, provenance
        As for `write`.
    replace : bool
        Whether different rows for an existing key take its place.

    Raises
    ------
    ConflictError
        Different rows for an existing key, and not `replace`; nothing was written.
    TableError
        The rows, or the file that exists, do not fit the declaration; nothing was written.
    """
    with Batch() as batch:
        return batch.upsert(name, rows, path, replace=replace, provenance=provenance)


@dataclass
class Batch(Together):
    """Tables that appear together when the block ends, or not at all when it fails.

    Raises
    ------
    OSError
        A file cannot be written: the disk is full, the directory is not ours.
    ConflictError
        A table that rows were merged into was written by another process meanwhile.

    Examples
    --------
    ``with Batch() as batch: batch.write("estimates", frame, "estimates.csv", provenance=provenance)``
    """

    _con: duckdb.DuckDBPyConnection = field(default_factory=connect)
    _merged: dict[Path, tuple[int, int, int] | None] = field(default_factory=dict)
    _held: ExitStack = field(default_factory=ExitStack)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()  # it reads from files that are about to go
        with self._held:
            self._end(kind, error, trace)

    def _end(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        overtaken = [path for path, state in self._merged.items() if _state(path) != state]
        if kind is None and overtaken:
            found = f"{overtaken[0]}: found that another process has written it meanwhile"
            conflict = ConflictError(f"{found}; nothing was changed: do the same again")
            super().__exit__(ConflictError, conflict, None)
            raise conflict
        super().__exit__(kind, error, trace)

    def write(
        self,
        name: str,
        rows: Rows,
        path: str | Path,
        *,
        provenance: Provenance,
        history: Sequence[Mapping[str, Any]] = (),
    ) -> Path:
        """Prepare what `write` writes; see there. ``history`` are sidecars of rows that were there before."""
        table, path = catalogue.table(name), Path(path)
        format_of(path)
        source = self._source(table, rows, path)
        fit = fitted(table, source)
        check(table, source, fit)
        check_key(table, source.name, fit)
        self._stage(table, fit, path, provenance, {"history": list(history)} if history else {})
        return path

    def upsert(
        self, name: str, rows: Rows, path: str | Path, *, replace: bool = False, provenance: Provenance
    ) -> Upserted:
        """Prepare what `upsert` writes; see there. A path can take part in a batch once."""
        table, path = catalogue.table(name), Path(path)
        format_of(path)
        source = self._source(table, rows, path)
        spool = self.spare(path)
        fit = fitted(table, source, partial=True)
        check(table, source, fit)
        check_key(table, source.name, fit)
        copy(fit.project(listed(tuple(n for n in table.names if n in fit.columns))), spool, "parquet")
        if not self._merged:
            self._held.enter_context(merging_into(path.parent))
        self._merged[path] = _state(path)
        merged = merge(self._con, table, spool, path, replace=replace)
        if merged.counts.new or merged.counts.replaced:
            self._stage(table, merged.rows, path, provenance, {"history": merged.history})
        return merged.counts

    def _source(self, table: Table, rows: Rows, path: Path) -> Source:
        if not isinstance(rows, duckdb.DuckDBPyRelation):
            rows = self._con.from_df(_for_duckdb(rows, table))
        numbered = rows.project(f"*, row_number() OVER () AS {ROW}")
        source = Source(f"rows for {path}", numbered, types_of(numbered))
        warn_of_unknown(table, source)
        return source

    def _stage(
        self,
        table: Table,
        rows: duckdb.DuckDBPyRelation,
        path: Path,
        provenance: Provenance,
        facts: dict[str, Any],
    ) -> None:
        temporary = self.staged(path)
        order = ", ".join(f"{quoted(n)} NULLS FIRST" for n in table.key)
        copy(rows.project(listed(table.names)).order(order), temporary, format_of(path), str(path))
        facts = {"table": table.name, "validated": declaration(table)} | facts
        stage_sidecar(self, path, temporary, provenance, facts)


def _state(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is replaced, or None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns


def _for_duckdb(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a frame whose texts are texts: DuckDB guesses the type of a mixed column from a sample."""
    texts = [c.name for c in table.columns if c.type == "text" and c.name in frame.columns]
    return frame.astype({name: "string" for name in texts if frame[name].dtype == object})


def copy(rows: duckdb.DuckDBPyRelation, target: Path, kind: str, name: str = "") -> None:
    """Write rows in their order to a file of a kind of `COPY_OPTIONS`; messages call it by its name."""
    options = COPY_OPTIONS[kind] + (", COMPRESSION gzip" if name.endswith(".gz") else "")
    try:
        rows.query("rows", f"COPY (FROM rows) TO {literal(str(target))} ({options}, USE_TMP_FILE false)")
    except duckdb.IOException as error:
        raise OSError(f"{name or target}: cannot be written: {str(error).splitlines()[0]}") from error
    with open(target, "r+b") as file:
        os.fsync(file.fileno())
