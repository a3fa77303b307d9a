"""Scores in, plans out: which instants of every video are seen under every condition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from crossoracle.precheck import compared
from crossoracle.sampling.condition import Condition
from crossoracle.sampling.density import Density, Floats
from crossoracle.sampling.frames import Placed, place, shuffled
from crossoracle.sampling.scored import Failure, Scored
from crossoracle.tables import EDGE_S

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    Motion = Callable[[Scored], Floats | None]
    Rows = tuple[str, str, list[int], list[float], list[float], list[float], list[int]]

VIEW = "planned_scores"
AT_ONCE = 1024  # videos that are fetched at a time


@dataclass(frozen=True)
class Options:
    """How many frames a recognizer takes, and the seed.

    Parameters
    ----------
    frames, clips : int
        Frames of a clip, and clips of a video.
    offset : float
        See `frames.place`.
    seed : int
        Of everything random.
    """

    frames: int = 16
    clips: int = 1
    offset: float = 0.5
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Planned:
    """What is seen of a video under a condition.

    Parameters
    ----------
    condition : Condition
        Which one.
    placed : Placed, optional
        The instants; None where it failed.
    kept_fraction : float
        The share of the duration that can be seen; NaN where it failed.
    overlap : float
        The share of the duration that can be seen and is kept; NaN where it failed, and where the oracle has
        no kept flags. Over `kept_fraction`, it is the share of what is seen.
    equals : str, optional
        The condition that shows the very same frames of this video, if there is a plainer one: "full" where
        the density is even, the one that is not shuffled where there is nothing to rearrange.
    failure : str, optional
        Why nothing can be seen.
    """

    condition: Condition
    placed: Placed | None = None
    kept_fraction: float = np.nan
    overlap: float = np.nan
    equals: str | None = None
    failure: str | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """A video under every condition, in the order of the conditions."""

    dataset: str
    video_id: str
    rows: tuple[Planned, ...]


def plans(
    con: DuckDBPyConnection,
    scores: DuckDBPyRelation,
    conditions: Sequence[Condition],
    oracle: str,
    run: str = "0",
    options: Options = Options(),
    motion: Motion | None = None,
) -> Iterator[Plan]:
    """Plan every video that a run of an oracle scored, in the order of dataset and video_id.

    Parameters
    ----------
    con, scores : DuckDBPyConnection and DuckDBPyRelation
        The scores table, and the connection that it belongs to.
    conditions, options : sequence of Condition and Options
        What is to be seen, in how many frames.
    oracle, run : str
        Whose scores count.
    motion : callable, optional
        Returns how much moves in each segment of a video, or None where that cannot be measured; asked only
        where a condition needs it.

    Returns
    -------
    iterator of Plan
        Segments that are not numbered from 0, or do not join from the start of the video on, are a failure
        under every condition.

    Raises
    ------
    UnknownNameError, InputError
        The oracle has no scores, or none of that run.
    """
    compared(scores, None, (oracle,), run)
    return (_plan(rows, conditions, options, motion) for rows in _videos(con, scores, oracle, run))


def _plan(rows: Rows, conditions: Sequence[Condition], options: Options, motion: Motion | None) -> Plan:
    found = joined(*rows)
    if isinstance(found, Scored):
        return Plan(found.dataset, found.video_id, plan(found, conditions, options, motion))
    failed = tuple(Planned(condition, failure=found.reason) for condition in conditions)
    return Plan(rows[0], rows[1], failed)


def plan(
    video: Scored,
    conditions: Sequence[Condition],
    options: Options = Options(),
    motion: Motion | None = None,
) -> tuple[Planned, ...]:
    """Plan one video under every condition."""
    if motion and video.motion is None and any("motion" in c.form.needs for c in conditions):
        video = replace(video, motion=motion(video))
    return tuple(_planned(video, condition, options) for condition in conditions)


def _planned(video: Scored, condition: Condition, options: Options) -> Planned:
    density = condition.density(video, options.seed)
    if isinstance(density, Failure):
        return Planned(condition, failure=density.reason)
    placed = place(density, options.frames, options.clips, options.offset)
    equals = "full" if density.even and str(condition) != "full" else None
    if condition.shuffled:
        plain = equals or str(replace(condition, shuffled=False))
        equals = plain if _one_segment(placed) else None
        placed = shuffled(placed, condition.stream(video, options.seed))
    return Planned(condition, placed, density.kept_fraction, _overlap(video, density), equals)


def _one_segment(placed: Placed) -> bool:
    return bool(placed.segment.min() == placed.segment.max())


def _overlap(video: Scored, density: Density) -> float:
    if video.lacks_kept:
        return np.nan
    return density.share(video.in_kept if density.lowest > 0 else density.seen & video.in_kept)


def _videos(con: DuckDBPyConnection, scores: DuckDBPyRelation, oracle: str, run: str) -> Iterator[Rows]:
    """Yield dataset, video_id, then the segments of a video and what is said of them, as lists."""
    scores.create_view(VIEW, replace=True)
    columns = ("segment", "start_s", "end_s", "coalesce(score, 'nan')", "coalesce(kept::tinyint, -1)")
    lists = ", ".join(f"list({column} ORDER BY segment)" for column in columns)
    query = (
        f"SELECT dataset, video_id, {lists} FROM {VIEW} WHERE oracle = ? AND run = ? "
        "GROUP BY ALL ORDER BY dataset, video_id"
    )
    with con.cursor() as cursor:  # the connection stays free for whoever takes the plans
        found = cursor.execute(query, [oracle, run])
        while rows := found.fetchmany(AT_ONCE):
            yield from rows


def joined(
    dataset: str,
    video_id: str,
    segment: Sequence[int],
    start_s: Sequence[float],
    end_s: Sequence[float],
    score: Sequence[float],
    kept: Sequence[int],
) -> Scored | Failure:
    """Return a video from its rows of scores, in the order of their segments, or why they are none."""
    before = 0.0
    for i, (number, start, end) in enumerate(zip(segment, start_s, end_s, strict=True)):
        if number != i:
            return Failure(f"segment {i} has no row")
        if abs(start - before) > EDGE_S:
            place = f"segment {i - 1} ends at {before:g} s" if i else "the video at 0 s"
            return Failure(f"segment {i} starts at {start:g} s, {place}: expected segments that join")
        before = end
    edges = np.array([*start_s, before], dtype=np.float64)
    return Scored(dataset, video_id, edges, np.array(score), np.array(kept, dtype=np.int8))
