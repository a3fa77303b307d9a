"""How each oracle spreads its scores: apart for the videos that it recognised, and those that it did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crossoracle.errors import InputError
from crossoracle.figures import selection, style
from crossoracle.figures.multiples import multiples, of_datasets

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

_HEADROOM = 1.6  # height of a panel, in heights of the highest bar: room for the words
_PLOTTED = ["dataset", "oracle", "passed", "low", "high", "n", "share"]


def numbers(spread: Table) -> pd.DataFrame:
    """Return one row per dataset, oracle, outcome of the precheck and bin, in the order of the figure.

    Parameters
    ----------
    spread : table
        The diagnostics_scores table.

    Returns
    -------
    DataFrame
        ``share`` is of all segments of those videos; a row without edges holds those without a score.
    """
    rows = selection.frame(spread)
    if rows.empty:
        raise InputError("the diagnostics have no scores: there is nothing to show")
    rows = of_datasets(rows).sort_values(["by", "dataset", "oracle", "passed", "low"])
    return rows[_PLOTTED].reset_index(drop=True)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a panel per oracle and dataset: filled what was recognised, a line for what was not."""
    ax, found = multiples(rows, ax, oracles, x="score", y="segments")
    top = _HEADROOM * float(rows.loc[rows["low"].notna(), "share"].max())
    for panel, part, look in found.parts(rows):
        _panel(panel, part, look)
        panel.set(xlim=(0, 1), ylim=(0, top if top > 0 else 1))
        panel.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))
        panel.yaxis.set_major_locator(MaxNLocator(3))
        panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    seen = Patch(facecolor=style.QUIET, label="videos that the oracle recognised")
    other = Line2D([], [], color=style.INK, linewidth=0.9, label="videos that it did not")
    found.key.legend(handles=[seen, other], loc="upper center", ncols=2, borderaxespad=0)
    return ax


def _panel(panel: Axes, part: pd.DataFrame, look: style.Look) -> None:
    for passed, rows in part[part["low"].notna()].groupby("passed"):
        edges = np.append(rows["low"].to_numpy(), rows["high"].iloc[-1])
        if passed:
            how: dict[str, Any] = {"fill": True, "facecolor": look.colour, "alpha": 0.75, "linewidth": 0}
            panel.stairs(rows["share"], edges, label="recognised", **how)
        else:
            panel.stairs(rows["share"], edges, label="not recognised", color=style.INK, linewidth=0.8)
    silent = part[part["low"].isna()].sort_values("passed", ascending=False)
    whose = {True: "no score", False: "of the others"}
    words = [f"{whose[bool(row.passed)]}: {100 * row.share:.0f} %" for row in selection.records(silent)]
    size = style.points(style.SMALL)
    panel.text(0.98, 0.97, "\n".join(words), transform=panel.transAxes, ha="right", va="top", fontsize=size)
