"""What an import noticed, every single thing of it, in a file beside the tables.

A line on the terminal names the first few; whoever wants to mend their files needs all of them. The findings
of an import take the place of those that the same import had before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.importers.importer import Finding
from crossoracle.provenance import Provenance
from crossoracle.tables import Batch, connect, read
from crossoracle.tables.catalogue import table
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd

NAME = "import-findings.csv"

Row = tuple[str | None, ...]


def list_findings(
    batch: Batch,
    out: Path,
    format: str,
    files: Sequence[Path],
    given: Mapping[str, Any],
    findings: Sequence[Finding],
    provenance: Provenance,
) -> str | None:
    """Prepare the file of findings, and return the line that names it, or None where there is nothing.

    Parameters
    ----------
    batch : Batch
        What the file appears together with.
    out : path
        The directory of the study.
    format, files, given : str, sequence of path and mapping
        What is imported, and the options.
    findings : sequence of Finding
        What was noticed.
    provenance : Provenance
        What the sidecar will say.
    """
    path = out / NAME
    source = ", ".join(_relative(file, out) for file in files)
    same = (format, source, given.get("oracle"), given.get("run"))
    new: set[Row] = {(*same, one.finding, one.name, one.detail or None) for one in findings}
    old = _there(path)
    rows = new | {row for row in old if row[: len(same)] != same}
    if rows != old:
        batch.write("findings", _frame(rows), path, provenance=provenance)
    return f"all of them by name, {several(len(new), 'finding')}: {path}" if new else None


def _there(path: Path) -> set[Row]:
    if not path.is_file():
        return set()
    with connect() as con:
        return set(read(con, "findings", path).fetchall())


def _frame(rows: set[Row]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(sorted(rows, key=str), columns=list(table("findings").names), dtype="string")


def _relative(path: Path, out: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), out.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()
