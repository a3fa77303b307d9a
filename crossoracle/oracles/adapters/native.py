"""The frames of a clip as one MP4, for models that take video; and whether they looked at all of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crossoracle.oracles.clip import Clip

FASTEST = 24.0
"""The highest rate, in frames a second, that Gemini samples a video at."""

FEWEST_TOKENS = 32
"""No documented resolution spends fewer tokens on a frame of video than twice this."""


def rate(clip: Clip) -> float:
    """Return the frames a second at which a video of all frames lasts as long as the clip, if that can be."""
    return min(len(clip.frames) / clip.duration_s, FASTEST)


def as_video(clip: Clip) -> bytes:
    """Return an MP4 of the frames at the constant `rate`: sampled at that rate, each is seen once."""
    from crossoracle.video.encode import write

    with TemporaryDirectory(prefix="crossoracle-") as directory:
        path = Path(directory, "clip.mp4")
        write(path, (frame.pixels() for frame in clip.frames), fps=rate(clip))
        return path.read_bytes()


def sampled_note(usage: Mapping[str, Any], frames: int) -> str | None:
    """Return a note where a model spent too few tokens on a video to have seen every frame of it."""
    details = usage.get("promptTokensDetails") or ()
    try:
        spent = [int(one["tokenCount"]) for one in details if one["modality"] == "VIDEO"]
    except (KeyError, TypeError, ValueError):
        return None  # laid out in another way: nothing can be said
    if not spent or sum(spent) >= frames * FEWEST_TOKENS:
        return None
    return f"only {sum(spent)} video tokens for {frames} frames: the provider sampled the video anew"
