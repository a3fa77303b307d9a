"""Frames into files: JPEG for what an oracle is shown, H.264 for oracles that take video.

The same frames give the same bytes, as long as the libraries are the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

import numpy as np

from crossoracle.errors import InputError
from crossoracle.provenance import beside
from crossoracle.video.picture import Pixels


def jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    """Return RGB pixels, (height, width, 3), as a JPEG of a quality from 1 to 100.

    Raises
    ------
    InputError
        The pixels are of another shape or type.
    """
    import cv2

    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size or pixels.dtype != np.uint8:
        found = f"{pixels.dtype} pixels of shape {pixels.shape}"
        raise InputError(f"jpeg: found {found}, expected uint8 of shape (height, width, 3)")
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, coded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    return coded.tobytes()


def pixels(jpeg: bytes) -> Pixels:
    """Return the RGB pixels, (height, width, 3), of a JPEG (or of a PNG).

    Raises
    ------
    InputError
        The bytes are not an image.
    """
    import cv2

    coded = np.frombuffer(jpeg, dtype=np.uint8)
    found = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
    if found is None:
        raise InputError(f"jpeg: found {len(jpeg)} bytes that are not an image, expected a JPEG")
    return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def write(
    path: str | Path,
    pictures: Iterable[Pixels],
    *,
    times_s: Iterable[float] | None = None,
    fps: float | None = None,
    codec: str = "libx264",
    options: Mapping[str, str] | None = None,
) -> Path:
    """Write pictures as a video, whole or not at all; what was at the path before is replaced.

    Pictures are taken one by one and not held. Odd sizes are made even by repeating the last row or column.

    Parameters
    ----------
    path : path
        Where to; its suffix says which container (".mp4", ".mkv").
    pictures : iterable of uint8 array, (height, width, 3)
        RGB, all of one size.
    times_s, fps : iterable of float, float
        One of them: when each is shown, in seconds, increasing; or how many are shown a second.
    codec : str
        As FFmpeg calls it.
    options : mapping of str to str, optional
        Of the codec, in place of those of its quality.

    Raises
    ------
    InputError
        There are no pictures, they differ in size, or their times or the codec make no sense.
    """
    from crossoracle.video.muxing import even, mux, timed

    if times_s is not None and fps is None:
        times = list(times_s)
        tick, shots = timed(pictures, times, times[1:])
    elif fps is not None and times_s is None:
        tick, shots = even(pictures, fps)
    else:
        raise InputError("video: found both or none of times_s and fps, expected one of them")
    path = Path(path)
    temporary = beside(path).with_suffix(path.suffix)
    try:
        mux(str(temporary), shots, tick, codec, options=options)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def clip_bytes(path: str | Path, start_s: float, end_s: float, *, long_side: int | None = None) -> bytes:
    """Return what is shown in [start_s, end_s) of a video, as an MP4 that starts at 0.

    Raises
    ------
    VideoError
        The file cannot be decoded.
    InputError
        The video has nothing in that interval.
    """
    from crossoracle.video.decode import shown, timeline
    from crossoracle.video.muxing import mux, timed

    line = timeline(path)
    if not 0 <= start_s < min(end_s, line.end_s):
        raise InputError(
            f"{path}: found the interval [{start_s}, {end_s}) s, expected a part of [0, {line.end_s}) s"
        )
    inside = line.times[(line.times > start_s) & (line.times < end_s)]
    instants = [start_s, *inside.tolist()]
    pictures = (picture.pixels for picture in shown(path, instants, long_side=long_side))
    starts = [instant - start_s for instant in instants]
    tick, shots = timed(pictures, starts, [*starts[1:], min(end_s, line.end_s) - start_s])
    file = BytesIO()
    mux(file, shots, tick, "libx264", "mp4")
    return file.getvalue()
