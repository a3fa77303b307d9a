"""The videos of a report: what every oracle said of each, segment by segment, with a picture."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.errors import CrossoracleError
from crossoracle.report.material import Material
from crossoracle.tables import connect, read

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

MOST = 600
"""Videos that are shown; of more, half are those with the least agreement, the others evenly spread."""

SIDE = 160
QUALITY = 60
AGREEMENT = ("spearman_within_all", "jaccard_all")
"""By what videos are sorted: the first that is there."""

KEY = ["dataset", "video_id"]


@dataclass(frozen=True)
class Shown:
    """The videos that are shown, as JSON, and how many there are in all."""

    videos: list[dict[str, Any]]
    of: int
    by: str | None


def browser(material: Material, *, pictures: bool = True, run: str = "0") -> Shown:
    """Return what the page shows of each video.

    Parameters
    ----------
    pictures : bool
        Whether one frame of each is shown: from the segment that scores highest on average.
    run : str
        Whose scores: the run of every oracle.
    """
    scores = material.table("scores")
    if scores is None:
        return Shown([], 0, None)
    by, agreement = _agreement(material)
    with connect() as con:
        every = _videos(con, material)
        chosen = _chosen(every.join(agreement, on=KEY), len(every))
        con.register("chosen", chosen[KEY])
        said = _said(con, scores, run)
        outcomes = _outcomes(con, material, run)
    records = [_record(row, said, outcomes) for row in chosen.to_dict("records")]
    if pictures:
        _illustrate(records, material.directory)
    return Shown(records, len(every), by)


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
        short = None if score is None else round(score, 4)
        of = found.setdefault((dataset, video), {}).setdefault(oracle, [])
        of.append([round(start, 3), round(end, 3), short, kept])
    return found


def _outcomes(
    con: DuckDBPyConnection, material: Material, run: str
) -> Mapping[tuple[str, str], dict[str, tuple[str, float | None]]]:
    file = material.table("prechecks")
    found: dict[tuple[str, str], dict[str, tuple[str, float | None]]] = {}
    if file is None:
        return found
    read(con, "prechecks", file).create_view("recognised", replace=True)
    rows = con.sql(
        "SELECT dataset, video_id, oracle, outcome, p_yes FROM recognised SEMI JOIN chosen "
        "USING (dataset, video_id) WHERE run = $run ORDER BY ALL",
        params={"run": run},
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


def _illustrate(records: Sequence[dict[str, Any]], directory: Path) -> None:
    """Add a picture to the videos whose file is here; one that cannot be read has none."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for record, picture in zip(records, pool.map(partial(_picture, directory), records), strict=True):
            record["picture"] = picture


def _picture(directory: Path, record: Mapping[str, Any]) -> str | None:
    if record["path"] is None or not (directory / record["path"]).is_file():
        return None
    import cv2

    from crossoracle.video.decode import frames_at

    try:
        found = frames_at(directory / record["path"], [_best(record["scores"])], long_side=SIDE)
    except CrossoracleError:
        return None
    if not found:
        return None
    turned = cv2.cvtColor(found[0].pixels, cv2.COLOR_RGB2BGR)
    _, packed = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(packed.tobytes()).decode("ascii")


def _best(said: Mapping[str, Sequence[Sequence[Any]]]) -> float:
    """Return the middle of the segment with the highest mean score; 0 where there is none."""
    sums: dict[tuple[float, float], list[float]] = {}
    for start, end, score in _scored(said):
        sums.setdefault((start, end), []).append(score)
    if not sums:
        return 0.0
    start, end = max(sums, key=lambda edges: (sum(sums[edges]) / len(sums[edges]), -edges[0]))
    return (start + end) / 2


def _scored(said: Mapping[str, Sequence[Sequence[Any]]]) -> Iterator[tuple[float, float, float]]:
    for segments in said.values():
        for start, end, score, _ in segments:
            if score is not None:
                yield start, end, score
