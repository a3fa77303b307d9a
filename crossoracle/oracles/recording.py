"""Labelled videos into the tables of a study, while more of them are being labelled.

Rows of a video take the place of all rows that the same run of the same oracle has of it, so that nothing is
left of another division into segments. The tables are written whole each time; how often depends on how long
that takes. Nothing is lost in between: every reply is in the ledger.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from crossoracle.oracles.adapters.remote import UNSEEN
from crossoracle.oracles.strategy import Labelled, Row
from crossoracle.provenance import Provenance, read_sidecar, sidecar_path
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

TABLES = ("scores", "prechecks", "removals")
GROUP = ("dataset", "video_id", "oracle", "run")
EVERY_S, SHARE = 30.0, 0.05  # write when so long ago, and while writing takes no more than this share of time
ANSWERING = ("p_fallback", "samples", "reask")  # options of every oracle that its rows depend on
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
    _taken: Counter[str] = field(default_factory=Counter)
    _before: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, found: Labelled) -> None:
        """Take what was labelled."""
        self.pending.append(found)
        self._taken[found.precheck["oracle"]] += 1

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
        from crossoracle.tables.holding import merging_into

        with self._lock:
            found = self.pending[:]
            if not found:
                return
            with merging_into(self.directory), connect() as con, Batch() as batch:
                done = con.from_df(frame("prechecks", rows_of("prechecks", found))).select(*GROUP)
                for name in TABLES:
                    self._stage(con, batch, name, found, done)
            del self.pending[: len(found)]

    def _stage(
        self, con: DuckDBPyConnection, batch: Any, name: str, found: list[Labelled], done: DuckDBPyRelation
    ) -> None:
        """Prepare one table; one without rows is not written."""
        from crossoracle.tables import read

        path = self.directory / f"{name}.parquet"
        new = con.from_df(frame(name, rows_of(name, found)))
        rows = new
        if path.is_file():
            self._before.setdefault(name, history_of(path, self.provenance))
            old = read(con, name, path)
            same = " AND ".join(f"old.{column} IS NOT DISTINCT FROM done.{column}" for column in GROUP)
            left = old.set_alias("old").join(done.set_alias("done"), same, how="anti")
            rows = left.union(new.select(*left.columns))
        if not rows.limit(1).fetchall():
            for file in (path, sidecar_path(path)):
                file.unlink(missing_ok=True)
            self.written.pop(name, None)
            return
        past = self._before.get(name, [])
        self.written[name] = batch.write(name, rows, path, provenance=self.provenance, history=past)

    def mixed(self) -> list[str]:
        """Tell whose rows of earlier runs, which were asked otherwise, stand beside the new ones."""
        if "prechecks" not in self.written:
            return []
        now, notes = _json(self.provenance.options), []
        for oracle, there in self._counts().items():
            kept, differs = there - self._taken[oracle], differences(oracle, self._before, now)
            if kept > 0 and differs:
                notes.append(
                    f"{oracle}: the tables keep {several(kept, 'row')} of earlier runs that were asked with "
                    f"other {', '.join(differs)}; run it on all videos before the rows are compared"
                )
        return notes

    def _counts(self) -> dict[str, int]:
        """Return how many prechecks there are now of the oracles that were asked."""
        from crossoracle.tables import connect, read

        with connect() as con:
            rows = read(con, "prechecks", self.written["prechecks"]).aggregate("oracle, count(*)", "oracle")
            return {oracle: n for oracle, n in rows.order("oracle").fetchall() if self._taken[oracle]}


def history_of(path: Path, provenance: Provenance) -> list[dict[str, Any]]:
    """Return what the sidecar of a table says of its past; work that was interrupted counts once."""
    record = read_sidecar(path)
    if record is None:
        return []
    past: list[dict[str, Any]] = record.pop("history", [])
    same = record.get("verb") == provenance.verb and record.get("options") == _json(provenance.options)
    return past if same else [*past, record]


def differences(
    oracle: str, before: Mapping[str, Sequence[Mapping[str, Any]]], now: Mapping[str, Any]
) -> list[str]:
    """Return the names of what an oracle was asked with, or was shown, otherwise the last time."""
    for record in reversed(before.get("prechecks", ())):
        then = record.get("options") or {}
        if oracle in then.get("oracles", {}):
            old, new = _asked_with(then, oracle), _asked_with(now, oracle)
            return sorted(name for name in old | new if old.get(name) != new.get(name))
    return []


def _asked_with(options: Mapping[str, Any], oracle: str) -> dict[str, Any]:
    """Return the options of a run that the rows of an oracle depend on."""
    own = dict(options["oracles"][oracle])
    asked = own.pop("asked", {})
    told = {name: value for name, value in own.items() if name not in UNSEEN}
    told |= {name: asked.get(name) for name in ANSWERING}
    return told | {name: options.get(name) for name in ("frames", "datasets")}


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
