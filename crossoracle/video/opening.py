"""A video file, opened: the one place where files that are not videos are told from those that are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from crossoracle.errors import VideoError

NOT_VIDEOS = frozenset({"adf", "bin", "concat", "dash", "hls", "idf", "sbg", "tty", "xbin"})
"""What FFmpeg would play, but is a text, or a list of other files."""

REMEDY = "replace the file, or leave the video out"


@contextmanager
def opened(path: str | Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file for reading, and close it.

    Parameters
    ----------
    path : path
        The file. Whatever its name looks like, nothing is fetched from a network.

    Yields
    ------
    tuple of InputContainer and VideoStream
        The container, and the stream of it that a player would show; covers of music are none.

    Raises
    ------
    VideoError
        There is no such file, it is not a video, or no decoder knows it.
    """
    path = Path(path)
    if not path.is_file():
        found = "a directory" if path.is_dir() else "no such file"
        raise VideoError(f"{path}: found {found}, expected a video; correct its path")
    try:
        container = av.open(
            f"file:{path}", "r", options={"protocol_whitelist": "file"}, metadata_errors="replace"
        )
    except (av.FFmpegError, OSError) as error:
        raise unreadable(path, error.strerror or str(error)) from error
    with container:
        if NOT_VIDEOS & set(container.format.name.split(",")):
            raise unreadable(path, f"the format is {container.format.name}")
        yield container, _stream(container, path)


def packets(container: InputContainer, *streams: VideoStream) -> Iterator[Packet[Any]]:
    """Yield the packets of some streams, or of all; empty ones, which end a stream, are left out.

    Raises
    ------
    FFmpegError
        The file cannot be read further.
    """
    with suppress(IndexError):  # from PyAV, at the end of a file in which damage looked like a new stream
        yield from (packet for packet in container.demux(*streams) if packet.size)


def unreadable(path: str | Path, why: str) -> VideoError:
    """Return the error of a file from which no frame comes."""
    return VideoError(f"{path}: found nothing that can be decoded ({why}), expected a video; {REMEDY}")


def _stream(container: InputContainer, path: Path) -> VideoStream:
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        kinds = ", ".join(sorted({str(s.type) for s in container.streams if s.type != "video"})) or "cover"
        raise VideoError(f"{path}: found no video stream (only {kinds}), expected a video; {REMEDY}")
    best = container.streams.best("video")
    stream = best if isinstance(best, VideoStream) and best in streams else streams[0]
    if getattr(stream, "codec_context", None) is None:
        raise unreadable(path, "no decoder for its codec is installed")
    return stream
