"""Predictions into their table, while more are being made: nothing is lost when a run stops."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.errors import ConflictError
from crossoracle.provenance import Provenance, read_sidecar, write_sidecar
from crossoracle.tables.catalogue import PREDICTIONS
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

EVERY_S, SHARE = 30.0, 0.05  # write when so long ago, and while writing takes no more than this share of time
DTYPES = {"text": "string", "integer": "Int64", "real": "Float64", "flag": "boolean"}


@dataclass
class Recorder:
    """Collects rows, and brings them into the table from time to time; old rows of the same key go.

    Parameters
    ----------
    path : path
        The predictions.
    provenance : Provenance
        What the sidecar will say.
    """

    path: Path
    provenance: Provenance
    new: int = 0
    replaced: int = 0
    _pending: list[dict[str, Any]] = field(default_factory=list)
    _before: list[dict[str, Any]] | None = None
    _next: float = field(default_factory=lambda: time.monotonic() + EVERY_S)

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Take rows; they are written now or later."""
        self._pending += rows
        began = time.monotonic()
        if began >= self._next:
            self.flush()
            ended = time.monotonic()
            self._next = ended + max(EVERY_S, (ended - began) / SHARE)

    def flush(self) -> None:
        """Write what was collected."""
        from crossoracle.tables import upsert

        if not self._pending:
            return
        if self._before is None:
            self._before = self._history()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rows = frame(self._pending)
        counts = upsert("predictions", rows, self.path, replace=True, provenance=self.provenance)
        self._pending = []
        self.new += counts.new
        self.replaced += counts.replaced
        self._keep_history()

    def _history(self) -> list[dict[str, Any]]:
        """Return what the sidecar says of the past; the same work before an interruption counts once."""
        record = read_sidecar(self.path)
        if record is None:
            return []
        past: list[dict[str, Any]] = record.pop("history", [])
        ours = json.loads(json.dumps(dict(self.provenance.options), default=str))
        same = record.get("verb") == self.provenance.verb and record.get("options") == ours
        return past if same else [*past, record]

    def _keep_history(self) -> None:
        """Say in the sidecar what was before this run, instead of each time that this run wrote."""
        record = read_sidecar(self.path) or {}
        facts = {name: record[name] for name in ("table", "validated") if name in record}
        write_sidecar(self.path, self.provenance, facts=facts | {"history": self._before})


def predictions(con: DuckDBPyConnection, path: Path) -> DuckDBPyRelation | None:
    """Return the predictions that are there, or None."""
    from crossoracle.tables import read

    return read(con, "predictions", path) if path.is_file() else None


def made(con: DuckDBPyConnection, path: Path, known: Path | None) -> DuckDBPyRelation | None:
    """Return the predictions that are there, and those known from elsewhere for which there are none."""
    from crossoracle.tables.sql import same

    own, others = predictions(con, path), None if known is None else predictions(con, known)
    if own is None or others is None:
        return others if own is None else own
    alike = same("others", "own", PREDICTIONS.key)
    left = others.set_alias("others").join(own.set_alias("own"), alike, how="anti")
    return own.union(left.select(*own.columns))


def of_recognizer(rows: DuckDBPyRelation, name: str, *, own: bool = True) -> DuckDBPyRelation:
    """Return the rows of a recognizer that this verb made, or those that came from elsewhere."""
    from duckdb import ColumnExpression, ConstantExpression

    mine = rows.filter(ColumnExpression("recognizer") == ConstantExpression(name))
    return mine.filter(f"digest IS {'NOT ' if own else ''}NULL")


def require_own(rows: DuckDBPyRelation | None, name: str, path: Path) -> None:
    """Refuse a name under which predictions from elsewhere stand.

    Raises
    ------
    ConflictError
        There are such rows.
    """
    others = 0 if rows is None else len(of_recognizer(rows, name, own=False))
    if others:
        raise ConflictError(
            f"{path}: found {several(others, 'row')} of recognizer {name!r} that were not predicted here, "
            "expected none; give the section [recognizers.NAME] another name"
        )


def frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame whose columns have the types of the table; what is missing is null."""
    import pandas as pd

    dtypes = {column.name: DTYPES[column.type] for column in PREDICTIONS.columns}
    return pd.DataFrame(rows, columns=list(dtypes), dtype=object).astype(dtypes)
