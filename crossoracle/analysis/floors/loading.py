"""From tables to the runs of the arms: every run becomes a rater of its own, and agreement reads the rest.

What is compared are the videos that every run of every arm recognised, scored, and cut alike: a difference of
two agreements is only one of arms where both rest on the same videos. The others are counted by reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossoracle.agreement.loading import prepare
from crossoracle.agreement.ratings import Ratings
from crossoracle.analysis.floors.arm import Arm, Runs
from crossoracle.errors import InputError
from crossoracle.precheck.choice import runs_of
from crossoracle.tables.wording import several

SPENT = ("calls", "cost_usd", "input_tokens", "output_tokens")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Repeated:
    """The runs of all arms on the same videos.

    Attributes
    ----------
    ratings : Ratings
        One rater per run, in the order of their names.
    arms : tuple of Arm
    raters : mapping
        Where the runs of each arm stand in the ratings.
    videos : array
        Those that are compared (positions).
    spent : array, shape (4, raters, videos)
        `SPENT` by each run on each video, NaN where unknown.
    found : mapping
        Number of videos that any run has scores of, by dataset.
    notes : tuple of str
    """

    ratings: Ratings
    arms: tuple[Arm, ...]
    raters: dict[str, tuple[int, ...]]
    videos: NDArray[np.int64]
    spent: Floats
    found: dict[str, int]
    notes: tuple[str, ...]


def load(
    con: duckdb.DuckDBPyConnection,
    scores: duckdb.DuckDBPyRelation,
    videos: duckdb.DuckDBPyRelation | None,
    prechecks: duckdb.DuckDBPyRelation | None,
    arms: Sequence[Arm],
    *,
    on: str | None = None,
    cluster: str = "cluster",
) -> Repeated:
    """Bring the scores of all runs into memory, and what the runs took.

    Parameters
    ----------
    on : {"joint", "all"}
        Videos that every run recognised, or all; joint by default where there are prechecks.

    Raises
    ------
    InputError
        A run has no prechecks where others of its oracle have; or there are fewer than two runs.
    """
    members = [member for arm in arms for member in arm.members]
    if prechecks is not None and on != "all":
        _check_prechecks(arms, runs_of(prechecks))
    _name_members(con, arms)
    rows = _of_members(con, scores, "scores")
    asked = None if prechecks is None else _of_members(con, prechecks, "prechecks")
    names = [member.name for member in members]
    ratings = prepare(con, rows, videos, asked, oracles=names, on=on, cluster=cluster).ratings()
    counted = rows.aggregate("dataset, count(distinct video_id)").fetchall()
    at = {name: i for i, name in enumerate(ratings.oracles)}
    raters = {arm.name: tuple(at[member.name] for member in arm.members) for arm in arms}
    chosen, notes = _common(ratings, raters, sum(n for _, n in counted))
    notes = (*ratings.notes, *notes, *_repeats(ratings, chosen))
    return Repeated(ratings, tuple(arms), raters, chosen, _spent(asked, ratings), dict(counted), notes)


def _check_prechecks(arms: Sequence[Arm], asked: Runs) -> None:
    for arm in arms:
        for member in arm.members:
            if member.run not in asked.get(member.oracle, {member.run}):
                raise InputError(
                    f"arm {arm.name}: found no prechecks of {member.oracle} run {member.run}, expected them "
                    f"as for its runs {', '.join(sorted(asked[member.oracle]))}: add them, or give --on all"
                )


def _name_members(con: duckdb.DuckDBPyConnection, arms: Sequence[Arm]) -> None:
    con.execute("create or replace temp table arm_members (oracle varchar, run varchar, member varchar)")
    rows = [(member.oracle, member.run, member.name) for arm in arms for member in arm.members]
    con.executemany("insert into arm_members values (?, ?, ?)", rows)


def _of_members(
    con: duckdb.DuckDBPyConnection, table: duckdb.DuckDBPyRelation, name: str
) -> duckdb.DuckDBPyRelation:
    """Return the rows of the runs, each an oracle of its own in run 0."""
    table.create_view(f"{name}_of_all", replace=True)
    return con.sql(
        f"""select t.* replace (m.member as oracle, '0' as run)
        from {name}_of_all t join arm_members m on t.oracle = m.oracle and t.run = m.run"""
    )


def _common(
    ratings: Ratings, raters: dict[str, tuple[int, ...]], found: int
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the videos that all runs have, cut alike; and what became of the others."""
    there = np.stack([ratings.per_video(~np.isnan(s) | (k >= 0)) > 0 for s, k in _rows(ratings)])
    everywhere, alike = there.all(axis=0), ratings.lined_up(tuple(range(len(there))))
    chosen = np.flatnonzero(everywhere & alike)
    lost = {
        "not recognised by every run": found - ratings.videos if ratings.rule == "joint" else 0,
        "without scores of every run": int((~everywhere).sum()),
        "with segments that differ between runs": int((everywhere & ~alike).sum()),
    }
    notes = [f"Left out: {several(n, 'video')} {why}." for why, n in lost.items() if n]
    for name, members in raters.items():
        missing = int((~there[list(members)].all(axis=0)).sum())
        if missing:
            notes.append(f"Arm {name} lacks scores of {several(missing, 'video')} in one of its runs.")
    return chosen, tuple(notes)


def _rows(ratings: Ratings) -> list[tuple[Floats, NDArray[np.int8]]]:
    return list(zip(ratings.score, ratings.kept, strict=True))


def _repeats(ratings: Ratings, videos: NDArray[np.int64]) -> list[str]:
    """Name runs that are the same to the last bit: nothing was drawn anew between them."""
    here = np.zeros(ratings.videos, dtype=bool)
    here[videos] = True
    some = here[ratings.video_of_segment()]
    score, kept = ratings.score[:, some], ratings.kept[:, some]
    return [
        f"Warning: {ratings.oracles[a]} and {ratings.oracles[b]} are the same to the last bit: they are not "
        "independent runs, and a floor from them is too high."
        for a, b in combinations(range(len(score)), 2)
        if some.any() and np.array_equal(score[a], score[b], equal_nan=True) and (kept[a] == kept[b]).all()
    ]


def _spent(asked: duckdb.DuckDBPyRelation | None, ratings: Ratings) -> Floats:
    """Return what each run took for each video, NaN where unknown."""
    spent = np.full((len(SPENT), len(ratings.oracles), ratings.videos), np.nan)
    if asked is None or not ratings.videos:
        return spent
    rows: pd.DataFrame = asked.select("dataset", "video_id", "oracle", *SPENT).df()
    names = np.array(ratings.datasets, dtype=object)[ratings.dataset]
    known = pd.MultiIndex.from_arrays([names, ratings.video_id])
    video = known.get_indexer(pd.MultiIndex.from_frame(rows[["dataset", "video_id"]]))
    rater = np.searchsorted(ratings.oracles, rows["oracle"].to_numpy(dtype=str))
    for i, name in enumerate(SPENT):
        values = rows[name].to_numpy(dtype=float, na_value=np.nan)
        spent[i, rater[video >= 0], video[video >= 0]] = values[video >= 0]
    return spent
