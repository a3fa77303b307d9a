"""Timelines: what each oracle said about every segment of the videos with most and with least agreement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import comb
from operator import or_
from typing import TYPE_CHECKING, Any

import pandas as pd
from duckdb import Expression
from matplotlib.ticker import MaxNLocator

from crossoracle.errors import InputError
from crossoracle.figures import selection, style
from crossoracle.figures.cells import cells, key
from crossoracle.figures.labels import label, labels
from crossoracle.figures.titles import title
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

STATISTICS = ("spearman_within_all", "jaccard_all")
_GROUPS = ("most", "least")
_LETTERS = 34  # of a heading that fit over a panel
_DATASET = 11  # of them that the name of a dataset has at least
_BETWEEN = " · "
_ROW = 0.15  # inches, a row of cells
_PLOTTED = [
    *("group", "rank", "dataset", "video_id", "agreement", "oracle", "segment", "start_s", "end_s"),
    *("score", "kept", "statistic", "n_pairs", "n_oracles", "n_ranked", "n_valued"),
]


def numbers(
    per_video: Table, scores: Table, *, k: int = 3, statistic_by_video: str | None = None, run: str = "0"
) -> pd.DataFrame:
    """Return one row per segment and oracle of the videos drawn, in the order of the figure.

    Parameters
    ----------
    per_video : table
        The per_video table, which ranks the videos in which the most pairs of oracles have a value; equal
        values are ranked by dataset and video_id.
    scores : table
        The scores table; one that DuckDB reads is asked for these videos only.
    k : int
        Videos of most and of least agreement each (fewer where there are not 2 k).
    statistic_by_video : str, optional
        The statistic that ranks them; default spearman_within_all, or the first that any video has.
    run : str
        The run of each oracle.

    Returns
    -------
    DataFrame
        ``n_ranked`` of the ``n_valued`` videos with a value have it of ``n_pairs`` pairs, the most there are,
        of ``n_oracles`` oracles.
    """
    if k < 1:
        raise InputError(f"k is {k}; expected at least 1 video of most agreement")
    videos = _ranked(_rows_of(selection.frame(per_video), statistic_by_video), k)
    rows = selection.relation(scores).filter(_any_of(videos)).filter(selection.equals("run", run)).df()
    if rows.empty:
        raise InputError(f"the scores table has no rows of run {run!r} for the videos of the per_video table")
    found = videos.merge(rows, on=["dataset", "video_id"])
    return found.sort_values(["group", "rank", "oracle", "segment"], ascending=[False, True, True, True])[
        _PLOTTED
    ].reset_index(drop=True)


def _rows_of(per_video: pd.DataFrame, statistic: str | None) -> pd.DataFrame:
    """Return the videos in which a statistic is defined; the statistic may be left to the table."""
    defined = per_video[per_video["value"].notna()]
    if statistic is None:
        found = list(defined["statistic"].unique())
        statistic = next((name for name in (*STATISTICS, *found) if name in found), STATISTICS[0])
    else:
        selection.known("statistic", statistic, per_video["statistic"])
    rows = defined[defined["statistic"] == statistic]
    if rows.empty:
        raise InputError(f"{statistic} is undefined in every video: there is nothing to rank")
    return rows


def _ranked(rows: pd.DataFrame, k: int) -> pd.DataFrame:
    """Return the first and the last videos among those with a value for the most pairs, and their number."""
    valued, most = len(rows), int(rows["n_oracles"].max())
    rows = rows[rows["n_pairs"] == rows["n_pairs"].max()].rename(columns={"value": "agreement"})
    rows = rows[["dataset", "video_id", "agreement", "statistic", "n_pairs"]]
    rows = rows.assign(n_oracles=most, n_ranked=len(rows), n_valued=valued)
    rows = rows.sort_values(["agreement", "dataset", "video_id"], ascending=[False, True, True])
    least = min(k, len(rows) // 2)
    most = min(k, len(rows) - least)
    groups = {"most": rows.head(most), "least": rows.tail(least).iloc[::-1]}
    parts = [part.assign(group=name, rank=range(1, len(part) + 1)) for name, part in groups.items()]
    return pd.concat(parts, ignore_index=True)


def _any_of(videos: pd.DataFrame) -> Expression:
    pairs = zip(videos["dataset"], videos["video_id"], strict=True)
    return reduce(or_, (selection.equals("dataset", d) & selection.equals("video_id", v) for d, v in pairs))


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw the videos with most agreement at the left, with least at the right."""
    names = sorted(rows["oracle"].unique())
    study = style.everyone(oracles, names)
    looks, shown = style.looks(study), labels(study, style.letters(20))
    down = int(rows["rank"].max())
    ax = style.axes(ax, "page", down * (_ROW * len(names) + 0.42) + (0.35 if down > 1 else 0.9))
    below = 0.12 if down > 1 else 0.3  # needs as much room under one row of videos as under three
    grid = style.panels(ax, down + 1, len(_GROUPS), height_ratios=[*[1] * down, below], wspace=0.04)
    for panel in grid[:-1].flat:
        panel.set_axis_off()
    longest = max(map(len, rows["video_id"].astype(str)))
    letters = style.letters(_LETTERS)
    room = max(_DATASET, letters - len(_BETWEEN) - longest)  # names of datasets take what videos leave
    for _, video in rows.groupby(["group", "rank"], sort=False):
        first = next(selection.records(video))
        panel = grid[first.rank - 1, _GROUPS.index(first.group)]
        place = f"{label(first.dataset, room)}{_BETWEEN}" if rows["dataset"].nunique() > 1 else ""
        _video(panel, video, names, looks, place + label(first.video_id, letters - len(place)))
        panel.set_yticks(range(len(names)), [shown[name] for name in names])
        panel.tick_params(axis="y", length=0, labelleft=first.group == _GROUPS[0])
        if first.rank == 1:
            _heading(panel, f"{first.group} agreement")
    for column in grid[:-1].T:
        for panel in [panel for panel in column if panel.axison][-1:]:
            panel.set_xlabel("time (s)")
    scale, words = grid[-1]
    key(scale, words, _meaning(next(selection.records(rows))))
    return ax


def _meaning(first: Any) -> str:
    """Say what the number of a video is, and which videos are ranked where that is not all with all pairs."""
    most, of = first.n_pairs, comb(first.n_oracles, 2)
    words = f"number: {title(first.statistic)}"
    if first.n_ranked == first.n_valued and most == of:
        return words
    pairs = f"all {several(of, 'pair')}" if most == of else f"{most} of {several(of, 'pair')}"
    return f"{words}\nranked: {first.n_ranked:,} of {several(first.n_valued, 'video')}, those with {pairs}"


def _heading(panel: Axes, words: str) -> None:
    where: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    panel.annotate(words, (0, 1), xytext=(0, style.points(15)), weight="bold", **where)


def _video(
    panel: Axes, video: pd.DataFrame, names: list[str], looks: dict[str, style.Look], heading: str
) -> None:
    first = video.iloc[0]
    panel.set_axis_on()
    for k, name in enumerate(names):
        cells(panel, video[video["oracle"] == name], k - 0.42, 0.82, looks[name].colour)
    for name in set(names) - set(video["oracle"]):
        panel.text(
            video["start_s"].min(),
            names.index(name),
            "not scored",
            va="center",
            fontsize=style.points(style.SMALL),
        )
    panel.set(xlim=(video["start_s"].min(), video["end_s"].max()), ylim=(len(names) - 0.4, -0.6))
    panel.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    panel.set_title(f"{heading}: {selection.text(first['agreement'])}", loc="left")
    panel.set_label(f"{first['group']} {first['rank']}")
    panel.spines["left"].set_visible(False)
