"""The videos of a report: what every oracle said of each, segment by segment, with a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.report.material import Material
from crossoracle.report.pictures import illustrate
from crossoracle.tables import connect, read

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

MOST = 600
"""Videos that are shown; of more, half are those with the least agreement, the others evenly spread."""

AGREEMENT = ("spearman_within_all", "jaccard_all")
"""By what videos are sorted: the first that is there."""

KEY = ["dataset", "video_id"]


@dataclass(frozen=True)
class Shown:
    """The videos that are shown, as JSON; how many there are in all; what sorts them; of which run."""

    videos: list[dict[str, Any]]
    of: int
    by: str | None
    run: str


def browser(material: Material, *, pictures: bool = True) -> Shown:
    """Return what the page shows of each video: the scores of the run that the estimates are of.

    Parameters
    ----------
    pictures : bool
        Whether one frame of each is shown: from the segment that scores highest on average.
    """
    scores = material.table("scores")
    if scores is None:
        return Shown([], 0, None, material.run)
    by, agreement = _agreement(material)
    with connect() as con:
        every = _videos(con, material)
        chosen = _chosen(every.join(agreement, on=KEY), len(every))
        con.register("chosen", chosen[KEY])
        said = _said(con, scores, material.run)
        outcomes = _outcomes(con, material)
    records = [_record(row, said, outcomes) for row in chosen.to_dict("records")]
    if pictures:
        illustrate(records, material.directory)
    return Shown(records, len(every), by, material.run)


def _agreement(material: Material) -> tuple[str | None, pd.Series[Any]]:
    import pandas as pd

    rows = material.results.get("per_video")
    for name in AGREEMENT:
        if rows is not None and (rows["statistic"] == name).any():
            mine = rows[rows["statistic"] == name]
            return name, mine.set_index(KEY)["value"].rename("agreement")
    empty = pd.MultiIndex.from_tuples([], names=KEY)
    return None, pd.Series([], index=empty, name="agreement", dtype=float)


def _videos(con: DuckDBPyConnection, material: Material) -> pd.DataFrame:
    """Return every video that a table names, with its label and file where these are known."""
    import pandas as pd

    named = [
        read(con, name, file).select(*KEY)
        for name in ("scores", "prechecks", "videos")
        if (file := material.table(name)) is not None
    ]
    rows = named[0]
    for more in named[1:]:
        rows = rows.union(more)
    rows = rows.distinct().order("dataset, video_id")
    file = material.table("videos")
    if file is None:
        return pd.DataFrame(rows.project("*, NULL::text AS label, NULL::text AS path").df())
    about = read(con, "videos", file).project("dataset, video_id, label, path")
    joined = rows.set_alias("v").join(about.set_alias("a"), "dataset, video_id", how="left")
    return pd.DataFrame(joined.order("dataset, video_id").df())


def _chosen(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    import numpy as np

    if count <= MOST:
        return rows
    least = rows.sort_values("agreement", kind="stable").index[: MOST // 2]
    others = rows.index.difference(least)
    spread = others[np.linspace(0, len(others) - 1, MOST - len(least)).round().astype(int)]
    return rows.loc[sorted({*least, *spread})]


def _said(
    con: DuckDBPyConnection, scores: Path, run: str
) -> Mapping[tuple[str, str], dict[str, list[list[Any]]]]:
    """Return by video and oracle the segments: start, end, score and whether it is kept."""
    read(con, "scores", scores).create_view("said", replace=True)
    rows = con.sql(
        "SELECT dataset, video_id, oracle, start_s, end_s, score, kept FROM said SEMI JOIN chosen "
        "USING (dataset, video_id) WHERE run = $run ORDER BY ALL",
        params={"run": run},
    )
    found: dict[tuple[str, str], dict[str, list[list[Any]]]] = {}
    for dataset, video, oracle, start, end, score, kept in rows.fetchall():
        short = None if score is None else round(score, 3)
        of = found.setdefault((dataset, video), {}).setdefault(oracle, [])
        of.append([round(start, 3), round(end, 3), short, kept])
    return found


def _outcomes(
    con: DuckDBPyConnection, material: Material
) -> Mapping[tuple[str, str], dict[str, tuple[str, float | None]]]:
    file = material.table("prechecks")
    found: dict[tuple[str, str], dict[str, tuple[str, float | None]]] = {}
    if file is None:
        return found
    read(con, "prechecks", file).create_view("recognised", replace=True)
    rows = con.sql(
        "SELECT dataset, video_id, oracle, outcome, p_yes FROM recognised SEMI JOIN chosen "
        "USING (dataset, video_id) WHERE run = $run ORDER BY ALL",
        params={"run": material.run},
    )
    for dataset, video, oracle, outcome, p in rows.fetchall():
        found.setdefault((dataset, video), {})[oracle] = (outcome, None if p is None else round(p, 3))
    return found


def _record(
    row: Mapping[Any, Any],
    said: Mapping[tuple[str, str], dict[str, list[list[Any]]]],
    outcomes: Mapping[tuple[str, str], dict[str, tuple[str, float | None]]],
) -> dict[str, Any]:
    key = str(row["dataset"]), str(row["video_id"])
    agreement = row.get("agreement")
    return {
        "dataset": key[0],
        "id": key[1],
        "label": row["label"] if isinstance(row["label"], str) else None,
        "path": row["path"] if isinstance(row["path"], str) else None,
        "agreement": None if agreement is None or agreement != agreement else round(agreement, 4),
        "scores": said.get(key, {}),
        "outcomes": outcomes.get(key, {}),
    }


def packed(videos: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the videos as the page holds them: the edges of segments once per grid, not once per oracle.

    ``grids`` are lists of edges; ``scores`` has by oracle the number of its grid, its scores, and one sign
    per segment: 1 kept, 0 not, - unknown.
    """
    return [video | _packed(video["scores"]) for video in videos]


def _packed(said: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, Any]:
    grids: list[list[list[float]]] = []
    scores = {}
    for oracle, segments in said.items():
        edges = [[start, end] for start, end, _, _ in segments]
        if edges not in grids:
            grids.append(edges)
        kept = "".join("-" if one is None else "01"[one] for *_, one in segments)
        scores[oracle] = [grids.index(edges), [score for _, _, score, _ in segments], kept]
    return {"grids": grids, "scores": scores}
