"""A model that takes its time, and says of a video what its pictures are like."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossoracle.errors import InputError
from crossoracle.oracles.oracle import Answer, CallFailed, Capabilities, Question

TAKES_S = 0.05
HELD = "v20"
GATE = "CROSSORACLE_TEST_GATE"
"""Names a file; this video, and those after it, are answered when it is there. Without one, at once."""


@dataclass(frozen=True)
class Slow:
    """Brightness is evidence; a video called "refused" is none that it looks at, and a model has one name."""

    model: str = "slow"

    def describe(self, question: Question) -> dict[str, Any]:
        if self.model != "slow":
            raise InputError(f"model {self.model}: found no such model, expected slow; check the name")
        clip = question.clip
        return {"adapter": "slow", "clip": clip.digest, "video": clip.video_id, "sample": question.sample}

    async def ask(self, question: Question) -> str:
        await asyncio.sleep(TAKES_S)
        while question.clip.video_id >= HELD and not Path(os.environ.get(GATE, os.devnull)).exists():
            await asyncio.sleep(TAKES_S)
        if question.clip.video_id == "refused":
            raise CallFailed("it looks away", transient=False, status=418)
        light: dict[int, int] = {}
        for frame in question.clip.frames:
            light.setdefault(frame.segment, round(float(frame.pixels().mean()) / 2.55))
        segments = [
            {"segment": i, "importance": light[i], "phase": "x", "reason": "light"} for i in sorted(light)
        ]
        told = {
            "presence": "YES",
            "confidence": 90,
            "evidence": "light",
            "segments": segments,
            "important": [0],
        }
        return json.dumps(told)

    def read(self, raw: str, question: Question) -> Answer:
        return Answer(raw)

    async def probe(self) -> Capabilities:
        return Capabilities()

    async def close(self) -> None:
        pass
