"""A recognizer without torch: the class is the colour that most of the frames have, later ones count more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crossoracle.errors import InputError
from crossoracle.recognizers.recognizer import Frames, Probabilities

CALLS: dict[str, list] = {"prepared": [], "predicted": []}


@dataclass(frozen=True)
class Colours:
    """Red, green, blue; what was asked of any is in `CALLS`."""

    frames: int = 8
    sharpness: float = 4.0
    broken: bool = False
    names: tuple[str, ...] = ("Red thing", "green_thing", "BLUE thing")
    stop_after: int | None = field(default=None)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.names

    def describe(self) -> dict[str, Any]:
        return {"family": "colours", "sharpness": self.sharpness, "frames": self.frames}

    def prepare(self, frames: Frames) -> Frames:
        CALLS["prepared"].append(frames.shape)
        return frames[:, ::8, ::8]

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        if self.stop_after is not None and len(CALLS["predicted"]) >= self.stop_after:
            raise InputError("the device has not enough memory")
        CALLS["predicted"].append([clip.shape for clip in clips])
        weight = np.linspace(1, 2, self.frames)
        means = np.array([np.average(clip.mean(axis=(1, 2)), axis=0, weights=weight) for clip in clips]) / 255
        found = np.exp(self.sharpness * means)
        return np.full_like(found, np.nan) if self.broken else found / found.sum(axis=1, keepdims=True)

    def close(self) -> None:
        CALLS["predicted"].append("closed")
