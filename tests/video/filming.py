"""Videos of every kind, written with PyAV alone, and the slow way to read them: all frames, in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

SIZE = (96, 128)
STEP = 3  # pixels to the right from frame to frame

# name of the file -> what `film` is told; together: orders of frames, kinds of clocks, ways of seeking
KINDS: dict[str, dict] = {
    "constant.mp4": {},
    "b-frames-open-gop.mp4": {"options": {"x264-params": "open-gop=1:bframes=3"}},
    "open-gop.ts": {"options": {"x264-params": "open-gop=1:bframes=3"}},
    "intra-refresh.mp4": {"options": {"x264-params": "intra-refresh=1"}},
    "intra-refresh.ts": {"options": {"x264-params": "intra-refresh=1"}},
    "variable.mkv": {"variable": True},
    "variable-late.mp4": {"variable": True, "start_s": 3},
    "fragmented.mov": {"container": {"movflags": "frag_keyframe+empty_moov"}},
    "vp9.webm": {"codec": "libvpx-vp9", "variable": True},
    "h265.mkv": {"codec": "libx265", "variable": True, "options": {"x265-params": "log-level=none"}},
    "flash.flv": {},
    "mpeg2.ts": {"codec": "mpeg2video", "clock": 25, "b_frames": 2},
    "no-pts.avi": {"codec": "mpeg4", "clock": 25, "b_frames": 2},
    "no-pts-h264.avi": {},
    "no-clock.h264": {},
}


def texture(seed: int = 0, size: tuple[int, int] = SIZE) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX)


def rolling(n: int, step: int = STEP, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    """Return pictures of a texture that moves to the right, and comes in again at the left."""
    return [np.roll(texture(size=size), step * i, axis=1) for i in range(n)]


def film(
    path: Path,
    n: int = 90,
    *,
    codec: str = "libx264",
    clock: int = 1000,
    start_s: float = 0,
    variable: bool = False,
    gop: int = 12,
    b_frames: int | None = None,
    rotation: tuple[int, bool, bool] | None = None,
    pictures: Iterable[np.ndarray] | None = None,
    options: Mapping[str, str] = {},
    container: Mapping[str, str] = {},
    audio_s: float = 0,
) -> Path:
    """Write n pictures at 25 a second, or at random distances of 10 to 120 ms."""
    rng = np.random.default_rng(n)
    with av.open(str(path), "w", options=dict(container)) as out:
        stream = out.add_stream(codec, rate=25, options=dict(options))
        speech = out.add_stream("aac", rate=16000, layout="mono") if audio_s else None
        frames = list(rolling(n) if pictures is None else pictures)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, clock)
        stream.codec_context.gop_size = gop
        stream.codec_context.thread_count = 1
        if b_frames is not None:
            stream.codec_context.max_b_frames = b_frames
        if rotation:
            stream.set_display_rotation(*rotation)
        pts = round(start_s * clock)
        for picture in frames:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = pts, Fraction(1, clock)
            out.mux(stream.encode(frame))
            pts += int(rng.integers(10, 121)) * clock // 1000 if variable else clock // 25
        out.mux(stream.encode(None))
        if speech:
            _hum(out, speech, audio_s)
    return path


def sound(path: Path, seconds: float = 1.0) -> Path:
    with av.open(str(path), "w") as out:
        _hum(out, out.add_stream("aac", rate=16000, layout="mono"), seconds)
    return path


def _hum(out, stream, seconds: float) -> None:
    samples = np.sin(np.arange(int(16000 * seconds)) / 10, dtype=np.float32)[None, :]
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 16000, 0, Fraction(1, 16000)
    out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def slow(path: Path, times_s: Sequence[float] | None = None) -> list[tuple[float, np.ndarray]]:
    """Return every frame with its time after the first, as one decoder without a single seek gives them.

    Where the file has no true timestamps, these are given.
    """
    found = []
    with av.open(str(path)) as source:
        for packet in source.demux(source.streams.video[0]):
            try:
                found += packet.decode()
            except av.FFmpegError:
                continue
    whole = [frame for frame in found if not frame.is_corrupt]
    if times_s is None:
        times_s = [float((frame.pts - whole[0].pts) * frame.time_base) for frame in whole]
    return [(time, frame.to_ndarray(format="rgb24")) for time, frame in zip(times_s, whole, strict=True)]


def at(frames: Sequence[tuple[float, np.ndarray]], instant: float) -> tuple[float, np.ndarray]:
    """Return the last frame that is not after an instant, or the first."""
    return max((frame for frame in frames if frame[0] <= instant), key=lambda f: f[0], default=frames[0])


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mean difference of two pictures: less than 8 is lost in coding, one `STEP` makes over 20."""
    return float(np.abs(a.astype(int) - b).mean())
