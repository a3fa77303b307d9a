"""Decoded frames on disk, so that a video that is looked at again need not be decoded again.

One file per frame, lossless. Those not looked at for longest go first. Several processes may share a
directory: files appear whole, and one that another process has just deleted is decoded again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from crossoracle.errors import InputError
from crossoracle.video.encode import pixels
from crossoracle.video.picture import Picture
from crossoracle.video.stored import load, save

SHARE = 0.1
"""Of the limit: what is freed at once, and what a process writes before it looks at the directory again."""

STALE_S = 3600.0
"""When a temporary file has surely been left by a process that is gone."""


@dataclass
class FrameCache:
    """A directory of frames.

    Parameters
    ----------
    directory : Path
        Where; it is made when something is put there.
    limit_bytes : int
        How large it may become. Each process that writes may exceed it by a tenth, until it looks again.

    Raises
    ------
    InputError
        The limit is not positive.
    """

    directory: Path
    limit_bytes: int
    _written: int | None = field(default=None, repr=False)  # since the last look at the directory

    def __post_init__(self) -> None:
        self.directory = Path(self.directory)
        if self.limit_bytes <= 0:
            raise InputError(
                f"frame cache: found limit {self.limit_bytes}, expected a positive number of bytes"
            )

    def get(self, digest: str, time_s: float, long_side: int | None) -> Picture | None:
        """Return the frame of a file shown at an instant, or None where it is not here."""
        path = self._path(digest, time_s, long_side)
        found = load(path, "time_s", "png")
        if found is None:
            return None
        with suppress(OSError):  # just deleted, or not ours to touch
            os.utime(path)
        stamp, png = found
        return Picture(float(stamp), pixels(png.tobytes()))

    def put(self, digest: str, time_s: float, long_side: int | None, picture: Picture) -> None:
        """Keep the frame of a file shown at an instant.

        Raises
        ------
        OSError
            The disk is full, or the directory is not ours.
        """
        import cv2

        bgr = cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR)
        _, png = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        path = self._path(digest, time_s, long_side)
        size = save(path, time_s=np.array(picture.time_s), png=png.ravel())
        if self._written is None or self._written + size > SHARE * self.limit_bytes:
            self._evict()
            self._written = 0
        else:
            self._written += size

    def frames_at(
        self, path: str | Path, times_s: Sequence[float], *, digest: str, long_side: int | None = None
    ) -> list[Picture]:
        """Return what `crossoracle.video.decode.frames_at` returns, decoding only what is not here.

        Raises
        ------
        VideoError
            Something is not here, and the file cannot be decoded.
        """
        here = {t: self.get(digest, t, long_side) for t in set(times_s)}
        found = {t: picture for t, picture in here.items() if picture}
        missing = sorted(here.keys() - found.keys())
        if missing:
            from crossoracle.video.decode import shown

            for t, picture in zip(missing, shown(path, missing, long_side=long_side), strict=True):
                self.put(digest, t, long_side, picture)
                found[t] = picture
        return [found[t] for t in times_s]

    def _path(self, digest: str, time_s: float, long_side: int | None) -> Path:
        import av
        import cv2

        about = json.dumps([digest, float(time_s), long_side, av.__version__, cv2.__version__])
        key = hashlib.sha256(about.encode()).hexdigest()
        return self.directory / key[:2] / f"{key[2:]}.npz"

    def _evict(self) -> None:
        """Delete what was not looked at for longest, until the directory is within its limit again."""
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        if total <= self.limit_bytes:
            return
        for _, size, path in files:
            if total <= (1 - SHARE) * self.limit_bytes:
                break
            with suppress(FileNotFoundError):  # another process was faster
                os.unlink(path)
            total -= size

    def _files(self) -> Iterator[tuple[int, int, str]]:
        """Yield when each file was last looked at, its size and its path; what a crash left goes at once."""
        for room in self.directory.iterdir():
            if not room.is_dir():
                continue
            for entry in os.scandir(room):
                with suppress(FileNotFoundError):
                    state = entry.stat()
                    if entry.name.endswith(".tmp") and state.st_mtime < time.time() - STALE_S:
                        os.unlink(entry)
                    elif entry.name.endswith(".npz"):
                        yield state.st_mtime_ns, state.st_size, entry.path
