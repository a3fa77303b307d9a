"""The results of a study in, its tables for a paper out: tables/NAME.tex, .md and .csv."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

from crossoracle.errors import InputError
from crossoracle.provenance import Provenance, beside, digest, write_sidecar
from crossoracle.tables import connect, read
from crossoracle.typeset.setting import Intervals, comma_separated, latex, markdown
from crossoracle.typeset.sheets import sheets

READS = ("estimates", "differences")
INTERVALS = ("brackets", "subscript")


def typeset(results: Path | str, directory: Path | str, *, intervals: str = "brackets") -> list[Path]:
    """Write the tables of a paper.

    Parameters
    ----------
    results : path
        The directory of the tables estimates and differences, as far as they are there.
    directory : path
        Where they go.
    intervals : {"brackets", "subscript"}
        How LaTeX shows bounds.

    Returns
    -------
    list of Path
        The files written, in order.
    """
    if intervals not in INTERVALS:
        raise InputError(f"intervals is {intervals!r}; expected one of {', '.join(INTERVALS)}")
    directory = Path(directory)
    files = {name: file for name in READS if (file := Path(results) / f"{name}.parquet").is_file()}
    with connect() as con:
        rows = {name: read(con, name, file).df() for name, file in files.items()}
    made = Provenance("draw", {file: digest(file) for file in files.values()}, {"intervals": intervals})
    written: list[Path] = []
    for sheet in sheets(rows):
        texts = {
            "tex": latex(sheet, cast(Intervals, intervals)),
            "md": markdown(sheet),
            "csv": comma_separated(sheet),
        }
        directory.mkdir(parents=True, exist_ok=True)
        for suffix, text in texts.items():
            target = directory / f"{_plain(sheet.name)}.{suffix}"
            temporary = beside(target)
            temporary.write_text(text, encoding="utf-8")
            os.replace(temporary, target)
            write_sidecar(target, made)
            written.append(target)
    return written


def _plain(name: str) -> str:
    """Return a name that is no path: recognizers may be called anything."""
    return "".join(sign if sign.isalnum() or sign in "-_.@" else "-" for sign in name)
