"""The oracle itself: an adapter is a frozen dataclass whose fields are its options in study.toml."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from crossoracle.oracles.oracle import Answer, Capabilities, Question


@dataclass(frozen=True)
class Bright:
    """Rates segments by the brightness of their frames; those at or above `least` are important."""

    least: float = 50.0

    def describe(self, question: Question) -> dict[str, Any]:
        return {
            "adapter": "bright",
            "least": self.least,
            "kind": question.kind,
            "clip": question.clip.digest,
        }

    async def ask(self, question: Question) -> str:
        if question.kind == "verify":
            return json.dumps({"decision": "YES", "confidence": 100, "evidence": "there is light"})
        clip = question.clip
        light: list[list[float]] = [[] for _ in clip.segments]
        for frame in clip.frames:
            light[frame.segment].append(frame.pixels().mean() / 2.55)
        rated = [round(sum(values) / len(values)) for values in light]
        segments = [
            {"segment": k, "importance": value, "phase": "", "reason": f"brightness {value} of 100"}
            for k, value in enumerate(rated)
        ]
        reply = {"presence": "YES", "confidence": 100, "evidence": "there is light", "segments": segments}
        return json.dumps(reply | {"important": [k for k, value in enumerate(rated) if value >= self.least]})

    def read(self, raw: str, question: Question) -> Answer:
        return Answer(raw, model="bright", cost_usd=0.0)

    async def probe(self) -> Capabilities:
        return Capabilities(logprobs=False, structured=True, native_video=False)

    async def close(self) -> None:
        pass
