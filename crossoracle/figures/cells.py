"""What an oracle said of the segments of a video, as a row of cells: the score as grey, kept as a bar below.

Rows run downwards: the axis of y is upside down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.patches import Patch, Rectangle

from crossoracle.figures import selection, style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_SCORE, _KEPT = 0.76, 0.2  # of the height of a row: the cell, and the bar at its lower end
SILENT = "//////"


def cells(panel: Axes, segments: pd.DataFrame, top: float, height: float, colour: str) -> None:
    """Draw a cell for each segment: ``start_s``, ``end_s``, ``score`` and ``kept`` as in the scores table."""
    for cell in selection.records(segments):
        long, silent = cell.end_s - cell.start_s, bool(np.isnan(cell.score))
        face: Any = "white" if silent else style.SCORES(cell.score)
        look: dict[str, Any] = {"facecolor": face, "edgecolor": style.FAINT, "linewidth": 0.3}
        hatch = SILENT if silent else None
        panel.add_patch(Rectangle((cell.start_s, top), long, _SCORE * height, hatch=hatch, **look))
        if pd.notna(cell.kept) and cell.kept:
            place = (cell.start_s, top + (1 - _KEPT) * height)
            panel.add_patch(Rectangle(place, long, _KEPT * height, facecolor=colour, linewidth=0))


def key(scale: Axes, words: Axes, title: str = "", more: Sequence[Artist] = ()) -> None:
    """Explain the cells: a scale of grey, and what the bar and the hatching mean."""
    Colorbar(scale, ScalarMappable(cmap=style.SCORES), orientation="horizontal").set_label("score")
    words.set_axis_off()
    kept = Patch(facecolor=style.QUIET, label="kept (in the oracle's colour)")
    silent = Patch(facecolor="white", edgecolor=style.QUIET, hatch=SILENT, label="no score")
    handles = [kept, silent, *more]
    words.legend(handles=handles, title=title, loc="center", ncols=len(handles))
