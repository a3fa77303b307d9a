"""A server that looks at the pictures it is sent, and the films that it is shown.

Every segment of half a second has a brightness of its own, which stands for its evidence. The server knows
nothing else: what it answers shows that the right frames, and only these, went over the wire.
"""

from __future__ import annotations

import base64
import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from crossoracle.tables import connect, read
from crossoracle.video.encode import pixels

KEY = "sk-planted-0123456789"
FPS, STEP_S = 10, 0.5
EVIDENCE = {"a": (0, 5, 2, 0), "b": (1, 0, 4), "c": (2, 6, 0, 1, 1), "d": (3,)}
SCALE = 24  # brightness of a unit of evidence


@dataclass
class Seer:
    """A server of chat completions; P(YES) is the share of a video's evidence that it is shown."""

    asked: list[str] = field(default_factory=list)
    fail: Callable[[int], bool] = lambda number: False
    delay_s: float = 0.0
    logprobs: bool = True
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    held: threading.Event = field(default_factory=threading.Event)  # cleared: nothing is answered

    def __post_init__(self) -> None:
        self.held.set()

    def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parts = body["messages"][0]["content"]
        text = parts[0]["text"]
        seen = _seen(parts)
        kind = "verify" if "Do these frames show" in text else "score"
        with self.lock:
            self.asked.append(kind)
            failing = self.fail(len(self.asked))
        time.sleep(self.delay_s)
        self.held.wait(60)
        if failing:
            return 400, {"error": {"message": "no such luck", "type": "invalid_request_error"}}
        said = _verdict(seen, text) if kind == "verify" else _scoring(seen)
        return 200, _completion(*said, logprobs=self.logprobs and bool(body.get("logprobs")))


def _seen(parts: list[dict[str, Any]]) -> list[int]:
    """Return the evidence of every segment shown, in order."""
    found: dict[int, int] = {}
    for label, part in zip(parts[1::2], parts[2::2], strict=True):
        picture = pixels(base64.b64decode(part["image_url"]["url"].partition(",")[2]))
        segment = int(label["text"].split()[1].strip(","))
        found[segment] = round(float(picture.mean()) / SCALE)
    return [found[segment] for segment in sorted(found)]


def p_yes(seen: Sequence[int]) -> float:
    """Return P(YES) of the true action when so much evidence is shown."""
    return min(max(sum(seen) / 6, 0.02), 0.98)


def _verdict(seen: list[int], text: str) -> tuple[str, str, float]:
    p = p_yes(seen) if "waving" in text else 0.02
    return (
        '{"decision": "',
        f'", "confidence": {round(100 * max(p, 1 - p))}, "evidence": "light"}}',
        p,
    )


def _scoring(seen: list[int]) -> tuple[str, str, float]:
    segments = [
        {"segment": i, "importance": 15 * level, "phase": "action", "reason": f"level {level}"}
        for i, level in enumerate(seen)
    ]
    important = [i for i, level in enumerate(seen) if level >= 2]
    rest = {"confidence": 90, "evidence": "light", "segments": segments, "important": important}
    return '{"presence": "', f'", {json.dumps(rest)[1:]}', 0.98


def _completion(before: str, after: str, p: float, *, logprobs: bool) -> dict[str, Any]:
    said, other = ("YES", "NO") if p > 0.5 else ("NO", "YES")
    alternatives = [(said, max(p, 1 - p)), (other, min(p, 1 - p))]
    top = [{"token": token, "logprob": math.log(q), "bytes": None} for token, q in alternatives]
    sure = {"logprob": 0.0, "bytes": None, "top_logprobs": []}
    tokens = [{"token": before} | sure, {**top[0], "top_logprobs": top}, {"token": after} | sure]
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": before + said + after, "refusal": None},
        "logprobs": {"content": tokens, "refusal": None} if logprobs else None,
    }
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "seer",
        "choices": [choice],
        "usage": usage,
    }


def videos(home: Path, clips: Path, names, labels=("waving", "digging")) -> Path:
    """Write a videos table; ``a``, ``b``, ... wave, and the others dig."""
    rows = [
        {
            "dataset": "light",
            "video_id": name,
            "label": labels[0] if name in EVIDENCE else labels[1],
            "path": str(clips / f"{name}.mp4"),
        }
        for name in names
    ]
    file = home / "videos.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    return file


def table(study: Path, name: str) -> pd.DataFrame:
    """Return a table of a study, less what the clock decides."""
    with connect() as con:
        rows = read(con, name, study / f"{name}.parquet").df()
    return rows.drop(columns="latency_s", errors="ignore")
