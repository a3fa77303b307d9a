"""Labelled videos into the tables of a study, while more of them are being labelled.

Rows of a video take the place of all rows that the same run of the same oracle has of it, so that nothing is
left of another division into segments. The tables are written whole each time; how often depends on how long
that takes. Nothing is lost in between: every reply is in the ledger.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from crossoracle.oracles.strategy import Labelled, Row
from crossoracle.provenance import Provenance, read_sidecar, sidecar_path, write_sidecar

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

TABLES = ("scores", "prechecks", "removals")
GROUP = ("dataset", "video_id", "oracle", "run")
EVERY_S, SHARE = 30.0, 0.05  # write when so long ago, and while writing takes no more than this share of time
DTYPES = {"text": "string", "integer": "Int64", "real": "Float64", "flag": "boolean"}


@dataclass
class Recorder:
    """Collects what was labelled, and writes it from time to time.

    Parameters
    ----------
    directory : path
        The study.
    provenance : Provenance
        What the sidecars will say.
    """

    directory: Path
    provenance: Provenance
    pending: list[Labelled] = field(default_factory=list)
    written: dict[str, Path] = field(default_factory=dict)
    _before: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, found: Labelled) -> None:
        """Take what was labelled."""
        self.pending.append(found)

    async def keep_writing(self) -> None:
        """Write from time to time, beside everything else, until cancelled."""
        took = 0.0
        while True:
            await asyncio.sleep(max(EVERY_S, took / SHARE))
            began = time.monotonic()
            await asyncio.shield(asyncio.to_thread(self.flush))
            took = time.monotonic() - began

    def flush(self) -> None:
        """Write what was collected: all tables, or none."""
        from crossoracle.tables import Batch, connect

        with self._lock:
            found = self.pending[:]
            if not found:
                return
            with connect() as con, Batch() as batch:
                done = con.from_df(frame("prechecks", rows_of("prechecks", found))).select(*GROUP)
                written = [name for name in TABLES if self._stage(con, batch, name, found, done)]
            for name in written:
                self._keep_history(name)
            del self.pending[: len(found)]

    def _stage(
        self, con: DuckDBPyConnection, batch: Any, name: str, found: list[Labelled], done: DuckDBPyRelation
    ) -> bool:
        """Prepare one table; return whether it is written: one without rows is not."""
        from crossoracle.tables import read

        path = self.directory / f"{name}.parquet"
        new = con.from_df(frame(name, rows_of(name, found)))
        rows = new
        if path.is_file():
            self._before.setdefault(name, self._history(path))
            old = read(con, name, path)
            same = " AND ".join(f"old.{column} IS NOT DISTINCT FROM done.{column}" for column in GROUP)
            left = old.set_alias("old").join(done.set_alias("done"), same, how="anti")
            rows = left.union(new.select(*left.columns))
        if not rows.limit(1).fetchall():
            for file in (path, sidecar_path(path)):
                file.unlink(missing_ok=True)
            self.written.pop(name, None)
            return False
        self.written[name] = batch.write(name, rows, path, provenance=self.provenance)
        return True

    def _history(self, path: Path) -> list[dict[str, Any]]:
        """Return what the sidecar says of the past; the same work before an interruption counts once."""
        record = read_sidecar(path)
        if record is None:
            return []
        past = record.pop("history", [])
        same = record.get("verb") == self.provenance.verb and record.get("options") == _json(
            self.provenance.options
        )
        return past if same else [*past, record]

    def _keep_history(self, name: str) -> None:
        path = self.written[name]
        record = read_sidecar(path) or {}
        facts = {key: record[key] for key in ("table", "validated") if key in record}
        past = self._before.get(name)
        if past:
            write_sidecar(path, self.provenance, facts=facts | {"history": past})


def rows_of(name: str, found: list[Labelled]) -> list[Row]:
    """Return the rows of one table among what was labelled."""
    if name == "prechecks":
        return [one.precheck for one in found]
    return [row for one in found for row in getattr(one, name)]


def frame(name: str, rows: list[Row]) -> pd.DataFrame:
    """Return rows as a frame whose columns have the types of the table; what is missing is null."""
    import pandas as pd

    from crossoracle.tables.catalogue import table

    dtypes = {column.name: DTYPES[column.type] for column in table(name).columns}
    return pd.DataFrame(rows, columns=list(dtypes), dtype=object).astype(dtypes)


def _json(options: Any) -> Any:
    return json.loads(json.dumps(dict(options), default=str))
