"""How a clip is put before a model in this process: the words, the pictures, what the processor is told.

The frames are handed over as they are, each labelled with its time and its segment; the processor samples
none of them and enlarges none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from crossoracle.oracles.adapters.labelled import label, listed
from crossoracle.oracles.clip import Clip

Media = Literal["frames", "video"]
TICKS = 1000
"""Ticks of the clock on which a processor is told the times of frames, a second."""


def conversation(clip: Clip, prompt: str, media: Media) -> list[dict[str, Any]]:
    """Return what the model is told: the prompt, each frame after its label, or all labels and a video."""
    if media == "video":
        shown = [_text(listed(clip)), {"type": "video"}]
    else:
        shown = [part for frame in clip.frames for part in (_text(label(frame)), {"type": "image"})]
    return [{"role": "user", "content": [_text(prompt), *shown]}]


def pictures(clip: Clip, media: Media, processor: Any, max_pixels: int) -> dict[str, Any]:
    """Return the pictures and their settings, as arguments of a processor of transformers."""
    shown = [frame.pixels() for frame in clip.frames]
    settings = told(processor, media, len(shown), max_pixels)
    if media == "frames":
        return {"images": shown, "images_kwargs": settings}
    ticks = [round(frame.time_s * TICKS) for frame in clip.frames]
    if len(shown) == 1:  # Qwen3-VL joins frames in pairs and refuses a single one
        shown, ticks = shown * 2, ticks * 2
    facts = {
        "fps": float(TICKS),
        "total_num_frames": round(clip.duration_s * TICKS),
        "frames_indices": ticks,
        "duration": clip.duration_s,
        "height": shown[0].shape[0],
        "width": shown[0].shape[1],
    }
    metadata = {"video_metadata": [facts], "do_sample_frames": False}
    return {"videos": [np.stack(shown)], "videos_kwargs": settings | metadata}


def told(processor: Any, media: Media, n_frames: int, max_pixels: int) -> dict[str, Any]:
    """Return the settings of a processor that decide how large the pictures are.

    Families with a budget of pixels (Qwen3-VL: per image, or per whole video) get `max_pixels` per frame, and
    no least size; families with tiles (InternVL) show each frame as one tile.
    """
    part = processor.video_processor if media == "video" else processor.image_processor
    settings: dict[str, Any] = {}
    if {"shortest_edge", "longest_edge"} <= _given(part.size):
        most = max_pixels * (n_frames + n_frames % 2 if media == "video" else 1)
        settings["size"] = {"shortest_edge": 1, "longest_edge": most}
    if hasattr(part, "cap_pixels_per_frame"):
        settings["cap_pixels_per_frame"] = False
    if hasattr(part, "crop_to_patches"):
        settings["crop_to_patches"] = False
    return settings


def _given(size: Mapping[str, int | None]) -> set[str]:
    return {name for name, value in dict(size).items() if value is not None}


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}
