"""Whether all oracles say the same: each contrast by oracle, and its mean over oracles.

A mark is an oracle, filled where it is significant (Holm); the bar below is the mean over oracles with its
interval. Beside stand how many oracles point up, and how much they differ beyond noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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

_ROW, _LEAST = 0.32, 0.16  # inches: a dataset, and among very many
_ROOM = 0.5  # of the width of what is drawn: room at its right for the words
_MEAN, _SD = "mean", "sd_between"
_PLOTTED = [
    *("contrast", "dataset", "recognizer", "run", "metric", "quantity", "oracle", "value", "low", "high"),
    *("level", "p_holm", "significant", "n_oracles", "n_positive", "n_significant", "reason"),
]


def numbers(
    directions: Table,
    heterogeneity: Table,
    *,
    metric: str = "top1",
    recognizer: str | None = None,
    run: str = "0",
) -> pd.DataFrame:
    """Return one row per oracle, mean over oracles and standard deviation between them, by contrast.

    Parameters
    ----------
    directions, heterogeneity : table
        The tables of that name; headline contrasts are drawn.
    metric : str
        Which accuracy.
    recognizer : str, optional
        Default: the first by name.
    run : str
        The run of each oracle.
    """
    found = []
    for table in (directions, heterogeneity):
        rows = downstream.rows_of(table, recognizer=recognizer, metric=metric)
        rows = rows[(rows["run"] == run) & rows["contrast"].isin(CONTRASTS)]
        found.append(downstream.by_dataset(rows))
    each, over = found
    if each.empty:
        raise InputError(f"the directions table has no headline contrast of run {run!r}")
    over = over[over["quantity"].isin([_MEAN, _SD])]
    rows = pd.concat([each.assign(quantity="oracle"), over], ignore_index=True).reindex(columns=_PLOTTED)
    place = {name: k for k, name in enumerate(CONTRASTS)}
    rows = rows.assign(place=rows["contrast"].map(place), by=rows["dataset"] != selection.POOLED)
    order = ["place", "by", "dataset", "quantity", "oracle"]
    return rows.sort_values(order)[_PLOTTED].reset_index(drop=True)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a panel per contrast with a row per dataset."""
    names, places = downstream.oracles_of(rows), downstream.datasets(rows)
    study, found = style.everyone(oracles, names), list(rows["contrast"].unique())
    across = style.columns(len(names) + 1)
    key = 0.15 * (-(-(len(names) + 1) // across) + 1.5)
    tall = max(min(_ROW, (style.height() - 0.5 - key) / len(places)), _LEAST) * len(places)
    ax = style.axes(ax, "page", tall + 0.5 + key)
    grid = style.panels(ax, 2, len(found), height_ratios=(tall, key), wspace=0.02, hspace=0.02)
    looks, shown = style.looks(study), labels(study, style.letters(22))
    for k, contrast in enumerate(found):
        panel = grid[0, k]
        _frame(panel, places, named=k == 0)
        panel.set_title(CONTRASTS[contrast], loc="left")
        panel.set_label(contrast)
        part = rows[rows["contrast"] == contrast]
        for y, place in enumerate(places):
            _row(panel, part[part["dataset"] == place], y, names, looks)
        low, high = panel.get_xlim()
        panel.set_xlim(low, high + _ROOM * (high - low))
    handles: list[Any] = [
        Line2D([], [], label=shown[name], linestyle="none", **_mark(looks[name], filled=True))
        for name in names
    ]
    handles.append(Line2D([], [], label="mean over oracles", **_mean()))
    words = f"{downstream.words(rows)}; filled: significant (Holm); SD between oracles in points"
    below = curve_grid.merged(grid[1])
    below.legend(handles=handles, loc="upper center", ncols=across, title=words, borderaxespad=0)
    return ax


def _frame(panel: Axes, places: list[str], *, named: bool) -> None:
    shown = downstream.headings(places, 18 * len(places))
    striped(panel, [shown[name] for name in places], named=named)
    panel.axvline(0, color=style.QUIET, linewidth=0.6, zorder=1)
    panel.set_xlabel("percentage points")
    panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    panel.xaxis.set_major_formatter(downstream.points())


def _row(panel: Axes, rows: pd.DataFrame, y: int, names: list[str], looks: dict[str, style.Look]) -> None:
    each = rows[rows["quantity"] == "oracle"]
    for row in selection.records(each[each["value"].notna()]):
        at = y - 0.3 + 0.36 * names.index(row.oracle) / max(len(names) - 1, 1)
        look, filled = looks[row.oracle], pd.notna(row.significant) and bool(row.significant)
        panel.plot([row.value], [at], linestyle="none", label=row.oracle, **_mark(look, filled=filled))
    for row in selection.records(rows[(rows["quantity"] == _MEAN) & rows["value"].notna()]):
        panel.plot([row.low, row.high], [y + 0.3] * 2, color=style.INK, linewidth=1.1)
        panel.plot([row.value], [y + 0.3], label="mean", **_mean())
    where: dict[str, Any] = {"transform": panel.get_yaxis_transform(), "ha": "right", "va": "center"}
    panel.text(1.0, y, _words(rows, each), fontsize=style.points(style.SMALL), **where)


def _words(rows: pd.DataFrame, each: pd.DataFrame) -> str:
    if each.empty:
        return "undefined"
    first = each.iloc[0]
    words = f"{int(first['n_positive'])} of {int(first['n_oracles'])} up"
    sd = rows.loc[rows["quantity"] == _SD, "value"]
    return words if sd.isna().all() else f"{words}\nSD {100 * float(sd.iloc[0]):.1f}"


def _mark(look: style.Look, *, filled: bool) -> dict[str, Any]:
    face = look.colour if filled else "white"
    edge = {"markeredgecolor": look.colour, "markeredgewidth": 0.7}
    return {"marker": look.marker, "markersize": 3.4, "markerfacecolor": face, "zorder": 3} | edge


def _mean() -> dict[str, Any]:
    return {"color": style.INK, "marker": "|", "markersize": 5, "linewidth": 1.1}
