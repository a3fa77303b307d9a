"""What label files and motion caches are made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from crossoracle.tables import EDGE_S


class Part(BaseModel):
    """A part of a file; what is not listed is left behind."""

    model_config = ConfigDict(coerce_numbers_to_str=True, allow_inf_nan=False)


class Span(Part):
    """A segment: which one, from when to when."""

    index: int
    start_s: float
    end_s: float


def fault(video_id: str, segments: Sequence[Span]) -> str:
    """Return what no table could hold; empty where there is nothing of that kind."""
    if not video_id:
        return "found an empty video_id"
    if not segments:
        return "found no segments"
    for number, segment in enumerate(segments):
        if segment.index != number:
            return f"found segment {segment.index} where segment {number} was expected"
        if not 0 <= segment.start_s < segment.end_s:
            return f"found segment {number} from {segment.start_s:g} to {segment.end_s:g} s"
    for before, segment in pairwise(segments):
        if segment.start_s < before.end_s - EDGE_S:
            start, end = f"{segment.start_s:g}", f"{before.end_s:g}"
            return f"found segment {segment.index} from {start} s, where the one before ends at {end} s"
    return ""
