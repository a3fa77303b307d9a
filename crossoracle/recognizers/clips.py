"""Clips of a video: each frame that is needed is decoded and made small once, whoever shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossoracle.recognizers.recognizer import Frames
from crossoracle.video import decode
from crossoracle.video.masking import applied
from crossoracle.video.picture import Pixels
from crossoracle.video.timeline import Timeline

Prepare = Callable[[Frames], Frames]
Shown = tuple[Pixels, ...]
"""The frames of a clip; clips share their pixels until they are predicted."""

AT_ONCE = 16
"""Frames of full size that are in memory at a time."""


class Clips:
    """The clips of one video.

    Parameters
    ----------
    path : path
        The file.
    line : Timeline
        When its frames are shown.
    needed : int array
        Which frames will be asked for.
    prepare : callable
        Makes frames small.
    fill : str
        What is shown in place of blanked frames: an operation of `crossoracle.video.masking`.

    Raises
    ------
    VideoError
        No frame of the file can be decoded.
    """

    def __init__(
        self, path: Path, line: Timeline, needed: NDArray[np.int64], prepare: Prepare, fill: str
    ) -> None:
        self._fill = fill
        self._frames: dict[int, Pixels] = {}
        self._blank: dict[int, Pixels] = {}
        self._shown_at: dict[int, float] = {}
        self._places: dict[bytes, int] = {}
        self.made: list[Shown] = []
        places = np.unique(needed)
        pictures = _decoded(path, line, places, prepare)
        for place, (time, pixels) in zip(places.tolist(), pictures, strict=True):
            self._frames[place], self._shown_at[place] = pixels, time

    def add(self, frames: NDArray[np.int64], hidden: NDArray[np.bool_]) -> int:
        """Return which clip shows these frames, the hidden ones blanked; the same ones are made once."""
        name = frames.tobytes() + hidden.tobytes()
        if name not in self._places:
            self._places[name] = len(self.made)
            each = zip(frames.tolist(), hidden.tolist(), strict=True)
            self.made.append(tuple(self._frame(*one) for one in each))
        return self._places[name]

    def distinct(self, frames: NDArray[np.int64]) -> int:
        """Return how many different frames these are; where one is damaged, another stands in for it."""
        return len({self._shown_at[place] for place in frames.ravel().tolist()})

    def _frame(self, place: int, hidden: bool) -> Pixels:
        if not hidden:
            return self._frames[place]
        if place not in self._blank:
            self._blank[place] = applied(self._frames[place], self._fill)
        return self._blank[place]


def _decoded(
    path: Path, line: Timeline, places: NDArray[np.int64], prepare: Prepare
) -> Iterator[tuple[float, Pixels]]:
    """Yield the frames of these numbers, made small, and when they are really shown."""
    pictures = iter(decode.shown(path, line.times[places].tolist(), line=line))
    size: tuple[int, ...] | None = None
    while some := list(islice(pictures, AT_ONCE)):
        size = size or some[0].pixels.shape[:2]
        small = prepare(np.stack(list(_of_size((one.pixels for one in some), size))))
        yield from zip((one.time_s for one in some), small, strict=True)


def _of_size(frames: Iterable[Pixels], size: tuple[int, ...]) -> Iterator[Pixels]:
    """Yield frames as large as the first: in some files the size changes on the way."""
    import cv2

    for pixels in frames:
        same = pixels.shape[:2] == size
        yield pixels if same else np.asarray(cv2.resize(pixels, (size[1], size[0])), dtype=np.uint8)
