"""The noise floor: agreement of repeated runs with themselves, and of arms with the reference against that.

A row is an arm. The verdict compares the one-sided bounds of the difference, a thick line, with the margin,
the edge of the shaded side. Only agreement is drawn, not costs and accuracies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from crossoracle.errors import InputError
from crossoracle.figures import curve_grid, selection, style
from crossoracle.figures.labels import label, labels
from crossoracle.figures.striped import striped
from crossoracle.figures.titles import obeys, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

SELF, CROSS, DIFFERENCE = "self_agreement", "cross_agreement", "difference"
_QUANTITIES = (SELF, CROSS, DIFFERENCE)
_ARM, _LEAST = 0.24, 0.12  # inches: the height of an arm, and among very many
_APART = 0.16  # rows between agreement with itself and with the reference
_PLOTTED = [
    *("statistic", "quantity", "arm_a", "arm_b", "dataset", "value", "low", "high", "level", "interval"),
    *("margin", "margin_rule", "bound", "upper_bound", "verdict", "n_runs_a", "n_runs_b", "n_videos"),
    *("n_clusters", "reason"),
]


def numbers(floors: Table, *, dataset: str | None = None) -> pd.DataFrame:
    """Return one row per agreement and difference drawn, in the order of the figure.

    Parameters
    ----------
    floors : table
        The floors table; its rows of agreement are drawn.
    dataset : str, optional
        Default: the pooled rows, or the only dataset.

    Returns
    -------
    DataFrame
        By statistic: the agreement of arms with themselves, with the reference, and the differences.
    """
    rows = selection.frame(floors)
    rows = rows[rows["quantity"].isin(_QUANTITIES)]
    if rows.empty:
        raise InputError("the floors table has no agreement of repeated runs")
    rows = selection.of_dataset(rows, dataset)
    statistics = {name: k for k, name in enumerate(rows["statistic"].unique())}
    rows = rows.assign(place=rows["statistic"].map(statistics), part=rows["quantity"].map(_QUANTITIES.index))
    return rows.sort_values(["place", "part", "arm_a"])[_PLOTTED].reset_index(drop=True)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a row of panels per statistic: agreement at the left, the difference at the right."""
    arms, found = _arms(rows), list(rows["statistic"].unique())
    looks = style.looks(oracles or arms)
    room = (style.height() - 0.9) / len(found) - 0.45
    tall = max(min(_ARM, room / len(arms)), _LEAST) * len(arms)
    ax = style.axes(ax, "page", (tall + 0.45) * len(found) + 0.5)
    ratios = [*[tall] * len(found), 0.3]
    grid = style.panels(ax, len(found) + 1, 2, height_ratios=ratios, wspace=0.03, hspace=0.04)
    for k, statistic in enumerate(found):
        part = rows[rows["statistic"] == statistic]
        _agreement(grid[k, 0], part, arms, looks)
        _difference(grid[k, 1], part, arms, looks)
        grid[k, 0].set_title(title(statistic), loc="left")
        grid[k, 0].set_label(f"{statistic}: agreement")
        grid[k, 1].set_label(f"{statistic}: difference")
    grid[-2, 0].set_xlabel("coefficient")
    grid[-2, 1].set_xlabel("difference from the floor")
    _tell(curve_grid.merged(grid[-1]), rows, labels(arms, style.letters(16)))
    return ax


def _arms(rows: pd.DataFrame) -> list[str]:
    """Return the arms, the reference first."""
    reference = set(rows["arm_b"].dropna())
    return sorted({*rows["arm_a"], *reference}, key=lambda name: (name not in reference, name))


def _frame(panel: Axes, arms: list[str], *, named: bool) -> None:
    shown = labels(arms, style.letters(22))
    striped(panel, [shown[name] for name in arms], named=named)
    panel.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))


def _look(looks: dict[str, style.Look], arm: str) -> style.Look:
    """Return the look of an arm: that of the oracle of its name; black where it is no oracle's."""
    return looks.get(arm, style.Look(style.INK, "o", "-"))


def _agreement(panel: Axes, part: pd.DataFrame, arms: list[str], looks: dict[str, style.Look]) -> None:
    _frame(panel, arms, named=True)
    floor = part[(part["quantity"] == SELF) & (part["arm_a"] == arms[0])]["value"]
    for value in floor.dropna():
        panel.axvline(value, color=style.QUIET, linewidth=0.6, linestyle=(0, (3, 1.5)), zorder=1)
    for row in selection.records(part[part["quantity"] != DIFFERENCE]):
        look, own = _look(looks, row.arm_a), row.quantity == SELF
        y = arms.index(row.arm_a) + (-_APART if own else _APART)
        if np.isnan(row.value):
            _undefined(panel, y)
            continue
        panel.plot([row.low, row.high], [y, y], color=look.colour, linewidth=1.0, zorder=3)
        panel.plot([row.value], [y], label=row.quantity, **_mark(look, filled=own))


def _difference(panel: Axes, part: pd.DataFrame, arms: list[str], looks: dict[str, style.Look]) -> None:
    _frame(panel, arms, named=False)
    panel.axvline(0, color=style.QUIET, linewidth=0.6, linestyle=(0, (3, 1.5)), zorder=1)
    rows = part[part["quantity"] == DIFFERENCE]
    sign = 1 if obeys(str(part["statistic"].iloc[0]), "distance") else -1
    for row in selection.records(rows):
        y, look = arms.index(row.arm_a), _look(looks, row.arm_a)
        if np.isnan(row.value):
            _undefined(panel, y)
            continue
        panel.plot([row.low, row.high], [y, y], color=look.colour, linewidth=0.5)
        panel.plot([row.bound, row.upper_bound], [y, y], color=look.colour, linewidth=1.5, zorder=3)
        panel.plot([row.value], [y], label=row.arm_a, **_mark(look, filled=False))
        beside = panel.get_yaxis_transform()
        panel.text(1.02, y, row.verdict or "no verdict", va="center", transform=beside)
    if not rows.empty:
        beside = panel.get_yaxis_transform()
        panel.text(1.02, 0, "reference", va="center", color=style.QUIET, transform=beside)
    _margins(panel, rows, arms, sign)


def _margins(panel: Axes, rows: pd.DataFrame, arms: list[str], sign: int) -> None:
    """Shade, in the row of every arm, what is worse than the floor by less than the margin, or better."""
    seen = rows[["value", "low", "high", "bound", "upper_bound"]].to_numpy(dtype=float)
    edges = sign * rows["margin"].to_numpy(dtype=float)
    all_of = np.concatenate([seen.ravel(), edges, [0.0]])
    low, high = float(np.nanmin(all_of)), float(np.nanmax(all_of))
    room = 0.06 * max(high - low, 0.02)
    panel.set_xlim(low - room, high + room)
    good = panel.get_xlim()[0] if sign > 0 else panel.get_xlim()[1]
    for row, edge in zip(selection.records(rows), edges, strict=True):
        if not np.isnan(edge):
            y = arms.index(row.arm_a)
            panel.fill_betweenx([y - 0.5, y + 0.5], edge, good, color=style.FAINT, linewidth=0, zorder=0.5)
            panel.plot([edge, edge], [y - 0.5, y + 0.5], color=style.INK, linewidth=0.8, label="margin")


def _undefined(panel: Axes, y: float) -> None:
    where = panel.get_yaxis_transform()
    panel.text(0.01, y, "undefined", transform=where, va="center", fontsize=style.points(style.SMALL))


def _mark(look: style.Look, *, filled: bool) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": look.marker,
        "markersize": 3.8,
        "markerfacecolor": look.colour if filled else "white",
        "markeredgecolor": look.colour,
        "markeredgewidth": 0.8,
        "zorder": 4,
    }


def _tell(key: Axes, rows: pd.DataFrame, shown: dict[str, str]) -> None:
    ink, level = style.Look(style.INK, "o", "-"), f"{100 * rows['level'].iloc[0]:.0f} %"
    handles: list[Any] = [
        Line2D([], [], label="with itself", **_mark(ink, filled=True)),
        Line2D([], [], label="with the reference", **_mark(ink, filled=False)),
        Patch(facecolor=style.FAINT, label="within margin, or better"),
        Line2D([], [], color=style.INK, linewidth=1.5, label=f"one-sided bounds ({level} each)"),
    ]
    dataset = str(rows["dataset"].iloc[0])
    words = ["all datasets pooled" if dataset == selection.POOLED else label(dataset, style.letters(16))]
    words += [f"floor: {shown[name]} with itself" for name in rows["arm_b"].dropna().unique()]
    words += [f"margin: {rule}" for rule in rows["margin_rule"].dropna().unique()]
    key.legend(handles=handles, loc="upper center", ncols=4, title="; ".join(words), borderaxespad=0)
