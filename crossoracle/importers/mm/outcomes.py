"""What a recorded precheck really was: the published pipeline wrote every failure down as SKIP."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crossoracle.importers.mm.sidecar import Response, Sidecar
from crossoracle.replies import Outcome, ScoreRead

FAILURES = ("Query failed:", "Parse failed:", "Worker error:", "Response missing")
"""How the evidence begins where there was no answer, but a failure."""

BLOCKED = re.compile(
    r"filter|content.?policy|content.?management|responsible.?ai|safety|moderation|blocked|refus|prohibited",
    re.IGNORECASE,
)
SAID: dict[str, Outcome] = {"YES": "no", "NO": "no", "SKIP": "skip", "UNCERTAIN": "skip"}
"""What the decision of a video counts as that did not pass; YES with a low P(YES) is no."""

UNREADABLE: tuple[Outcome, ...] = ("refused", "unparsed", "truncated")


def outcome_of(sidecar: Sidecar, reads: Sequence[ScoreRead]) -> tuple[Outcome, str | None]:
    """Return what a precheck counts as, and what is to be said of it; the file's own flag decides who passes.

    Parameters
    ----------
    sidecar : Sidecar
        The label file.
    reads : sequence of ScoreRead
        Its raw replies, read again, as far as it holds them.
    """
    passed = sidecar.mss_result.precheck_passed
    last = sidecar.responses[-1] if sidecar.responses else None
    if last is None:
        return ("yes", None) if passed else ("error", "the label file holds no reply")
    if failed(last):
        return _failure(last, reads), last.evidence
    if passed:
        return "yes", None
    decision = (last.decision or "").strip().upper()
    if decision == "SKIP" and not last.confidence and reads and reads[-1].outcome in UNREADABLE:
        return reads[-1].outcome, reads[-1].detail
    if decision == "YES":
        p = sidecar.mss_result.precheck_vote_yes
        return "no", f"it says YES, but did not pass (P(YES) = {'unknown' if p is None else f'{p:g}'})"
    return SAID.get(decision, "unparsed"), last.evidence


def failed(response: Response) -> bool:
    """Return whether a response stands for a failure and not for an answer."""
    skipped = (response.decision or "SKIP").strip().upper() == "SKIP" and not response.confidence
    return skipped and (response.evidence or "").startswith(FAILURES)


def _failure(response: Response, reads: Sequence[ScoreRead]) -> Outcome:
    evidence = response.evidence or ""
    if evidence.startswith("Parse failed:"):
        read = reads[-1].outcome if reads else None
        return read if read in ("refused", "truncated") else "unparsed"
    if evidence.startswith("Query failed:") and BLOCKED.search(f"{evidence} {response.raw_output or ''}"):
        return "refused"
    return "error"
