"""Frames by time: what a viewer would see at an instant, whatever the file makes of its timestamps.

Time is counted from the first frame of the video stream. The frame shown at an instant is the last one whose
timestamp is not after it; before the first frame it is the first, after the last the last. A pixel aspect
other than 1 is left as it is stored.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

from crossoracle.errors import InputError
from crossoracle.provenance import digest
from crossoracle.video.opening import opened, packets, unreadable
from crossoracle.video.picture import Picture, Turn, pixels_of, turn_of
from crossoracle.video.timeline import SLACK_S, Timeline, Timestamps, read

Timed = tuple[VideoFrame, float]

LEAP = 8
"""Frames that must be saved before it is worth while to seek."""


@dataclass(frozen=True)
class VideoFacts:
    """What a file holds, measured by its packets, not believed from its header.

    Parameters
    ----------
    path : Path
        The file.
    duration_s : float
        From the first frame to the end of the last, in seconds.
    width, height : int
        Of the first frame in pixels, after rotation.
    frames : int
        How many there are.
    average_fps : float
        Frames per second of the duration.
    variable_rate : bool
        Whether they stand at uneven distances.
    complete : bool
        False where the file ends before its container says, or in the middle of a frame.
    timestamps : {"pts", "dts", "rate"}
        "pts" is the rule; else frames have no times of their own, and are counted.
    """

    path: Path
    duration_s: float
    width: int
    height: int
    frames: int
    average_fps: float
    variable_rate: bool
    complete: bool
    timestamps: Timestamps

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the file, which is read for it when it is first asked for."""
        return digest(self.path)


def probe(path: str | Path) -> VideoFacts:
    """Read a video through, decode its first frame, and return what there is.

    Raises
    ------
    VideoError
        The file is missing, is not a video, or no frame of it can be decoded.
    """
    with Film(path) as film:
        frame, _ = film.at(0.0)
        width, height = (frame.height, frame.width) if film.turn.swap else (frame.width, frame.height)
        line = film.timeline
    count = len(line.times)
    facts = (line.variable_rate, line.complete, line.timestamps)
    return VideoFacts(Path(path), line.end_s, width, height, count, count / line.end_s, *facts)


def frames_at(
    path: str | Path, times_s: Sequence[float], *, long_side: int | None = None, line: Timeline | None = None
) -> list[Picture]:
    """Return the frames shown at some instants, in the order in which these are given.

    Instants that show the same frame share its pixels. Nothing but the frames returned is held in memory.

    Parameters
    ----------
    path : path
        The file.
    times_s : sequence of float
        In seconds from the first frame.
    long_side : int, optional
        Larger frames are scaled down to that many pixels.
    line : Timeline, optional
        That of the file, if it is known: else the file is read through for it.

    Raises
    ------
    VideoError
        The file is missing, is not a video, or no frame of it can be decoded.
    InputError
        An instant is not a finite number, or the long side not a positive one.
    """
    order = sorted(range(len(times_s)), key=lambda i: times_s[i])
    pictures = shown(path, [times_s[i] for i in order], long_side=long_side, line=line)
    found = dict(zip(order, pictures, strict=True))
    return [found[i] for i in range(len(times_s))]


def shown(
    path: str | Path, times_s: Sequence[float], *, long_side: int | None = None, line: Timeline | None = None
) -> Iterator[Picture]:
    """Yield what `frames_at` returns, one by one; the instants must not decrease."""
    if not all(math.isfinite(time) for time in times_s):
        raise InputError(f"{path}: found an instant that is not a number of seconds, expected finite ones")
    if long_side is not None and long_side < 1:
        raise InputError(f"{path}: found long side {long_side}, expected at least 1 pixel")
    with Film(path, line) as film:
        last: VideoFrame | None = None
        for instant in times_s:
            frame, time = film.at(instant)
            if frame is not last:
                last, picture = frame, Picture(time, pixels_of(frame, film.turn, long_side))
            yield picture


def timeline(path: str | Path) -> Timeline:
    """Return when the frames of a video are shown.

    Raises
    ------
    VideoError
        The file is missing, is not a video or has no frames.
    """
    with opened(path) as (container, stream):
        found = read(container, stream)
    if found is None:
        raise unreadable(path, "its video stream has no frames")
    return found


class Film:
    """A video that is played forwards, and skips where nobody looks; its timeline is read if it is not known.

    Raises
    ------
    VideoError
        On opening: the file is missing, is not a video or has no frames.
    """

    def __init__(self, path: str | Path, line: Timeline | None = None) -> None:
        self.path = path
        self.timeline = line or timeline(path)
        self._stack = ExitStack()
        self._turn: Turn | None = None
        self._now: Timed | None = None
        self._next: Timed | None = None
        self._frames: Iterator[Timed] = iter(())
        self._may_seek = self.timeline.timestamps == "pts" and len(self.timeline.keys) > 1

    def __enter__(self) -> Self:
        self._rewind()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def at(self, instant_s: float) -> Timed:
        """Return the frame shown at an instant, which is not before the last one asked for, and its time.

        Raises
        ------
        VideoError
            No frame of the file can be decoded.
        """
        wanted = float(self.timeline.times[self.timeline.place(instant_s)])
        self._skip_to(wanted)
        while self._now is None or self._now[1] < wanted - SLACK_S:
            self._next = self._next or next(self._frames, None)
            if self._next is None or (self._now and self._next[1] > instant_s + SLACK_S):
                break
            self._now, self._next = self._next, None
        if self._now is None:
            raise unreadable(self.path, "none of its frames is whole")
        return self._now

    @property
    def turn(self) -> Turn:
        """How its frames are to be turned; known from the first that was decoded."""
        return self._turn or Turn()

    def _skip_to(self, wanted: float) -> None:
        """Seek to the last key frame before a wanted one; where that goes wrong, never again."""
        line = self.timeline
        if not self._may_seek:
            return
        before = int(np.searchsorted(line.key_times, wanted + SLACK_S, side="right")) - 1
        here = line.place(self._now[1]) if self._now else 0
        if before < 0 or line.place(line.key_times[before]) - here < LEAP:
            return
        start_s = float(line.key_times[before])
        try:
            self._container.seek(int(line.keys[before]), stream=self._stream)
            self._play(start_s)
            self._next = next(self._frames, None)
        except av.FFmpegError:
            self._next = None
        if self._next is None or self._next[1] > start_s + SLACK_S:
            self._may_seek = False
            self._rewind()

    def _rewind(self) -> None:
        self._stack.close()
        self._container, self._stream = self._stack.enter_context(opened(self.path))
        self._play(-math.inf)

    def _play(self, since_s: float) -> None:
        self._now = self._next = None
        self._frames = self._timed(since_s)

    def _timed(self, since_s: float) -> Iterator[Timed]:
        """Yield whole frames from here on with their times; those before an instant are left out.

        So are frames that come out later than their time, which happens where there is damage.
        """
        last = -math.inf
        for number, frame in enumerate(self._decoded()):
            time = self.timeline.time_of(frame, number)
            if last < time >= since_s - SLACK_S and not frame.is_corrupt:
                self._turn = self._turn or turn_of(frame)
                last = time
                yield frame, time

    def _decoded(self) -> Iterator[VideoFrame]:
        """Yield what the decoder makes of the packets; those that it cannot make out are passed over."""
        for packet in self._packets():
            try:
                frames = self._stream.decode(packet)
            except av.FFmpegError:
                continue
            yield from frames

    def _packets(self) -> Iterator[Packet[Any] | None]:
        """Yield the packets that are there, and None at the end: the decoder still holds some frames."""
        with suppress(av.FFmpegError):
            yield from packets(self._container, self._stream)
        yield None
