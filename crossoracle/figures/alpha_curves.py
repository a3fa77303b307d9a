"""Accuracy along alpha: frames led by the scores and by their inversion, and the gap of the two.

Led shows what was kept in full and the rest alpha times as densely, inverted the other way round: at alpha 0
only the one or the other is seen, at alpha 1 both are the whole video.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.ticker import MaxNLocator

from crossoracle.figures import downstream, style
from crossoracle.figures.curve_grid import Grid, Stroke
from crossoracle.figures.curves import Below, Curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_APART = 0.016  # alpha between the marks of two oracles, so that their bars stand side by side


def _gaps(panel: Axes, gaps: pd.DataFrame, grid: Grid) -> None:
    """Draw the gaps side by side: a thick bar is an interval, a thin one the band at that alpha."""
    panel.axhline(0, color=style.QUIET, linewidth=0.6, zorder=1)
    for k, oracle in enumerate(grid.oracles):
        part, look = gaps[gaps["oracle"] == oracle], grid.looks[oracle]
        x = part["x"] + _APART * (k - (len(grid.oracles) - 1) / 2)
        panel.vlines(x, part["band_low"], part["band_high"], color=look.colour, linewidth=0.4)
        panel.vlines(x, part["low"], part["high"], color=look.colour, linewidth=1.1)
        line = panel.plot(x, part["value"], color=look.colour, linewidth=0.7, label=oracle)[0]
        line.set(marker=look.marker, markersize=2.8, markeredgewidth=0.3, markeredgecolor="white")
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    panel.yaxis.set_major_formatter(downstream.points())


CURVES = Curves(
    strokes={
        "led": Stroke("led: what was kept in full"),
        "inverted": Stroke("inverted: the rest in full", (0, (3, 1.2)), filled=False),
    },
    axis="alpha",
    below=Below(
        name="gap",
        axis="gap\n(points)",
        draw=_gaps,
        families={"gap": Stroke("gap")},
        key="gap: thick interval, thin band",
    ),
)
numbers, paint = CURVES.numbers, CURVES.paint
