"""Frames into files: JPEG for what an oracle is shown, H.264 for films.

The same frames give the same bytes, as long as the libraries are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from crossoracle.atomic import Together
from crossoracle.errors import InputError
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
    with Together() as files:
        mux(str(files.staged(path, path.suffix)), shots, tick, codec, options=options)
    return path
