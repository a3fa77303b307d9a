"""What a reply was read as: an outcome always, a decision and scores where it holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Decision = Literal["YES", "NO", "SKIP"]
Outcome = Literal["yes", "no", "skip", "refused", "unparsed", "truncated", "error"]
"""As in the table prechecks; "error" is for callers: a call that brought no reply cannot be read."""

FLAGS = {
    "repaired": "the JSON was not valid and had to be repaired",
    "truncated": "the reply breaks off",
    "several answers": "the reply holds more than one answer",
    "no segments": "the reply says nothing of segments",
    "missing": "segments were left out: their scores are null",
    "unreadable": "a segment, score or member of the important set is not of its kind: left out",
    "unknown segments": "a segment is named that the clip does not have: left out",
    "duplicate": "a segment is named twice with the same score",
    "conflicting": "a segment is named twice with different scores: no score is used",
    "clipped": "a score lay outside [0, 100]",
    "small scale": "every score lies within [0, 1] though 100 was the top: taken as they are",
    "string ids": "segments are named by text",
    "numbers as text": "a number was written as text",
    "no important set": "the reply has no important set that can be placed: kept is null",
    "disagrees": "a segment of the important set scores lower than one outside it",
    "confidence clipped": "the confidence lay outside its range",
    "confidence as fraction": "the confidence was written as a fraction though 100 was the top",
}
"""Every flag of a read reply, and what it means."""


@dataclass(frozen=True)
class VerifyRead:
    """A reply to "is the action there?".

    Parameters
    ----------
    outcome : str
        What it counts as; the decision, wherever it can be read.
    decision : {"YES", "NO", "SKIP"}, optional
        What it says, even where the rest cannot be used.
    confidence : float, optional
        What it states, in [0, 1].
    evidence : str, optional
        What it saw.
    flags : tuple of str
        Some of `FLAGS`.
    detail : str, optional
        Why it is not yes, no or skip, or what was wrong besides.
    """

    outcome: Outcome
    decision: Decision | None = None
    confidence: float | None = None
    evidence: str | None = None
    flags: tuple[str, ...] = ()
    detail: str | None = None


@dataclass(frozen=True)
class ScoreRead(VerifyRead):
    """A reply to "is the action there, and how much evidence does each segment carry?".

    YES without scores that can be used is not yes: the outcome is then "truncated" where the reply breaks
    off, or else "unparsed", and everything about segments is null. NO and SKIP need no scores.

    Parameters
    ----------
    scores : tuple of (float or None), shape (n_segments,)
        In [0, 1]; None where the reply says nothing of the segment.
    kept : tuple of (bool or None), shape (n_segments,)
        The reply's own important set, never worked out from the scores; None where it has none.
    phases, reasons : tuple of (str or None), shape (n_segments,)
        In its own words.
    """

    scores: tuple[float | None, ...] = ()
    kept: tuple[bool | None, ...] = ()
    phases: tuple[str | None, ...] = ()
    reasons: tuple[str | None, ...] = ()
