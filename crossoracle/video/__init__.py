"""Video files in, frames out: by true timestamps, cut into segments, masked, measured for motion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crossoracle.video.decode import VideoFacts, frames_at, probe
    from crossoracle.video.encode import jpeg, pixels, write
    from crossoracle.video.masking import OPERATORS, applied, mask
    from crossoracle.video.motion import flow_magnitude, motion_per_segment
    from crossoracle.video.picture import Picture
    from crossoracle.video.segments import Segments, cut

_HOMES = {
    "OPERATORS": "masking",
    "Picture": "picture",
    "Segments": "segments",
    "VideoFacts": "decode",
    "applied": "masking",
    "cut": "segments",
    "flow_magnitude": "motion",
    "frames_at": "decode",
    "jpeg": "encode",
    "mask": "masking",
    "motion_per_segment": "motion",
    "pixels": "encode",
    "probe": "decode",
    "write": "encode",
}

__all__ = [
    "OPERATORS",
    "Picture",
    "Segments",
    "VideoFacts",
    "applied",
    "cut",
    "flow_magnitude",
    "frames_at",
    "jpeg",
    "mask",
    "motion_per_segment",
    "pixels",
    "probe",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
