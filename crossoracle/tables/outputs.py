"""The results of a verb into a directory: all tables of it or none, each as Parquet and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.tables.writing import Batch

if TYPE_CHECKING:
    import pandas as pd

    from crossoracle.provenance import Provenance

SUFFIXES = {"per_video": (".parquet",)}
EVERY_SUFFIX = (".parquet", ".csv")


def write_results(
    tables: Mapping[str, pd.DataFrame], directory: Path | None, provenance: Provenance
) -> tuple[Path, ...]:
    """Write result tables, all of them or none, and return the files; nowhere without a directory."""
    if directory is None:
        return ()
    with Batch() as batch:
        return tuple(
            batch.write(name, rows, directory / f"{name}{suffix}", provenance=provenance)
            for name, rows in tables.items()
            for suffix in SUFFIXES.get(name, EVERY_SUFFIX)
        )


def remove_stale(names: Iterable[str], directory: Path | None) -> None:
    """Remove results of an earlier run that would belong to other estimates than those beside them."""
    if directory is None:
        return
    for table in (directory / f"{name}{suffix}" for name in names for suffix in EVERY_SUFFIX):
        table.unlink(missing_ok=True)
        table.with_name(f"{table.name}.json").unlink(missing_ok=True)
