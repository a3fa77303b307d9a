"""Where a row stands: on a line of a text file, headers counted, or in a row of Parquet; what damages a text.

Rows are numbered as they are read. Only when one of them is wrong is the file gone through again for its
line: blank lines and line ends within quotes make the two differ.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, cast

from crossoracle.tables.wording import several

FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".jsonl": "json",
    ".jsonl.gz": "json",
    ".ndjson": "json",
}

UNREADABLE = (OSError, UnicodeDecodeError, EOFError, csv.Error)


def place(file: str | Path, row: int) -> str:
    """Return where a row stands: "line 4" of a text file that is there, "row 3" of anything else."""
    lines = {"csv": _records, "json": _objects}.get(_kind(file))
    if lines is not None and Path(file).is_file():
        with suppress(*UNREADABLE):
            for line in islice(lines(file), row - 1, row):
                return f"line {line}"
    return f"row {row}"


def damage(file: str | Path) -> str | None:
    """Return what keeps a text file from being read, as a message, or None where that cannot be told."""
    kind = _kind(file)
    if kind not in ("csv", "json") or not Path(file).is_file():
        return None
    with suppress(*UNREADABLE):
        return _not_utf8(file) or (_ragged(file) if kind == "csv" else None) or _line_ends(file)
    return None


def open_text(file: str | Path) -> IO[str]:
    """Open a text file, packed or not, for reading."""
    open_ = gzip.open if str(file).lower().endswith(".gz") else open
    return cast(IO[str], open_(file, "rt", encoding="utf-8-sig", newline=""))


def _kind(file: str | Path) -> str:
    name = str(file).lower()
    return next((kind for suffix, kind in FORMATS.items() if name.endswith(suffix)), "")


def _records(file: str | Path) -> Iterator[int]:
    """Yield the line on which each record of a CSV begins; blank lines are none, unless of one column."""
    with open_text(file) as text:
        reader = csv.reader(text)
        columns = len(next(reader, []))
        before = reader.line_num
        for record in reader:
            if record or columns == 1:
                yield before + 1
            before = reader.line_num


def _objects(file: str | Path) -> Iterator[int]:
    yield from (number for number, line in enumerate(_lines(file), 1) if line.strip())


def _lines(file: str | Path) -> Iterator[bytes]:
    open_ = gzip.open if str(file).lower().endswith(".gz") else open
    with cast(IO[bytes], open_(file, "rb")) as content:
        yield from content


def _not_utf8(file: str | Path) -> str | None:
    for number, line in enumerate(_lines(file), 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            found = f"a byte that is not UTF-8 (0x{line[error.start]:02X})"
            return f"{file}, line {number}: found {found}, expected UTF-8; save the file as UTF-8"
    return None


def _ragged(file: str | Path) -> str | None:
    with open_text(file) as text:
        reader = csv.reader(text, strict=True)
        columns, before = len(next(reader, [])), reader.line_num
        try:
            for record in reader:
                if record and len(record) != columns:
                    found = several(len(record), "value")
                    return (
                        f"{file}, line {before + 1}: found {found}, expected {columns}, one for each column; "
                        "correct the line, and put quotes around a value with commas"
                    )
                before = reader.line_num
        except csv.Error as error:
            if "limit" in str(error):  # too long for this reader, and no fault of the file
                raise
            return (
                f"{file}, line {before + 1}: found a quote that is not closed, or text behind one that is, "
                'expected values such as "a, b"; correct the quotes'
            )
    return None


def _line_ends(file: str | Path) -> str | None:
    ends = {True: "CR LF", False: "LF"}
    first = None
    for number, line in enumerate(_lines(file), 1):
        here = line.endswith(b"\r\n")
        first = here if first is None else first
        if here is not first and line.endswith(b"\n"):
            return (
                f"{file}, line {number}: found a line that ends in {ends[here]}, expected {ends[first]} as "
                "on the first line; save the file with one kind of line end"
            )
    return None
