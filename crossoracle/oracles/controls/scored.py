"""What oracles have scored: the videos of a study with their rows, one video after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.oracles.controls.control import Rated
from crossoracle.oracles.videos import AT_ONCE, ORDER, Video, Videos

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

Labels = dict[str, dict[str, Any]]
"""By dataset and label: the attributes of a video that has it."""

SEGMENTS = """
SELECT v.dataset, v.video_id, label, path, attributes, v.cluster, scores, kept, starts, ends
FROM chosen v JOIN (
    SELECT dataset, video_id, list(score ORDER BY segment) AS scores, list(kept ORDER BY segment) AS kept,
        list(start_s ORDER BY segment) AS starts, list(end_s ORDER BY segment) AS ends
    FROM scored GROUP BY dataset, video_id
) s ON s.dataset = v.dataset AND s.video_id = v.video_id
"""


@dataclass(frozen=True)
class Scored:
    """A video, what an oracle said of its segments, and where these segments were."""

    video: Video
    rated: Rated
    borders: tuple[tuple[float, float], ...]


def oracles_of(scores: Sequence[Path], run: str) -> set[str]:
    """Return the oracles that have scores in a run."""
    from crossoracle.tables import connect

    with connect() as con:
        rows = _of_run(con, "scores", run, None, *scores).select("oracle").distinct()
        return {name for (name,) in rows.fetchall()}


def outcomes_of(prechecks: Path | None, oracle: str, run: str) -> list[tuple[str, str]]:
    """Return dataset and outcome of every video that an oracle was asked about in a run."""
    from crossoracle.tables import connect

    if prechecks is None:
        return []
    with connect() as con:
        rows = _of_run(con, "prechecks", run, oracle, prechecks).select("dataset", "outcome")
        return list(rows.order("dataset, outcome").fetchall())


def count(videos: Videos, scores: Sequence[Path], oracle: str, run: str) -> int:
    """Return how many of the videos an oracle has scored in a run."""
    from crossoracle.tables import connect

    with connect() as con:
        _views(con, videos, scores, oracle, run)
        return int(con.execute(f"SELECT count(*) FROM ({SEGMENTS})").fetchall()[0][0])


def scored(videos: Videos, scores: Sequence[Path], oracle: str, run: str) -> Iterator[Scored]:
    """Yield the videos that an oracle has scored in a run; few of them are in memory at a time."""
    from crossoracle.tables import connect

    with connect(threads=1) as con:
        _views(con, videos, scores, oracle, run)
        rows = con.execute(f"{SEGMENTS} ORDER BY {', '.join(f'v.{name}' for name in ORDER.split(', '))}")
        while found := rows.fetchmany(AT_ONCE):
            for dataset, video_id, label, path, given, cluster, *said in found:
                place = videos.file.parent / path
                video = Video(dataset, video_id, label, place, given, cluster or video_id)
                scores_, kept, starts, ends = map(tuple, said)
                yield Scored(video, Rated(scores_, kept), tuple(zip(starts, ends, strict=True)))


def labels_of(videos: Videos, seed: int) -> Labels:
    """Return, for every dataset and label, the attributes of a video that is drawn by seed.

    All videos of the table take part, not only those that a limit leaves.
    """
    from crossoracle.tables import connect

    found: Labels = defaultdict(dict)
    with connect() as con:
        replace(videos, limit=None).rows(con).create_view("chosen")
        drawn = f"min_by(coalesce(attributes, ''), sha256('{seed:d}/' || video_id))"
        rows = con.execute(f"SELECT dataset, label, {drawn} FROM chosen GROUP BY ALL ORDER BY ALL")
        for dataset, label, attributes in rows.fetchall():
            of = Video(dataset, f"a video of {label}", label, Path(), attributes, "")
            found[dataset][label] = dict(of.attributes)
    return found


def _views(con: DuckDBPyConnection, videos: Videos, scores: Sequence[Path], oracle: str, run: str) -> None:
    videos.rows(con).create_view("chosen")
    _of_run(con, "scores", run, oracle, *scores).create_view("scored")


def _of_run(
    con: DuckDBPyConnection, name: str, run: str, oracle: str | None, *files: Path
) -> DuckDBPyRelation:
    from duckdb import ColumnExpression, ConstantExpression

    from crossoracle.tables import read

    rows = read(con, name, *files).filter(ColumnExpression("run") == ConstantExpression(run))
    return rows if oracle is None else rows.filter(ColumnExpression("oracle") == ConstantExpression(oracle))
