"""A figure of curves is declared: its families and how they are drawn, its axis, and what stands below.

Its ``numbers`` and ``paint`` are those of every figure (`figure`), with the options of figures of accuracy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crossoracle.figures import curve_grid, downstream, style
from crossoracle.figures.curve_grid import Grid, Stroke, Strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table


@dataclass(frozen=True)
class Below:
    """A further row of panels, one per dataset.

    Parameters
    ----------
    name, axis : str
        What its panels are called, and what stands beside them.
    draw : callable
        Draws the rows of a dataset on its panel.
    families : mapping
        Families of curves that only this row shows; without any, it shows those of the figure.
    key : str
        What the key says of it.
    """

    name: str
    axis: str
    draw: Callable[[Axes, pd.DataFrame, Grid], None]
    families: Strokes
    key: str = ""


@dataclass(frozen=True)
class Curves:
    """A figure of curves over an axis from 0 to 1.

    Parameters
    ----------
    strokes : mapping
        The families of curves, and how each is drawn.
    axis : str
        What the curves run over.
    below : Below, optional
        The further row of panels.
    """

    strokes: dict[str, Stroke]
    axis: str
    below: Below | None = None

    def numbers(
        self, curves: Table, *, metric: str = "top1", recognizer: str | None = None, run: str = "0"
    ) -> pd.DataFrame:
        """Return one row per point of the curves, in the order of the figure.

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
        families = {**self.strokes, **(self.below.families if self.below else {})}
        return curve_grid.numbers(curves, families, metric=metric, recognizer=recognizer, run=run)

    @style.printed()
    def paint(self, rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
        """Draw a row of panels per oracle."""
        ax, grid = Grid.of(rows, ax, oracles, below=self.below is not None)
        grid.draw(self.strokes)
        title = ""
        if self.below:
            self._below(self.below, rows, grid)
            title = f"{downstream.words(rows)}; {self.below.key}" if self.below.key else ""
        grid.name_x(self.axis)
        grid.tell(self.strokes, title)
        return ax

    def _below(self, below: Below, rows: pd.DataFrame, grid: Grid) -> None:
        for panel, dataset in zip(grid.below[0], grid.datasets, strict=True):
            panel.set_label(f"{dataset}: {below.name}")
            of = rows["dataset"] == dataset
            below.draw(panel, rows[of & rows["family"].isin(below.families or self.strokes)], grid)
        for panel in grid.below[0, :: grid.across]:
            panel.set_ylabel(below.axis)
