"""The steps of a greedy removal, read from the table of all that was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crossoracle.errors import InputError
from crossoracle.figures import chosen

if TYPE_CHECKING:
    import duckdb

USUAL = 0.5  # the threshold of greedy removal, unless a study has another


def tried(rows: duckdb.DuckDBPyRelation, oracle: str, video: str | None) -> pd.DataFrame:
    """Return all that an oracle was asked about a video, by default the one that most was removed from.

    Raises
    ------
    InputError
        Nothing was removed from that video, or from any.
    """
    if video is not None:
        found = chosen.of_video(rows, video)
        if not found["removed"].any():
            raise InputError(f"nothing was removed from {video!r} by {oracle}: choose another video")
    else:
        counted = rows.filter("removed").aggregate("dataset, video_id, count(*) AS n", "dataset, video_id")
        first = counted.order("n DESC, dataset, video_id").limit(1).fetchall()
        if not first:
            raise InputError(f"nothing was removed from any video by {oracle}: there are no steps to show")
        dataset, video_id, _ = first[0]
        found = chosen.same_video(rows, dataset, video_id).df()
    return found.sort_values(["step", "segment"], na_position="first")


def steps(tried: pd.DataFrame) -> pd.DataFrame:
    """Return one row per step: 0 is the whole video, the last one the round in which nothing could be spared.

    Returns
    -------
    DataFrame
        step, removed (the segment, or NA), p_yes, stopped, and calls, the verifications up to here.
    """
    found = []
    calls = 0
    for step in sorted(map(int, tried["step"].unique())):
        mine = tried[tried["step"] == step]
        calls += len(mine)
        gone = mine[mine["removed"].astype(bool)]
        best = mine["p_yes"].max() if gone.empty else gone["p_yes"].iloc[0]
        removed = pd.NA if gone.empty else int(gone["segment"].iloc[0])
        stopped = bool(gone.empty and step > 0)
        found.append({"step": step, "removed": removed, "p_yes": best, "stopped": stopped, "calls": calls})
    return pd.DataFrame(found)


def threshold(steps: pd.DataFrame, asked: float | None) -> float:
    """Return the threshold that the removals kept to; NaN where it is not given and not the usual one.

    Raises
    ------
    InputError
        The one that was given does not fit: something was removed below it, or could have been above it.
    """
    highest = float(steps.loc[steps["removed"].notna(), "p_yes"].min())
    ends = steps.loc[steps["stopped"], "p_yes"]
    lowest = float(ends.max()) if len(ends) and ends.notna().any() else -np.inf
    value = USUAL if asked is None else asked
    if lowest <= value < highest:
        return value
    if asked is None:
        return np.nan
    expected = f"below {highest:.3g}" + (f", and at least {lowest:.3g}" if np.isfinite(lowest) else "")
    raise InputError(f"found threshold {asked:g}, expected one that the removals keep to: {expected}")
