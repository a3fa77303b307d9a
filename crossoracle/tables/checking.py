"""A source made to fit a declaration: every value cast, every default filled, every rule checked.

All rules of a table are counted in one aggregate query over the file; only when one of them fails is the
offending row looked for. Rows never come to Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from crossoracle.errors import TableError
from crossoracle.tables.column import SQL_TYPES, Column
from crossoracle.tables.places import place
from crossoracle.tables.sources import FILE, ROW, Source, reading
from crossoracle.tables.sql import asked, listed, literal, quoted
from crossoracle.tables.table import Table

NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    *("UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN"),
)
"""How the DuckDB types begin that can be cast to one another; everything else goes by way of text."""


@dataclass(frozen=True)
class Fault:
    """A rule turned round: the condition of a wrong row, and what to say of it."""

    wrong: str
    column: str
    found: str
    expected: str
    remedy: str


def fitted(table: Table, source: Source, *, partial: bool = False) -> duckdb.DuckDBPyRelation:
    """Return the columns of a table, typed and filled, with `ROW`, `FILE` and what was found; unchecked.

    Parameters
    ----------
    table : Table
        The declaration.
    source : Source
        The rows; columns that the declaration does not know are left behind.
    partial : bool
        Whether columns outside the key may be absent, and then stay so.

    Raises
    ------
    TableError
        A required column is absent.
    """
    present = _present(table, source)
    columns = [c for c in table.columns if c.name in present or not partial or c.name in table.key]
    missing = [c.name for c in columns if c.required and c.name not in present]
    if missing:
        found = ", ".join(source.types)
        raise TableError(
            f"{source.name}: found no column {', '.join(missing)} (found {found}), expected the columns of "
            f"{table.name}; add or rename it"
        )
    said = [_raw(name) for name in present]
    raw = [f"{_found(table[name], *at)} AS {_raw(name)}" for name, at in present.items()]
    typed = [f"{_cast(c, present.get(c.name))} AS {quoted(c.name)}" for c in columns]
    rows = source.rows.project(", ".join([*raw, ROW])).project(", ".join([*typed, *said, ROW]))
    filled = [_filled(c) for c in columns]
    return rows.project(", ".join([*filled, *said, ROW, f"{literal(source.name)} AS {FILE}"]))


def check(table: Table, source: Source, rows: duckdb.DuckDBPyRelation) -> None:
    """Check every rule of a table that concerns one row at a time.

    Raises
    ------
    TableError
        There are no rows, or one is wrong: the message names file, row, column, found and expected; or some
        cannot be read.
    """
    there = set(rows.columns)
    columns = [c for c in table.columns if c.name in there]
    whole = ", ".join(
        f"decode(encode({quoted(c.name)}))" if c.type == "text" else quoted(c.name) for c in columns
    )
    with reading(source.name):  # all of it: what is damaged where no rule looks is found now, not in use
        rows.aggregate(f"bit_xor(hash({whole}))").fetchall()
    count = refuse(source.name, rows, list(_faults(table, columns, set(_present(table, source)))))
    if not count and not table.result:
        raise TableError(f"{source.name}: found no rows, expected at least one row of {table.name}")


def refuse(name: str, rows: duckdb.DuckDBPyRelation, faults: list[Fault]) -> int:
    """Look for faults in rows that have `ROW` and `FILE`; return how many rows there are.

    Raises
    ------
    TableError
        A row has a fault: the first row of the first fault.
    """
    counts = ", ".join(["count(*)", *(f"count_if({fault.wrong})" for fault in faults)])
    with reading(name):
        count, *wrong = rows.aggregate(counts).fetchall()[0]
    for fault, n in zip(faults, wrong, strict=True):
        if n:
            raise TableError(_told(rows, fault, n))
    return int(count)


def check_key(table: Table, name: str, rows: duckdb.DuckDBPyRelation) -> None:
    """Check that no two rows share a key.

    Parameters
    ----------
    table : Table
        The declaration.
    name : str
        What a message calls rows that stand in several files.
    rows : duckdb.DuckDBPyRelation
        What `fitted` returned, for one file or for the union of several.

    Raises
    ------
    TableError
        Two rows have the same key; the message names both.
    """
    # hashes need a fifth of the memory of the keys; a collision only costs the exact look that follows
    hashed = f"hash({listed(table.key)})"
    with reading(name):
        n, distinct = rows.aggregate(f"count(*), count(DISTINCT {hashed})").fetchall()[0]
    if n == distinct:
        return
    places = f"list(struct_pack(file := {FILE}, row := {ROW})) AS places"
    twice = asked(
        rows,
        "fitted",
        f"SELECT {places}, {listed(table.key)} FROM fitted "
        f"WHERE {hashed} IN (SELECT {hashed} FROM fitted GROUP BY 1 HAVING count(*) > 1) "
        f"GROUP BY {listed(table.key)} HAVING count(*) > 1",
    )
    first = "list_sort(places)[1], list_sort(places)[2], " + listed(table.key)
    for here, there, *key in twice.project(first).order("1").limit(1).fetchall():
        where = place(**here) + (f" of {here['file']}" if here["file"] != there["file"] else "")
        raise TableError(
            f"{there['file']}, {place(**there)}: found the key of {where} again ({keyed(table, key)}), "
            f"expected one row per ({', '.join(table.key)}); remove one of them"
        )


def keyed(table: Table, key: list[object]) -> str:
    """Return a key in words: "dataset = a, video_id = b"."""
    return ", ".join(f"{n} = {'nothing' if v is None else v}" for n, v in zip(table.key, key, strict=True))


def unknown(table: Table, source: Source) -> list[str]:
    """Return the columns of a source that a declaration does not know."""
    known = {name.casefold() for name in table.names}
    return [name for name in source.types if name.casefold() not in known]


def _present(table: Table, source: Source) -> dict[str, tuple[str, str]]:
    """Return, for each declared column that is there, its name in the file and its type; SQL ignores case."""
    there = {name.casefold(): (name, kind) for name, kind in source.types.items()}
    return {name: there[name.casefold()] for name in table.names if name.casefold() in there}


def _raw(name: str) -> str:
    return quoted(f"found {name}")


def _found(column: Column, name: str, kind: str) -> str:
    """Return what a file says, with everything that means "nothing" as null."""
    value = quoted(name)
    if kind in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN NOT isnan({value}) THEN {value} END"
    if column.type == "text":
        return f"nullif(CAST({value} AS VARCHAR), '')"
    if kind.startswith(NUMBERS):
        return value
    value = f"CAST({value} AS VARCHAR)"
    return f"CASE WHEN lower(trim({value})) NOT IN ('', 'nan') THEN {value} END"


def _cast(column: Column, at: tuple[str, str] | None) -> str:
    """Return what was found as the declared type; null where it cannot be that, or there is nothing."""
    value, wanted = _raw(column.name), SQL_TYPES[column.type]
    number = f"TRY_CAST({value} AS DOUBLE)"
    if at is None:
        return f"CAST(NULL AS {wanted})"
    kind = at[1]
    if kind == wanted:
        return value
    if column.type == "integer":  # a cast alone would round 1.5
        return f"CASE WHEN {number} = floor({number}) THEN TRY_CAST({value} AS BIGINT) END"
    if column.type == "flag":  # a cast alone would take 2 for true
        flag = f"CASE {number} WHEN 1 THEN true WHEN 0 THEN false END"
        return flag if kind.startswith(NUMBERS) else f"coalesce({flag}, TRY_CAST({value} AS BOOLEAN))"
    return f"TRY_CAST({value} AS {wanted})"


def _filled(column: Column) -> str:
    name = quoted(column.name)
    default = quoted(column.default_from) if column.default_from else literal(column.default)
    return f"coalesce({name}, {default}) AS {name}" if default != "NULL" else name


def _faults(table: Table, columns: list[Column], found: set[str]) -> Iterator[Fault]:
    for c in columns:
        name, raw = quoted(c.name), _raw(c.name)
        shown = raw if c.name in found else "NULL"
        if c.name in found and c.type != "text":
            yield Fault(f"{raw} IS NOT NULL AND {name} IS NULL", c.name, raw, c.expected, c.remedy)
        if not c.nullable:
            yield Fault(f"{name} IS NULL", c.name, "NULL", c.expected, "fill it in")
        for bound, sign in ((c.low, "<"), (c.high, ">")):
            if bound is not None:
                yield Fault(f"{name} {sign} {bound!r}", c.name, shown, c.expected, c.remedy)
        if c.choices:
            among = ", ".join(map(literal, c.choices))
            yield Fault(f"{name} NOT IN ({among})", c.name, shown, c.expected, c.remedy)
    names = {c.name for c in columns}
    for rule in table.checks:
        if names.issuperset(rule.columns):
            found_all = " || ', ' || ".join(
                f"{literal(n + ' = ')} || coalesce(CAST({quoted(n)} AS VARCHAR), 'nothing')"
                for n in rule.columns
            )
            yield Fault(f"NOT ({rule.rule})", rule.columns[0], found_all, rule.expected, "correct the row")


def _told(rows: duckdb.DuckDBPyRelation, fault: Fault, count: int) -> str:
    wrong = rows.filter(fault.wrong).project(f"{FILE}, {ROW}, CAST({fault.found} AS VARCHAR)")
    file, row, found = wrong.order(f"{FILE}, {ROW}").limit(1).fetchall()[0]
    others = "" if count == 1 else f" ({count - 1} more such row{'s' if count > 2 else ''})"
    told = "nothing" if found is None else found
    return (
        f"{file}, {place(file, row)}, column {fault.column}: found {told}, expected {fault.expected}; "
        f"{fault.remedy}{others}"
    )
