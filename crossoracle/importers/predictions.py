"""Any table of predictions: a row per video and condition, and perhaps recognizer, oracle and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path

import duckdb

from crossoracle.errors import InputError, TableError, UnknownNameError
from crossoracle.importers.importer import Extract
from crossoracle.importers.names import stripped
from crossoracle.sampling.catalogue import parse
from crossoracle.sampling.condition import Condition
from crossoracle.tables.catalogue import PREDICTIONS
from crossoracle.tables.checking import check, check_key, fitted
from crossoracle.tables.sources import FILE, ROW, Source, open_source, types_of
from crossoracle.tables.sql import listed, literal, quoted
from crossoracle.tables.wording import several

NEEDED = tuple(column.name for column in PREDICTIONS.columns if column.required)


def read(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    *,
    dataset: str | None = None,
    recognizer: str | None = None,
    oracle: str | None = None,
    run: str | None = None,
    map: Mapping[str, str] | None = None,
) -> Extract:
    """Read tables of predictions.

    Conditions that are known here get their usual spelling (``led@0.30`` becomes ``led@0.3``).

    Parameters
    ----------
    con, files
        Where to work, and what to read: CSV, Parquet or JSON Lines.
    dataset, recognizer, oracle, run : str, optional
        What stands in a column that the files lack; oracle and run only where the condition needs an oracle.
    map : mapping of str to str, optional
        The field behind a column of the table predictions.

    Raises
    ------
    TableError, InputError
        A file or a row is wrong; the options do not fit the files.
    """
    given = {"dataset": dataset, "recognizer": recognizer, "oracle": oracle, "run": run}
    constants = {name: value for name, value in given.items() if value is not None}
    for name in map or {}:
        if name not in PREDICTIONS.names:
            raise UnknownNameError("column", name, PREDICTIONS.names)
    opened = [_opened(con, path, constants, map or {}) for path in files]
    there = [n for n in PREDICTIONS.names if any(n in rows.columns for rows, _ in opened)]
    parts = [_with_columns(rows, there) for rows, _ in opened]
    every = reduce(lambda one, other: one.union(other), parts)
    declared = replace(PREDICTIONS, key=tuple(name for name in PREDICTIONS.key if name in there))
    check_key(declared, ", ".join(path.as_posix() for path in files), every)
    tables = {"predictions": every.project(listed(tuple(there)))}
    return Extract(tables, tuple(note for _, notes in opened for note in notes))


def _opened(
    con: duckdb.DuckDBPyConnection, path: Path, constants: Mapping[str, str], mapped: Mapping[str, str]
) -> tuple[duckdb.DuckDBPyRelation, list[str]]:
    """Return the columns that a file gives, typed and checked, and what is to be noted."""
    source = open_source(con, path)
    fields = _fields(source, constants, mapped)
    taken = [f"{quoted(field)} AS {quoted(name)}" for name, field in fields.items()]
    rows, notes = stripped(source.rows.project(", ".join([*taken, ROW])), source.name)
    given = Source(source.name, rows, types_of(rows))
    columns = tuple(column for column in PREDICTIONS.columns if column.name in fields)
    checks = tuple(rule for rule in PREDICTIONS.checks if set(rule.columns) <= fields.keys())
    declared = replace(PREDICTIONS, columns=columns, key=(), checks=checks)
    fit = fitted(declared, given)
    check(declared, given, fit)
    named, told = _named(fit.project(f"{listed(declared.names)}, {ROW}, {FILE}"), constants, source.name)
    ignored = [name for name in source.types if name not in fields.values()]
    notes += [f"ignored columns: {', '.join(ignored)} ({path})"] if ignored else []
    return named, [*notes, *told]


def _fields(source: Source, constants: Mapping[str, str], mapped: Mapping[str, str]) -> dict[str, str]:
    """Return the field of a file behind each column of ours.

    Raises
    ------
    UnknownNameError, TableError, InputError
        A field that is mapped or needed is not there; an option says what a column says.
    """
    for field in mapped.values():
        if field not in source.types:
            raise UnknownNameError(f"column of {source.name}", field, source.types)
    free = {name.casefold(): name for name in source.types if name not in mapped.values()}
    ours = {name: free[name] for name in PREDICTIONS.names if name in free and name not in mapped}
    fields = {**ours, **mapped}
    lacks = [name for name in NEEDED if name not in fields]
    if lacks:
        remedies = " ".join(f"--map {name}=FIELD" for name in lacks)
        raise TableError(
            f"{source.name}: found no column {', '.join(lacks)} (found {', '.join(source.types)}), expected "
            f"{'one' if len(lacks) == 1 else 'all of them'}; say {remedies}"
        )
    for name in constants:
        if name in fields:
            raise InputError(
                f"--{name}: found it for a file with a column {name} ({source.name}); drop the option"
            )
    return fields


def _named(
    rows: duckdb.DuckDBPyRelation, constants: Mapping[str, str], file: str
) -> tuple[duckdb.DuckDBPyRelation, list[str]]:
    """Return rows with the usual names of conditions and what options say, and a line on unknown ones."""
    names = [name for (name,) in rows.project("condition").distinct().order("condition").fetchall()]
    known = {name: found for name in names if (found := _condition(name)) is not None}
    spelt = {name: str(found) for name, found in known.items() if str(found) != name}
    alone = [str(found) for found in known.values() if not found.needs_oracle]
    if spelt:
        cases = " ".join(f"WHEN {literal(name)} THEN {literal(ours)}" for name, ours in spelt.items())
        rows = rows.project(f"* REPLACE (CASE condition {cases} ELSE condition END AS condition)")
    whose = f"condition IN ({', '.join(literal(name) for name in alone)})" if alone else "false"
    for name, value in constants.items():
        said = literal(value)
        if name in ("oracle", "run"):
            said = f"CASE WHEN {whose} THEN {'NULL' if name == 'oracle' else literal('0')} ELSE {said} END"
        rows = rows.project(f"*, {said} AS {quoted(name)}")
    unknown = [name for name in names if name not in known]
    listed_ = f"{', '.join(unknown[:5])}{', ...' if len(unknown) > 5 else ''}"
    told = (
        f"{several(len(unknown), 'condition')} that crossoracle does not know, under the same name: {listed_}"
    )
    return rows, [f"{told} ({file})"] if unknown else []


def _condition(name: str) -> Condition | None:
    try:
        return parse(name)
    except InputError:
        return None


def _with_columns(rows: duckdb.DuckDBPyRelation, names: Sequence[str]) -> duckdb.DuckDBPyRelation:
    """Return columns in order, empty ones for those that only another file has."""
    there = set(rows.columns)
    defaults = {"run": "'0'"}
    columns = [
        quoted(name) if name in there else f"{defaults.get(name, 'NULL')} AS {quoted(name)}" for name in names
    ]
    return rows.project(", ".join([*columns, ROW, FILE]))
