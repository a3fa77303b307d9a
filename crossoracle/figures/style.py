"""How figures look in print: sizes, type, and one fixed look per oracle.

Sizes and type are those of a preset (`presets`). Drawing modules count in inches and points of the preset
"print"; `axes`, `height`, `points` and `letters` say what that is in the preset that is used.

A PDF embeds type as TrueType (Type 42): text stays text, and publishers refuse Type 3. An SVG cannot embed a
font, so its text is drawn as paths: it looks the same to a reader who lacks the font (search and edit the
PDF).

Colours are those of Okabe and Ito (2008), safe for colour-blind readers, ordered so that the first four also
differ by at least ten steps of lightness; marker and line style carry the same distinction in grey.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import matplotlib.style
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas

from crossoracle.figures.presets import PRINT, Preset

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

WIDTHS, HEIGHT = PRINT.widths, PRINT.height  # inches, in print
DPI = 300

INK = "black"
QUIET = "0.45"  # secondary text and lines
FAINT = "0.85"  # rules and empty cells
SMALL = 6.0  # points in print: numbers inside marks

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#000000", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_DASHES = ((4, 1.5), (1, 1), (5, 1.5, 1, 1.5), (8, 2), (3, 1, 1, 1, 1, 1), (2, 2), (8, 1.5, 2, 1.5))
_LINES = ("-", *((0, dashes) for dashes in _DASHES))

# Scores: white to near black, so that the colours of oracles stay free for the oracles.
SCORES = LinearSegmentedColormap.from_list("scores", ["0.97", "0.15"])
# Agreement: brown below zero, white at zero, teal above; neither is the colour of an oracle.
SIGNED = LinearSegmentedColormap.from_list("signed", ["#8c510a", "#dfc27d", "#ffffff", "#8fd0c6", "#1a8074"])

# Points and inches in print: they grow with the letters of a preset.
_GROWING: dict[str, float] = {
    "font.size": 7,
    "axes.labelsize": 7,
    "axes.titlesize": 7.5,
    "axes.titlepad": 4,
    "axes.labelpad": 2.5,
    "axes.linewidth": 0.6,
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
    "hatch.linewidth": 0.4,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
}
_FIXED: dict[str, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.0,
    "patch.linewidth": 0.5,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "crossoracle",
    "savefig.dpi": DPI,
}


_USED: ContextVar[Preset] = ContextVar("preset of figures", default=PRINT)


@contextmanager
def using(preset: Preset) -> Iterator[None]:
    """Draw for a place for the length of a ``with`` block."""
    token = _USED.set(preset)
    try:
        yield
    finally:
        _USED.reset(token)


@contextmanager
def printed() -> Iterator[None]:
    """Apply the style of the preset for the length of a ``with`` block (or, as a decorator, of a call)."""
    grown = {name: points(size) for name, size in _GROWING.items()}
    with matplotlib.style.context(["default", _FIXED, grown, {"font.family": list(used().faces)}]):
        yield


def used() -> Preset:
    """Return the preset that is drawn for."""
    return _USED.get()


def points(size: float) -> float:
    """Return what a size in print, in points or inches, is where letters are larger."""
    return size * used().points / PRINT.points


def height() -> float:
    """Return the height of the text block, in inches of print."""
    return used().height / points(1.0)


def columns(count: int, most: int = 4) -> int:
    """Return in how many columns a key of some entries is set, so that its lines are about as long."""
    return -(-count // -(-count // most)) if count else 1


def letters(count: int, width: str = "page") -> int:
    """Return how many letters stand where ``count`` stand in print, on a figure of that width."""
    return round(across(count, width) / _USED.get().breadth)


def across(size: float, width: str = "page") -> float:
    """Return what a part of a figure's width in print is on a figure of that width, in inches of print."""
    return size * used().widths[width] / PRINT.widths[width] / points(1.0)


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
    """Return ``ax``, or the Axes of a new figure of a width of the preset, its height in inches of print."""
    if ax is not None:
        return ax
    size = used().widths[width], points(height)
    return Canvas(figsize=size, layout="constrained").add_subplot()


def fit(canvas: Canvas) -> None:
    """Move every key that leaves the page back onto it, in smaller letters where it is wider than the page.

    Keys are centred on panels, which need not be centred themselves.
    """
    with printed():
        canvas.draw_without_rendering()
    for panel in canvas.axes:
        key = panel.get_legend()
        if key is None:
            continue
        box, page = key.get_window_extent(), canvas.bbox
        if box.width > page.width:
            for text in [*key.get_texts(), key.get_title()]:
                text.set_fontsize(0.97 * float(text.get_fontsize()) * page.width / box.width)
            with printed():
                canvas.draw_without_rendering()
            box = key.get_window_extent()
        beyond = max(box.x1 - page.x1, 0.0) or min(box.x0 - page.x0, 0.0)
        if beyond:
            aside = -beyond / panel.get_window_extent().width
            key.set_bbox_to_anchor((aside, 0, 1, 1), transform=panel.transAxes)


def thicken(canvas: Canvas) -> None:
    """Let the lines and marks of a painted figure grow with the letters of the preset."""
    for panel in canvas.axes:
        key = panel.get_legend()
        for line in [*panel.lines, *(key.get_lines() if key else ())]:
            line.set_linewidth(points(line.get_linewidth()))
            line.set_markersize(points(line.get_markersize()))
            line.set_markeredgewidth(points(line.get_markeredgewidth()))
        for patch in [*panel.patches, *(key.get_patches() if key else ())]:
            patch.set_linewidth(points(patch.get_linewidth()))
        for marks in panel.collections:
            marks.set_linewidth([points(width) for width in np.atleast_1d(marks.get_linewidth())])


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
