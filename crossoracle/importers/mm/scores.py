"""Weights into scores: what the reply does not hold is not taken from the file, and what differs is said.

The published pipeline wrote 0.5 for every segment, all of them important, where it could not read a reply; it
filled gaps between scores, and let the last of two scores of a segment win. Where the raw reply is there, it
is read again; otherwise several replies in one file tell that the first could not be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossoracle.importers.mm.findings import Findings
from crossoracle.importers.mm.sidecar import Sidecar
from crossoracle.replies import ScoreRead
from crossoracle.replies.segments import disagrees

FALLBACK = 0.5
CLOSE = 0.005
"""How far a weight may lie from the reply's score: files hold two digits or more."""


@dataclass
class Rated:
    """What a label file, and its reply, say of the segments; and whether the reply can be used at all."""

    scores: list[float | None]
    kept: list[bool | None]
    phases: list[str | None]
    reasons: list[str | None]
    usable: bool = True


def rated(sidecar: Sidecar, reads: Sequence[ScoreRead], findings: Findings) -> Rated:
    """Return the scores of a video that passed its precheck.

    Parameters
    ----------
    sidecar : Sidecar
        The label file.
    reads : sequence of ScoreRead
        Its raw replies, read again, as far as it holds them.
    findings : Findings
        Where what is noticed is counted.
    """
    found = _of_file(sidecar, findings)
    if sidecar.searched:
        return _looked_over(sidecar, found, findings)
    best = next((read for read in reversed(reads) if read.outcome == "yes"), None)
    if _is_fallback(found):
        return _instead(sidecar, found, best, reads, findings)
    if best is None and any("conflicting" in read.flags for read in reads):
        findings.add("conflicting", sidecar.video_id)
        return _nothing(found)
    if best is not None:
        _compare(sidecar, found, best, findings)
    return _looked_over(sidecar, found, findings)


def _of_file(sidecar: Sidecar, findings: Findings) -> Rated:
    weights = [segment.weight for segment in sidecar.segments]
    scores = [None if w is None else min(max(w, 0.0), 1.0) for w in weights]
    if scores != weights:
        findings.add("clipped", sidecar.video_id)
    kept = [None if s.label is None else s.label == "important" for s in sidecar.segments]
    listed = sidecar.mss_result.kept_indices
    if listed is not None and {i for i, flag in enumerate(kept) if flag} != set(listed):
        findings.add("indices", sidecar.video_id)
    phases, reasons = zip(*((s.phase or None, s.reason or None) for s in sidecar.segments), strict=True)
    return Rated(scores, kept, list(phases), list(reasons))


def _is_fallback(found: Rated) -> bool:
    return all(score == FALLBACK for score in found.scores) and all(found.kept)


def _instead(
    sidecar: Sidecar, found: Rated, best: ScoreRead | None, reads: Sequence[ScoreRead], findings: Findings
) -> Rated:
    """Return what stands instead of 0.5 everywhere."""
    if best is not None:
        if list(best.scores) != found.scores or list(best.kept) != found.kept:
            findings.add("recovered", sidecar.video_id)
        return Rated(list(best.scores), list(best.kept), list(best.phases), list(best.reasons))
    if reads or len(sidecar.responses) > 1:
        findings.add("fallback", sidecar.video_id)
        return _nothing(found)
    findings.add("half", sidecar.video_id)
    return found


def _nothing(found: Rated) -> Rated:
    none = [None] * len(found.scores)
    return Rated(list(none), list(none), list(none), list(none), usable=False)


def _compare(sidecar: Sidecar, found: Rated, best: ScoreRead, findings: Findings) -> None:
    """Hold the file against its reply; what the reply leaves open becomes null, the rest stays."""
    interpolated = differs = False
    for i, said in enumerate(best.scores):
        weight = found.scores[i]
        if said is None and weight is not None:
            found.scores[i], interpolated = None, True
        elif said is not None:
            differs |= weight is None or abs(weight - said) > CLOSE
        differs |= best.kept[i] is not None and found.kept[i] != best.kept[i]
        found.phases[i] = found.phases[i] or best.phases[i]
        found.reasons[i] = found.reasons[i] or best.reasons[i]
    if interpolated:
        findings.add("interpolated", sidecar.video_id)
    if differs:
        findings.add("differs", sidecar.video_id)


def _looked_over(sidecar: Sidecar, found: Rated, findings: Findings) -> Rated:
    if disagrees(found.scores, found.kept):
        findings.add("disagrees", sidecar.video_id)
    return found
