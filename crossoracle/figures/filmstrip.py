"""Thumbnails in a row: small enough for print, side by side in slots of one width.

All the thumbnails of a row are one image, so that a figure with a hundred of them is still a light file: its
pixels are budgeted, whatever it shows. They are put in as they are; nothing scales them up for print.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crossoracle.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crossoracle.figures.footage import Seen
    from crossoracle.video.picture import Pixels

PIXELS = 200_000  # of all the thumbnails of a figure: some 600 kB where nothing of them can be packed
LARGEST, SMALLEST = 160, 16  # pixels, the long side of a thumbnail
_GAP = 0.06  # of a slot, left and right of its thumbnail together
ROOM = 1.15  # times the height of a row is reserved, so that it fills the width in any layout
WHITE = 255

Span = tuple[float, float]
Anchor = Literal["N", "C", "S"]


def long_side(count: int) -> int:
    """Return how many pixels the long side of a thumbnail may have where a figure shows so many."""
    return max(SMALLEST, min(LARGEST, int(sqrt(PIXELS / max(count, 1)))))


def slot(frames: Sequence[Pixels], width: float, most: float) -> float:
    """Return how high a slot of some width, in inches, is so that frames fill it; at most ``most``."""
    if not frames:
        return 0.0
    high, wide = frames[0].shape[:2]
    return min(width * (1 - _GAP) * float(high / wide), most)


def mosaic(frames: Sequence[Pixels | None], aspect: float) -> Pixels:
    """Return frames side by side, each in the middle of a white slot; None leaves its slot white.

    Parameters
    ----------
    frames : sequence of uint8 array, (height, width, 3)
        Of one shape; at least one is there.
    aspect : float
        Width of a slot over its height. Slots are made larger than frames to have it, frames stay whole.
    """
    height, width = next(frame.shape[:2] for frame in frames if frame is not None)
    least = width * (1 + _GAP)
    high = max(height, round(least / aspect))
    wide = max(round(least), round(high * aspect))
    sheet: Pixels = np.full((high, wide * len(frames), 3), WHITE, dtype=np.uint8)
    top, left = (high - height) // 2, (wide - width) // 2
    for k, frame in enumerate(frames):
        if frame is not None:
            sheet[top : top + height, k * wide + left : k * wide + left + width] = frame
    return sheet


def lay(
    panel: Axes, frames: Sequence[Pixels | None], x: Span, y: Span, aspect: float, anchor: Anchor = "S"
) -> None:
    """Lay frames in equal slots from left to right over a part of a panel, upright whatever its axes do.

    Parameters
    ----------
    x, y : tuple of float
        Left and right, upper and lower end in the units of the panel, whose limits are set already.
    aspect : float
        Width of a slot over its height, in print.
    anchor : {"N", "C", "S"}
        Where the frames stand in a part that is higher than they are: at its upper or lower end, or between.
    """
    if all(frame is None for frame in frames):
        return
    (left, right), (upper, lower) = _share(panel.get_xlim(), x), _share(panel.get_ylim(), y)
    low, high = sorted((upper, lower))
    room = panel.inset_axes((left, low, right - left, high - low), zorder=1)
    room.imshow(mosaic(frames, aspect), interpolation="none")
    room.set_axis_off()
    room.set_anchor(anchor)
    room.set_label("frames")


def say(panel: Axes, seen: Seen, x: float, y: float) -> None:
    """Say in a panel why there are no frames."""
    if not seen.frames:
        words: dict[str, Any] = {"fontsize": style.points(style.SMALL), "color": style.QUIET, "va": "center"}
        panel.text(x, y, seen.why, **words)


def _share(limits: Span, span: Span) -> Span:
    """Return where a part of an axis lies, as shares of its length."""
    first, last = limits
    return (span[0] - first) / (last - first), (span[1] - first) / (last - first)
