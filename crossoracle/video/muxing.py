"""Pictures with their times into a video container."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, pairwise
from typing import IO, cast

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from crossoracle.errors import InputError
from crossoracle.video.picture import Pixels

CLOCK = 90_000
"""Ticks a second of the timestamps that are written."""

QUALITY = {"libx264": {"crf": "18"}, "libx265": {"crf": "20"}, "libvpx-vp9": {"crf": "24", "b": "0"}}


@dataclass(frozen=True)
class Shot:
    """A picture and when it is shown.

    Parameters
    ----------
    pixels : uint8 array, (height, width, 3)
        RGB.
    start, length : int
        In ticks.
    """

    pixels: Pixels
    start: int
    length: int


def even(pictures: Iterable[Pixels], fps: float) -> tuple[Fraction, Iterator[Shot]]:
    """Return the tick in seconds, and pictures that are shown at a constant rate."""
    rate = Fraction(fps).limit_denominator(10_000) if math.isfinite(fps) else Fraction(0)
    if rate <= 0:
        raise InputError(f"video: found fps {fps!r}, expected a positive number of frames a second")
    return 1 / rate, (Shot(picture, place, 1) for place, picture in enumerate(pictures))


def timed(
    pictures: Iterable[Pixels], starts_s: Sequence[float], ends_s: Sequence[float]
) -> tuple[Fraction, Iterator[Shot]]:
    """Return the tick in seconds, and pictures that are shown at times; the last one needs no end."""
    if not all(math.isfinite(time) and time >= 0 for time in starts_s):
        raise InputError("video: found a time that is not a number of seconds from 0, expected only such")
    starts, ends = ([round(time * CLOCK) for time in times] for times in (starts_s, ends_s))
    if any(b <= a for a, b in pairwise(starts)):
        raise InputError(f"video: found times that do not increase by 1/{CLOCK} s, expected increasing ones")
    if len(ends) < len(starts):  # the last one stands as long as the one before
        ends.append(2 * starts[-1] - starts[-2] if len(starts) > 1 else starts[-1] + CLOCK // 25)
    spans = [(a, b - a) for a, b in zip(starts, ends, strict=True)]
    return Fraction(1, CLOCK), _placed(pictures, spans)


def mux(
    file: str | IO[bytes],
    shots: Iterable[Shot],
    tick: Fraction,
    codec: str,
    kind: str | None = None,
    options: Mapping[str, str] | None = None,
) -> None:
    """Encode shots one by one into a file.

    Parameters
    ----------
    file : str or file
        Where to.
    shots : iterable of Shot
        In the order of time.
    tick : Fraction
        What their times are counted in, in seconds.
    codec, kind : str
        The codec and the container as FFmpeg calls them; without a kind, the name of the file decides.
    options : mapping of str to str, optional
        Of the codec, in place of those of its quality.

    Raises
    ------
    InputError
        There are no shots, they differ in size, or the codec or the container do not take them.
    """
    shots = iter(shots)
    first = next(shots, None)
    lengths: dict[int, int] = {}
    if first is None:
        raise InputError("video: found no pictures, expected at least one")
    try:
        with av.open(file, "w", format=kind) as container:
            stream = _stream(container, codec, first.pixels, tick, options)
            for shot in chain([first], shots):
                if shot.pixels.shape != first.pixels.shape:
                    sizes = f"{shot.pixels.shape} after {first.pixels.shape}"
                    raise InputError(f"video: found pictures of shape {sizes}, expected one size")
                lengths[shot.start] = shot.length
                container.mux(_lasting(stream.encode(_frame(shot, tick)), lengths))
            container.mux(_lasting(stream.encode(None), lengths))
    except (av.FFmpegError, av.codec.codec.UnknownCodecError) as error:
        raise InputError(
            f"video: found {error} while writing, expected pictures that codec {codec} and the container take"
        ) from error


def _placed(pictures: Iterable[Pixels], spans: Sequence[tuple[int, int]]) -> Iterator[Shot]:
    number = 0
    for number, picture in enumerate(pictures, 1):
        if number > len(spans):
            break
        yield Shot(picture, *spans[number - 1])
    if number != len(spans):
        more = "more" if number > len(spans) else number
        raise InputError(f"video: found {more} pictures for {len(spans)} times, expected as many")


def _stream(
    container: OutputContainer,
    codec: str,
    pixels: Pixels,
    tick: Fraction,
    options: Mapping[str, str] | None,
) -> VideoStream:
    if av.codec.Codec(codec, "w").type != "video":
        raise InputError(f"video: found codec {codec}, expected one for video, such as libx264")
    how = dict(QUALITY.get(codec, {}) if options is None else options)
    stream = cast(VideoStream, container.add_stream(codec, rate=1 / tick, options=how))
    height, width = _even(pixels).shape[:2]
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base = stream.time_base = tick
    stream.codec_context.max_b_frames = 0  # MP4 has no lengths of frames that are shown out of order
    stream.codec_context.thread_count = 1  # how many there are would change the bytes
    return stream


def _lasting(packets: list[Packet[VideoStream]], lengths: dict[int, int]) -> list[Packet[VideoStream]]:
    """Return packets that know how long their frames are shown, which encoders forget."""
    for packet in packets:
        packet.duration = lengths.pop(packet.pts or 0, 0)
    return packets


def _frame(shot: Shot, tick: Fraction) -> VideoFrame:
    """Return a picture as a frame.

    By one thread: how many there are would change the bytes. By a converter of its own: used again, it gives
    other bytes once in a while (PyAV 18.1).
    """
    picture = VideoFrame.from_ndarray(_even(shot.pixels), format="rgb24")
    frame = VideoReformatter().reformat(picture, format="yuv420p", threads=1)
    frame.pts, frame.duration, frame.time_base = shot.start, shot.length, tick
    return frame


def _even(pixels: Pixels) -> Pixels:
    """Return a picture of even height and width: colour is stored for blocks of two by two."""
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
