"""What is found of some oracles, beside what is there of others: controls add up in one table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.oracles.recording import history_of
from crossoracle.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".parquet", ".csv")


def write_beside(
    tables: Mapping[str, pd.DataFrame],
    whose: Collection[tuple[str, str]],
    out: Path,
    provenance: Provenance,
) -> tuple[Path, ...]:
    """Write result tables into a directory, all or none; rows of other oracles and runs stay.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        New rows, with the columns oracle and run.
    whose : collection of (str, str)
        The oracles and runs whose old rows are no longer true. Others that have new rows, such as one of
        which no video could be tested, keep their old ones, if they have any.
    out : path
        The directory.
    provenance : Provenance
        What the sidecars will say; what they said before is kept as their history.
    """
    from crossoracle.tables import Batch, connect, read

    files = []
    with connect() as con, Batch() as batch:
        for name, rows in tables.items():
            place = out / f"{name}{SUFFIXES[0]}"
            old = read(con, name, place).df() if place.is_file() else None
            both = rows if old is None else _beside(rows, old, whose)
            past = history_of(place, provenance)
            for suffix in SUFFIXES:
                path = out / f"{name}{suffix}"
                files.append(batch.write(name, both, path, provenance=provenance, history=past))
    return tuple(files)


def _beside(rows: pd.DataFrame, old: pd.DataFrame, whose: Collection[tuple[str, str]]) -> pd.DataFrame:
    """Return old rows and new ones, one lot for each oracle and run."""
    import pandas as pd

    had = set(zip(old["oracle"], old["run"], strict=True))
    stale = [key in whose for key in zip(old["oracle"], old["run"], strict=True)]
    new = [key in whose or key not in had for key in zip(rows["oracle"], rows["run"], strict=True)]
    kept = old[[not one for one in stale]].astype(rows.dtypes.to_dict())
    parts = [part for part in (kept, rows[new]) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else rows
