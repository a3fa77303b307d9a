"""Motion caches: how much moves in each segment of a video, as the published pipeline measured it."""

from __future__ import annotations

from pydantic import Field

from crossoracle.importers.mm.part import Part, Span


class Moved(Span):
    """A segment with the mean length of its optical flow; null where it was not measured."""

    mean_flow_magnitude: float | None = Field(None, ge=0)


class Cache(Part):
    """One cache."""

    video_id: str
    video_path: str | None = None
    segments: list[Moved]


def is_cache(values: object) -> bool:
    """Return whether an object is meant to be a cache."""
    segments = values.get("segments") if isinstance(values, dict) else None
    return isinstance(segments, list) and bool(segments) and "mean_flow_magnitude" in str(segments[0])
