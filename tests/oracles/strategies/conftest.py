"""Oracles that follow a script: what is under test here is how a strategy asks, not who answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crossoracle.oracles.asking.spending import Spent, count
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.oracle import Answer, Scored, Verified
from crossoracle.replies import VerifyRead, read_score

Shown = frozenset[int]


class Scripted:
    """An oracle whose P(YES) is a function of the segments shown, and whose scores are a given reply."""

    name = "scripted"

    def __init__(self, p_yes: Callable[[Shown], float | str | None], reply: str | None = None) -> None:
        self.p_yes, self.reply = p_yes, reply
        self.asked: list[Shown] = []
        self.samples: list[int] = []
        self.at_once = self.most_at_once = 0

    async def verify(self, clip: Clip, *, sample: int = 0) -> Verified:
        import asyncio

        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        shown = frozenset(int(frame.digest) for frame in clip.frames)
        self.asked.append(shown)
        self.samples.append(sample)
        count(Spent(calls=1, input_tokens=10, output_tokens=2, cost_usd=0.25, latency_s=0.5))
        p = self.p_yes(shown)
        if p is None or isinstance(p, str):
            count(Spent(failed=int(p == "error")))
            return Verified(VerifyRead(p or "unparsed", detail="scripted"), None, None, None)
        outcome = "yes" if p > 0.5 else "no"
        return Verified(VerifyRead(outcome, confidence=0.75), p, "logprobs", Answer("{}"))

    async def score(self, clip: Clip, *, sample: int = 0) -> Scored:
        self.samples.append(sample)
        count(Spent(calls=1, input_tokens=10, output_tokens=2, cost_usd=None, latency_s=0.5))
        answer = Answer(self.reply)
        return Scored(read_score(self.reply, len(clip.segments)), 0.875, "logprobs", answer)


@pytest.fixture
def clip() -> Callable[[int], Clip]:
    """Return a function that makes a clip of n segments, whose pictures are called by their segment."""

    def make(n: int) -> Clip:
        frames = tuple(Frame(i + 0.5, i, str(i), lambda: b"") for i in range(n))
        return Clip("d", "v", "waving", tuple((float(i), i + 1.0) for i in range(n)), frames)

    return make


@pytest.fixture
def scripted() -> type[Scripted]:
    """Return the oracle that follows a script."""
    return Scripted
