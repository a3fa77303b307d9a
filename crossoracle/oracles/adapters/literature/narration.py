"""The narrative of a clip: captions in the order of time, each with when it holds and for which segments."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from crossoracle.encoders.captioning import Run
from crossoracle.oracles.clip import Clip

HEADING = "The account:"


def account(clip: Clip, told: Sequence[Run], captions: Sequence[str]) -> str:
    """Return the narrative as a language model is given it.

    A caption holds from the middle between the frame before and its first one to the middle between its last
    frame and the one after; the first from the beginning of the clip, the last to its end.

    Parameters
    ----------
    told : sequence of Run
        Which caption tells which frames; together they are all frames of the clip.
    captions : sequence of str
        By number.
    """
    times = [frame.time_s for frame in clip.frames]
    middle = {later: (times[earlier] + times[later]) / 2 for earlier, later in pairwise(range(len(times)))}
    lines = [HEADING]
    for run in told:
        start, end = middle.get(run.first, 0.0), middle.get(run.last + 1, clip.duration_s)
        where = _segments(clip.frames[run.first].segment, clip.frames[run.last].segment)
        lines.append(f"- {start:.2f} s to {end:.2f} s ({where}): {captions[run.caption]}")
    return "\n".join(lines if told else [HEADING, "- nothing is seen"])


def _segments(first: int, last: int) -> str:
    return f"segment {first}" if first == last else f"segments {first} to {last}"
