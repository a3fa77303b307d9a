"""What a strategy is: how an oracle is asked about a clip, until its scores and its precheck are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from crossoracle.oracles.asking.spending import Spent
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Answer, Oracle

Row = dict[str, Any]


@dataclass(frozen=True)
class Labelled:
    """What one run of one oracle says about one video.

    Parameters
    ----------
    scores : list of dict
        Rows of the scores table; none where the action was not recognised.
    precheck : dict
        The row of the prechecks table.
    removals : list of dict
        Rows of the removals table; none but by greedy removal.
    """

    scores: list[Row]
    precheck: Row
    removals: list[Row]


class Strategy(Protocol):
    """A function from an oracle and a clip to what the oracle says."""

    async def __call__(self, oracle: Oracle, clip: Clip, sample: int) -> Labelled:
        """Ask the oracle; a reply that is no good is an outcome, never an exception."""


def key_of(oracle: Oracle, clip: Clip, sample: int) -> Row:
    """Return the columns that every row of a video has."""
    return {"dataset": clip.dataset, "video_id": clip.video_id, "oracle": oracle.name, "run": str(sample)}


def score_rows(
    key: Row,
    clip: Clip,
    scores: Sequence[float | None],
    kept: Sequence[bool | None],
    phases: Sequence[str | None] = (),
    reasons: Sequence[str | None] = (),
) -> list[Row]:
    """Return rows of the scores table, one per segment."""
    nothing = [None] * len(clip.segments)
    columns = zip(clip.segments, scores, kept, phases or nothing, reasons or nothing, strict=True)
    return [
        {
            **key,
            "segment": segment,
            "start_s": start,
            "end_s": end,
            "score": score,
            "kept": is_kept,
            "phase": phase or None,
            "reason": reason or None,
        }
        for segment, ((start, end), score, is_kept, phase, reason) in enumerate(columns)
    ]


def detail_of(told: str | None, answer: Answer | None, *more: str | None) -> str | None:
    """Return what else is to be said of a video: by the reader, by the provider, by the strategy."""
    said = (told, answer.detail if answer else None, *more)
    return "; ".join(dict.fromkeys(filter(None, said))) or None


def taken(spent: Spent) -> Row:
    """Return the columns of a precheck that say what it took; null where something is not known."""
    return {
        "calls": spent.calls,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cost_usd": None if spent.failed else spent.cost_usd,
        "latency_s": spent.latency_s,
    }
