"""The forest of contrasts: what guided frames change, a panel per contrast, by dataset and oracle.

A mark has the colour and the form of its oracle. The thick line is the interval of the difference alone, the
thin one holds for its whole family at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from crossoracle.errors import InputError
from crossoracle.figures import curve_grid, downstream, selection, style
from crossoracle.figures.labels import labels
from crossoracle.figures.striped import striped
from crossoracle.figures.titles import CONTRASTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

_MARK = 0.105  # inches, the height of one mark
_LEAST = 0.04  # inches, of a mark among very many
_BOUNDS = ("low", "high", "simultaneous_low", "simultaneous_high")
_PLOTTED = [
    *("contrast", "dataset", "recognizer", "oracle", "run", "condition_a", "condition_b", "metric", "value"),
    *(*_BOUNDS, "level", "interval", "family", "p_holm", "n_videos", "n_clusters", "reason"),
]


def numbers(
    differences: Table, *, metric: str = "top1", recognizer: str | None = None, run: str = "0"
) -> pd.DataFrame:
    """Return one row per difference drawn, in the order of the figure.

    Parameters
    ----------
    differences : table
        The differences table; those of strata are not drawn.
    metric : str
        Which accuracy.
    recognizer : str, optional
        Default: the first by name.
    run : str
        The run of each oracle.

    Returns
    -------
    DataFrame
        The contrasts of the headline that the table has, the pooled rows first. Fractions, not per cent.
    """
    rows = downstream.rows_of(differences, recognizer=recognizer, metric=metric)
    rows = rows[rows["stratum"].isna() & (rows["run"] == run) & rows["oracle"].notna()]
    rows = downstream.by_dataset(rows[rows["contrast"].isin(CONTRASTS)])
    if rows.empty:
        raise InputError(f"the table has no headline contrast ({', '.join(CONTRASTS)}) of run {run!r}")
    place = {name: k for k, name in enumerate(CONTRASTS)}
    rows = rows.assign(place=rows["contrast"].map(place), by=rows["dataset"] != selection.POOLED)
    return rows.sort_values(["place", "by", "dataset", "oracle"])[_PLOTTED].reset_index(drop=True)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a panel per contrast with a row per dataset."""
    names, places = downstream.oracles_of(rows), downstream.datasets(rows)
    study = style.everyone(oracles, names)
    looks, found = style.looks(study), list(rows["contrast"].unique())
    lines = -(-len(names) // _across(names))
    room = (style.height() - 0.6 - 0.15 * lines) / (len(places) * (len(names) + 0.8))
    tall = max(min(_MARK, room), _LEAST) * len(places) * (len(names) + 0.8)
    ax = style.axes(ax, "page", max(tall, 0.5) + 0.6 + 0.15 * lines)
    ratios = (max(tall, 0.5), 0.15 * lines + 0.02)
    grid = style.panels(ax, 2, len(found), height_ratios=ratios, wspace=0.03, hspace=0.02)
    for k, contrast in enumerate(found):
        panel = grid[0, k]
        _frame(panel, places, named=k == 0)
        panel.set_title(CONTRASTS[contrast], loc="left")
        panel.set_label(contrast)
        for row in selection.records(rows[rows["contrast"] == contrast]):
            y = places.index(row.dataset) + _offset(names.index(row.oracle), len(names))
            _difference(panel, row, y, looks[row.oracle])
    key = curve_grid.merged(grid[1])
    shown = labels(study, style.letters(24))
    handles = [_handle(looks[name], shown[name]) for name in names]
    key.legend(handles=handles, loc="upper center", ncols=_across(names), title=_meaning(rows))
    return ax


def _across(names: Sequence[str]) -> int:
    return style.columns(len(names))


def _offset(slot: int, of: int) -> float:
    """Return how far below the middle of its dataset an oracle lies, in rows."""
    return (slot - (of - 1) / 2) / (of + 0.8)


def _frame(panel: Axes, places: list[str], *, named: bool) -> None:
    """Set rows, the zero line and the ticks."""
    shown = downstream.headings(places, 18 * len(places))
    striped(panel, [shown[name] for name in places], named=named)
    panel.axvline(0, color=style.QUIET, linewidth=0.6, zorder=1)
    panel.set_xlabel("percentage points")
    panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    panel.xaxis.set_major_formatter(downstream.points())


def _difference(panel: Axes, row: Any, y: float, look: style.Look) -> None:
    if np.isnan(row.value):
        where = panel.get_yaxis_transform()
        panel.text(
            0.99, y, "undefined", transform=where, ha="right", va="center", fontsize=style.points(style.SMALL)
        )
        return
    panel.plot([row.simultaneous_low, row.simultaneous_high], [y, y], color=look.colour, linewidth=0.5)
    panel.plot([row.low, row.high], [y, y], color=look.colour, linewidth=1.5, zorder=3)
    panel.plot([row.value], [y], label=row.oracle, zorder=4, **_mark(look))


def _mark(look: style.Look) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": look.marker,
        "markersize": 3.6,
        "markerfacecolor": look.colour,
        "markeredgecolor": "white",
        "markeredgewidth": 0.4,
    }


def _handle(look: style.Look, name: str) -> Line2D:
    return Line2D([], [], color=look.colour, linewidth=1.5, label=name, **_mark(look) | {"linestyle": "-"})


def _meaning(rows: pd.DataFrame) -> str:
    level = f"{100 * rows['level'].iloc[0]:.0f} %"
    return f"{downstream.words(rows)}; thick: {level} interval, thin: for all contrasts at once"
