"""The share of its segments that each oracle keeps, class by class.

A class of few videos shows an extreme share by chance: so a mark is the share drawn towards the mean of the
classes (empirical Bayes), with its interval, and a dash is the share as it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crossoracle.errors import InputError
from crossoracle.figures import selection, style
from crossoracle.figures.labels import labels
from crossoracle.figures.multiples import multiples, of_datasets

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

STATISTIC = "kept_share"
_HEADROOM = 0.35  # of the range of the values: the words stand above all marks
_PLOTTED = [
    *("dataset", "oracle", "place", "label", "value", "shrunk", "low", "high", "level", "median"),
    *("n_videos", "n_clusters", "reason"),
]


def numbers(classes: Table) -> pd.DataFrame:
    """Return one row per dataset, oracle and class, in the order of the figure: the least kept first.

    Parameters
    ----------
    classes : table
        The diagnostics_classes table.

    Returns
    -------
    DataFrame
        ``median`` is that of the values of the classes.
    """
    rows = selection.frame(classes)
    rows = rows[(rows["statistic"] == STATISTIC) & rows["oracle_b"].isna() & rows["value"].notna()]
    if rows.empty:
        raise InputError("no class has a share that was kept: videos need labels, and segments kept flags")
    rows = of_datasets(rows.rename(columns={"oracle_a": "oracle"}))
    rows = rows.assign(rank=rows["shrunk"].fillna(rows["value"]))
    rows = rows.sort_values(["by", "dataset", "oracle", "rank", "value", "label"])
    group = rows.groupby(["dataset", "oracle"])
    rows = rows.assign(place=group.cumcount() + 1, median=group["value"].transform("median"))
    return rows[_PLOTTED].reset_index(drop=True)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a panel per oracle and dataset, its classes from the least kept to the most."""
    ax, found = multiples(rows, ax, oracles, x="classes by rank", y="kept")
    seen = rows[["value", "shrunk", "low", "high"]].to_numpy(dtype=float)
    low, high = float(np.nanmin(seen)), float(np.nanmax(seen)) + 0.01
    for panel, part, look in found.parts(rows):
        _panel(panel, part, look, style.letters(50) // len(found.datasets))
        panel.set_ylim(low - 0.1 * (high - low), high + _HEADROOM * (high - low))
        panel.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
        panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    level = f"{100 * rows['level'].dropna().iloc[0]:.0f} %" if rows["level"].notna().any() else ""
    handles = [
        Line2D(
            [], [], label=f"drawn to the mean, {level} interval", color=style.INK, marker="o", markersize=3
        ),
        Line2D([], [], label="as found", linestyle="none", **_found()),
        Line2D([], [], label="median of the classes", **_median()),
    ]
    found.key.legend(handles=handles, loc="upper center", ncols=3, borderaxespad=0)
    return ax


def _panel(panel: Axes, part: pd.DataFrame, look: style.Look, letters: int) -> None:
    if part.empty:
        return
    panel.axhline(part["median"].iloc[0], label="median", **_median())
    panel.vlines(
        part["place"], part["low"], part["high"], color=look.colour, linewidth=0.8, label="intervals"
    )
    mark: dict[str, Any] = {"linestyle": "none", "marker": look.marker, "markersize": 3, "markeredgewidth": 0}
    panel.plot(part["place"], part["shrunk"], color=look.colour, label="shrunk", zorder=3, **mark)
    panel.plot(part["place"], part["value"], linestyle="none", label="value", zorder=4, **_found())
    ends = labels(part["label"], max(letters // 2, 6))
    size = style.points(style.SMALL)
    for x, end, row in ((0.02, "left", part.iloc[0]), (0.98, "right", part.iloc[-1])):
        if end == "left" or len(part) > 1:
            panel.text(
                x, 0.98, ends[row["label"]], transform=panel.transAxes, ha=end, va="top", fontsize=size
            )
    panel.set_xlim(0.4, len(part) + 0.6)


def _found() -> dict[str, Any]:
    return {"color": style.INK, "marker": "_", "markersize": 4, "markeredgewidth": 0.8}


def _median() -> dict[str, Any]:
    return {"color": style.QUIET, "linewidth": 0.7, "linestyle": (0, (3, 1.5))}
