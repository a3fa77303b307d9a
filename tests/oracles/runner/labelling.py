"""A process that labels videos: what the torture kills.

``python -m tests.oracles.runner.labelling JSON`` with the fields of `Order`. Prints "begun" when it begins to
ask, and appends the name of each video to `done` when its reply has been handed over.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.oracles.asking.asked import Asked, Ways
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.asking.running import Job, run_all
from crossoracle.oracles.asking.spending import Spent
from crossoracle.oracles.asking.underway import Underway
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.direct import direct
from crossoracle.oracles.strategy import Labelled
from tests.oracles.runner.server import SEGMENTS


@dataclass(frozen=True)
class Order:
    """What to do."""

    url: str
    ledger: str
    done: str
    rows: str
    videos: int
    in_flight: int
    resend: bool = False

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.oracles.runner.labelling", json.dumps(asdict(self))]


@cache
def picture() -> bytes:
    return cv2.imencode(".jpg", np.full((16, 16, 3), 128, np.uint8))[1].tobytes()


def clip(video: str, segments: int = SEGMENTS) -> Clip:
    """Return a clip with a grey frame in every segment."""
    frames = [
        Frame(i + 0.5, i, sha256(f"{video} {i}".encode()).hexdigest(), picture) for i in range(segments)
    ]
    borders = tuple((float(i), i + 1.0) for i in range(segments))
    return Clip("d", video, "jump", borders, tuple(frames))


def prompt_for(kind: str, shown: Clip) -> tuple[str, str]:
    return f"{kind} video {shown.video_id} please", "digest"


async def label(order: Order) -> None:
    done = os.open(order.done, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    underway, rows = Underway(), []
    adapter = OpenAI(model="gpt-4o", base_url=order.url, logprobs=False, structured=False)
    with Ledger(order.ledger) as ledger:
        limits, ways = Limits(in_flight=order.in_flight), Ways(resend=order.resend)
        asked = Asked("o", adapter, prompt_for, ledger, limits, ways=ways, underway=underway)

        async def job(video: str) -> Labelled:
            found = await direct(asked, clip(video), 0)
            if found.precheck["outcome"] != "error":
                os.write(done, f"{video}\n".encode())
            return found

        def jobs() -> Iterator[Job[Labelled]]:
            for number in range(order.videos):
                yield partial(job, f"v{number:05d}")

        def take(oracle: str, found: Labelled, spent: Spent) -> None:
            found.precheck.pop("latency_s", None)  # no two runs take equally long
            rows.append(
                (found.precheck, found.scores, (spent.calls, spent.input_tokens, spent.output_tokens))
            )

        adapter.client()  # loaded beforehand, or most kills would come before the first call
        print("begun", flush=True)
        await run_all({"o": jobs()}, take, underway=underway, width=2 * order.in_flight)
    await adapter.close()
    Path(order.rows).write_text(json.dumps(sorted(rows, key=lambda row: row[0]["video_id"])))


if __name__ == "__main__":
    asyncio.run(label(Order(**json.loads(sys.argv[1]))))
