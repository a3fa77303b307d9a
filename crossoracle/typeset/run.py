"""The results of a study in, its tables for a paper out: tables/NAME.tex, .md and .csv."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from crossoracle.atomic import Together
from crossoracle.errors import InputError
from crossoracle.provenance import Provenance, digest, stage_sidecar
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
    texts: dict[Path, str] = {}
    for sheet in sheets(rows):
        stem = directory / sheet.stem
        if Path(f"{stem}.tex") in texts:  # names that differ in signs alone
            sheet = replace(sheet, name=f"{sheet.name}-{len(texts)}")
            stem = directory / sheet.stem
        texts[Path(f"{stem}.tex")] = latex(sheet, cast(Intervals, intervals))
        texts[Path(f"{stem}.md")] = markdown(sheet)
        texts[Path(f"{stem}.csv")] = comma_separated(sheet)
    with Together() as together:
        for target, text in texts.items():
            written = together.staged(target)
            written.write_text(text, encoding="utf-8")
            stage_sidecar(together, target, written, made)
    return list(texts)
