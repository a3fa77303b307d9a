"""Any table of scores: long (a row per segment and oracle) or wide (a row per segment, a column per oracle).

Columns that are called as in the tables scores and videos are taken as they are; others are named by ``map``.
What is wrong is said in terms of the file: its rows, and its scores before they are brought to [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import duckdb

from crossoracle.errors import InputError, TableError, UnknownNameError
from crossoracle.importers.importer import Extract
from crossoracle.importers.names import stripped
from crossoracle.importers.order import refuse_overlaps
from crossoracle.importers.ratings import require_rating
from crossoracle.tables.catalogue import SCORES, VIDEOS
from crossoracle.tables.checking import Fault, check, check_key, fitted, refuse
from crossoracle.tables.sources import FILE, ROW, Source, open_source, types_of
from crossoracle.tables.sql import listed, literal, quoted
from crossoracle.tables.table import Table

KNOWN = {column.name: column for column in (*VIDEOS.columns, *SCORES.columns)}
TIMES = ("start_s", "end_s")
PER_ORACLE = ("oracle", "score", "kept")
"""Columns that a wide table has once per oracle, under other names."""


@dataclass(frozen=True)
class Reading:
    """How the rows of a file become scores: the options of `read`."""

    constants: Mapping[str, str]
    fields: Mapping[str, str]
    wide: Mapping[str, str]
    low: float
    high: float
    kept_at: float | None
    step: float | None


def read(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    *,
    dataset: str | None = None,
    oracle: str | None = None,
    run: str | None = None,
    map: Mapping[str, str] | None = None,
    score: Mapping[str, str] | None = None,
    score_range: tuple[float, float] = (0.0, 1.0),
    kept_at: float | None = None,
    step: float | None = None,
    cluster: str | None = None,
) -> Extract:
    """Read tables of scores.

    Parameters
    ----------
    con, files
        Where to work, and what to read: CSV, Parquet or JSON Lines.
    dataset, oracle, run : str, optional
        What stands in a column that the files lack.
    map, score : mapping of str to str, optional
        The field behind a column of ours; the oracle behind each field of scores of a wide table.
    score_range : tuple of float
        The scores that become 0 and 1.
    kept_at : float, optional
        The score, in the units of the files, from which a segment is kept; for files without a column kept.
    step : float, optional
        How long a segment is, in seconds, for files without times, or with starts or ends alone.
    cluster : str, optional
        The field that says what a video was cut from.

    Raises
    ------
    TableError, InputError
        A file or a row is wrong; the options do not fit the files.
    """
    given = {"dataset": dataset, "oracle": oracle, "run": run}
    constants = {name: value for name, value in given.items() if value is not None}
    fields = {**(map or {}), **({"cluster": cluster} if cluster else {})}
    how = Reading(constants, fields, score or {}, *score_range, kept_at, step)
    _sensible(how)
    opened = [_opened(con, path, how) for path in files]
    scores, named = _all(_scores(rows, how) for rows, _ in opened), ", ".join(str(path) for path in files)
    check_key(SCORES, named, scores)
    refuse_overlaps(named, scores)
    videos = _videos([rows for rows, _ in opened])
    tables = {"videos": videos, "scores": scores.project(listed(SCORES.names))}
    return Extract(tables, tuple(note for _, notes in opened for note in notes))


def _sensible(how: Reading) -> None:
    if not how.low < how.high:
        raise InputError(
            f"--score-range: found {how.low:g} {how.high:g}, expected LO below HI; turn them round"
        )
    require_rating(how.kept_at, how.low, how.high)
    if how.step is not None and not how.step > 0:
        raise InputError(f"--step: found {how.step:g}, expected seconds above 0; say how long a segment is")
    if how.wide and "oracle" in how.constants:
        raise InputError(
            "--oracle: found it beside --score COLUMN=ORACLE, which names the oracles; drop one of them"
        )
    if len(set(how.wide.values())) < len(how.wide):
        raise InputError("--score: found one oracle for two columns, expected one each; name them apart")
    for name in how.fields:
        if name not in KNOWN or (how.wide and name in PER_ORACLE):
            raise UnknownNameError("column", name, KNOWN.keys() - (PER_ORACLE if how.wide else ()))


def _all(parts: Iterable[duckdb.DuckDBPyRelation]) -> duckdb.DuckDBPyRelation:
    return reduce(lambda one, other: one.union(other), parts)


def _opened(
    con: duckdb.DuckDBPyConnection, path: Path, how: Reading
) -> tuple[duckdb.DuckDBPyRelation, list[str]]:
    """Return the columns that a file gives, typed and checked, and what is to be noted."""
    source = open_source(con, path)
    fields = _fields(source, how)
    _complete(source, fields, how)
    taken = [f"{quoted(field)} AS {quoted(name)}" for name, field in fields.items()]
    said = [f"{literal(value)} AS {quoted(name)}" for name, value in how.constants.items()]
    rows, notes = stripped(source.rows.project(", ".join([*taken, *said, ROW])), source.name)
    remedy = "correct it, or say --score-range LO HI"
    score = replace(SCORES["score"], low=how.low, high=how.high, remedy=remedy)
    columns = {name: KNOWN[name] for name in (*fields, *how.constants) if name in KNOWN} | {"score": score}
    columns |= {field: replace(score, name=field) for field in how.wide}
    if "cluster" in columns:  # one row may leave out what another says
        columns["cluster"] = replace(KNOWN["cluster"], nullable=True, default_from="")
    present = tuple(column for name, column in columns.items() if name in fields or name in how.constants)
    declared = Table("scores", SCORES.meaning, present, key=(), checks=SCORES.checks)
    given = Source(source.name, rows, types_of(rows))
    fit = fitted(declared, given)
    check(declared, given, fit)
    ignored = [name for name in source.types if name not in fields.values()]
    notes += [f"ignored columns: {', '.join(ignored)} ({path})"] if ignored else []
    return fit.project(f"{listed(declared.names)}, {ROW}, {FILE}"), notes


def _fields(source: Source, how: Reading) -> dict[str, str]:
    """Return the field of a file behind each column of ours; fields of wide scores stand for themselves."""
    for field in (*how.fields.values(), *how.wide):
        if field not in source.types:
            raise UnknownNameError(f"column of {source.name}", field, source.types)
    named = {**how.fields, **{field: field for field in how.wide}}
    # a cluster may be something that the file says of the video anyway, such as its label
    used = {field for name, field in named.items() if name != "cluster"}
    free = {name.casefold(): name for name in source.types if name not in used}
    ours = [n for n in KNOWN if n not in named and not (how.wide and n in PER_ORACLE)]
    return {**{name: free[name] for name in ours if name in free}, **named}


def _complete(source: Source, fields: Mapping[str, str], how: Reading) -> None:
    """Refuse a file that, with the options, says too little or says something twice."""
    lacks: dict[str, str] = {}

    def needs(name: str, remedy: str) -> None:
        if name not in fields and name not in how.constants:
            lacks[name] = remedy

    def twice(names: Sequence[str], option: str) -> None:
        if set(names) <= fields.keys():
            columns = " and a column ".join(names)
            raise InputError(
                f"{option}: found it for a file with a column {columns} ({source.name}); drop the option"
            )

    needs("video_id", "--map video_id=FIELD")
    needs("dataset", "--dataset NAME or --map dataset=FIELD")
    if not how.wide:
        needs("oracle", "--oracle NAME, --map oracle=FIELD, or --score COLUMN=ORACLE for a wide table")
    if not how.wide and (how.kept_at is not None or "kept" not in fields):  # flags alone are enough
        needs("score", "--map score=FIELD, or --score COLUMN=ORACLE for a wide table")
    if how.step is None:
        for name in TIMES:
            needs(name, f"--step SECONDS or --map {name}=FIELD")
    elif not fields.keys() & set(TIMES):
        needs("segment", "--map segment=FIELD")
    if lacks:
        columns, found = ", ".join(lacks), ", ".join(source.types)
        one = "one" if len(lacks) == 1 else "all of them"
        raise TableError(
            f"{source.name}: found no column {columns} (found {found}), expected {one}; "
            f"{'; '.join(dict.fromkeys(lacks.values()))}"
        )
    for name in how.constants:
        twice([name], f"--{name}")
    if how.step is not None:
        twice(TIMES, "--step")
    if how.kept_at is not None:
        twice(["kept"], "--kept-at")


def _scores(rows: duckdb.DuckDBPyRelation, how: Reading) -> duckdb.DuckDBPyRelation:
    """Return rows of the table scores, with `FILE` and `ROW`."""
    if how.wide:
        names = ", ".join(literal(oracle) for oracle in how.wide.values())
        rows = rows.project(
            f"* EXCLUDE ({listed(tuple(how.wide))}), unnest([{names}]) AS oracle, "
            f"unnest([{listed(tuple(how.wide))}]) AS score"
        )
    there = set(rows.columns)
    if how.step is not None:
        rows = _timed(rows, how.step)
    run = "run" if "run" in there else "'0'"
    if "segment" not in there:
        within = f"PARTITION BY dataset, video_id, oracle, {run} ORDER BY start_s"
        rows = rows.project(f"*, dense_rank() OVER ({within}) - 1 AS segment")
    kept = "kept" if "kept" in there else "NULL::BOOLEAN"
    if how.kept_at is not None:
        kept = f"score >= {literal(float(how.kept_at))}"
    low, high = literal(float(how.low)), literal(float(how.high))
    score = f"(score - {low}) / ({high} - {low})" if "score" in there else "NULL::DOUBLE"
    texts = [f"{name if name in there else 'NULL::VARCHAR'} AS {name}" for name in ("phase", "reason")]
    return rows.project(
        f"dataset, video_id, oracle, {run} AS run, segment, start_s, end_s, {score} AS score, "
        f"{kept} AS kept, {', '.join(texts)}, {FILE}, {ROW}"
    )


def _timed(rows: duckdb.DuckDBPyRelation, step_s: float) -> duckdb.DuckDBPyRelation:
    """Return rows with the times that they lack: both, or that at the other end of each segment."""
    there, step = set(rows.columns), literal(float(step_s))
    if "start_s" in there:
        return rows.project(f"*, start_s + {step} AS end_s")
    if "end_s" in there:
        remedy = "give another --step, or the column start_s"
        early = Fault(
            f"end_s < {step} - 1e-6", "end_s", "end_s", f"at least the step of {step_s:g} s", remedy
        )
        refuse("rows", rows, [early])
        return rows.project(f"*, greatest(end_s - {step}, 0) AS start_s")
    return rows.project(f"*, segment * {step} AS start_s, (segment + 1) * {step} AS end_s")


def _videos(opened: Sequence[duckdb.DuckDBPyRelation]) -> duckdb.DuckDBPyRelation:
    """Return one row per video, with the columns that any file gives; they must not contradict each other."""
    there = {name for rows in opened for name in rows.columns}
    names = [n for n in VIDEOS.names if n in there and n not in VIDEOS.key]
    rows = _all(
        rows.project(
            ", ".join(["dataset", "video_id", *(n if n in rows.columns else f"NULL AS {n}" for n in names)])
        )
        for rows in opened
    )
    least = [f"min({n}) AS {quoted('least ' + n)}" for n in names]
    videos = rows.aggregate(
        ", ".join(["dataset", "video_id", *(f"max({n}) AS {n}" for n in names), *least]), "dataset, video_id"
    )
    for n in names:
        differing = videos.filter(f"{n} <> {quoted('least ' + n)}").order("dataset, video_id").limit(1)
        for video, one, other in differing.project(f"video_id, {quoted('least ' + n)}, {n}").fetchall():
            raise TableError(
                f"column {n}: found {one} and {other} for video {video}, expected one {n} per video; "
                "correct the rows"
            )
    return videos.project(listed((*VIDEOS.key, *names)))
