"""What the panels of a forest plot share: series, limits, looks and heights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crossoracle.figures import selection, style
from crossoracle.figures.labels import labels

ACROSS = 3  # panels side by side
_AROUND = 0.4  # inches, heading and axis of a row of panels
_LEAST = 0.12  # inches, the least height of a row; rather a figure beyond a page than text upon text


@dataclass(frozen=True)
class Layout:
    """What all panels share: series, limits, looks, and the heights of the rows of panels in inches."""

    series: list[str]
    limits: tuple[float, float]
    looks: dict[str, style.Look]
    short: dict[str, str]
    heights: list[float]
    level: str

    @classmethod
    def of(cls, rows: pd.DataFrame, oracles: Sequence[str] | None) -> Layout:
        """Work out the layout of the rows that are drawn."""
        pairs, whole = rows[rows["block"] == "pair"], rows[rows["block"] == "all"]
        study = style.everyone(oracles, {*pairs["oracle_a"], *pairs["oracle_b"]})
        series = sorted(rows["dataset"].unique(), key=lambda name: (name != selection.POOLED, name))
        bands = -(-pairs["statistic"].nunique() // ACROSS)
        counts = [len(pairs.groupby(["oracle_a", "oracle_b"]))] * bands
        counts.append(max(whole["statistic"].nunique(), 3))
        room = (style.height() - _AROUND * len(counts)) / sum(counts)
        line = max(min(0.10 + 0.055 * len(series), room), _LEAST)
        level = f"{100 * rows['level'].iloc[0]:.0f} % interval"
        heights = [line * count for count in counts]
        return cls(
            series, _limits(rows), style.looks(study), labels(study, style.letters(15)), heights, level
        )

    @property
    def height(self) -> float:
        """Height of the figure in inches: panels, and a heading and an axis for each row of panels."""
        return sum(self.heights) + _AROUND * len(self.heights)

    def offset(self, dataset: str) -> float:
        """Return how far below the middle of its row a series lies, in rows."""
        slot = self.series.index(dataset)
        return (slot + 0.4 * (slot > 0)) * self.step - 0.34 * (len(self.series) > 1)

    @property
    def step(self) -> float:
        """Distance of two series in rows; the jackknife interval of the first lies halfway to the second."""
        return 0.68 / max(len(self.series) - 0.6, 1)


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Return limits that hold zero, every point, and every interval as far as it stays within [-1, 1]."""
    values = rows["value"].to_numpy(dtype=float)
    bounds = rows[["low", "high", "jackknife_low", "jackknife_high"]].to_numpy(dtype=float)
    seen = np.concatenate([values, np.clip(bounds, -1, 1).ravel(), [0.0]])
    low, high = float(np.nanmin(seen)), float(np.nanmax(seen))
    margin = 0.04 * max(high - low, 0.1)
    return low - margin, high + margin
