"""The videos that oracles are asked about: rows of the videos table, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.errors import InputError, StudyError, UnknownNameError
from crossoracle.tables.shard import Shard
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

AT_ONCE = 256
COLUMNS = ("dataset", "video_id", "label", "path", "attributes", "cluster")
ORDER = "dataset, video_id"


@dataclass(frozen=True)
class Video:
    """One video to ask about; ``path`` is ready to be opened, ``given`` its attributes as JSON."""

    dataset: str
    video_id: str
    label: str
    path: Path
    given: str | None
    cluster: str

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What the videos table says beside the label.

        Raises
        ------
        InputError
            It is no JSON object.
        """
        try:
            found = json.loads(self.given) if self.given else {}
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise InputError(
                f"{self.dataset}/{self.video_id}: found attributes {self.given!r}; expected a JSON object"
            )
        return found


@dataclass(frozen=True)
class Videos:
    """The videos of a table that are chosen; they can be gone through several times at once.

    Parameters
    ----------
    file : path
        The videos table; relative paths in it are relative to its directory.
    chosen : tuple of str
        Datasets; all where it is empty.
    limit : int or None
        Only so many, the first in the order of dataset and video_id.
    cluster : str
        The column that names what is resampled.
    count : int
        How many these are.
    datasets : tuple of str
        Every dataset of the table.
    shard : Shard, optional
        Of these, only those that belong to it.
    """

    file: Path
    chosen: tuple[str, ...]
    limit: int | None
    cluster: str
    count: int
    datasets: tuple[str, ...]
    shard: Shard | None = None

    def rows(self, con: DuckDBPyConnection) -> DuckDBPyRelation:
        """Return their rows, in order."""
        return _rows(con, self.file, self.chosen, self.limit, self.cluster, self.shard)

    def __iter__(self) -> Iterator[Video]:
        """Yield the videos; few of them are in memory at a time."""
        from crossoracle.tables import connect

        with connect(threads=1) as con:
            self.rows(con).create_view("chosen")
            rows = con.execute(f"SELECT * FROM chosen ORDER BY {ORDER}")
            while found := rows.fetchmany(AT_ONCE):
                for dataset, video_id, label, path, given, cluster in found:
                    yield Video(dataset, video_id, label, self.file.parent / path, given, cluster or video_id)


def choose(
    file: Path | None,
    datasets: Sequence[str] = (),
    limit: int | None = None,
    cluster: str = "cluster",
    shard: Shard | None = None,
) -> Videos:
    """Choose videos of a table; a shard may have none.

    Raises
    ------
    StudyError, UnknownNameError
        There is no table; a dataset, or the column of clusters, is not in it.
    InputError
        A video has no label, or no path: it could not be asked about.
    """
    from crossoracle.tables import connect, read

    if file is None:
        raise StudyError("found no videos table: put videos.parquet into the study, or give --videos FILE")
    with connect() as con:
        every = read(con, "videos", file, also=(cluster,))
        known = tuple(name for (name,) in every.select("dataset").distinct().order("dataset").fetchall())
        for name in datasets:
            if name not in known:
                raise UnknownNameError("dataset", name, known)
        rows = _rows(con, file, datasets, limit, cluster, shard)
        for column, needed in (("label", "what to look for"), ("path", "where the file is")):
            lacking = rows.filter(f"coalesce({column}, '') = ''").project(ORDER).fetchall()
            if lacking:
                first = "/".join(lacking[0])
                raise InputError(
                    f"{file}: {several(len(lacking), 'video')} without {needed}, such as {first}; fill in "
                    f"the column {column}"
                )
        return Videos(file, tuple(datasets), limit, cluster, len(rows), known, shard)


def _rows(
    con: DuckDBPyConnection,
    file: Path,
    datasets: Sequence[str],
    limit: int | None,
    cluster: str,
    shard: Shard | None,
) -> DuckDBPyRelation:
    from duckdb import ColumnExpression, ConstantExpression

    from crossoracle.tables import read
    from crossoracle.tables.sql import quoted

    rows = read(con, "videos", file, also=(cluster,))
    if datasets:
        rows = rows.filter(ColumnExpression("dataset").isin(*map(ConstantExpression, datasets)))
    named = ", ".join(name for name in COLUMNS if name != "cluster")
    rows = rows.project(f"{named}, {quoted(cluster)}::varchar AS cluster").order(ORDER)
    rows = rows if limit is None else rows.limit(limit)  # first: all shards together are what is chosen
    return rows if shard is None else rows.filter(shard.condition)
