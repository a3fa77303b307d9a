"""Rows as they are gathered, and handed to DuckDB by the thousand: Python never holds more than that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from crossoracle.tables.sql import listed, quoted

AT_ONCE = 20_000
TYPES: dict[str, dict[str, str]] = {
    "videos": {
        **dict.fromkeys(("dataset", "video_id", "label"), "VARCHAR"),
        "class_id": "BIGINT",
        **dict.fromkeys(("path", "cluster", "attributes"), "VARCHAR"),
    },
    "prechecks": {
        **dict.fromkeys(("dataset", "video_id", "outcome"), "VARCHAR"),
        "p_yes": "DOUBLE",
        "p_source": "VARCHAR",
        "confidence": "DOUBLE",
        "calls": "BIGINT",
        "latency_s": "DOUBLE",
        "detail": "VARCHAR",
    },
    "motion": {
        **dict.fromkeys(("dataset", "video_id"), "VARCHAR"),
        "segment": "BIGINT",
        **dict.fromkeys(("start_s", "end_s", "motion"), "DOUBLE"),
    },
    "predictions": {
        **dict.fromkeys(("dataset", "video_id", "recognizer", "oracle", "run", "condition"), "VARCHAR"),
        **dict.fromkeys(("top1", "top5"), "VARCHAR"),
        "p_true": "DOUBLE",
        **dict.fromkeys(("correct1", "correct5"), "BOOLEAN"),
        "kept_fraction": "DOUBLE",
        "failure": "VARCHAR",
    },
    "scores": {
        **dict.fromkeys(("dataset", "video_id"), "VARCHAR"),
        "segment": "BIGINT",
        **dict.fromkeys(("start_s", "end_s", "score"), "DOUBLE"),
        "kept": "BOOLEAN",
        **dict.fromkeys(("phase", "reason"), "VARCHAR"),
    },
}
"""The columns that are gathered for each table; what is the same in every row is added later."""

ALWAYS = ("label", "score", "motion", "correct1")
"""Columns that a table must have, even if they are empty."""


@dataclass
class Rows:
    """The rows of the tables, in tables of a connection; `done` brings the last ones there."""

    con: duckdb.DuckDBPyConnection
    _waiting: dict[str, list[list[Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self._waiting = {name: [[] for _ in types] for name, types in TYPES.items()}
        for name, types in TYPES.items():
            columns = ", ".join(f"{quoted(column)} {kind}" for column, kind in types.items())
            self.con.execute(f"CREATE OR REPLACE TABLE {_home(name)} ({columns})")

    def add(self, name: str, *columns: Sequence[Any]) -> None:
        """Add rows to a table: its columns in the order of its `TYPES`, of equal length."""
        waiting = self._waiting[name]
        for column, values in zip(waiting, columns, strict=True):
            column.extend(values)
        if len(waiting[0]) >= AT_ONCE:
            self._hand_over(name)

    def add_one(self, name: str, row: Sequence[Any]) -> None:
        """Add one row to a table, values in the order of its `TYPES`."""
        self.add(name, *((value,) for value in row))

    def done(self) -> dict[str, duckdb.DuckDBPyRelation]:
        """Return the tables that have rows, without the columns that are empty throughout."""
        for name in TYPES:
            self._hand_over(name)
        tables = {name: self.con.table(_home(name)) for name in TYPES}
        return {name: _without_empty(rows) for name, rows in tables.items() if rows.limit(1).fetchall()}

    def _hand_over(self, name: str) -> None:
        waiting, types = self._waiting[name], TYPES[name]
        if not waiting[0]:
            return
        columns = zip(types.items(), waiting, strict=True)
        frame = pd.DataFrame({column: _array(kind, values) for (column, kind), values in columns})
        self.con.register("gathered", frame)
        typed = ", ".join(_typed(column, kind) for column, kind in types.items())
        self.con.execute(f"INSERT INTO {_home(name)} SELECT {typed} FROM gathered")
        self.con.unregister("gathered")
        for values in waiting:
            values.clear()


def _home(name: str) -> str:
    return f"mm_{name}"


def _array(kind: str, values: Sequence[Any]) -> Any:
    """Return a column whose type DuckDB need not guess; what is missing in numbers is NaN."""
    if kind == "VARCHAR":
        return pd.array(values, dtype="string")
    return np.array([nan if value is None else value for value in values], dtype=float)


def _typed(column: str, kind: str) -> str:
    value = quoted(column)
    return value if kind == "VARCHAR" else f"CAST(CASE WHEN NOT isnan({value}) THEN {value} END AS {kind})"


def _without_empty(rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Drop columns without a value: a study keeps what it knows of them from elsewhere."""
    counts = rows.aggregate(", ".join(f"count({quoted(name)})" for name in rows.columns)).fetchall()[0]
    there = tuple(name for name, n in zip(rows.columns, counts, strict=True) if n or name in ALWAYS)
    return rows.project(listed(there))
