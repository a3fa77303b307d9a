"""Names and values as SQL text, and relations as what SQL is asked of."""

from __future__ import annotations

from typing import cast

import duckdb


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | float | None) -> str:
    """Return a value as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, float):  # a bare 0.1 would be a DECIMAL
        return f"CAST('{value!r}' AS DOUBLE)"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def asked(rows: duckdb.DuckDBPyRelation, name: str, query: str) -> duckdb.DuckDBPyRelation:
    """Return what a query selects from a relation, which it knows by a name."""
    return cast(duckdb.DuckDBPyRelation, rows.query(name, query))


def same(left: str, right: str, names: tuple[str, ...]) -> str:
    """Return the condition that two rows agree in some columns; missing values agree with each other."""
    return " AND ".join(f"{left}.{quoted(n)} IS NOT DISTINCT FROM {right}.{quoted(n)}" for n in names)


def listed(names: tuple[str, ...]) -> str:
    """Return names as a list of SQL identifiers."""
    return ", ".join(map(quoted, names))
