"""More ratings than memory holds: sorted into a file, and read back shelf by shelf.

A shelf holds the videos of whole blocks of clusters, by which weights are drawn, of one dataset; it is as
full as `VIDEOS` allows. So sums over shelves, one after the other, are sums over blocks in their order.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from crossoracle.agreement.filling import Rows, fill
from crossoracle.agreement.grids import Broken
from crossoracle.agreement.loading import Loading
from crossoracle.agreement.ratings import DECIMALS, Ratings
from crossoracle.stats.clusters import effective_number
from crossoracle.stats.resampling import BLOCK
from crossoracle.tables import connect
from crossoracle.tables.sql import literal
from crossoracle.tables.writing import copy

VIDEOS = 1 << 16  # of a shelf, if a block of clusters has no more
MEMORY = "400MB"  # what DuckDB may hold while a shelf is read
PLACED = """create or replace temp table placed as
    select dataset, video_id, segments,
        (row_number() over (order by dataset, cluster, video_id) - 1)::integer as i,
        (dense_rank() over (partition by dataset order by cluster) - 1)::integer as cluster
    from numbered"""
SORTED = """select c.i, list_position({oracles}, r.oracle)::integer - 1 as g, r.segment::integer as segment,
        r.start_s, r.end_s, {score} as score, {kept} as kept
    from rated r join placed c using (dataset, video_id) {passed}
    order by c.i"""
ONE_BY_ONE = "left join passes p on p.dataset = r.dataset and p.video_id = r.video_id and p.oracle = r.oracle"
BLOCKS = f"""select dataset, cluster // {BLOCK} as block, count(*), sum(segments)::bigint
    from placed group by all order by all"""


@dataclass(frozen=True)
class Shelf:
    """Videos ``first`` to ``last`` (without it), in the order of the file; all of one dataset."""

    dataset: str
    first: int
    last: int

    @property
    def videos(self) -> int:
        """Number of videos."""
        return self.last - self.first


@dataclass(frozen=True)
class Shelves:
    """Ratings in a file, as `Ratings` in memory; a context that removes the file when it ends.

    Attributes
    ----------
    clusters : mapping
        Number of clusters of each dataset, in the order of their names.
    centre : float
        The constant that moments subtract, as of `Ratings`.
    effective : float
        As how many clusters of one size they are.
    """

    directory: Any = field(repr=False)
    oracles: tuple[str, ...]
    run: str
    rule: str
    notes: tuple[str, ...]
    shelves: tuple[Shelf, ...]
    segments: int
    clusters: dict[str, int]
    centre: float
    effective: float

    def __enter__(self) -> Shelves:
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()
        self.directory.cleanup()

    @property
    def datasets(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(self.clusters)

    @property
    def videos(self) -> int:
        """Number of videos."""
        return sum(shelf.videos for shelf in self.shelves)

    @cached_property
    def _con(self) -> duckdb.DuckDBPyConnection:
        return connect(MEMORY)

    def read(self, shelf: Shelf) -> tuple[Ratings, Broken]:
        """Bring the ratings of a shelf into memory, with what there is to say of their grids."""
        v = self._part("videos", "dataset, video_id, cluster, segments", shelf, "order by i").df()
        filled = fill(v["segments"].to_numpy(), len(self.oracles), self._rows(shelf))
        names = (v["dataset"] + " " + v["video_id"]).to_numpy(dtype=object)
        off = self._rows(shelf) if len(filled.off) else ()
        aligned, broken = filled.aligned(off, self.oracles, names)
        ratings = Ratings(
            oracles=self.oracles,
            runs=(self.run,) * len(self.oracles),
            score=filled.score,
            kept=filled.kept,
            offset=filled.offset,
            datasets=(shelf.dataset,),
            dataset=np.zeros(len(v), dtype=np.int64),
            video_id=v["video_id"].to_numpy(dtype=object),
            label=np.full(len(v), None, dtype=object),
            cluster=v["cluster"].to_numpy(dtype=np.int64),
            aligned=aligned,
            rule=self.rule,
        )
        object.__setattr__(ratings, "centre", self.centre)  # that of all, not that of the shelf
        return ratings, broken

    def _rows(self, shelf: Shelf) -> Iterator[Rows]:
        columns = f"i - {shelf.first} as i, g, segment, start_s, end_s, score, kept"
        found = self._part("ratings", columns, shelf).fetchnumpy()
        score: Any = found.pop("score")  # masked where it is missing
        kept = np.asarray(found.pop("kept"))
        yield (*map(np.asarray, found.values()), np.ma.filled(score.astype(np.float64), np.nan), kept)

    def _part(self, name: str, columns: str, shelf: Shelf, order: str = "") -> duckdb.DuckDBPyConnection:
        file = literal(str(Path(self.directory.name) / f"{name}.parquet"))
        between = f"i >= {shelf.first} and i < {shelf.last}"
        return self._con.execute(f"select {columns} from read_parquet({file}) where {between} {order}")


def shelve(loading: Loading) -> Shelves:
    """Sort what is to be loaded into a file, in the directory for temporary files.

    Raises
    ------
    OSError
        The disk is full.
    """
    con, directory = loading.con, tempfile.TemporaryDirectory(prefix="crossoracle-shelves-")
    try:
        con.execute(PLACED)
        place = Path(directory.name)
        copy(con.sql("select * from placed order by i"), place / "videos.parquet", "parquet")
        copy(con.sql(_sorting(loading)), place / "ratings.parquet", "parquet")
        ratings = literal(str(place / "ratings.parquet"))
        blocks = con.sql(BLOCKS).fetchall()
        (centre,) = con.sql(f"select favg(round(score, {DECIMALS})) from {ratings}").fetchall()[0]
        sizes = con.sql("select count(*) as n from placed group by dataset, cluster").fetchnumpy()["n"]
        clusters = con.sql(
            "select dataset, max(cluster) + 1 from placed group by all order by all"
        ).fetchall()
    except BaseException:
        directory.cleanup()
        raise
    return Shelves(
        directory,
        tuple(loading.oracles),
        loading.run,
        loading.rule,
        loading.notes,
        tuple(_shelves([block[:3] for block in blocks])),
        sum(block[3] for block in blocks),
        dict(clusters),
        0.0 if centre is None else round(centre, 6),
        effective_number(np.asarray(sizes)),
    )


def _sorting(loading: Loading) -> str:
    """Return the statement that sorts rows by video; by "pairwise", what was not passed counts as missing."""
    one_by_one = loading.rule == "pairwise"
    score, kept = "r.score", "coalesce(r.kept::tinyint, -1::tinyint)"
    if one_by_one:
        score, kept = (
            f"case when p.oracle is null then {no} else {x} end" for no, x in (("null", score), (-1, kept))
        )
    return SORTED.format(
        oracles=f"[{', '.join(map(literal, loading.oracles))}]",
        score=score,
        kept=f"({kept})::tinyint",
        passed=ONE_BY_ONE if one_by_one else "",
    )


def _shelves(blocks: list[tuple[str, int, int]]) -> Iterator[Shelf]:
    """Yield shelves of as many blocks (dataset, number, videos) as go together."""
    shelf, reach = None, 0
    for dataset, _, videos in blocks:
        fits = shelf is not None and shelf.dataset == dataset and reach + videos - shelf.first <= VIDEOS
        if shelf is not None and not fits:
            yield shelf
        shelf = Shelf(dataset, shelf.first if shelf is not None and fits else reach, reach + videos)
        reach += videos
    if shelf is not None:
        yield shelf
