"""Foreign files in, tables of a study out."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from crossoracle.errors import InputError
from crossoracle.importers.catalogue import importer
from crossoracle.importers.importer import Extract, Importer
from crossoracle.importers.listing import list_findings
from crossoracle.importers.names import bare
from crossoracle.provenance import Provenance, digest
from crossoracle.tables import Batch, Upserted, connect
from crossoracle.tables.sources import reading, require_file

SMALL = 2**20
"""Files of fewer bytes are read whole."""

PAIRED = {"map": "COLUMN=FIELD", "score": "COLUMN=ORACLE", "predictions": "NAME=FILE"}
"""Options that are given as pairs, and how they are written."""

NAMED = frozenset({"dataset", "oracle", "run", "recognizer"})
"""Options whose values are names that rows get."""


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Parameters
    ----------
    format : str
        The name of the importer.
    counts : dict of str to Upserted
        For each table, how many rows were new, the same and replaced.
    paths : dict of str to Path
        Where each table is.
    notes : tuple of str
        What is worth knowing about the files, one line each.
    listing : str, optional
        Where all that the notes count is listed one by one.
    """

    format: str
    counts: dict[str, Upserted]
    paths: dict[str, Path]
    notes: tuple[str, ...]
    listing: str | None = None

    def __str__(self) -> str:
        return "\n".join([*(f"{name}: {count}" for name, count in self.counts.items()), *self.remarks])

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes, and where all that they count is listed."""
        return (*self.notes, *([self.listing] if self.listing else []))


def import_(
    format: str,
    files: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    replace: bool = False,
    **options: Any,
) -> Imported:
    """Bring foreign files into the tables of a study, all of them or none; the same again changes nothing.

    Parameters
    ----------
    format, files : str and path or sequence of path
        The name of an importer, and what it reads.
    out : path
        The directory of the study; it is made where it is missing.
    replace : bool
        Whether different rows for an existing key take its place.
    **options
        The options of the importer; None or an empty value means "not given". Pairs are given as a mapping
        or as texts "A=B".

    Raises
    ------
    UnknownNameError, InputError
        The format or an option is not known, or makes no sense for these files.
    TableError
        A file cannot be read, or one of its rows is wrong.
    ConflictError
        A study holds a different row for a key, and not `replace`.
    """
    chosen, out = importer(format), Path(out)
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    spaces: list[str] = []
    given = _given(chosen, options, spaces)
    inputs = _inputs(chosen, paths, given)
    reader = chosen.load()
    resolved = _resolved(reader, given) | {"replace": replace}
    provenance = Provenance(f"import {format}", {path: _digest(path) for path in inputs}, resolved)
    with connect() as con, Batch() as batch, reading(*inputs):
        extract = reader(con, paths, **given)
        targets = {name: out / f"{name}.parquet" for name in extract.tables}
        counts = {
            name: batch.upsert(name, rows, targets[name], replace=replace, provenance=provenance)
            for name, rows in extract.tables.items()
        }
        listing = list_findings(batch, out, format, paths, resolved, extract.findings, provenance)
        notes = (*spaces, *extract.notes, *_slivers(extract))
    return Imported(format, counts, targets, notes, listing)


def _inputs(chosen: Importer, paths: Sequence[Path], given: Mapping[str, Any]) -> list[Path]:
    """Return everything that is read, and refuse what is not there."""
    inputs = [*paths, *given.get("predictions", {}).values(), *([given["pool"]] if "pool" in given else [])]
    for path in inputs:
        if not (chosen.directories and path in paths and path.is_dir()):
            require_file(path)
    return inputs


def _given(chosen: Importer, options: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """Return the options that were given, typed, and names without spaces around them, which is noted."""
    given = {
        name: value for name, value in options.items() if value is not None and value not in ((), [], {})
    }
    for name in given:
        if name not in chosen.options:
            takes = ", ".join(_flag(option) for option in (*chosen.options, "replace"))
            raise InputError(f"import {chosen.name}: found {_flag(name)}, expected one of {takes}; drop it")
    for name in NAMED & given.keys():
        given[name] = bare(_flag(name), str(given[name]), notes)
    for name in given.keys() & PAIRED.keys():
        given[name] = _pairs(name, given[name])
    if "score" in given:
        given["score"] = {field: bare("--score", who, notes) for field, who in given["score"].items()}
    if "predictions" in given:
        named = {bare("--predictions", who, notes): Path(path) for who, path in given["predictions"].items()}
        given["predictions"] = named
    if "pool" in given:
        given["pool"] = Path(given["pool"])
    return given


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file; of a directory, that of the names, sizes and digests of its files."""
    if not path.is_dir():
        return digest(path)
    whole = hashlib.sha256()
    for directory, names, files in os.walk(path):
        names.sort()  # walked in this order
        for file in (os.path.join(directory, name) for name in sorted(files)):
            if os.path.isfile(file):
                size = os.path.getsize(file)
                line = f"{os.path.relpath(file, path)}\0{size}\0{_digest_of_small(file, size)}\n"
                whole.update(os.fsencode(line))
    return whole.hexdigest()


def _digest_of_small(file: str, size: int) -> str:
    """Return the SHA-256 of a file; one of a hundred thousand small ones is not worth a large buffer."""
    if size > SMALL:
        return digest(file)
    with open(file, "rb", buffering=0) as content:
        return hashlib.sha256(content.read()).hexdigest()


def _pairs(name: str, value: Mapping[str, Any] | Iterable[str]) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    pairs: dict[str, Any] = {}
    for text in [value] if isinstance(value, str) else value:
        left, equals, right = text.partition("=")
        if not (left and equals and right):
            raise InputError(f"{_flag(name)}: found {text!r}, expected {PAIRED[name]}; write it so")
        if left in pairs:
            raise InputError(f"{_flag(name)}: found {left!r} twice, expected it once; drop one of them")
        pairs[left] = right
    return pairs


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _resolved(reader: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(reader).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    return defaults | dict(given)


def _slivers(extract: Extract) -> list[str]:
    """Count last segments that are hardly there; imports keep them as they are."""
    if "scores" not in extract.tables:
        return []
    videos: duckdb.DuckDBPyRelation = extract.tables["scores"].aggregate(
        "max(end_s - start_s) AS longest, arg_max(end_s - start_s, segment) AS last", "dataset, video_id"
    )
    count = videos.filter("last < longest / 4").aggregate("count(*)").fetchall()[0][0]
    end = "video ends" if count == 1 else "videos end"
    return [f"{count} {end} in a segment shorter than a quarter of the step: kept as it is"] if count else []
