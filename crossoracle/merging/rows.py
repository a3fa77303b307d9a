"""The rows of one table from several places into one: which stand, and which would contradict each other.

What one run of an oracle said of a video is taken whole: its scores, its precheck, its removals come from the
same place. A precheck that failed (outcome error) gives way to one that did not, wherever the two come from,
so that a shard may be merged before and after it was mended. The place of a video file is no finding: the
first one stands. Anything else that differs for the same key is a conflict, unless the later row is to stand.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from duckdb import DuckDBPyConnection, DuckDBPyRelation

from crossoracle.errors import ConflictError
from crossoracle.tables import Upserted, read
from crossoracle.tables.catalogue import table
from crossoracle.tables.checking import keyed
from crossoracle.tables.sql import listed, literal, quoted, same
from crossoracle.tables.table import Table
from crossoracle.tables.wording import several

LABELLED = ("scores", "prechecks", "removals")
GROUP = ("dataset", "video_id", "oracle", "run")
FROM = '"#from"'
FILES = {"findings": "import-findings.csv"}
"""Tables whose file has another name."""


@dataclass(frozen=True)
class Rows:
    """The rows of a table, still to be written, and what they bring to the place they go to.

    Parameters
    ----------
    rows : duckdb.DuckDBPyRelation
        All of them.
    counts : Upserted
        How many are new there, the same as there, and different.
    gone : int
        How many that are there no longer stand.
    """

    rows: DuckDBPyRelation
    counts: Upserted
    gone: int

    @property
    def changed(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.counts.new or self.counts.replaced or self.gone)


@dataclass(frozen=True)
class Places:
    """Where rows come from: directories, of which the first is where all of them go.

    Parameters
    ----------
    directories : tuple of path
        Studies, or shards of one.
    """

    directories: tuple[Path, ...]

    @property
    def out(self) -> Path:
        """Where all rows go."""
        return self.directories[0]

    def file(self, number: int, name: str) -> Path:
        """Return the file of a table in one of the directories; it need not be there."""
        return self.directories[number] / FILES.get(name, f"{name}.parquet")

    def there(self, name: str) -> Iterator[tuple[int, Path]]:
        """Yield the files of a table that are there, with the numbers of their directories."""
        for number in range(len(self.directories)):
            if (file := self.file(number, name)).is_file():
                yield number, file


def beaten(con: DuckDBPyConnection, places: Places) -> None:
    """Find what is not taken: the table ``beaten`` has GROUP and FROM, the number of the place."""
    every = _together(con, table("prechecks"), places)
    if every is None:
        none = ", ".join(f"NULL::VARCHAR AS {name}" for name in GROUP)
        con.execute(f"CREATE TEMP TABLE beaten AS SELECT {none}, NULL::BIGINT AS {FROM} WHERE false")
        return
    every.create_view("every_precheck")
    con.execute(
        f"CREATE TEMP TABLE beaten AS SELECT {listed(GROUP)}, {FROM} FROM every_precheck "
        f"QUALIFY outcome = 'error' AND {FROM} <> coalesce("
        f"max({FROM}) FILTER (WHERE outcome <> 'error') OVER (PARTITION BY {listed(GROUP)}), "
        f"max({FROM}) OVER (PARTITION BY {listed(GROUP)}))"
    )


def merged(con: DuckDBPyConnection, name: str, places: Places, *, replace: bool) -> Rows | None:
    """Return the rows of a table from all places, or None where none has it.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where `beaten` was called.
    name, places : str and Places
        Which table, of where.
    replace : bool
        Whether the later of two different rows stands.

    Raises
    ------
    ConflictError
        Two places have different rows for a key.
    """
    declared = table(name)
    every = _together(con, declared, places)
    if every is None:
        return None
    every.create_view(f"every_{name}")
    group, taken = declared.key, f"every_{name}"
    if name in LABELLED:
        group = GROUP
        taken = (
            f"(SELECT * FROM {taken} e ANTI JOIN beaten b ON {same('e', 'b', GROUP)} AND e.{FROM} = b.{FROM})"
        )
    if replace:
        latest = f"{FROM} = max({FROM}) OVER (PARTITION BY {listed(group)})"
        taken = f"(SELECT * FROM {taken} QUALIFY {latest})"
    values = ", ".join(
        f"arg_min({quoted(n)}, {FROM}) AS {quoted(n)}" if (name, n) == ("videos", "path") else quoted(n)
        for n in declared.names
    )
    said = listed(tuple(n for n in declared.names if (name, n) != ("videos", "path")))
    con.execute(
        f"CREATE TEMP TABLE merged_{name} AS "
        f"SELECT {values}, min({FROM}) AS {FROM} FROM {taken} GROUP BY {said}"
    )
    _require_one(con, declared, places)
    return _counted(con, declared)


def relocated(videos: DuckDBPyRelation, directory: Path, out: Path) -> DuckDBPyRelation:
    """Return videos whose relative paths are relative to another directory.

    In a copy of a study that has its files, too, they stay as they are.
    """
    if directory.resolve() == out.resolve():
        return videos
    first = videos.filter("path NOT LIKE '/%'").project("path").limit(1).fetchall()
    if not first or (out / first[0][0]).is_file():
        return videos
    beside = literal(Path(os.path.relpath(directory.resolve(), out.resolve())).as_posix() + "/")
    return videos.project(f"* REPLACE (CASE WHEN path LIKE '/%' THEN path ELSE {beside} || path END AS path)")


def _together(con: DuckDBPyConnection, declared: Table, places: Places) -> DuckDBPyRelation | None:
    """Return the rows of all places, each with the number of its place."""
    parts = []
    for number, path in places.there(declared.name):
        rows = read(con, declared.name, path)
        if declared.name == "videos":
            rows = relocated(rows, path.parent, places.out)
        parts.append(rows.project(f"*, {number}::BIGINT AS {FROM}"))
    return reduce(lambda one, other: one.union(other), parts) if parts else None


def _require_one(con: DuckDBPyConnection, declared: Table, places: Places) -> None:
    """Refuse two rows with one key, naming both files and the column that differs."""
    key = listed(declared.key)
    rows = con.table(f"merged_{declared.name}")
    n, distinct = con.sql(
        f"SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT {key} FROM merged_{declared.name})) "
        f"FROM merged_{declared.name}"
    ).fetchall()[0]
    if n == distinct:
        return
    rows.create_view("merged_rows", replace=True)
    two = con.sql(
        f"SELECT * FROM merged_rows QUALIFY count(*) OVER (PARTITION BY {key}) > 1 "
        f"ORDER BY {key}, {FROM} LIMIT 2"
    )
    here, there = (dict(zip(two.columns, row, strict=True)) for row in two.fetchall())
    column = next(name for name in declared.names if here[name] != there[name])
    first, second = (places.file(row["#from"], declared.name) for row in (here, there))
    found, other = ("nothing" if row[column] is None else row[column] for row in (there, here))
    more = "" if n - distinct == 1 else f" ({several(n - distinct - 1, 'more such row')})"
    raise ConflictError(
        f"{second}, column {column}: found {found} for a key for which {first} has {other} "
        f"({keyed(declared, [here[name] for name in declared.key])}){more}; nothing was changed: "
        "use --replace to take the later of the two"
    )


def _counted(con: DuckDBPyConnection, declared: Table) -> Rows:
    """Return the merged rows of a table, and what is new, the same and different in the first place."""
    name, key = declared.name, same("n", "o", declared.key)
    own = f"SELECT * FROM every_{name} WHERE {FROM} = 0"
    alike = same("n", "o", declared.names)
    query = (
        f"SELECT count(*) FILTER (WHERE o.{FROM} IS NULL), count(*) FILTER (WHERE o.{FROM} = 0 AND {alike}), "
        f"count(*) FILTER (WHERE o.{FROM} = 0 AND NOT ({alike})), (SELECT count(*) FROM ({own})) "
        f"FROM merged_{name} n LEFT JOIN ({own}) o ON {key}"
    )
    new, kept, changed, there = con.sql(query).fetchall()[0]
    rows = con.table(f"merged_{name}").project(listed(declared.names))
    return Rows(rows, Upserted(new, kept, changed), there - kept - changed)
