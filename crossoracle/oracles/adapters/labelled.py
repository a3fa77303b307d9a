"""The frames of a clip as every remote model is shown them: each after a line with its segment and time."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache

from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.oracle import Question

PROBE = (
    "Look at this frame. Is a person moving in it? Reply with JSON alone: decision (YES, NO or SKIP), "
    "confidence (0 to 100) and evidence (one short sentence)."
)


def label(frame: Frame) -> str:
    """Return the line that stands before a frame."""
    return f"Segment {frame.segment}, {frame.time_s:.3f} s"


def labelled(clip: Clip) -> Iterator[tuple[str, bytes]]:
    """Yield each frame of a clip: its label and its picture as JPEG, in the order of time."""
    for frame in clip.frames:
        yield label(frame), frame.jpeg()


def listed(clip: Clip) -> str:
    """Return the labels of all frames as one text, for a model that takes them as one video."""
    lines = (f"Frame {number}: {label(frame)}" for number, frame in enumerate(clip.frames))
    return "\n".join(("The frames of the video:", *lines))


def base64_text(picture: bytes) -> str:
    """Return bytes as text in base64."""
    return base64.b64encode(picture).decode("ascii")


def probe_question() -> Question:
    """Return a question about one small grey frame: to see what a model can do, not what it sees."""
    from crossoracle.replies import VERIFY_SCHEMA

    frame = Frame(0.0, 0, "grey", _grey)
    clip = Clip("probe", "grey", "a person moving", ((0.0, 1.0),), (frame,))
    return Question("verify", clip, PROBE, "probe", VERIFY_SCHEMA)


@cache
def _grey() -> bytes:
    import numpy as np

    from crossoracle.video.encode import jpeg

    return jpeg(np.full((32, 32, 3), 128, dtype=np.uint8))
