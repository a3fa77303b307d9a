"""A frame as it is shown: RGB pixels, the right way up, no larger than asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """One frame of a video.

    Parameters
    ----------
    time_s : float
        Its true timestamp, in seconds after that of the first frame.
    pixels : uint8 array, (height, width, 3)
        RGB, rotated as the file says.
    """

    time_s: float
    pixels: Pixels = field(repr=False)


@dataclass(frozen=True)
class Turn:
    """How stored pixels are turned to stand upright: rows and columns swap, and then sides do."""

    swap: bool = False
    left_right: bool = False
    upside_down: bool = False


QUARTERS = {90: Turn(True, False, True), 180: Turn(False, True, True), 270: Turn(True, True, False)}
"""By degrees against the clock."""


def turn_of(frame: VideoFrame) -> Turn:
    """Return how a frame is to be turned.

    The display matrix maps a pixel (x, y) to (a x + c y, b x + d y); angles between the quarters, which no
    camera writes, go to the nearest. Its holder and the frame refer to each other, so that a frame that was
    asked stays in memory for a while: ask one per video.
    """
    try:
        data: Any = frame.side_data.get("DISPLAYMATRIX")
    except (ValueError, IndexError):  # PyAV 18 stumbles over kinds of side data that are newer than itself
        return QUARTERS.get(frame.rotation % 360, Turn())
    if data is None:
        return Turn()
    a, b, _, c, d = np.frombuffer(bytes(data), dtype=np.int32)[:5].tolist()
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Turn(True, c < 0, b < 0)
    return Turn(False, a < 0, d < 0)


def pixels_of(frame: VideoFrame, turn: Turn, long_side: int | None = None) -> Pixels:
    """Return the pixels of a frame; a frame that is smaller than ``long_side`` is not enlarged."""
    flat: Any = frame.to_ndarray(format="rgb24")
    small = shrunk(flat, long_side)
    turned = small.transpose(1, 0, 2) if turn.swap else small
    rows = slice(None, None, -1 if turn.upside_down else 1)
    columns = slice(None, None, -1 if turn.left_right else 1)
    return np.ascontiguousarray(turned[rows, columns])


def shrunk(pixels: Pixels, long_side: int | None) -> Pixels:
    """Return a picture whose long side has at most so many pixels."""
    height, width = pixels.shape[:2]
    if long_side is None or max(height, width) <= long_side:
        return pixels
    import cv2

    scale = long_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
