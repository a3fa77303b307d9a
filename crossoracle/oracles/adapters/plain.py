"""Oracles without a model: they see the action in every video, and rate its segments by a rule.

What they answer is JSON in the schema that models are asked for, so that it is stored and read in the same
way. They measure no probability: P(YES) is null, and their YES says nothing about what is left of a clip.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, ClassVar

from crossoracle.errors import InputError
from crossoracle.oracles.oracle import Answer, Capabilities, Question


@dataclass(frozen=True)
class Plain:
    """The adapter that oracles without a model have in common; each brings `rated`.

    Parameters
    ----------
    kept_share : float
        The share of the rated segments that counts as important: the highest ones, rounded up; of equal
        scores the earlier segment comes first.

    Raises
    ------
    InputError
        An option is out of range.
    """

    kept_share: float = 0.5

    name: ClassVar[str]
    rule: ClassVar[int] = 1
    """Counts up when the same clip would be rated differently."""

    def __post_init__(self) -> None:
        if not 0 <= self.kept_share <= 1:
            raise InputError(
                f"{self.name}: kept_share = {self.kept_share}, expected a share from 0 to 1; change it"
            )

    def rated(self, question: Question) -> Sequence[float | None]:
        """Return a score from 0 to 1 for each segment, or None where the rule says nothing."""
        raise NotImplementedError

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on: the rule, its options and the clip."""
        clip = question.clip
        return {
            "adapter": self.name,
            "rule": self.rule,
            "options": asdict(self),
            "kind": question.kind,
            "dataset": clip.dataset,
            "video_id": clip.video_id,
            "clip": clip.digest,
        }

    async def ask(self, question: Question) -> str:
        """Rate the segments, beside the event loop."""
        if question.kind == "verify":
            return written(verdict("YES", f"{self.name} looks for no action"), model=self.name)
        scores = await asyncio.to_thread(self.rated, question)
        reply = scoring(scores, highest(scores, self.kept_share), f"{self.name} looks for no action")
        return written(reply, model=self.name)

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply apart."""
        return answer(raw)

    async def probe(self) -> Capabilities:
        """Say what is known without a call."""
        return Capabilities(logprobs=False, structured=True, native_video=False)

    async def close(self) -> None:
        """Do nothing: nothing is held."""


def scoring(
    scores: Sequence[float | None],
    important: Sequence[int] | None,
    evidence: str,
    *,
    presence: str = "YES",
    confidence: float | None = None,
    words: Sequence[Mapping[str, str | None]] = (),
) -> dict[str, Any]:
    """Return a reply to "score"; segments without a score are left out of it.

    Parameters
    ----------
    scores : sequence of float or None
        In [0, 1], one per segment.
    important : sequence of int, optional
        The segments of the important set; None where there is none.
    evidence, presence, confidence
        As the reply has them; a confidence in [0, 1].
    words : sequence of mapping
        The phase and the reason of each segment; empty by default.
    """
    said = words or [{}] * len(scores)
    segments = [
        {
            "segment": segment,
            "importance": 100 * score,
            "phase": text.get("phase") or "",
            "reason": text.get("reason") or "",
        }
        for segment, (score, text) in enumerate(zip(scores, said, strict=True))
        if score is not None
    ]
    opening = {"presence": presence, "confidence": _percent(confidence), "evidence": evidence}
    chosen = {} if important is None else {"important": list(important)}
    return opening | {"segments": segments} | chosen


def verdict(decision: str, evidence: str, *, confidence: float | None = None) -> dict[str, Any]:
    """Return a reply to "verify"; a confidence in [0, 1]."""
    return {"decision": decision, "confidence": _percent(confidence), "evidence": evidence}


def highest(scores: Sequence[float | None], share: float) -> list[int]:
    """Return the segments of the highest scores in ascending order: a share of those rated, rounded up.

    Of equal scores the earlier segment comes first.

    Examples
    --------
    >>> highest([0.1, 0.7, None, 0.7, 0.2], 0.5)
    [1, 3]
    >>> highest([0.5, 0.5, 0.5], 0.5)
    [0, 1]
    """
    rated = sorted((-score, segment) for segment, score in enumerate(scores) if score is not None)
    count = math.ceil(Fraction(str(share)) * len(rated))
    return sorted(segment for _, segment in rated[:count])


def written(reply: Mapping[str, Any] | str | None, **facts: Any) -> str:
    """Return the raw reply of an oracle without a model: what it says, and further fields of `Answer`."""
    text = json.dumps(reply) if isinstance(reply, Mapping) else reply
    return json.dumps({"text": text, "input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0, **facts})


def answer(raw: str) -> Answer:
    """Take a raw reply of `written` apart."""
    return Answer(**json.loads(raw))


def _percent(confidence: float | None) -> float | str | None:
    """Return a confidence as it is read again: 0.4 of 100 would be taken for a fraction, "0.4%" is not."""
    if confidence is None:
        return None
    percent = 100 * confidence
    return f"{percent}%" if 0 < percent <= 1 else percent
