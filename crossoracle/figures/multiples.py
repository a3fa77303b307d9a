"""Small multiples: a row of panels per oracle, a column per dataset, and a key below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crossoracle.figures import downstream, selection, style
from crossoracle.figures.curve_grid import merged
from crossoracle.figures.labels import labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW, _LEAST, _KEY = 0.85, 0.45, 0.3  # inches: a row of panels, and among very many; the key
_AROUND = 0.3  # inches: titles and the axis


@dataclass(frozen=True)
class Multiples:
    """The panels, whose they are, and the room for a key.

    Parameters
    ----------
    oracles, datasets : list of str
        Of the rows, and of the columns.
    panels : array of Axes, shape (oracles, datasets)
    key : Axes
        An empty panel below all of them.
    looks : dict
        The look of every oracle of the study.
    """

    oracles: list[str]
    datasets: list[str]
    panels: np.ndarray[Any, Any]
    key: Axes
    looks: dict[str, style.Look]

    def parts(self, rows: pd.DataFrame) -> Iterator[tuple[Axes, pd.DataFrame, style.Look]]:
        """Yield every panel with its rows and the look of its oracle; one without rows says so."""
        for (i, k), panel in np.ndenumerate(self.panels):
            oracle, dataset = self.oracles[i], self.datasets[k]
            part = rows[(rows["oracle"] == oracle) & (rows["dataset"] == dataset)]
            if part.empty:
                panel.text(0.5, 0.5, "nothing", transform=panel.transAxes, ha="center", va="center")
            yield panel, part, self.looks[oracle]


def multiples(
    rows: pd.DataFrame, ax: Axes | None, oracles: Sequence[str] | None, *, x: str, y: str
) -> tuple[Axes, Multiples]:
    """Lay out the panels of rows with columns dataset and oracle, and name their axes."""
    names, places = downstream.oracles_of(rows), downstream.datasets(rows)
    study = style.everyone(oracles, names)
    row = max(min(_ROW, (style.height() - _AROUND - _KEY) / len(names)), _LEAST)
    ax = style.axes(ax, "page", row * len(names) + _AROUND + _KEY)
    ratios = [*[row] * len(names), _KEY]
    grid = style.panels(ax, len(names) + 1, len(places), height_ratios=ratios, wspace=0.02, hspace=0.02)
    shown, titles = labels(study, style.letters(16)), downstream.headings(places)
    for (i, k), panel in np.ndenumerate(grid[:-1]):
        panel.set_label(f"{places[k]}: {names[i]}")
        panel.tick_params(labelbottom=i == len(names) - 1, labelleft=k == 0)
        panel.set_xlabel(x if i == len(names) - 1 else "")
        panel.set_ylabel(f"{shown[names[i]]}\n{y}" if k == 0 else "")
        panel.set_title(titles[places[k]] if i == 0 else "", loc="left")
    return ax, Multiples(names, places, grid[:-1], merged(grid[-1]), style.looks(study))


def of_datasets(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have a column: those of `downstream.by_dataset`, the pooled ones first."""
    rows = downstream.by_dataset(rows)
    return rows.assign(by=rows["dataset"] != selection.POOLED).sort_values(["by", "dataset"], kind="stable")
