"""The agreement matrix: one statistic of every pair of oracles, those that agree side by side.

The order is presentation only: average linkage on the dissimilarities, with the optimal order of its leaves
(Bar-Joseph, Gifford and Jaakkola 2001). A matrix is symmetric, so its lower triangle says everything.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle
from matplotlib.transforms import offset_copy
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from crossoracle.errors import InputError
from crossoracle.figures import selection, style
from crossoracle.figures.labels import label, labels
from crossoracle.figures.selection import text
from crossoracle.figures.titles import HEADLINE, obeys, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

log = logging.getLogger("crossoracle")

_CELL = 0.36  # inches, height of a cell
_LETTERS = {"column": 36, "page": 84}  # that fit side by side under the cells
_HEADING = {"column": 52, "page": 120}  # letters of a heading, less those of a name beside the cells
_REASON = 150  # letters of why nothing is defined
_WIDE = 4  # rows from which the intervals need the width of a page
_PLOTTED = [
    *("row", "column", "oracle_row", "oracle_column", "statistic", "dataset", "videos"),
    *("value", "low", "high", "level", "interval", "reason"),
]


def numbers(
    estimates: Table,
    *,
    statistic: str | None = None,
    dataset: str | None = None,
    videos: str | None = None,
) -> pd.DataFrame:
    """Return one row per pair: its place in the matrix (row > column, from 0), value and interval.

    Parameters
    ----------
    estimates : table
        The estimates table.
    statistic : str, optional
        A statistic of pairs that does not depend on their order; default spearman_within, or the first that
        is defined for any pair: then that is said.
    dataset : str, optional
        Default: the pooled rows, or the only dataset.
    videos : str, optional
        The set of videos; default the joint one where it is there.

    Raises
    ------
    InputError
        If the statistic has no estimates of pairs, or its sign depends on the order of the pair.
    """
    name = statistic or _chosen(estimates, dataset, videos)
    if obeys(name, "antisymmetric"):
        raise InputError(f"{name} changes its sign with the order of a pair: a matrix cannot show it")
    rows = selection.of_dataset(selection.estimates_of(estimates, [name], videos), dataset)
    rows = rows[rows["oracle_a"].notna() & rows["oracle_b"].notna()].reset_index(drop=True)
    if rows.empty:
        raise InputError(f"{name} is a statistic of all oracles: a matrix needs one of pairs")
    if rows.duplicated(["oracle_a", "oracle_b"]).any():
        raise InputError(f"{name} has several estimates of a pair: a matrix shows one run of each oracle")
    if rows["value"].isna().all():
        log.warning("agreement-matrix: %s is undefined for every pair%s", title(name), _why(rows))
    elif statistic is None and name != HEADLINE[0]:
        why = "undefined" if HEADLINE[0] in set(selection.frame(estimates)["statistic"]) else "not there"
        log.warning("agreement-matrix shows %s: %s is %s", title(name), title(HEADLINE[0]), why)
    return _placed(rows, -1 if obeys(name, "distance") else 1)


def _why(rows: pd.DataFrame) -> str:
    """Return the commonest reason why values are undefined, after a colon; nothing where none is told."""
    reasons = rows.loc[rows["value"].isna(), "reason"].dropna()
    return f": {reasons.mode().iloc[0]}" if len(reasons) else ""


def _placed(rows: pd.DataFrame, direction: int) -> pd.DataFrame:
    """Return the pairs with their places in the matrix; the larger place is the row."""
    place = {name: k for k, name in enumerate(_order(rows, direction))}
    later_first = rows["oracle_a"].map(place) > rows["oracle_b"].map(place)
    rows["oracle_row"] = rows["oracle_a"].where(later_first, rows["oracle_b"])
    rows["oracle_column"] = rows["oracle_b"].where(later_first, rows["oracle_a"])
    rows["row"], rows["column"] = rows["oracle_row"].map(place), rows["oracle_column"].map(place)
    return rows[_PLOTTED].sort_values(["row", "column"], ignore_index=True)


def _chosen(estimates: Table, dataset: str | None, videos: str | None) -> str:
    """Return the first statistic of the headline that is defined for a pair, else any other that is."""
    pairs = selection.pairs(estimates)
    if pairs.empty:
        raise InputError("the estimates have no statistic of pairs of oracles: a matrix needs one")
    rows = selection.of_dataset(selection.estimates_of(pairs, None, videos), dataset)
    by_name = rows.groupby("statistic", sort=False)["value"]
    found = {str(name): bool(values.notna().any()) for name, values in by_name}
    names = [name for name in (*HEADLINE, *found) if name in found and not obeys(name, "antisymmetric")]
    return next((name for name in names if found[name]), [*names, *found, HEADLINE[0]][0])


def _order(rows: pd.DataFrame, direction: int) -> list[str]:
    """Return the oracles with similar ones side by side; an undefined pair counts as the least similar."""
    names = sorted(set(rows["oracle_a"]) | set(rows["oracle_b"]))
    if len(names) < 3:
        return names
    place = {name: k for k, name in enumerate(names)}
    similarity = np.full((len(names), len(names)), np.nan)
    for a, b, value in zip(rows["oracle_a"], rows["oracle_b"], direction * rows["value"], strict=True):
        similarity[place[a], place[b]] = similarity[place[b], place[a]] = value
    if np.isnan(similarity).all():
        return names
    distance = np.nan_to_num(np.nanmax(similarity) - similarity, nan=float(np.ptp(rows["value"].dropna())))
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), method="average", optimal_ordering=True)
    return [names[k] for k in leaves_list(tree)]


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw value and interval of every pair; an undefined one is hatched."""
    name_at = dict(zip(rows["row"], rows["oracle_row"], strict=True))
    name_at |= dict(zip(rows["column"], rows["oracle_column"], strict=True))
    names = [name_at[place] for place in sorted(name_at)]
    size, study = len(names) - 1, style.everyone(oracles, names)
    width = "page" if size >= _WIDE else "column"
    shown = labels(study, style.letters(24 if width == "page" else 16, width))
    ax = style.axes(ax, width, _CELL * size + 0.45 + 0.025 * len(shown[names[0]]))
    limit = _limit(rows["value"].to_numpy(dtype=float))
    shade = ScalarMappable(Normalize(-limit, limit), style.SIGNED)
    for row in selection.records(rows):
        _cell(ax, row, shade)
    ax.set(xlim=(-0.5, size - 0.5), ylim=(size + 0.5, 0.5))
    _name(ax, [shown[name] for name in names], width)
    _mark(ax, [style.looks(study)[name] for name in names])
    _head(ax, rows, style.letters(_HEADING[width], width) - max(map(len, shown.values())))
    if size > 1 and rows["value"].notna().any():
        _scale(ax, shade, limit)
    return ax


def _limit(values: NDArray[np.float64]) -> float:
    """Return the end of the colour scale: the next quarter above the largest value, at least a half."""
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    return max(0.5, float(np.ceil(largest * 4) / 4))


def _cell(ax: Axes, row: Any, shade: ScalarMappable) -> None:
    corner = (row.column - 0.5, row.row - 0.5)
    if np.isnan(row.value):
        ax.add_patch(Rectangle(corner, 1, 1, facecolor="white", edgecolor=style.FAINT, hatch="////"))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        ax.text(
            row.column,
            row.row,
            "undefined",
            ha="center",
            va="center",
            fontsize=style.points(style.SMALL),
            bbox=box,
        )
        return
    colour = shade.to_rgba(row.value)
    ax.add_patch(Rectangle(corner, 1, 1, facecolor=colour, edgecolor="white", linewidth=1.0))
    known = not (np.isnan(row.low) or np.isnan(row.high))
    interval = f"[{text(row.low)}, {text(row.high)}]" if known else "no interval"
    for words, rise, font in (
        (text(row.value), 4, {"weight": "bold"}),
        (interval, -5.5, {"size": style.points(style.SMALL)}),
    ):
        where = offset_copy(ax.transData, fig=ax.get_figure(root=True), y=rise, units="points")
        ink = style.ink_on(colour)
        ax.text(row.column, row.row, words, ha="center", va="center", color=ink, transform=where, **font)


def _name(ax: Axes, names: list[str], width: str) -> None:
    crowded = max(map(len, names)) > style.letters(_LETTERS[width], width) / (len(names) - 1)
    slant: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if crowded else {}
    ax.set_xticks(range(len(names) - 1), names[:-1], **slant)
    ax.set_yticks(range(1, len(names)), names[1:])
    ax.tick_params(length=0, pad=9)
    ax.spines[:].set_visible(False)


def _mark(ax: Axes, looks: list[style.Look]) -> None:
    """Put the marker of each oracle between its name and its cells."""
    canvas = ax.get_figure(root=True)
    left = offset_copy(ax.get_yaxis_transform(), fig=canvas, x=-5, units="points")
    below = offset_copy(ax.get_xaxis_transform(), fig=canvas, y=-5, units="points")
    for place, look in enumerate(looks):
        how: dict[str, Any] = {
            "marker": look.marker,
            "color": look.colour,
            "markersize": 3.5,
            "clip_on": False,
        }
        if place > 0:
            ax.plot([0], [place], transform=left, **how)
        if place < len(looks) - 1:
            ax.plot([place], [0], transform=below, **how)


def _head(ax: Axes, rows: pd.DataFrame, width: int) -> None:
    first = rows.iloc[0]
    where = "" if first["dataset"] == selection.POOLED else f", {label(first['dataset'], 14)}"
    words = f"{title(first['statistic'])}{where}, "
    if rows["value"].isna().all():
        words += label(f"undefined for every pair{_why(rows)}", _REASON)
    else:
        words += f"{100 * first['level']:.0f}\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}interval"
    ax.set_title(fill(words, width), loc="left")


def _scale(ax: Axes, shade: ScalarMappable, limit: float) -> None:
    """Put the colour scale into the corner that the triangle leaves empty."""
    bar = ax.inset_axes((0.62, 0.93, 0.36, 0.05))
    scale = Colorbar(bar, shade, orientation="horizontal", ticks=[-limit, 0, limit])
    scale.outline.set_linewidth(0.4)
