"""Adapters that do as they are told: for what comes between a strategy and a model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from crossoracle.oracles.asking.asked import Asked, Ways
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.oracle import Answer, CallFailed, Capabilities, Question
from tests.oracles.runner.labelling import clip, prompt_for

FAST = Limits(wait_s=0.001)


def yes(decision: str = "YES", confidence: float = 80, **facts: Any) -> str:
    """Return a raw reply to "verify"."""
    text = json.dumps({"decision": decision, "confidence": confidence, "evidence": "seen"})
    return json.dumps({"text": text, "input_tokens": 10, "output_tokens": 2, "cost_usd": 0.5, **facts})


def failed(message: str = "HTTP 503", **facts: Any) -> CallFailed:
    return CallFailed(message, **{"transient": True, "status": 503, **facts})


@dataclass
class Scripted:
    """Answers what a function says: a raw reply, or an exception to raise; remembers every question.

    At some moments, counted in questions, it does something else.
    """

    answer: Callable[[Question], str | Exception]
    delay_s: float = 0.0
    asked: list[Question] = field(default_factory=list)
    most_at_a_time: int = 0
    at_a_time: int = 0
    moments: dict[int, Callable[[], object]] = field(default_factory=dict)

    @classmethod
    def of(cls, *replies: str | Exception, delay_s: float = 0.0) -> Scripted:
        """Answer with each of these in turn, and with the last one for ever."""
        left = list(replies)
        return cls(lambda question: left.pop(0) if len(left) > 1 else left[0], delay_s)

    def describe(self, question: Question) -> dict[str, Any]:
        return {
            "kind": question.kind,
            "clip": question.clip.digest,
            "prompt": question.prompt,
            "sample": question.sample,
        }

    async def ask(self, question: Question) -> str:
        self.asked.append(question)
        self.moments.get(len(self.asked), int)()
        self.at_a_time += 1
        self.most_at_a_time = max(self.most_at_a_time, self.at_a_time)
        try:
            await asyncio.sleep(self.delay_s)
        finally:
            self.at_a_time -= 1
        reply = self.answer(question)
        if isinstance(reply, BaseException):
            raise reply
        return reply

    def read(self, raw: str, question: Question) -> Answer:
        return Answer(**json.loads(raw))

    async def probe(self) -> Capabilities:
        return Capabilities()

    async def close(self) -> None:
        pass


def oracle(ledger: Ledger, adapter: Any, limits: Limits = FAST, **others: Any) -> Asked:
    """Return an oracle called "o" over a ledger; what belongs to `Ways` may be given beside the rest."""
    ways = {name: others.pop(name) for name in Ways.__dataclass_fields__ if name in others}
    return Asked("o", adapter, prompt_for, ledger, limits, ways=Ways(**ways), **others)


async def verified(asked: Asked, videos: Iterable[str], **how: Any) -> list[Any]:
    """Verify videos, all at a time."""
    return await asyncio.gather(*(asked.verify(clip(video), **how) for video in videos))
