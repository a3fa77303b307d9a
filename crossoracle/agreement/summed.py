"""An estimate of which sums are known alone: what `estimation` is for values in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossoracle.agreement.coefficient import Floats
from crossoracle.agreement.estimation import FEWEST_MARKED
from crossoracle.agreement.leaving import LeftOut, Rest
from crossoracle.agreement.tallying import Row
from crossoracle.results import Estimate, Interval
from crossoracle.stats.clusters import FEW
from crossoracle.stats.intervals import interval, jackknife_t
from crossoracle.tables.wording import several


@dataclass(frozen=True)
class Summed:
    """A row's value and its replicates (B,) in a slice, and sums of what is left when clusters are left out.

    The row is the one at ``at`` among those of its coefficient, which ``left`` and ``rest`` are of;
    ``allowed`` is whether it may have an interval.
    """

    row: Row
    value: float
    replicates: Floats
    left: LeftOut
    rest: Rest
    at: int
    allowed: bool = True

    @property
    def comparable(self) -> bool:
        """Whether a difference from it may have an interval."""
        return self.allowed and bool(np.isfinite(self.value))

    @property
    def videos(self) -> int:
        """Number of videos that enter."""
        return int(self.rest.videos[self.at])

    def guard(self) -> tuple[bool, str | None]:
        """Return whether it may have an interval, and a warning or the reason why not; as `Marks.guard`."""
        if self.row.coefficient.reads != "kept":
            return True, None
        counts = ((self.rest.kept, "a kept"), (self.rest.unkept, "an unkept"))
        n, what = min((int(of[self.at]), what) for of, what in counts)
        if n < FEWEST_MARKED:
            return False, f"{several(n, 'video')} with {what} segment; an interval needs {FEWEST_MARKED}"
        few = f"warning: only {several(n, 'video')} with {what} segment"
        return True, few if n < 2 * FEWEST_MARKED else None


@dataclass(frozen=True)
class Where:
    """A slice: its name, how many videos it has, and by which rule they were chosen; names of the oracles."""

    dataset: str
    videos: int
    rule: str
    oracles: tuple[str, ...]
    run: str


def estimate_of(s: Summed, where: Where, *, level: float, kind: str) -> Estimate:
    """Return one row of the estimates table."""
    c, jackknife = s.row.coefficient, s.left.jackknife(s.at)
    allowed, note = s.guard()
    nothing = Interval(level=level, kind=kind)
    found = interval(s.value, s.replicates, jackknife, level, kind) if allowed else nothing
    second = jackknife_t(s.value, jackknife, level) if allowed and np.isfinite(s.value) else nothing
    a, b = (where.oracles[o] for o in s.row.oracles) if c.of == "pair" else (None, None)
    run = where.run if c.of == "pair" else None
    few = f"warning: {several(jackknife.clusters, 'cluster')}" if jackknife.clusters < FEW else None
    own = f"jackknife: {second.reason}" if second.reason and second.reason != found.reason else None
    alone = ", ".join(s.left.alone(s.at))
    reasons = [note, found.reason, own, few, alone and f"warning: one cluster adds no variance: {alone}"]
    if np.isnan(s.value):
        rated = "kept flags" if c.reads == "kept" else "scores"
        together = bool(s.rest.together[s.at])
        reasons = [c.undefined if together else f"no segment has {rated} of two of the oracles"]
    return Estimate(
        statistic=c.name,
        oracle_a=a,
        run_a=run,
        oracle_b=b,
        run_b=run,
        dataset=where.dataset,
        videos=where.rule,
        value=s.value,
        low=max(found.low, c.low),
        high=min(found.high, c.high),
        level=level,
        interval=kind,
        replicates=len(s.replicates),
        n_segments=int(s.rest.segments[s.at]),
        n_videos=s.videos,
        n_clusters=jackknife.clusters,
        n_left_out=where.videos - s.videos,
        n_undefined=int(np.count_nonzero(~np.isfinite(s.replicates))),
        reason="; ".join(r for r in reasons if r) or None,
        mc_low=found.mc_low,
        mc_high=found.mc_high,
        jackknife_low=max(second.low, c.low),
        jackknife_high=min(second.high, c.high),
    )
