"""The forest plot: estimates with their intervals, a panel per statistic of pairs, a block for all oracles.

A row is a pair (or, in the last block, a statistic over all oracles). The first marker of a row is the pooled
estimate, with the cluster-jackknife interval as a thin line under it; those of the datasets follow below.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from crossoracle.errors import InputError
from crossoracle.figures import selection, style
from crossoracle.figures.forest_layout import ACROSS, Layout
from crossoracle.figures.labels import label, labels
from crossoracle.figures.striped import striped
from crossoracle.figures.titles import HEADLINE, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

_ALL_ORACLES = "all"
_POOLED: dict[str, Any] = {
    "marker": "o",
    "markersize": 4.5,
    "markeredgewidth": 0.5,
    "markeredgecolor": style.INK,
    "markerfacecolor": style.INK,
}
_SERIES = (("s", "0.35"), ("^", "0.55"), ("D", "0.35"), ("v", "0.55"), ("P", "0.35"), ("X", "0.55"))
_PLOTTED = [
    *("block", "statistic", "oracle_a", "oracle_b", "dataset", "videos", "value", "low", "high", "level"),
    *("interval", "jackknife_low", "jackknife_high", "n_videos", "n_clusters", "reason"),
]


def numbers(
    estimates: Table, *, statistics: Sequence[str] | None = None, videos: str | None = None
) -> pd.DataFrame:
    """Return one row per estimate drawn, in the order of the figure.

    Parameters
    ----------
    estimates : table
        The estimates table.
    statistics : sequence of str, optional
        Default: those of the headline that the table has.
    videos : str, optional
        The set of videos; default the joint one where it is there.

    Returns
    -------
    DataFrame
        ``block`` is "pair" or "all"; pairs follow the names of the oracles, the pooled rows come first.
        More than six datasets are not drawn beside the pooled rows.
    """
    if statistics is None:
        statistics = [name for name in HEADLINE if name in set(selection.frame(estimates)["statistic"])]
    rows = selection.estimates_of(estimates, statistics, videos).copy()
    if rows.empty:
        raise InputError(f"the table has none of the headline statistics ({', '.join(HEADLINE)})")
    rows["block"] = np.where(rows["oracle_a"].isna(), "all", "pair")
    rows["place"] = rows["statistic"].map({name: k for k, name in enumerate(statistics)})
    rows["by"] = rows["dataset"] != selection.POOLED
    # The only dataset repeats the pooled rows; more datasets than markers could not be told apart.
    if not rows["by"].all() and not 2 <= rows.loc[rows["by"], "dataset"].nunique() <= len(_SERIES):
        rows = rows[~rows["by"]]
    order = ["place", "oracle_a", "oracle_b", "by", "dataset"]
    rows = rows.sort_values(order).sort_values("block", ascending=False, kind="stable")
    return rows[_PLOTTED].reset_index(drop=True)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a panel per statistic of pairs, one for those over all oracles.

    The halves of a pooled marker have the colours of its two oracles; an interval that leaves [-1, 1] is cut.
    """
    layout = Layout.of(rows, oracles)
    ax = style.axes(ax, "page", layout.height)
    heights = layout.heights
    grid = style.panels(ax, len(heights), ACROSS, height_ratios=heights, wspace=0.04, hspace=0.04)
    spare = list(grid[:-1].flat)
    for statistic, part in rows[rows["block"] == "pair"].groupby("statistic", sort=False):
        panel = spare.pop(0)
        _panel(panel, part, layout, str(statistic), named=panel in grid[:, 0])
        panel.set_xlabel("coefficient" if panel in grid[-2] else "")
    for panel in spare:
        panel.remove()
    _last_row(grid[-1], rows[rows["block"] == "all"], layout)
    return ax


def _panel(panel: Axes, rows: pd.DataFrame, layout: Layout, statistic: str, *, named: bool) -> None:
    names = {
        (a, b): f"{layout.short[a]} – {layout.short[b]}"
        for a, b in zip(rows["oracle_a"], rows["oracle_b"], strict=True)
    }
    place = {pair: k for k, pair in enumerate(names)}
    _frame(panel, list(names.values()) if named else [""] * len(names), layout)
    panel.set_title(fill(title(statistic), style.letters(30)), loc="left")
    panel.set_label(statistic)
    for row in selection.records(rows):
        _estimate(panel, row, place[row.oracle_a, row.oracle_b], layout)
    for (a, b), k in place.items():
        part = rows[(rows["oracle_a"] == a) & (rows["oracle_b"] == b)]
        _undefined(panel, part, k, len(layout.series))


def _frame(panel: Axes, names: list[str], layout: Layout) -> None:
    """Set rows, limits and the zero line."""
    striped(panel, names)
    panel.axvline(0, color=style.QUIET, linewidth=0.6, zorder=1)
    panel.set_xlim(layout.limits)


def _estimate(panel: Axes, row: Any, place: int, layout: Layout) -> None:
    y = place + layout.offset(row.dataset)
    pooled = row.dataset == layout.series[0]
    look = _pooled_look(row, layout) if pooled else _dataset_look(layout.series.index(row.dataset) - 1)
    if pooled:
        below = y + 0.55 * layout.step if len(layout.series) > 1 else y + 0.2
        panel.plot([row.jackknife_low, row.jackknife_high], [below, below], color=style.QUIET, linewidth=0.5)
    wide = 1.2 if pooled else 0.7
    panel.plot([row.low, row.high], [y, y], color=look["markeredgecolor"], linewidth=wide, zorder=3)
    panel.plot([row.value], [y], linestyle="none", zorder=4, label=row.dataset, **look)


def _pooled_look(row: Any, layout: Layout) -> dict[str, Any]:
    if row.block == _ALL_ORACLES:
        return _POOLED
    left, right = layout.looks[row.oracle_a].colour, layout.looks[row.oracle_b].colour
    return _POOLED | {"fillstyle": "left", "markerfacecolor": left, "markerfacecoloralt": right}


def _dataset_look(slot: int) -> dict[str, Any]:
    marker, grey = _SERIES[slot % len(_SERIES)]
    return {
        "marker": marker,
        "markersize": 2.6,
        "markerfacecolor": "white",
        "markeredgecolor": grey,
        "markeredgewidth": 0.6,
    }


def _undefined(panel: Axes, rows: pd.DataFrame, place: int, series: int) -> None:
    """Say in words which estimates of a row are undefined, at the side that the defined ones leave free."""
    missing = rows.loc[rows["value"].isna(), "dataset"]
    if missing.empty:
        return
    which = ", ".join("pooled" if name == selection.POOLED else label(name, 12) for name in missing)
    words = "undefined" if len(missing) == series else f"undefined: {which}"
    at_left = rows["value"].mean() > sum(panel.get_xlim()) / 2
    x, side = (0.01, "left") if at_left else (0.99, "right")
    where = panel.get_yaxis_transform()
    panel.text(
        x, place, words, transform=where, ha=side, va="center", fontsize=style.points(style.SMALL), zorder=2
    )


def _last_row(row: np.ndarray[Any, Any], rows: pd.DataFrame, layout: Layout) -> None:
    """Draw the block of all oracles over two panels' width, and the key in the third."""
    block, unused, key = row
    spec = block.get_subplotspec().get_gridspec()
    block.set_subplotspec(spec[-1, :-1])
    unused.remove()
    key.set_axis_off()
    key.legend(handles=_key(layout), loc="upper left", borderaxespad=0)
    if rows.empty:
        block.remove()
        return
    names = list(rows["statistic"].unique())
    _frame(block, [title(name) for name in names], layout)
    block.set_title("all oracles", loc="left")
    block.set_label(_ALL_ORACLES)
    block.set_xlabel("coefficient")
    for estimate in selection.records(rows):
        _estimate(block, estimate, names.index(estimate.statistic), layout)
    for statistic, part in rows.groupby("statistic"):
        _undefined(block, part, names.index(str(statistic)), len(layout.series))


def _key(layout: Layout) -> list[Line2D]:
    name = "pooled" if layout.series[0] == selection.POOLED else label(layout.series[0])
    handles = [
        Line2D([], [], color=style.INK, linewidth=1.2, label=f"{name}, with {layout.level}", **_POOLED)
    ]
    handles += [Line2D([], [], color=style.QUIET, linewidth=0.5, label="its jackknife interval")]
    for slot, name in enumerate(labels(layout.series[1:], style.letters(16)).values()):
        look = _dataset_look(slot)
        handles.append(Line2D([], [], color=look["markeredgecolor"], linewidth=0.7, label=name, **look))
    return handles
