"""Where oracles disagree, are videos harder? Accuracy by how much the oracles disagree on a video.

A column is a dataset, a row a statistic of agreement. Videos are parted into quarters, least disagreement
first; a point is the accuracy in a quarter, with its interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crossoracle.errors import InputError
from crossoracle.figures import curve_grid, downstream, selection, style
from crossoracle.figures.labels import label, labels
from crossoracle.figures.titles import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

_ROW, _LEAST = 1.3, 0.8  # inches: a row of panels, and among many
_APART = 0.12  # quarters between the marks of two series
_PART = r"quarter (\d)/\d"
_PLOTTED = [
    *("statistic", "dataset", "recognizer", "oracle", "run", "condition", "metric", "part", "quarter"),
    *("value", "low", "high", "level", "interval", "n_videos", "n_clusters", "p", "reason"),
]


def numbers(
    disagreement: Table, *, metric: str = "top1", recognizer: str | None = None, run: str = "0"
) -> pd.DataFrame:
    """Return one row per point, and per correlation, in the order of the figure.

    Parameters
    ----------
    disagreement : table
        The disagreement table; its accuracies are drawn, not the difficulty of classes.
    metric : str
        Which accuracy.
    recognizer : str, optional
        Default: the first by name.
    run : str
        The run of each oracle.
    """
    rows = downstream.rows_of(disagreement, recognizer=recognizer, metric=metric)
    rows = downstream.of_run(rows[rows["against"] == "accuracy"], run)
    rows = downstream.by_dataset(rows)
    rows = rows.assign(quarter=rows["part"].str.extract(_PART)[0].astype(float))
    rows = rows[rows["quarter"].notna() | (rows["part"] == "correlation")]
    if rows.empty:
        raise InputError(f"the disagreement table has no accuracies of run {run!r}")
    rows = rows.assign(by=rows["dataset"] != selection.POOLED)
    order = ["statistic", "by", "dataset", "condition", "oracle", "quarter"]
    return rows.sort_values(order)[_PLOTTED].reset_index(drop=True)


@style.printed()
def paint(rows: pd.DataFrame, ax: Axes | None = None, oracles: Sequence[str] | None = None) -> Axes:
    """Draw a panel per statistic and dataset: a line for every oracle, and one for the whole video."""
    names, places = downstream.oracles_of(rows), downstream.datasets(rows)
    statistics, study = list(rows["statistic"].unique()), style.everyone(oracles, names)
    across = style.columns(len(names) + 1)
    key = 0.15 * (-(-(len(names) + 1) // across) + 1.5)
    tall = max(min(_ROW, (style.height() - 0.5 - key) / len(statistics)), _LEAST)
    ax = style.axes(ax, "page", tall * len(statistics) + 0.5 + key)
    ratios = [*[tall] * len(statistics), key]
    grid = style.panels(ax, len(ratios), len(places), height_ratios=ratios, wspace=0.02, hspace=0.03)
    series = _series(rows, names, style.looks(study), labels(study, style.letters(18)))
    titles = downstream.headings(places)
    for (i, k), panel in np.ndenumerate(grid[:-1]):
        part = rows[(rows["statistic"] == statistics[i]) & (rows["dataset"] == places[k])]
        _panel(panel, part, series)
        panel.set_label(f"{places[k]}: {statistics[i]}")
        panel.set_title(titles[places[k]] if i == 0 else "", loc="left")
        panel.tick_params(labelbottom=i == len(statistics) - 1)
        if k == 0:
            accuracy = downstream.short(str(rows["metric"].iloc[0]))
            panel.set_ylabel(f"{label(title(statistics[i]), style.letters(24))}\n{accuracy} (%)")
    for panel in grid[-2]:
        panel.set_xlabel("disagreement")
    handles = [Line2D([], [], label=one["name"], **one["how"]) for one in series]
    below = curve_grid.merged(grid[-1])
    words = f"{downstream.words(rows)}; quarters of the videos by disagreement"
    below.legend(handles=handles, loc="upper center", ncols=across, title=words, borderaxespad=0)
    return ax


def _series(
    rows: pd.DataFrame, names: list[str], looks: dict[str, style.Look], shown: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the lines of a panel: those without an oracle in grey, then a line for every oracle."""
    pairs = rows[["oracle", "condition"]].drop_duplicates()
    grey = [c for o, c in pairs.itertuples(index=False) if pd.isna(o)]
    found: list[dict[str, Any]] = []
    for condition in grey:
        how = {"color": style.QUIET, "marker": "s", "linestyle": (0, (3, 1.2)), "linewidth": 0.8}
        found.append({"oracle": None, "condition": condition, "name": label(condition, 16), "how": how})
    for oracle, condition in pairs.dropna(subset=["oracle"]).itertuples(index=False):
        look = looks[oracle]
        how = {"color": look.colour, "marker": look.marker, "linestyle": look.line, "linewidth": 0.8}
        name = f"{shown[oracle]}, {label(condition, 12)}"
        found.append({"oracle": oracle, "condition": condition, "name": name, "how": how})
    return [one | {"how": one["how"] | {"markersize": 2.8}} for one in found]


def _panel(panel: Axes, part: pd.DataFrame, series: list[dict[str, Any]]) -> None:
    for k, one in enumerate(series):
        whose = part["oracle"].isna() if one["oracle"] is None else part["oracle"] == one["oracle"]
        rows = part[whose & (part["condition"] == one["condition"]) & part["quarter"].notna()]
        x = rows["quarter"] + _APART * (k - (len(series) - 1) / 2)
        panel.vlines(x, rows["low"], rows["high"], color=one["how"]["color"], linewidth=0.8)
        panel.plot(x, rows["value"], label=one["oracle"] or one["condition"], **one["how"])
    panel.set(xlim=(0.5, 4.5))
    panel.set_xticks((1, 2, 3, 4), ("least", "", "", "most"))
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
