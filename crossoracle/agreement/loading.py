"""From score tables to ratings: DuckDB numbers the videos, NumPy puts every score in its place.

Rows may come in any order. Segments of a video must line up across oracles: the same count, and edges within
a millisecond. Where two oracles' do not, the video is left out of what compares them, and listed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossoracle.agreement.filling import Filled, Rows, fill
from crossoracle.agreement.ratings import Ratings
from crossoracle.errors import InputError
from crossoracle.options import RULES
from crossoracle.precheck import cluster_of, compared, never_asked, passed
from crossoracle.tables.wording import several

SPARSE = 100  # segment numbers may be this many times the rows of a video, for oracles that skip
CHUNK = 256  # vectors of 2,048 rows that are fetched at a time
log = logging.getLogger("crossoracle")


def prepare(
    con: duckdb.DuckDBPyConnection,
    scores: duckdb.DuckDBPyRelation,
    videos: duckdb.DuckDBPyRelation | None = None,
    prechecks: duckdb.DuckDBPyRelation | None = None,
    *,
    oracles: Sequence[str] = (),
    run: str = "0",
    on: str | None = None,
    cluster: str = "cluster",
) -> Loading:
    """Find out which videos and scores are compared, without bringing them into memory.

    ``prepare(...).ratings()`` does that, segment by segment.

    Parameters
    ----------
    scores, videos, prechecks : relations from `tables.read`
    oracles : names, all of the table's by default
    run : the repetition that counts
    on : {"joint", "pairwise", "all"}
        Videos that all oracles passed, scores of passed videos only, or everything; joint by default where
        there are prechecks.
    cluster : column of the videos table that is resampled

    Raises
    ------
    UnknownNameError
        For an oracle or a column that the tables do not know.
    InputError
        When fewer than two oracles are left.
    """
    names = list(compared(scores, prechecks, oracles, run, scored=True))
    if len(names) < 2:
        raise InputError(
            f"found {several(len(names), 'oracle')} in run {run!r}: agreement needs at least two"
        )
    rule = (on or "joint") if prechecks is not None else "all"
    if on not in (None, *RULES):
        raise InputError(f"on is {on!r}; expected one of {', '.join(RULES)}")
    rated = scores.filter(_among("oracle", names)).filter(duckdb.ColumnExpression("run") == _text(run))
    rated.create_view("rated", replace=True)
    _number_videos(con, videos, cluster)
    notes: tuple[str, ...] = ()
    if prechecks is not None and rule != "all":
        notes = _pass(con, prechecks, names, run, rule)
    return Loading(con, names, run, rule, notes)


def _pass(
    con: duckdb.DuckDBPyConnection,
    prechecks: duckdb.DuckDBPyRelation,
    names: Sequence[str],
    run: str,
    rule: str,
) -> tuple[str, ...]:
    """Note who passed which video; by the joint rule only videos that all passed are kept.

    Returns how many videos an oracle was never asked about, and how many each oracle passed where that leaves
    none.
    """
    videos = con.sql("select dataset, video_id from numbered")
    passed(con, prechecks, videos, names, run).create_view("passes", replace=True)
    _check_prechecks(con, prechecks)
    never = tuple(
        f"{several(n, 'video has', 'videos have')} no precheck of {name} (never asked): not passed"
        for name, n in never_asked(prechecks, videos, names, run).items()
    )
    if rule != "joint":
        return never
    counts = dict(
        con.sql(
            "select oracle, count(*) from passes semi join numbered using (dataset, video_id) group by 1"
        ).fetchall()
    )
    total = con.table("numbered").aggregate("count(*)").fetchall()[0][0]
    joint = "select dataset, video_id from passes group by all having count(*) = ?"
    con.execute(f"delete from numbered where (dataset, video_id) not in ({joint})", [len(names)])
    if con.table("numbered").limit(1).fetchall():
        return never
    return never + tuple(
        f"{name} recognised {counts.get(name, 0):,} of {several(total, 'video')}" for name in names
    )


def _check_prechecks(con: duckdb.DuckDBPyConnection, prechecks: duckdb.DuckDBPyRelation) -> None:
    """Refuse prechecks that speak of other videos: then a name is written differently."""
    prechecks.create_view("asked", replace=True)
    if con.sql("select 1 from asked semi join numbered using (dataset, video_id) limit 1").fetchall():
        return
    one = {
        name: con.sql(f"select dataset, video_id from {name} limit 1").fetchall()
        for name in ("asked", "numbered")
    }
    named = {name: " ".join(rows[0]) if rows else "none" for name, rows in one.items()}
    found = f"no precheck row is of a video with scores: prechecks have {named['asked']}"
    raise InputError(f"{found}, scores have {named['numbered']}; name datasets and videos alike")


def _text(value: str) -> duckdb.Expression:
    return duckdb.ConstantExpression(value).cast("varchar")


def _among(column: str, names: Sequence[str]) -> duckdb.Expression:
    return duckdb.ColumnExpression(column).isin(*map(_text, names))


def _number_videos(
    con: duckdb.DuckDBPyConnection, videos: duckdb.DuckDBPyRelation | None, cluster: str
) -> None:
    resampled = f"{cluster_of(videos, cluster)} as cluster"
    if videos is None:
        known = con.sql(f"select distinct dataset, video_id, null::varchar as label, {resampled} from rated")
    else:
        known = videos.project(f"dataset, video_id, label, {resampled}")
    known.create_view("known", replace=True)
    con.execute(
        """create or replace temp table numbered as
        select r.*, k.label, coalesce(k.cluster, r.video_id) as cluster, k.video_id is null as stray
        from (
            select dataset, video_id, (max(segment) + 1)::bigint as segments, count(*) as entries
            from rated group by all
        ) r left join known k on r.dataset = k.dataset and r.video_id = k.video_id"""
    )
    _check_videos(con)


def _check_videos(con: duckdb.DuckDBPyConnection) -> None:
    """Refuse segment numbers far beyond the rows of a video; say which videos the videos table lacks."""
    far = con.sql(
        f"select dataset, video_id, segments, entries from numbered where segments > {SPARSE} * entries"
    ).fetchall()
    if far:
        dataset, video, segments, entries = far[0]
        found = f"{dataset} {video}: found segment {segments - 1} in a video of {several(entries, 'row')}"
        raise InputError(f"{found}; expected segments numbered from 0 without gaps")
    stray = [video for (video,) in con.sql("select video_id from numbered where stray").fetchall()]
    if stray:
        named = ", ".join(stray[:3]) + (", ..." if len(stray) > 3 else "")
        told = "not in the videos table, each its own cluster: %s (%s)"
        log.warning(told, several(len(stray), "video"), named)


@dataclass(frozen=True)
class Loading:
    """What is to be loaded: the temporary tables are there (`numbered`, `rated`, `passes`).

    ``oracles`` are sorted; ``rule`` is which videos these are, as of `prepare`.
    """

    con: duckdb.DuckDBPyConnection
    oracles: list[str]
    run: str
    rule: str
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many ratings there will be: segments times oracles."""
        (segments,) = self.con.sql("select coalesce(sum(segments), 0)::bigint from numbered").fetchall()[0]
        return int(segments) * len(self.oracles)

    def ratings(self) -> Ratings:
        """Bring all of it into memory."""
        self.con.execute(
            """create or replace temp table chosen as
            select *, (row_number() over (order by dataset, video_id) - 1)::integer as i from numbered"""
        )
        v = self._videos()
        filled = fill(v["segments"].to_numpy(), len(self.oracles), self._rows("chosen"))
        if self.rule == "pairwise":
            self._mask(filled)
        names = (v["dataset"] + " " + v["video_id"]).to_numpy(dtype=object)
        aligned, broken = filled.aligned(self._off_grid(filled.off), self.oracles, names)
        datasets, dataset = np.unique(v["dataset"].to_numpy(dtype=object).astype(str), return_inverse=True)
        return Ratings(
            oracles=tuple(self.oracles),
            runs=(self.run,) * len(self.oracles),
            score=filled.score,
            kept=filled.kept,
            offset=filled.offset,
            datasets=tuple(map(str, datasets)),
            dataset=dataset.astype(np.int64),
            video_id=v["video_id"].to_numpy(dtype=object),
            label=v["label"].to_numpy(dtype=object),
            cluster=v["cluster"].to_numpy(dtype=np.int64),
            aligned=aligned,
            rule=self.rule,
            notes=(*self.notes, *broken.lines()),
        )

    def _videos(self) -> pd.DataFrame:
        frame: pd.DataFrame = self.con.sql(
            """select dataset, video_id, label, segments,
            dense_rank() over (partition by dataset order by cluster) - 1 as cluster from chosen order by i"""
        ).df()
        return frame

    def _rows(self, table: str) -> Iterator[Rows]:
        names = pd.DataFrame({"oracle": self.oracles, "g": np.arange(len(self.oracles), dtype=np.int32)})
        self.con.register("oracle_numbers", names)
        found = self.con.execute(
            f"""select c.i, o.g, r.segment::integer as segment, r.start_s, r.end_s, r.score,
            coalesce(r.kept::tinyint, -1::tinyint) as kept
            from rated r join {table} c using (dataset, video_id) join oracle_numbers o using (oracle)"""
        )
        while len(chunk := found.fetch_df_chunk(CHUNK)):
            yield tuple(chunk[name].to_numpy() for name in chunk.columns)
        self.con.unregister("oracle_numbers")

    def _off_grid(self, off: NDArray[np.int64]) -> Iterator[Rows]:
        if len(off) == 0:
            return
        self.con.register("off_numbers", pd.DataFrame({"i": off.astype(np.int32)}))
        self.con.execute(
            "create or replace temp table off_grid as select * from chosen semi join off_numbers using (i)"
        )
        self.con.unregister("off_numbers")
        yield from self._rows("off_grid")

    def _mask(self, filled: Filled) -> None:
        found = self.con.sql(
            "select c.i, p.oracle from passes p join chosen c using (dataset, video_id)"
        ).df()
        ok = np.zeros((len(self.oracles), len(filled.offset) - 1), dtype=bool)
        ok[np.searchsorted(self.oracles, found["oracle"].to_numpy(dtype=str)), found["i"].to_numpy()] = True
        barred = np.repeat(~ok, np.diff(filled.offset), axis=1)
        filled.score[barred], filled.kept[barred] = np.nan, -1
