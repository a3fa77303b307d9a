"""Which classes a study keeps: the videos of every class, and those of them that all oracles recognised.

DuckDB counts, so that a table of millions of rows is never loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from crossoracle.errors import InputError
from crossoracle.figures import curve_grid, downstream, selection, style
from crossoracle.figures.labels import labels
from crossoracle.precheck.passing import passed
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

_ACROSS = 3
_HEADROOM = 1.25  # height of a panel, in heights of the highest bar: the words stand above all bars
_NAMED = 12  # classes of a dataset that are called by their names
_PANEL, _LEAST, _KEY = 1.35, 0.75, 0.3  # inches: a row of panels, and among very many; the key
_PLOTTED = ["dataset", "place", "label", "n_videos", "n_asked", "n_passed", "n_oracles"]
_COUNTS = "count(*) AS n_videos, count(asked) AS n_asked, count(*) FILTER (n = {every}) AS n_passed"


def numbers(videos: Table, prechecks: Table, *, run: str = "0") -> pd.DataFrame:
    """Return one row per class, in the order of the figure: from the one that keeps most videos.

    Parameters
    ----------
    videos, prechecks : table
        The tables of that name; those that DuckDB reads are counted there.
    run : str
        The run whose prechecks count.

    Returns
    -------
    DataFrame
        Of each class n_videos, n_asked of which any of the n_oracles oracles has a precheck, and n_passed,
        which all of them passed. Videos without a label are left out.
    """
    con = duckdb.connect()
    known = _of(con, videos).filter("label IS NOT NULL").select("dataset", "video_id", "label")
    checks = _of(con, prechecks).filter(selection.equals("run", run))
    oracles = sorted(name for (name,) in checks.project("oracle").distinct().fetchall())
    if not oracles:
        raise InputError(f"the prechecks table has no rows of run {run!r}")
    asked = checks.aggregate("dataset, video_id, true AS asked", "dataset, video_id").set_alias("asked")
    count = passed(con, checks, known, oracles, run).aggregate("dataset, video_id, count(*) AS n")
    joined = known.set_alias("known").join(asked, "dataset, video_id", how="left")
    joined = joined.set_alias("both").join(count.set_alias("counted"), "dataset, video_id", how="left")
    rows = joined.aggregate(f"dataset, label, {_COUNTS.format(every=len(oracles))}", "dataset, label").df()
    if rows.empty:
        raise InputError("no video has a label: there are no classes to count")
    rows = rows.sort_values(
        ["dataset", "n_passed", "n_videos", "label"], ascending=[True, False, False, True]
    )
    place = rows.groupby("dataset").cumcount()
    return pd.DataFrame(rows.assign(place=place, n_oracles=len(oracles))[_PLOTTED]).reset_index(drop=True)


def _of(con: duckdb.DuckDBPyConnection, table: Table) -> duckdb.DuckDBPyRelation:
    return table if isinstance(table, duckdb.DuckDBPyRelation) else con.from_df(table)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a panel per dataset: a bar per class, dark what all oracles recognised of it."""
    places = downstream.datasets(rows)
    across = min(_ACROSS, len(places))
    down = -(-len(places) // across)
    tall = max(min(_PANEL, (style.height() - _KEY) / down), _LEAST)
    ax = style.axes(ax, "page", tall * down + _KEY)
    ratios = [*[tall] * down, _KEY]
    grid = style.panels(ax, down + 1, across, height_ratios=ratios, wspace=0.03, hspace=0.02)
    shown = labels(places, style.letters(66) // across)
    for k, panel in enumerate(grid[:-1].flat):
        if k >= len(places):
            panel.remove()
            continue
        _dataset(panel, rows[rows["dataset"] == places[k]], style.letters(60) // across)
        panel.set_title(shown[places[k]], loc="left")
        panel.set_label(places[k])
        panel.set_ylabel("videos" if k % across == 0 else "")
    handles = [Patch(facecolor=colour, label=name) for name, colour in _bars(int(rows["n_oracles"].iloc[0]))]
    curve_grid.merged(grid[-1]).legend(handles=handles, loc="upper center", ncols=2, borderaxespad=0)
    return ax


def _bars(oracles: int) -> list[tuple[str, str]]:
    who = "the oracle" if oracles == 1 else f"all {oracles} oracles"
    return [(f"recognised by {who}", style.INK), ("other videos of the class", style.FAINT)]


def _dataset(panel: Axes, rows: pd.DataFrame, letters: int) -> None:
    x = rows["place"]
    wide = 0.8 if len(rows) <= 60 else 1.0
    panel.bar(x, rows["n_videos"], width=wide, color=style.FAINT, linewidth=0, label="videos")
    panel.bar(x, rows["n_passed"], width=wide, color=style.INK, linewidth=0, label="recognised")
    panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    lost = int((rows["n_passed"] == 0).sum())
    words = f"{lost:,} of {several(len(rows), 'class', 'classes')} lost"
    where: dict[str, Any] = {"transform": panel.transAxes, "ha": "right", "va": "top"}
    panel.text(0.99, 0.98, words, fontsize=style.points(style.SMALL), **where)
    panel.set_ylim(0, _HEADROOM * max(int(rows["n_videos"].max()), 1))
    panel.set_xlim(-0.6, len(rows) - 0.4)
    if len(rows) <= _NAMED:
        names = labels(rows["label"], letters)
        panel.set_xticks(
            x, [names[name] for name in rows["label"]], rotation=40, ha="right", rotation_mode="anchor"
        )
        panel.tick_params(axis="x", length=0)
    else:
        panel.set_xlabel("classes by rank")
        panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))
