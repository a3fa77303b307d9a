"""Label files in, rows of videos, prechecks and scores out; nothing is lost without a word."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from crossoracle.errors import InputError, TableError
from crossoracle.importers.importer import Extract
from crossoracle.importers.mm.documents import documents
from crossoracle.importers.mm.findings import Findings
from crossoracle.importers.mm.labels import Labels
from crossoracle.importers.mm.manifest import compare
from crossoracle.importers.mm.videos import Pool, read_pool
from crossoracle.tables.sql import literal
from crossoracle.tables.wording import several


def read(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    *,
    oracle: str | None = None,
    dataset: str | None = None,
    run: str = "0",
    pool: Path | None = None,
) -> Extract:
    """Read label files, raw or canonical, and motion caches, from directories, archives and Parquet.

    Parameters
    ----------
    con, files
        Where to work, and what to read; manifests (CSV) among it are held against the label files.
    oracle, run : str
        Whose labels they are; the files do not say.
    dataset : str, optional
        Their dataset, unless the pool names it; by default the first folder of the path of each video.
    pool : Path, optional
        A CSV of videos: labels and datasets, also of videos that have no label file.

    Raises
    ------
    InputError
        No oracle was named for label files; a video comes twice with different labels, or has no dataset.
    TableError
        There is neither label file nor motion cache, or an archive holds what no honest one holds.
    """
    findings = Findings()
    labels = Labels(con, read_pool(con, pool, dataset) if pool else Pool(), dataset, findings)
    tables: list[Path] = []
    with uncollected():
        for document in documents(con, files, findings, tables):
            labels.take(document)
            if labels.files and not oracle:
                raise InputError("--oracle: found none, expected whose labels these are; say --oracle NAME")
    extracted = labels.done()
    if not extracted.keys() - {"videos"}:
        raise TableError(_nothing(files, tables, findings))
    if labels.files:
        compare(con, tables, labels.files, findings)
    who = f"{literal(oracle)} AS oracle, {literal(run)} AS run"
    for name in extracted.keys() & {"prechecks", "scores"}:
        extracted[name] = extracted[name].project(f"*, {who}")
    return Extract(extracted, tuple(findings.notes()), findings.listed())


def _nothing(files: Sequence[Path], tables: Sequence[Path], findings: Findings) -> str:
    """Return what to say of files that hold no labels."""
    found = findings.notes()
    if tables:
        lists = several(len(tables), "manifest or other CSV file", "manifests or other CSV files")
        found.append(f"{lists}, without labels")
    what = "; ".join(found) or "no files at all"
    return (
        f"{', '.join(map(str, files))}: found no label file ({what}), expected at least one; give the "
        "directory, archive or Parquet that holds the labels"
    )


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector of cycles from looking at millions of small objects that are in none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
