"""Accuracy over a threshold: only segments that score at least as much are seen, and how much that leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.ticker import MultipleLocator, PercentFormatter

from crossoracle.figures import curve_grid, style
from crossoracle.figures.curve_grid import Grid, Stroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

STROKES = {"threshold": Stroke("segments that score at least the threshold")}


def numbers(
    curves: Table, *, metric: str = "top1", recognizer: str | None = None, run: str = "0"
) -> pd.DataFrame:
    """Return one row per threshold, in the order of the figure; kept_fraction is drawn as well.

    Parameters
    ----------
    curves : table
        The curves table.
    metric : str
        Which accuracy.
    recognizer : str, optional
        Default: the first by name.
    run : str
        The run of each oracle.
    """
    return curve_grid.numbers(curves, STROKES, metric=metric, recognizer=recognizer, run=run)


@style.printed()
def draw(
    curves: Table,
    ax: Axes | None = None,
    *,
    oracles: Sequence[str] | None = None,
    metric: str = "top1",
    recognizer: str | None = None,
    run: str = "0",
) -> Axes:
    """Draw a row of panels per oracle, and below the share that is left to see. Options as in `numbers`."""
    rows = numbers(curves, metric=metric, recognizer=recognizer, run=run)
    ax, grid = Grid.of(rows, ax, oracles, below=True)
    grid.draw(STROKES)
    for panel, dataset in zip(grid.below[0], grid.datasets, strict=True):
        panel.set_label(f"{dataset}: share")
        _shares(panel, rows[rows["dataset"] == dataset], grid)
    grid.below[0, 0].set_ylabel("share seen\n(%)")
    grid.name_x("threshold")
    grid.tell(STROKES)
    return ax


def _shares(panel: Axes, rows: pd.DataFrame, grid: Grid) -> None:
    for oracle in grid.oracles:
        part, look = rows[rows["oracle"] == oracle], grid.looks[oracle]
        line = {"color": look.colour, "linestyle": look.line, "marker": look.marker}
        panel.plot(part["x"], part["kept_fraction"], label=oracle, linewidth=0.8, markersize=2.6, **line)
    panel.set_ylim(-0.04, 1.04)
    panel.yaxis.set_major_locator(MultipleLocator(0.5))
    panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
