"""Accuracy over a budget: the share of the video that may be seen, spent on one order of segments.

The highest scores first stand against the lowest first; orders that need no oracle are grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from crossoracle.figures import curve_grid, style
from crossoracle.figures.curve_grid import Grid, Stroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

STROKES = {
    "budget": Stroke("highest scores first"),
    "anti": Stroke("lowest scores first", (0, (3, 1.2)), filled=False),
    "random": Stroke("at random"),
    "motion": Stroke("most motion first", (0, (1, 1)), marker="s"),
    "temporal": Stroke("in order of time", (0, (5, 1.5, 1, 1.5)), filled=False, marker="^"),
    "uniform": Stroke("at an even stride", (0, (3, 1.2)), filled=False, marker="D"),
}


def numbers(
    curves: Table, *, metric: str = "top1", recognizer: str | None = None, run: str = "0"
) -> pd.DataFrame:
    """Return one row per point of the curves over the share asked for, in the order of the figure.

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
    """Draw the budgets of every oracle in a row of its own. Options as in `numbers`."""
    rows = numbers(curves, metric=metric, recognizer=recognizer, run=run)
    ax, grid = Grid.of(rows, ax, oracles)
    grid.draw(STROKES)
    grid.name_x("budget")
    grid.tell(STROKES)
    return ax
