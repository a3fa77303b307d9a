"""What is left of a clip when segments are removed, without a trace of what is gone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

from crossoracle.errors import InputError
from crossoracle.oracles.clip import Clip, Frame


def remaining(clip: Clip, removed: Collection[int], operator: str) -> dict[str, Any]:
    """Return the fields of a clip that change when segments are removed; see `Clip.without`."""
    gone = set(removed)
    if len(gone) >= len(clip.segments):
        raise InputError(
            f"{clip.dataset}/{clip.video_id}: {len(gone)} of {len(clip.segments)} segments removed; "
            "expected at least one to be left"
        )
    return _cut(clip, gone) if operator == "cut" else {"frames": _masked(clip, gone, operator)}


def _cut(clip: Clip, gone: set[int]) -> dict[str, Any]:
    """Join the segments that are left: numbered from 0 and timed as if nothing had been between them."""
    borders: list[tuple[float, float]] = []
    number, shift = {}, {}
    for segment, (start, end) in enumerate(clip.segments):
        if segment in gone:
            continue
        begins = borders[-1][1] if borders else clip.segments[0][0]
        number[segment], shift[segment] = len(borders), begins - start
        borders.append((begins, begins + end - start))
    frames = tuple(
        replace(f, time_s=f.time_s + shift[f.segment], segment=number[f.segment])
        for f in clip.frames
        if f.segment not in gone
    )
    return {"segments": tuple(borders), "frames": frames}


def _masked(clip: Clip, gone: set[int], operator: str) -> tuple[Frame, ...]:
    from crossoracle.video.masking import mask

    shown = mask(clip.frames, [f.segment for f in clip.frames], gone, operator)
    return tuple(
        _changed(old, clip.frames[source], operation)
        for old, (source, operation) in zip(clip.frames, shown, strict=True)
    )


def _changed(old: Frame, source: Frame, operation: str) -> Frame:
    """Return a frame at its old place with the picture of another, changed by an operation."""
    if not operation:
        return replace(old, digest=source.digest, load=source.load)
    digest = sha256(f"{operation}:{source.digest}".encode()).hexdigest()
    return replace(old, digest=digest, load=partial(_apply, source, operation))


def _apply(source: Frame, operation: str) -> bytes:
    from crossoracle.video.encode import jpeg
    from crossoracle.video.masking import applied

    return jpeg(applied(source.pixels(), operation))
