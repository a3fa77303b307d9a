"""Where label files come from: directories, archives, Parquet and single files, in the order of names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from crossoracle.errors import TableError
from crossoracle.importers.mm.archive import MOST_BYTES, is_archive, members
from crossoracle.importers.mm.findings import Findings
from crossoracle.importers.mm.sidecar import Document, Sidecar
from crossoracle.tables.sources import ROW, open_parquet, reading
from crossoracle.tables.sql import quoted

LITTER_DIRECTORIES = (".claims", "cache")
LITTER = ("config.json",)
LITTER_PREFIXES = (".", "_batch_state")
"""What else stands in the directory of a run; it holds no labels."""

NEEDED = ("video_id", "segments", "mss_result")
AT_ONCE = 500


def documents(
    con: duckdb.DuckDBPyConnection, paths: Sequence[Path], findings: Findings, tables: list[Path]
) -> Iterator[Document]:
    """Yield every document; CSV files are added to `tables` instead.

    Raises
    ------
    TableError
        An archive holds what no honest one holds.
    """
    for path in paths:
        for file in _files(str(path), findings) if path.is_dir() else [str(path)]:
            yield from _of_file(con, file, findings, tables)


def _files(directory: str, findings: Findings) -> Iterator[str]:
    with os.scandir(directory) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in LITTER_DIRECTORIES:
                yield from _files(entry.path, findings)
        elif entry.is_file() and not _is_litter(entry.name):
            yield entry.path
        else:
            findings.add("passed", entry.path)


def _is_litter(name: str) -> bool:
    return name in LITTER or name.startswith(LITTER_PREFIXES)


def _of_file(
    con: duckdb.DuckDBPyConnection, path: str, findings: Findings, tables: list[Path]
) -> Iterator[Document]:
    name = path.lower()
    if name.endswith(".json"):
        content = _content(path, findings)
        if content is not None:
            yield Document(path, content)
    elif is_archive(name):
        yield from _of_archive(Path(path), findings)
    elif name.endswith(".parquet"):
        yield from _of_parquet(con, Path(path), findings)
    elif name.endswith(".csv"):
        tables.append(Path(path))
    else:
        findings.add("passed", path)


def _content(path: str, findings: Findings) -> bytes | None:
    try:
        with open(path, "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= MOST_BYTES:
                return file.read()
    except OSError as error:
        findings.add("malformed", path, error.strerror or "not readable")
        return None
    findings.add("malformed", path, f"{size:,} bytes, more than {MOST_BYTES:,}")
    return None


def _of_archive(path: Path, findings: Findings) -> Iterator[Document]:
    for name, content in members(path, findings):
        *directories, file = name.split("/")
        litter = _is_litter(file) or any(part in LITTER_DIRECTORIES for part in directories)
        if litter or not file.lower().endswith(".json"):
            findings.add("passed", f"{path}/{name}")
        else:
            yield Document(f"{path}/{name}", content)


def _of_parquet(con: duckdb.DuckDBPyConnection, path: Path, findings: Findings) -> Iterator[Document]:
    cursor = con.cursor()  # rows are fetched while others are inserted
    try:
        with reading(path):
            source = open_parquet(cursor, path)
            missing = [name for name in NEEDED if name not in source.types]
            if missing:
                findings.add("malformed", str(path), f"no column {', '.join(missing)}")
                return
            wanted = [name for name in source.types if name in Sidecar.model_fields]
            source.rows.project(", ".join([ROW, *map(quoted, wanted)])).create_view("mm_parquet")
            cursor.execute("SELECT * FROM mm_parquet")
            while chunk := cursor.fetchmany(AT_ONCE):
                for number, *values in chunk:
                    yield Document(f"{path}, row {number}", dict(zip(wanted, values, strict=True)))
    except TableError as error:
        findings.add("malformed", str(path), str(error).partition(": ")[2])
    finally:
        cursor.close()
