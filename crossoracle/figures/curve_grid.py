"""Curves of accuracy, set in a grid: a column per dataset, a row per oracle, and a key below.

More datasets than stand side by side go on below, in bands, as long as a page has room for them.

A point carries the interval of its own as a bar; the band around a curve holds for all its points at once.
Curves that rest on no oracle, such as random frames, are grey and stand in every row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from crossoracle.errors import InputError
from crossoracle.figures import downstream, selection, style
from crossoracle.figures.labels import labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.selection import Table

_AROUND = 0.75  # inches: titles, the axis and the key
_KEY = 0.45  # inches: the key
_ROW, _LEAST = 1.2, 0.55  # inches: a row of panels, and among very many
_LETTER = 0.06  # inches: a letter of a name beside a row
_PLOTTED = [
    *("dataset", "recognizer", "oracle", "run", "family", "x", "metric", "condition", "value", "low", "high"),
    *("band_low", "band_high", "level", "interval", "kept_fraction", "n_videos", "n_clusters", "reason"),
]


@dataclass(frozen=True)
class Stroke:
    """How a family of curves is drawn, and what it is called in the key.

    Parameters
    ----------
    title : str
        Its name in the key.
    line : object
        Style of its line.
    filled : bool
        Whether its marks are filled.
    marker : str, optional
        Its own mark where no oracle gives one.
    """

    title: str
    line: Any = "-"
    filled: bool = True
    marker: str = "o"


Strokes = Mapping[str, Stroke]
HIGHEST = Stroke("highest scores first")
LOWEST = Stroke("lowest scores first", (0, (3, 1.2)), filled=False)
CONTROLS = {
    "random": Stroke("at random"),
    "motion": Stroke("most motion first", (0, (1, 1)), marker="s"),
    "temporal": Stroke("in order of time", (0, (5, 1.5, 1, 1.5)), filled=False, marker="^"),
    "uniform": Stroke("at an even stride", (0, (3, 1.2)), filled=False, marker="D"),
}


def numbers(
    curves: Table, families: Strokes, *, metric: str, recognizer: str | None, run: str
) -> pd.DataFrame:
    """Return one row per point of the families, in the order of the figure; the pooled ones come first.

    Raises
    ------
    InputError
        No oracle has a curve of these families.
    """
    rows = downstream.rows_of(curves, recognizer=recognizer, metric=metric)
    rows = downstream.of_run(rows[rows["family"].isin(families)], run)
    rows = downstream.by_dataset(rows, _room(rows["oracle"].nunique()))
    if rows["oracle"].isna().all():
        raise InputError(f"the curves table has no curve of an oracle, run {run!r}: {', '.join(families)}")
    place = {name: k for k, name in enumerate(families)}
    rows = rows.assign(place=rows["family"].map(place), by=rows["dataset"] != selection.POOLED)
    return rows.sort_values(["by", "dataset", "oracle", "place", "x"])[_PLOTTED].reset_index(drop=True)


def _room(oracles: int) -> int:
    """Return how many columns there is room for, in bands one under the other."""
    band = _LEAST * (oracles + 1)
    return max(int((style.height() - _AROUND) / band + 1e-9), 1) * downstream.MOST_COLUMNS


@dataclass(frozen=True)
class Grid:
    """The panels of a figure of curves: those of oracles, those of a further row below, and the key."""

    rows: pd.DataFrame
    oracles: list[str]
    datasets: list[str]
    looks: dict[str, style.Look]
    panels: np.ndarray[Any, Any]
    below: np.ndarray[Any, Any]
    key: Axes
    across: int  # columns side by side

    @classmethod
    def of(
        cls, rows: pd.DataFrame, ax: Axes | None, oracles: Sequence[str] | None, *, below: bool = False
    ) -> tuple[Axes, Grid]:
        """Lay out the panels of the rows; ``below`` asks for a further row of panels."""
        names, places = downstream.oracles_of(rows), downstream.datasets(rows)
        study, down = style.everyone(oracles, names), len(names) + below
        bands = -(-len(places) // downstream.MOST_COLUMNS)  # of columns, one under the other
        across = -(-len(places) // bands)
        row = max(min(_ROW, (style.height() - _AROUND) / (down * bands)), _LEAST)
        ax = style.axes(ax, "page", row * down * bands + _AROUND)
        ratios = [*[row] * down * bands, _KEY]
        grid = style.panels(ax, down * bands + 1, across, height_ratios=ratios, wspace=0.02, hspace=0.02)
        columns = [
            grid[k // across * down : (k // across + 1) * down, k % across] for k in range(len(places))
        ]
        for spare in grid[-down - 1 : -1, len(places) - across * (bands - 1) :].flat:
            spare.remove()
        panels = np.stack(columns, axis=1)
        key = merged(grid[-1])
        found = cls(
            rows, names, places, style.looks(study), panels[: len(names)], panels[len(names) :], key, across
        )
        found._frame(labels(study, min(style.letters(18), int(row / _LETTER))))
        return ax, found

    def _frame(self, shown: dict[str, str]) -> None:
        """Set limits that a column shares, titles, and the names of the oracles."""
        titles = downstream.headings(self.datasets, across=self.across)
        for k, dataset in enumerate(self.datasets):
            part = self.rows[self.rows["dataset"] == dataset]
            limits = _limits(part)
            for panel, oracle in zip(self.panels[:, k], self.oracles, strict=True):
                panel.set(xlim=(-0.04, 1.04), ylim=limits)
                panel.set_label(f"{dataset}: {oracle}")
                panel.tick_params(labelbottom=False)
                panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
                panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=None, symbol=""))
                if k % self.across == 0:
                    panel.set_ylabel(f"{shown[oracle]}\n{downstream.short(part['metric'].iloc[0])} (%)")
            self.panels[0, k].set_title(titles[dataset], loc="left")
        for panel in self.below.flat:
            panel.set(xlim=(-0.04, 1.04))

    def name_x(self, words: str) -> None:
        """Name the lowest axis, in every column."""
        last = self.below[-1] if len(self.below) else self.panels[-1]
        for panel in [*self.panels.flat, *self.below.flat]:
            panel.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))
        for panel in last:
            panel.set_xlabel(words)
            panel.tick_params(labelbottom=True)

    def draw(self, families: Strokes) -> None:
        """Draw the curves of every oracle in its row, and those without an oracle in all rows."""
        grey = self.rows[self.rows["oracle"].isna()]
        for (i, k), panel in np.ndenumerate(self.panels):
            oracle, dataset = self.oracles[i], self.datasets[k]
            of = self.rows[(self.rows["oracle"] == oracle) & (self.rows["dataset"] == dataset)]
            for family, stroke in families.items():
                curve(panel, of[of["family"] == family], self.looks[oracle], stroke)
                control = grey[(grey["dataset"] == dataset) & (grey["family"] == family)]
                _grey(panel, control, stroke)

    def tell(self, families: Strokes, title: str = "") -> None:
        """Write the key: what the lines are, and what bars and bands hold for."""
        used = [name for name in families if name in set(self.rows["family"])]
        handles: list[Any] = [_handle(families[name], self._grey(name)) for name in used]
        level = f"{100 * self.rows['level'].iloc[0]:.0f} %"
        bar = Line2D([], [], color=style.INK, linewidth=1, marker="|", linestyle="none", markersize=7)
        band = Patch(facecolor=style.FAINT, linewidth=0)
        names = [families[name].title for name in used]
        names += [f"{level} interval", "band for the whole curve"]
        self.key.legend(
            handles=[*handles, bar, band],
            labels=names,
            title=title or downstream.words(self.rows),
            loc="upper center",
            ncols=min(len(names), 4),
            borderaxespad=0,
            handler_map={tuple: HandlerTuple(ndivide=None)},
        )

    def _grey(self, family: str) -> bool:
        return bool(self.rows.loc[self.rows["family"] == family, "oracle"].isna().all())


def curve(panel: Axes, part: pd.DataFrame, look: style.Look, stroke: Stroke) -> None:
    """Draw the curve of an oracle with its band, and a bar for the interval of every point."""
    if part.empty:
        return
    x, name = part["x"].to_numpy(), part["family"].iloc[0]
    band = part["band_low"].to_numpy(dtype=float), part["band_high"].to_numpy(dtype=float)
    panel.fill_between(x, *band, facecolor=look.colour, alpha=0.15, linewidth=0, label=f"band of {name}")
    panel.vlines(x, part["low"], part["high"], color=look.colour, linewidth=0.9, label=f"bars of {name}")
    panel.plot(
        x,
        part["value"],
        color=look.colour,
        linestyle=stroke.line,
        marker=look.marker,
        markersize=3,
        markerfacecolor=look.colour if stroke.filled else "white",
        markeredgewidth=0.7,
        label=name,
        zorder=3,
    )


def _grey(panel: Axes, part: pd.DataFrame, stroke: Stroke) -> None:
    rows = part[part["oracle"].isna()]
    if not rows.empty:
        panel.plot(rows["x"], rows["value"], **_grey_look(stroke), zorder=2, label=rows["family"].iloc[0])


def _grey_look(stroke: Stroke) -> dict[str, Any]:
    return {
        "color": "0.5",
        "linestyle": stroke.line,
        "linewidth": 0.7,
        "marker": stroke.marker,
        "markersize": 2.2,
        "markerfacecolor": "0.5" if stroke.filled else "white",
        "markeredgewidth": 0.5,
    }


def _handle(stroke: Stroke, grey: bool) -> Line2D:
    if grey:
        return Line2D([], [], **_grey_look(stroke))
    face = style.INK if stroke.filled else "white"
    return Line2D(
        [], [], color=style.INK, linestyle=stroke.line, marker="o", markersize=3, markerfacecolor=face
    )


def _limits(part: pd.DataFrame) -> tuple[float, float]:
    """Return limits that hold every point and every bound, within what a share can be."""
    seen = part[["value", "low", "high", "band_low", "band_high"]].to_numpy(dtype=float)
    seen = np.clip(seen, 0, 1)
    if np.isnan(seen).all():
        return 0.0, 1.0
    low, high = float(np.nanmin(seen)), float(np.nanmax(seen))
    margin = 0.05 * max(high - low, 0.02)
    return low - margin, high + margin


def merged(row: np.ndarray[Any, Any]) -> Axes:
    """Return one empty panel over a row of the grid, for the key."""
    key: Axes = row[0]
    spec = key.get_subplotspec()
    for panel in row[1:]:
        panel.remove()
    if spec is not None:
        key.set_subplotspec(spec.get_gridspec()[spec.rowspan.start, :])
    key.set_axis_off()
    return key
