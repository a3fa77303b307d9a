"""Insertion and deletion: accuracy over the share of the video that is seen, from chance to all of it.

Insertion shows the highest scores first, deletion the lowest first (so the highest are deleted first, read
from the right). Orders that need no oracle are grey.

References
----------
Petsiuk, Das & Saenko (2018), *BMVC*.
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
    "insertion:budget": Stroke("highest scores first"),
    "deletion:anti": Stroke("lowest scores first", (0, (3, 1.2)), filled=False),
    "insertion:random": Stroke("at random"),
    "insertion:motion": Stroke("most motion first", (0, (1, 1)), marker="s"),
    "insertion:temporal": Stroke("in order of time", (0, (5, 1.5, 1, 1.5)), filled=False, marker="^"),
    "insertion:uniform": Stroke("at an even stride", (0, (3, 1.2)), filled=False, marker="D"),
}


def numbers(
    curves: Table, *, metric: str = "top1", recognizer: str | None = None, run: str = "0"
) -> pd.DataFrame:
    """Return one row per point of the curves over the share that is seen, in the order of the figure.

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
    """Draw insertion and deletion of every oracle in a row of its own. Options as in `numbers`."""
    rows = numbers(curves, metric=metric, recognizer=recognizer, run=run)
    ax, grid = Grid.of(rows, ax, oracles)
    grid.draw(STROKES)
    grid.name_x("share seen")
    grid.tell(STROKES)
    return ax
