"""Greedy removal: take away what can be spared, segment by segment, while the oracle still sees the action.

All segments are shown first; this is the precheck. Then, round by round, every segment that is left is taken
away in turn, and the one whose absence leaves P(YES) highest is removed for good, while P(YES) stays above a
threshold. With K segments this takes at most 1 + K + (K - 1) + ... + 2 calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crossoracle.oracles.asking.spending import Spent, booked
from crossoracle.oracles.asking.together import together
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Oracle, Verified
from crossoracle.oracles.strategy import Labelled, Row, detail_of, key_of, score_rows, taken
from crossoracle.tables.wording import several

BLIND = "no P(YES): greedy removal needs an oracle that gives one; use --strategy direct"


@dataclass(frozen=True)
class Greedy:
    """The greedy strategy.

    Parameters
    ----------
    threshold : float
        P(YES) must stay above it.
    operator : str
        What is done to a segment that is taken away (`Clip.without`).
    """

    threshold: float = 0.5
    operator: str = "cut"

    async def __call__(self, oracle: Oracle, clip: Clip, sample: int) -> Labelled:
        """Ask an oracle until no segment can be spared.

        The segment that is removed first scores 0, the next 1/(K - 1), and so on; those that survive score 1
        and are kept. A video of one segment keeps it. Of equal segments the first goes first. A segment whose
        verification brought no P(YES) is not removed in that round; a call that failed for good ends the
        video as an error, without scores.
        """
        with booked("greedy") as spent:
            return await _Search(self, oracle, clip, sample, spent).run()


@dataclass
class _Search:
    """The search on one clip: what is gone, and all that was asked."""

    how: Greedy
    oracle: Oracle
    clip: Clip
    sample: int
    spent: Spent
    gone: list[int] = field(default_factory=list)
    removals: list[Row] = field(default_factory=list)
    silent: int = 0

    async def run(self) -> Labelled:
        whole = (await self._verified([()]))[0]
        self._book(0, None, whole, removed=False)
        if whole.read.outcome != "yes":
            return self._labelled(whole)
        if whole.p_yes is None:
            return self._labelled(whole, failed=BLIND)
        while len(self.gone) < len(self.clip.segments) - 1:
            failed, removed = await self._round()
            if failed is not None:
                return self._labelled(whole, failed=failed)
            if removed is None:
                break
        return self._labelled(whole)

    async def _round(self) -> tuple[str | None, int | None]:
        """Try every segment that is left; return why the video failed, and the segment that was removed."""
        left = [segment for segment in range(len(self.clip.segments)) if segment not in self.gone]
        found = await self._verified([(*self.gone, segment) for segment in left])
        errors = [one for one in found if one.read.outcome == "error"]
        if errors:
            return errors[0].read.detail or "a call failed", None
        self.silent += sum(one.p_yes is None for one in found)
        best = max(range(len(left)), key=lambda i: (_p(found[i]), -left[i]))
        removed = left[best] if _p(found[best]) > self.how.threshold else None
        step = len(self.gone) + 1
        for segment, one in zip(left, found, strict=True):
            self._book(step, segment, one, removed=segment == removed)
        if removed is not None:
            self.gone.append(removed)
        return None, removed

    async def _verified(self, removed: Sequence[tuple[int, ...]]) -> list[Verified]:
        """Ask about the clip without each of some sets of segments, all at the same time."""
        clips = (self.clip.without(gone, self.how.operator) for gone in removed)
        return await together(self.oracle.verify(clip, sample=self.sample) for clip in clips)

    def _book(self, step: int, segment: int | None, found: Verified, *, removed: bool) -> None:
        key = key_of(self.oracle, self.clip, self.sample)
        self.removals.append(
            {**key, "step": step, "segment": segment, "p_yes": found.p_yes, "removed": removed}
        )

    def _labelled(self, whole: Verified, failed: str | None = None) -> Labelled:
        key, n = key_of(self.oracle, self.clip, self.sample), len(self.clip.segments)
        outcome = "error" if failed else whole.read.outcome
        silent = f"{several(self.silent, 'verification')} without P(YES)" if self.silent else None
        precheck = {
            **key,
            "outcome": outcome,
            "p_yes": whole.p_yes,
            "p_source": whole.p_source,
            "confidence": whole.read.confidence,
            **taken(self.spent),
            "detail": detail_of(failed or whole.read.detail, whole.answer, silent),
        }
        if outcome != "yes":
            return Labelled([], precheck, self.removals)
        score = dict.fromkeys(range(n), 1.0) | {s: rank / (n - 1) for rank, s in enumerate(self.gone)}
        kept = [segment not in self.gone for segment in range(n)]
        return Labelled(
            score_rows(key, self.clip, [score[s] for s in range(n)], kept), precheck, self.removals
        )


def _p(found: Verified) -> float:
    return -1.0 if found.p_yes is None else found.p_yes
