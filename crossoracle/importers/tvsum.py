"""TVSum: how important twenty people found every 2-second shot of fifty videos, from 1 to 5.

``ydata-tvsum50.mat`` is MATLAB v7.3: HDF5 whose struct array holds references, one per video and field. It
has one rating per frame, constant over a shot; a segment here is a shot, and takes the rating at its middle.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossoracle.errors import TableError
from crossoracle.importers.importer import Extract
from crossoracle.importers.ratings import require_rating
from crossoracle.tables.wording import several

SHOT_S = 2.0
LOWEST, HIGHEST = 1, 5
STRUCT = "tvsum50"


def read(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    *,
    dataset: str = "tvsum",
    run: str = "0",
    kept_at: float | None = None,
) -> Extract:
    """Read the ratings.

    Parameters
    ----------
    con, files
        Where to work, and the MATLAB files.
    dataset, run : str
        What stands in those columns.
    kept_at : float, optional
        The rating (1 to 5) from which a person has kept a shot; kept is null without it.

    Raises
    ------
    TableError
        A file is not HDF5, or is not laid out like TVSum.
    """
    require_rating(kept_at, LOWEST, HIGHEST)
    videos: list[dict[str, Any]] = []
    scores: list[pd.DataFrame] = []
    uneven = 0
    for path in files:
        for video in _videos(path):
            ratings, changing = _shots(video, path)
            uneven += changing
            scores.append(_rows(ratings, video, kept_at))
            about = json.dumps({"title": video["title"]}, ensure_ascii=False)
            named = {"video_id": video["video"], "label": video["category"]}
            videos.append({**named, "duration_s": video["length"], "attributes": about})
    constant = {"dataset": dataset, "run": run}
    tables = {
        "videos": con.from_df(pd.DataFrame(videos).assign(dataset=dataset)),
        "scores": con.from_df(pd.concat(scores, ignore_index=True).assign(**constant)),
    }
    changing_notes = (f"ratings that change within the shot, taken at its middle: {several(uneven, 'shot')}",)
    return Extract(tables, changing_notes if uneven else ())


def _videos(path: Path) -> list[dict[str, Any]]:
    """Return the fields of every video of a file, as Python values; `user_anno` as an array."""
    try:
        with h5py.File(path, "r") as file:  # type: ignore[attr-defined,no-untyped-call]
            struct = file[STRUCT]
            count = struct["video"].size
            texts, numbers = ("video", "category", "title"), ("length", "nframes")
            return [
                {
                    **{name: _text(_item(file, struct, name, i)) for name in texts},
                    **{name: float(_item(file, struct, name, i).ravel()[0]) for name in numbers},
                    "user_anno": _item(file, struct, "user_anno", i),
                }
                for i in range(count)
            ]
    except (OSError, KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise TableError(
            f"{path}: found {error or type(error).__name__}, expected the MATLAB v7.3 file ydata-tvsum50.mat "
            f"with the struct {STRUCT}; download it again"
        ) from error


def _item(file: Any, struct: Any, name: str, index: int) -> NDArray[Any]:
    return np.asarray(file[struct[name][()].ravel()[index]][()])


def _text(codes: NDArray[Any]) -> str:
    return "".join(map(chr, codes.ravel()))


def _shots(video: dict[str, Any], path: Path) -> tuple[NDArray[np.float64], int]:
    """Return ratings, shots x people, and in how many shots one changes within the middle second."""
    frames, seconds = round(video["nframes"]), video["length"]
    ratings = np.asarray(video["user_anno"], dtype=np.float64)
    if ratings.ndim != 2 or frames not in ratings.shape or not seconds > 0:
        raise TableError(
            f"{path}, video {video['video']}: found ratings of shape {ratings.shape} for {frames} frames in "
            f"{seconds:g} seconds, expected one rating per frame and person; download the file again"
        )
    by_frame = ratings if ratings.shape[0] == frames else ratings.T
    if not ((by_frame >= LOWEST) & (by_frame <= HIGHEST)).all():
        wrong = by_frame[~((by_frame >= LOWEST) & (by_frame <= HIGHEST))][0]
        raise TableError(
            f"{path}, video {video['video']}, field user_anno: found {wrong:g}, expected a rating in "
            f"[{LOWEST}, {HIGHEST}]; download the file again"
        )
    starts = np.arange(0, seconds, SHOT_S)
    ends = np.minimum(starts + SHOT_S, seconds)

    def at(share: float) -> NDArray[np.float64]:
        instants = starts + share * (ends - starts)
        picked: NDArray[np.float64] = by_frame[
            np.minimum(instants * frames / seconds, frames - 1).astype(int)
        ]
        return picked

    changing = (at(0.25) != at(0.5)) | (at(0.75) != at(0.5))
    return at(0.5), int(changing.any(axis=1).sum())


def _rows(ratings: NDArray[np.float64], video: dict[str, Any], kept_at: float | None) -> pd.DataFrame:
    shots, people = ratings.shape
    names = [f"human-{i + 1:0{len(str(people))}}" for i in range(people)]
    starts = np.arange(shots) * SHOT_S
    rated = ratings.T.ravel()
    rows = pd.DataFrame(
        {
            "video_id": video["video"],
            "oracle": np.repeat(names, shots),
            "segment": np.tile(np.arange(shots), people),
            "start_s": np.tile(starts, people),
            "end_s": np.tile(np.minimum(starts + SHOT_S, video["length"]), people),
            "score": (rated - LOWEST) / (HIGHEST - LOWEST),
        }
    )
    return rows if kept_at is None else rows.assign(kept=rated >= kept_at)
