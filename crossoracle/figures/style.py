"""How figures look in print: sizes, type, and one fixed look per oracle.

Type is DejaVu Sans, which comes with matplotlib, so that a figure is the same on every machine. A PDF embeds
it as TrueType (Type 42): text stays text, and publishers refuse Type 3. An SVG cannot embed a font, so its
text is drawn as paths: it looks the same to a reader who lacks the font (search and edit the PDF).

Colours are those of Okabe and Ito (2008), safe for colour-blind readers, ordered so that the first four also
differ by at least ten steps of lightness; marker and line style carry the same distinction in grey.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import matplotlib.style
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

WIDTHS = {"column": 3.25, "page": 6.75}  # inches: a column and the text block of a two-column page
HEIGHT = 9.0  # inches: the text block

DPI = 300

INK = "black"
QUIET = "0.45"  # secondary text and lines
FAINT = "0.85"  # rules and empty cells
SMALL = 6.0  # points: numbers inside marks

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#000000", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_LINES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)))

# Scores: white to near black, so that the colours of oracles stay free for the oracles.
SCORES = LinearSegmentedColormap.from_list("scores", ["0.97", "0.15"])
# Agreement: brown below zero, white at zero, teal above; neither is the colour of an oracle.
SIGNED = LinearSegmentedColormap.from_list("signed", ["#8c510a", "#dfc27d", "#ffffff", "#8fd0c6", "#1a8074"])

_PRINT: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7,
    "axes.labelsize": 7,
    "axes.titlesize": 7.5,
    "axes.titlepad": 4,
    "axes.labelpad": 2.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.pad": 2,
    "ytick.major.pad": 2,
    "legend.fontsize": 7,
    "legend.title_fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.0,
    "patch.linewidth": 0.5,
    "hatch.linewidth": 0.4,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "crossoracle",
    "savefig.dpi": DPI,
}


@contextmanager
def printed() -> Iterator[None]:
    """Apply the print style for the length of a ``with`` block (or, as a decorator, of a call)."""
    with matplotlib.style.context(["default", _PRINT]):
        yield


@dataclass(frozen=True)
class Look:
    """Colour, marker and line style of one oracle."""

    colour: str
    marker: str
    line: Any


def looks(oracles: Iterable[str]) -> dict[str, Look]:
    """Return the look of every oracle of a study: names in sorted order take fixed slots.

    Give all the oracles of the study, whatever a figure shows of them: that keeps the colours.
    """
    return {
        name: Look(
            _COLOURS[slot % len(_COLOURS)],
            _MARKERS[slot % len(_MARKERS)],
            _LINES[slot % len(_LINES)],
        )
        for slot, name in enumerate(sorted(set(oracles)))
    }


def everyone(oracles: Iterable[str] | None, shown: Iterable[str]) -> list[str]:
    """Return the sorted oracles of the study, those that a figure shows among them."""
    return sorted({*(oracles or ()), *shown})


def axes(ax: Axes | None, width: str, height: float) -> Axes:
    """Return ``ax``, or the Axes of a new figure of the given print width and height in inches."""
    if ax is not None:
        return ax
    return Canvas(figsize=(WIDTHS[width], height), layout="constrained").add_subplot()


def panels(ax: Axes, rows: int, columns: int, **spacing: Any) -> np.ndarray[Any, Any]:
    """Divide the room of ``ax`` into (rows, columns) panels; ``ax`` itself stays as an empty frame.

    ``spacing`` takes ``width_ratios``, ``height_ratios``, ``wspace`` and ``hspace`` of a grid specification.
    """
    canvas = ax.get_figure()
    if canvas is None:
        raise ValueError("ax belongs to no figure")
    ax.set_axis_off()
    room = ax.get_subplotspec()
    if room is None:
        box = ax.get_position()
        grid: Any = canvas.add_gridspec(
            rows, columns, left=box.x0, right=box.x1, bottom=box.y0, top=box.y1, **spacing
        )
    else:
        grid = room.subgridspec(rows, columns, **spacing)
    cells = [[canvas.add_subplot(grid[i, j]) for j in range(columns)] for i in range(rows)]
    return cast("np.ndarray[Any, Any]", np.array(cells, dtype=object))


def ink_on(colour: ArrayLike) -> str:
    """Return black or white, whichever reads better on a colour (WCAG relative luminance)."""
    rgb = np.asarray(colour, dtype=float)[:3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return INK if float(linear @ (0.2126, 0.7152, 0.0722)) > 0.18 else "white"
