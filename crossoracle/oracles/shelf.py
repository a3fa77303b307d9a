"""The pictures of clips: decoded when the first of them is needed, and once for all oracles of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from crossoracle.oracles.settings import FrameOptions

SHARED = 32
"""Clips whose pictures are held: some megabytes each."""


@dataclass
class Shown:
    """The pictures of one clip, decoded together when the first of them is needed.

    Parameters
    ----------
    path : path
        The video.
    options : FrameOptions
        How large the pictures are, and how good.
    times : list of float
        When they are, in seconds.
    pictures : list of bytes, optional
        As JPEG, as soon as they are decoded.
    """

    path: Path
    options: FrameOptions
    times: list[float] = field(default_factory=list)
    pictures: list[bytes] | None = None
    lock: Lock = field(default_factory=Lock)

    def jpeg(self, place: int) -> bytes:
        """Return the picture at one of the times; who comes meanwhile waits for the same decoding."""
        with self.lock:
            if self.pictures is None:
                self.pictures = self.decoded()
        return self.pictures[place]

    def decoded(self) -> list[bytes]:
        """Decode the video, and return its pictures at all times."""
        from crossoracle.video.decode import frames_at
        from crossoracle.video.encode import jpeg

        shown = frames_at(self.path, self.times, long_side=self.options.long_side)
        return [jpeg(picture.pixels, self.options.quality) for picture in shown]


class Shelf:
    """The clips that were opened last, with their pictures: several oracles are shown the same.

    Parameters
    ----------
    most : int
        How many; the one that was not asked for the longest goes first.
    """

    def __init__(self, most: int = SHARED) -> None:
        self._most, self._shown = most, dict[tuple[str, Path], Shown]()
        self._lock = Lock()

    def shared(self, key: str, shown: Shown) -> Shown:
        """Return the clip of a key as it was opened before, or let the one that is given stand here."""
        place = key, shown.path
        with self._lock:
            found = self._shown[place] = self._shown.pop(place, shown)  # the last one used goes last
            while len(self._shown) > self._most:
                del self._shown[next(iter(self._shown))]
        return found
