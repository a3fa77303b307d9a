"""When each frame of a video is shown, read from its packets: the file is read through, nothing is decoded.

A packet carries one frame. What the container claims (a length, a number of frames) is compared with what is
there, and believed nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from crossoracle.video.opening import packets

Timestamps = Literal["pts", "dts", "rate"]
UNKNOWN_RATE = Fraction(25)
"""What FFmpeg takes for the frames a second of a stream that does not say."""

SLACK_S = 1e-9
"""Instants this close to a timestamp are on it: i / fps has no exact float."""


@dataclass(frozen=True)
class Timeline:
    """The frames of a video along its time.

    Parameters
    ----------
    times : float array, (frames,)
        When each is shown, in seconds from the first, increasing.
    keys : int array
        The timestamps of those from which decoding can start, on the clock of the stream.
    end_s : float
        When the last one ends.
    timestamps : {"pts", "dts", "rate"}
        Where the times come from: the frames' own, or, where these are missing or wrong, the order in which
        they were decoded (then frames are counted), or the frame rate alone.
    origin : int
        The first timestamp, on the clock of the stream.
    tick : Fraction
        The unit of that clock, in seconds.
    complete : bool
        Whether the file holds as much as its container says; always so where that says nothing.
    """

    times: NDArray[np.float64]
    keys: NDArray[np.int64]
    end_s: float
    timestamps: Timestamps
    origin: int
    tick: Fraction
    complete: bool

    def place(self, instant_s: float) -> int:
        """Return which frame is shown at an instant; before the first one, the first."""
        return max(0, int(np.searchsorted(self.times, instant_s + SLACK_S, side="right")) - 1)

    @cached_property
    def key_times(self) -> NDArray[np.float64]:
        """When the frames are shown from which decoding can start, in seconds from the first frame."""
        return (self.keys - self.origin) * self.tick.numerator / self.tick.denominator

    def time_s(self, pts: int) -> float:
        """Return a timestamp in seconds from the first."""
        return (pts - self.origin) * self.tick.numerator / self.tick.denominator

    def time_of(self, frame: VideoFrame, number: int) -> float:
        """Return when a frame is shown, given its number in the order in which frames were decoded."""
        if self.timestamps == "pts" and frame.pts is not None:
            return self.time_s(frame.pts)
        return float(self.times[min(number, len(self.times) - 1)])

    @property
    def variable_rate(self) -> bool:
        """Whether frames stand off an even grid by more than its rounding."""
        if len(self.times) < 3:
            return False
        period = self.times[-1] / (len(self.times) - 1)
        off = np.abs(self.times - period * np.arange(len(self.times))).max()
        return bool(off > min(float(self.tick), period / 4) + SLACK_S)


def read(container: InputContainer, stream: VideoStream) -> Timeline | None:
    """Read a freshly opened file through, and return its timeline; None where there is no frame."""
    read = _Packets(stream)
    for packet in read.through(container):
        read.take(packet)
    return read.timeline(container) if read.clock else None


class _Packets:
    """What is kept of the packets while they pass."""

    def __init__(self, stream: VideoStream) -> None:
        self.stream = stream
        self.tick = stream.time_base or 1 / UNKNOWN_RATE
        self.clock: list[tuple[int | None, int | None, int, bool]] = []  # pts, dts, duration, key
        self.seen = 0
        self.last_s = 0.0
        self.broken = self.cut_off = self.trimmed = False

    def through(self, container: InputContainer) -> Iterator[Packet[Any]]:
        """Yield the packets of every stream; the tail of a file that was cut off is no exception."""
        try:
            yield from packets(container)
        except (av.FFmpegError, OSError):
            self.broken = True
        if self.clock and self.cut_off:  # half a frame is none
            self.clock.pop()

    def take(self, packet: Packet[Any]) -> None:
        """Note a packet: of other streams how far they reach, of this one everything."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None and packet.time_base:
            self.last_s = max(self.last_s, float((stamp + (packet.duration or 0)) * packet.time_base))
        if packet.stream_index != self.stream.index:
            return
        self.seen += 1
        self.cut_off = packet.is_corrupt  # damage inside the file is no sign of a missing end
        if packet.is_discard:
            self.trimmed = True
        else:
            self.clock.append((packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe))

    def timeline(self, container: InputContainer) -> Timeline:
        """Return what the packets say together."""
        kind, stamps = self._stamps(container)
        keys = [stamp for stamp, (*_, key) in zip(stamps, self.clock, strict=True) if key]
        unique = np.unique(np.array(stamps, dtype=np.int64))
        last = self._last_duration(stamps)
        tick, origin = self.tick, int(unique[0])
        times = (unique - origin) * tick.numerator / tick.denominator
        end_s = float((int(unique[-1]) + last - origin) * tick)
        half_s = float(last * tick) / 2
        whole = not (self.broken or self.cut_off or self._short(container, end_s, origin, half_s))
        return Timeline(times, np.unique(np.array(keys, dtype=np.int64)), end_s, kind, origin, tick, whole)

    def _stamps(self, container: InputContainer) -> tuple[Timestamps, list[int]]:
        """Return where times come from and one per packet, in units of the tick."""
        shown = [pts for pts, *_ in self.clock if pts is not None]
        decoded = [dts for _, dts, *_ in self.clock if dts is not None]
        orderly = all(a <= b for a, b in pairwise(decoded))
        if len(shown) == len(self.clock) and orderly and not self._guessed(container):
            return "pts", shown
        if len(decoded) == len(self.clock) and orderly:
            return "dts", decoded
        rate = self.stream.average_rate or self.stream.guessed_rate or UNKNOWN_RATE
        self.tick = 1 / Fraction(rate)
        self.clock = [(None, None, 1, key) for *_, key in self.clock]
        return "rate", list(range(len(self.clock)))

    def _guessed(self, container: InputContainer) -> bool:
        """Whether a format without timestamps holds frames in another order than they are shown in."""
        return container.format.name == "avi" and bool(self.stream.codec_context.has_b_frames)

    def _last_duration(self, stamps: list[int]) -> int:
        """Return how long the last frame is shown, in ticks.

        Where frames are stored in another order than they are shown in, MP4 gives the distances of the
        former; then, and where nothing is said, it is shown as long as most.
        """
        steps = np.diff(np.unique(stamps))
        said = self.clock[-1][2]
        if said > 0 and (not steps.size or stamps == sorted(stamps)):
            return said
        if steps.size:
            return int(np.median(steps))
        return max(1, round(1 / (self.stream.average_rate or UNKNOWN_RATE) / self.tick))

    def _short(self, container: InputContainer, end_s: float, origin: int, half_s: float) -> bool:
        """Whether the container promises half a frame more than there is: of this stream, or of them all."""
        stream = self.stream
        if stream.frames and self.seen >= stream.frames:
            return False
        claims = [0.0]
        if stream.average_rate and not self.trimmed:  # an edit list hides frames that are counted
            claims.append(float(stream.frames / stream.average_rate))
        if stream.duration and stream.time_base:
            claims.append(float(stream.duration * stream.time_base))
        everything_s = float(Fraction(container.duration or 0, 1_000_000))
        reached_s = max(self.last_s, end_s + float(origin * self.tick))
        return max(claims) > end_s + half_s or everything_s > reached_s + half_s
