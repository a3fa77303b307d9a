"""How much of a video each oracle keeps, by dataset: the middle half of the videos, and their median.

DuckDB adds up the segments, so that a table of millions of rows is never loaded. It counts microseconds:
their sum is the same in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from crossoracle.errors import InputError
from crossoracle.figures import curve_grid, downstream, selection, style
from crossoracle.figures.labels import labels
from crossoracle.figures.striped import striped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

_MARK, _LEAST = 0.105, 0.04  # inches: the height of one oracle, and among very many
_ACROSS = 2  # names side by side in the key
_LONG = "round((end_s - start_s) * 1e6)::BIGINT"
_BY_VIDEO = (
    "dataset, video_id, oracle, "
    f"sum({_LONG} * kept::INTEGER) / sum({_LONG}) FILTER (kept IS NOT NULL) AS share"
)
_BY_ORACLE = (
    "oracle, quantile_cont(share, 0.25) AS low, median(share) AS median, quantile_cont(share, 0.75) AS high, "
    "count(share) AS n_videos, count(*) - count(share) AS n_unknown"
)


def numbers(scores: Table, *, run: str = "0") -> pd.DataFrame:
    """Return one row per dataset and oracle, in the order of the figure; several datasets also pooled.

    Parameters
    ----------
    scores : table
        The scores table; one that DuckDB reads is summed there.
    run : str
        The run of each oracle.

    Returns
    -------
    DataFrame
        Columns dataset, oracle, and of the share of the duration that was kept of each video: low and high
        (the quartiles) and median; n_videos, and n_unknown, those without any flag, which do not count.
    """
    rows = selection.relation(scores).filter(selection.equals("run", run))
    videos = rows.aggregate(_BY_VIDEO, "dataset, video_id, oracle")
    found = videos.aggregate(f"dataset, {_BY_ORACLE}", "dataset, oracle").df()
    if found.empty:
        raise InputError(f"the scores table has no rows of run {run!r}")
    if not found["n_videos"].any():
        raise InputError(f"no segment of run {run!r} is known to be kept or not: there is nothing to show")
    if found["dataset"].nunique() > 1:
        pooled = videos.aggregate(_BY_ORACLE, "oracle").df().assign(dataset=selection.POOLED)
        found = pd.concat([pooled, found])
    found = found.assign(by=found["dataset"] != selection.POOLED).sort_values(["by", "dataset", "oracle"])
    columns = ["dataset", "oracle", "low", "median", "high", "n_videos", "n_unknown"]
    return pd.DataFrame(found[columns]).reset_index(drop=True)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a row per dataset: a line is the middle half of the videos, a mark their median."""
    names, places = downstream.oracles_of(rows), downstream.datasets(rows)
    study = style.everyone(oracles, names)
    looks, shown, count = style.looks(study), labels(study, style.letters(12, "column")), len(names) + 0.8
    key = 0.15 * (-(-len(names) // _ACROSS) + 3)
    room = (style.height() - 0.5 - key) / (len(places) * count)
    tall = max(min(_MARK, room), _LEAST) * len(places) * count
    ax = style.axes(ax, "column", tall + 0.5 + key)
    grid = style.panels(ax, 2, 1, height_ratios=(tall, key), hspace=0.02)
    panel = grid[0, 0]
    _frame(panel, places)
    for row in selection.records(rows):
        y = places.index(row.dataset) + (names.index(row.oracle) - (len(names) - 1) / 2) / count
        _share(panel, row, y, looks[row.oracle])
    handles = [Line2D([], [], color=looks[n].colour, label=shown[n], **_mark(looks[n])) for n in names]
    words = "line: middle half of the videos,\nmark: median"
    below = curve_grid.merged(grid[1])
    below.legend(handles=handles, loc="upper center", ncols=_ACROSS, title=words, borderaxespad=0)
    return ax


def _frame(panel: Axes, places: list[str]) -> None:
    shown = downstream.headings(places, 18 * len(places))
    striped(panel, [shown[name] for name in places])
    panel.set(xlim=(-0.02, 1.02), xlabel="share of the duration kept")
    panel.set_xticks((0, 0.25, 0.5, 0.75, 1))
    panel.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    panel.set_label("kept")


def _share(panel: Axes, row: Any, y: float, look: style.Look) -> None:
    if pd.isna(row.median):
        panel.text(0.01, y, "not known", va="center", fontsize=style.points(style.SMALL))
        return
    panel.plot([row.low, row.high], [y, y], color=look.colour, linewidth=1.2, zorder=2)
    panel.plot([row.median], [y], color=look.colour, label=row.oracle, zorder=3, **_mark(look))


def _mark(look: style.Look) -> dict[str, Any]:
    return {"linestyle": "none", "marker": look.marker, "markersize": 3.6, "markeredgewidth": 0}
