"""Accuracy over a threshold: only segments that score at least as much are seen, and how much that leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.ticker import MultipleLocator, PercentFormatter

from crossoracle.figures.curve_grid import Grid, Stroke
from crossoracle.figures.curves import Below, Curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _shares(panel: Axes, rows: pd.DataFrame, grid: Grid) -> None:
    for oracle in grid.oracles:
        part, look = rows[rows["oracle"] == oracle], grid.looks[oracle]
        line = {"color": look.colour, "linestyle": look.line, "marker": look.marker}
        panel.plot(part["x"], part["kept_fraction"], label=oracle, linewidth=0.8, markersize=2.6, **line)
    panel.set_ylim(-0.04, 1.04)
    panel.yaxis.set_major_locator(MultipleLocator(0.5))
    panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))


CURVES = Curves(
    strokes={"threshold": Stroke("segments that score at least the threshold")},
    axis="threshold",
    below=Below(name="share", axis="share seen\n(%)", draw=_shares, families={}),
)
numbers, paint = CURVES.numbers, CURVES.paint
