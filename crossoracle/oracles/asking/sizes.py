"""How many tokens a question will take, by rules of thumb, until replies tell it better.

The providers' documentation of late 2026 says how pictures are billed; frames are taken to be 448 x 252.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Kind

WIDTH, HEIGHT = 448, 252
LETTERS_PER_TOKEN = 4.0
LABEL_TOKENS = 12
"""Of the line before a frame."""

VERDICT_TOKENS, SCORING_TOKENS, SEGMENT_TOKENS = 60, 80, 45
"""Of a reply to "verify", and of one to "score": its beginning, and each segment."""

THOUGHTS = {"none": 0, "minimal": 100, "low": 500, "medium": 2000, "high": 8000}
THINKING = "gemini-3"
"""Models that think unless they are told not to; others do when they are told to."""


@dataclass(frozen=True)
class Size:
    """The tokens of a question and of its reply, thoughts included."""

    input_tokens: float
    output_tokens: float


@dataclass(frozen=True)
class Rule:
    """How a model takes pictures: ``applies`` to a provider and a model, ``tokens`` with its options."""

    applies: Callable[[str, str], bool]
    tokens: Callable[[Any], float]


def _of(provider: str) -> Callable[[str, str], bool]:
    return lambda found, model: found == provider


def _called(*words: str) -> Callable[[str, str], bool]:
    return lambda provider, model: any(word in model for word in words)


RULES = (
    Rule(_called("qwen2"), lambda adapter: ceil(WIDTH / 28) * ceil(HEIGHT / 28)),
    Rule(_called("qwen"), lambda adapter: ceil(WIDTH / 32) * ceil(HEIGHT / 32)),
    Rule(_called("internvl"), lambda adapter: 256),
    Rule(_called("gemini-1", "gemini-2"), lambda adapter: 258),
    Rule(_of("google"), lambda adapter: 70 if getattr(adapter, "media", "") == "video" else 1120),
    Rule(_of("anthropic"), lambda adapter: WIDTH * HEIGHT / 750),
    Rule(_of("openai"), lambda adapter: 85 if getattr(adapter, "detail", "") == "low" else 255),
)


def size(adapter: Any, kind: Kind, clip: Clip, letters: int) -> Size:
    """Return what a question is likely to take.

    Parameters
    ----------
    adapter : Adapter
        Its provider, model and options decide; one without a provider takes no tokens.
    kind, clip
        The question.
    letters : int
        The length of its prompt.
    """
    provider = getattr(adapter, "provider", None)
    if provider is None:
        return Size(0, 0)
    model = str(getattr(adapter, "model", "")).lower()
    picture = next((rule.tokens(adapter) for rule in RULES if rule.applies(provider, model)), 0.0)
    asked = letters / LETTERS_PER_TOKEN + len(clip.frames) * (picture + LABEL_TOKENS)
    said = VERDICT_TOKENS if kind == "verify" else SCORING_TOKENS + SEGMENT_TOKENS * len(clip.segments)
    return Size(asked, said + _thoughts(adapter, model))


def _thoughts(adapter: Any, model: str) -> int:
    effort = getattr(adapter, "reasoning_effort", None)
    if effort is None:
        return THOUGHTS["medium"] if THINKING in model else 0
    return THOUGHTS.get(str(effort).lower(), THOUGHTS["high"])
