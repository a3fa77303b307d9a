"""From tallies to estimates: a row's value, its interval, its jackknife, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Coefficient, Floats
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Slice, Tallied
from crossoracle.agreement.tallying import Row, rows_of
from crossoracle.results import NAN, Estimate, Interval
from crossoracle.stats.clusters import FEW
from crossoracle.stats.intervals import Jackknife, interval, jackknife_t
from crossoracle.tables.wording import several

FEWEST_MARKED = 10  # videos with a kept (or with an unkept) segment under which no interval is given


@dataclass(frozen=True)
class Sampled:
    """A row's value, its replicates (B,), and its left-out values (clusters,) of a slice.

    ``enters`` (clusters,) marks the clusters that contribute; ``used`` (videos,) counts the segments that do;
    ``allowed`` is whether it may have an interval (`Marks.guard`).
    """

    row: Row
    value: float
    replicates: Floats
    left_out: Floats
    enters: NDArray[np.bool_]
    stratum: NDArray[np.int64]
    strata: tuple[str, ...]
    used: NDArray[np.int64]
    reason: str | None = None
    allowed: bool = True

    @property
    def comparable(self) -> bool:
        """Whether a difference from it may have an interval."""
        return self.allowed and bool(np.isfinite(self.value))

    @property
    def jackknife(self) -> Jackknife:
        """Left-out values of the clusters that contribute."""
        return Jackknife(self.left_out[self.enters], self.stratum[self.enters])


def sampled(
    study: Tallied,
    where: Slice,
    rows: Sequence[Row],
    values: Mapping[Row, float],
    replicates: Mapping[Row, Floats],
    left: Mapping[Row, Floats],
) -> dict[Row, Sampled]:
    """Bring together what is known of the rows in a slice."""
    found = {}
    size = [len(study.parts[p].index) for p in where.parts]
    stratum = np.repeat(np.arange(len(size)), size)
    for row in rows:
        key = study.keys[row]
        enters = np.concatenate([study.parts[p].segments[key] > 0 for p in where.parts])
        found[row] = Sampled(
            row,
            values.get(row, NAN),
            replicates[row],
            left.get(row, np.full(len(stratum), np.nan)),
            enters,
            stratum,
            tuple(study.parts[p].stratum for p in where.parts),
            study.counted[key].segments[where.videos],
            study.refused.get(row),
        )
    return found


def mean_over_pairs(coefficient: Coefficient, pairs: Sequence[Sampled], oracles: int) -> Sampled:
    """Return the mean over pairs: pair first, then the mean; undefined when a pair is."""
    row = rows_of(coefficient, oracles)[0]
    replicates = min(len(s.replicates) for s in pairs)
    reasons = [s.reason for s in pairs if s.reason]
    return Sampled(
        row,
        float(np.mean([s.value for s in pairs])),
        np.mean([s.replicates[:replicates] for s in pairs], axis=0),
        np.mean([s.left_out for s in pairs], axis=0),
        np.any([s.enters for s in pairs], axis=0),
        pairs[0].stratum,
        pairs[0].strata,
        np.max([s.used for s in pairs], axis=0),
        reasons[0] if reasons else None,
    )


@dataclass(frozen=True)
class Marks:
    """For each oracle and video, whether the video has a kept segment, and whether it has an unkept one."""

    kept: NDArray[np.bool_]
    unkept: NDArray[np.bool_]

    @classmethod
    def of(cls, ratings: Ratings) -> Marks:
        """Mark the videos of all ratings."""
        kept, unkept = ([ratings.per_video(row == flag) > 0 for row in ratings.kept] for flag in (1, 0))
        return cls(np.stack(kept), np.stack(unkept))

    def within(self, where: Slice) -> Marks:
        """Return the marks of the videos of a slice."""
        return Marks(self.kept[:, where.videos], self.unkept[:, where.videos])

    def guard(self, s: Sampled) -> tuple[bool, str | None]:
        """Return whether a row may have an interval, and a warning or the reason why not.

        With few videos that show a kept (or an unkept) segment, among those that the row rests on, every
        interval covers far too little.
        """
        if s.row.coefficient.reads != "kept":
            return True, None
        n, what = min(
            (int(np.count_nonzero(mark[list(s.row.oracles)].any(axis=0) & (s.used > 0))), what)
            for what, mark in (("a kept", self.kept), ("an unkept", self.unkept))
        )
        if n < FEWEST_MARKED:
            return False, f"{several(n, 'video')} with {what} segment; an interval needs {FEWEST_MARKED}"
        few = f"warning: only {several(n, 'video')} with {what} segment"
        return True, few if n < 2 * FEWEST_MARKED else None


def estimate(
    s: Sampled,
    ratings: Ratings,
    where: Slice,
    marks: Marks,
    *,
    level: float,
    kind: str,
) -> Estimate:
    """Return one row of the estimates table."""
    c, jackknife = s.row.coefficient, s.jackknife
    allowed, note = marks.guard(s)
    nothing = Interval(level=level, kind=kind)
    found = interval(s.value, s.replicates, jackknife, level, kind) if allowed else nothing
    second = jackknife_t(s.value, jackknife, level) if allowed and np.isfinite(s.value) else nothing
    names = [(ratings.oracles[i], ratings.runs[i]) for i in s.row.oracles]
    (a, run_a), (b, run_b) = names if c.of == "pair" else [(None, None)] * 2
    videos = int(np.count_nonzero(s.used))
    few = f"warning: {several(jackknife.clusters, 'cluster')}" if jackknife.clusters < FEW else None
    own = f"jackknife: {second.reason}" if second.reason and second.reason != found.reason else None
    reasons = [note, found.reason, own, few, _alone(s)]
    if np.isnan(s.value):
        reasons = [_why(s, ratings, where)]
    return Estimate(
        statistic=c.name,
        oracle_a=a,
        run_a=run_a,
        oracle_b=b,
        run_b=run_b,
        dataset=where.dataset,
        label=where.label,
        videos=ratings.rule,
        value=s.value,
        low=max(found.low, c.low),
        high=min(found.high, c.high),
        level=level,
        interval=kind,
        replicates=len(s.replicates),
        n_segments=int(s.used.sum()),
        n_videos=videos,
        n_clusters=jackknife.clusters,
        n_left_out=len(where.videos) - videos,
        n_undefined=int(np.count_nonzero(~np.isfinite(s.replicates))),
        reason="; ".join(r for r in reasons if r) or None,
        mc_low=found.mc_low,
        mc_high=found.mc_high,
        jackknife_low=max(second.low, c.low),
        jackknife_high=min(second.high, c.high),
    )


def _alone(s: Sampled) -> str | None:
    """Name the strata that have one cluster, which adds no variance, beside strata that have more."""
    size = np.bincount(s.stratum[s.enters], minlength=len(s.strata))
    alone = [name for name, n in zip(s.strata, size, strict=True) if n == 1]
    return f"warning: one cluster adds no variance: {', '.join(alone)}" if alone and size.max() > 1 else None


def _why(s: Sampled, ratings: Ratings, where: Slice) -> str:
    """Say why a value is undefined: refused, nothing rated together, or as the coefficient declares."""
    if s.reason:
        return s.reason
    kept = s.row.coefficient.reads == "kept"
    oracles = list(s.row.oracles)
    rated = ratings.kept[oracles] >= 0 if kept else ~np.isnan(ratings.score[oracles])
    together = np.asarray(rated.sum(axis=0) >= 2)
    together &= ratings.lined_up(s.row.oracles)[ratings.video_of_segment()]
    if ratings.per_video(together)[where.videos].any():
        return s.row.coefficient.undefined
    return f"no segment has {'kept flags' if kept else 'scores'} of two of the oracles"
