"""Bland and Altman's plot of every pair of oracles: how far apart two scores of a segment are, by their mean.

The darker a cell the more segments it holds. The lines are the mean of the differences and the limits that
95 % of them lie within; the bands are the intervals of these three.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crossoracle.errors import InputError
from crossoracle.figures import curve_grid, selection, style
from crossoracle.figures.labels import label, labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

_ACROSS = 3
_PANEL, _LEAST, _KEY = 1.45, 0.8, 0.35  # inches: a row of panels, and among very many; the key
_HALF = 0.0125, 0.025  # half a cell: means, differences
_PAIR = ["oracle_a", "oracle_b"]
_PLOTTED = [
    *("kind", "dataset", "oracle_a", "oracle_b", "mean", "difference", "n", "quantity", "value", "low"),
    *("high", "level", "n_segments", "n_videos", "n_clusters", "reason"),
]


def numbers(limits: Table, points: Table, *, dataset: str | None = None) -> pd.DataFrame:
    """Return one row per cell (kind "cell") and per line (kind "limit"), pair by pair.

    Parameters
    ----------
    limits, points : table
        The tables diagnostics_limits and diagnostics_points.
    dataset : str, optional
        Default: the pooled rows, or the only dataset.
    """
    lines = selection.frame(limits)
    if lines.empty:
        raise InputError("the diagnostics have no limits of agreement: they need at least two oracles")
    lines = selection.of_dataset(lines, dataset).assign(kind="limit")
    cells = selection.frame(points)
    cells = cells[cells["dataset"] == lines["dataset"].iloc[0]].assign(kind="cell")
    rows = pd.concat([cells, lines], ignore_index=True).reindex(columns=_PLOTTED)
    return pd.DataFrame(rows.sort_values([*_PAIR, "kind"], kind="stable", ignore_index=True))


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a panel per pair, all with the same limits."""
    names = sorted({*rows["oracle_a"], *rows["oracle_b"]})
    pairs = list(rows[_PAIR].drop_duplicates().itertuples(index=False, name=None))
    across = min(_ACROSS, len(pairs))
    down = -(-len(pairs) // across)
    tall = max(min(_PANEL, (style.height() - _KEY - 0.3) / down), _LEAST)
    ax = style.axes(ax, "page" if across > 1 else "column", tall * down + _KEY + 0.3)
    ratios = [*[tall] * down, _KEY]
    grid = style.panels(ax, down + 1, across, height_ratios=ratios, wspace=0.03, hspace=0.02)
    shown = labels(style.everyone(oracles, names), style.letters(36 // across))
    shade = LogNorm(1, max(float(rows["n"].max()), 2.0))
    for k, panel in enumerate(grid[:-1].flat):
        if k >= len(pairs):
            panel.remove()
            continue
        a, b = pairs[k]
        _pair(panel, rows[(rows["oracle_a"] == a) & (rows["oracle_b"] == b)], shade)
        panel.set_title(f"{shown[a]} − {shown[b]}", loc="left")
        panel.set_label(f"{a} - {b}")
        panel.set(xlim=(-0.02, 1.02), ylim=(-1.05, 1.05), xticks=(0, 0.5, 1), yticks=(-1, 0, 1))
        panel.tick_params(labelleft=k % across == 0, labelbottom=k + across >= len(pairs))
        panel.set_ylabel("difference" if k % across == 0 else "")
        panel.set_xlabel("mean of the two scores" if k + across >= len(pairs) else "")
    _tell(curve_grid.merged(grid[-1]), rows, across)
    return ax


def _pair(panel: Axes, rows: pd.DataFrame, shade: LogNorm) -> None:
    cells, lines = rows[rows["kind"] == "cell"], rows[rows["kind"] == "limit"]
    for cell in selection.records(cells):
        x, y = cell.mean, cell.difference
        box = [x - _HALF[0], x + _HALF[0]], [y - _HALF[1]] * 2, [y + _HALF[1]] * 2
        panel.fill_between(*box, color=style.SCORES(0.15 + 0.7 * shade(cell.n)), linewidth=0, label="cell")
    panel.axhline(0, color=style.QUIET, linewidth=0.5, zorder=2)
    for line in selection.records(lines):
        if np.isnan(line.value):
            panel.text(0.5, 0.9, "undefined", transform=panel.transAxes, ha="center", fontsize=_small())
            return
        panel.axhline(line.value, zorder=4, label=line.quantity, **_line(line.quantity))
        panel.axhspan(line.low, line.high, color=_BAND, alpha=0.35, linewidth=0, zorder=3)
        rise = -1.5 if line.quantity == "lower" else 1.5
        where: dict[str, Any] = {"xycoords": "data", "textcoords": "offset points", "ha": "right"}
        where |= {"xytext": (0, rise), "va": "top" if rise < 0 else "bottom", "fontsize": _small()}
        panel.annotate(selection.text(line.value), (1.0, line.value), zorder=5, **where)


_BAND = "#56B4E9"


def _small() -> float:
    return style.points(style.SMALL)


def _line(quantity: str) -> dict[str, Any]:
    return {"color": style.INK, "linewidth": 0.9, "linestyle": "-" if quantity == "mean" else (0, (4, 1.5))}


def _tell(key: Axes, rows: pd.DataFrame, across: int) -> None:
    lines = rows[rows["kind"] == "limit"]
    level = f"{100 * lines['level'].iloc[0]:.0f} %"
    handles: list[Any] = [
        Line2D([], [], label="mean difference", **_line("mean")),
        Line2D([], [], label="95 % of differences lie between", **_line("upper")),
        Patch(facecolor=_BAND, alpha=0.35, label=f"{level} interval"),
    ]
    dataset = str(lines["dataset"].iloc[0])
    words = "all datasets pooled" if dataset == selection.POOLED else label(dataset, style.letters(24))
    key.legend(
        handles=handles, loc="upper center", ncols=3 if across > 1 else 1, title=words, borderaxespad=0
    )
