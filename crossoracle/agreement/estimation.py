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
        enters = np.concatenate([study.parts[p].entering(key, row.coefficient.lone) for p in where.parts])
        found[row] = Sampled(
            row,
            values.get(row, NAN),
            replicates[row],
            left.get(row, np.full(len(stratum), np.nan)),
            enters,
            stratum,
            tuple(study.parts[p].stratum for p in where.parts),
            study.counted[key].entering(row.coefficient.lone)[where.videos],
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

    def counts(self, s: Sampled) -> tuple[int, int]:
        """Count the videos that a row rests on which show a kept segment, and those with an unkept one."""
        oracles, some = list(s.row.oracles), s.used > 0
        kept, unkept = (
            int(np.count_nonzero(m[oracles].any(axis=0) & some)) for m in (self.kept, self.unkept)
        )
        return kept, unkept

    def guard(self, s: Sampled) -> tuple[bool, str | None]:
        """Return whether a row may have an interval, and a warning or the reason why not."""
        c = s.row.coefficient
        return guard(c, self.counts(s)) if c.reads == "kept" else (True, None)


def guard(c: Coefficient, marked: tuple[int, int]) -> tuple[bool, str | None]:
    """Return whether a row may have an interval, and a warning or the reason why not.

    With few videos that show a kept (or an unkept) segment, among those that the row rests on, every interval
    covers far too little. ``marked`` counts both.
    """
    if c.reads != "kept":
        return True, None
    n, what = min(zip(marked, ("a kept", "an unkept"), strict=True))
    if n < FEWEST_MARKED:
        return False, f"{several(n, 'video')} with {what} segment; an interval needs {FEWEST_MARKED}"
    few = f"warning: only {several(n, 'video')} with {what} segment"
    return True, few if n < 2 * FEWEST_MARKED else None


@dataclass(frozen=True)
class Where:
    """The slice of a row as tables name it, its number of videos, and the oracles with their runs."""

    dataset: str
    label: str | None
    videos: int
    rule: str
    oracles: tuple[str, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Basis:
    """A row, and what it rests on in a slice, wherever that comes from.

    ``allowed`` is whether it may have an interval, ``note`` a warning or the reason why not (`guard`);
    ``alone`` names the strata with one cluster, beside others with more; ``undefined`` says why there is no
    value, where there is none.
    """

    row: Row
    value: float
    replicates: Floats
    jackknife: Jackknife
    videos: int
    segments: int
    allowed: bool
    note: str | None
    alone: Sequence[str]
    undefined: str | None


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
    allowed, note = marks.guard(s)
    basis = Basis(
        s.row,
        s.value,
        s.replicates,
        s.jackknife,
        int(np.count_nonzero(s.used)),
        int(s.used.sum()),
        allowed,
        note,
        _alone(s),
        _why(s, ratings, where) if np.isnan(s.value) else None,
    )
    names = where.dataset, where.label, len(where.videos), ratings.rule, ratings.oracles, ratings.runs
    return estimated(basis, Where(*names), level=level, kind=kind)


def estimated(of: Basis, where: Where, *, level: float, kind: str) -> Estimate:
    """Return one row of the estimates table from what it rests on."""
    c, jackknife = of.row.coefficient, of.jackknife
    nothing = Interval(level=level, kind=kind)
    found = interval(of.value, of.replicates, jackknife, level, kind) if of.allowed else nothing
    second = jackknife_t(of.value, jackknife, level) if of.allowed and np.isfinite(of.value) else nothing
    names = [(where.oracles[i], where.runs[i]) for i in of.row.oracles]
    (a, run_a), (b, run_b) = names if c.of == "pair" else [(None, None)] * 2
    few = f"warning: {several(jackknife.clusters, 'cluster')}" if jackknife.clusters < FEW else None
    own = f"jackknife: {second.reason}" if second.reason and second.reason != found.reason else None
    alone = f"warning: one cluster adds no variance: {', '.join(of.alone)}" if of.alone else None
    reasons = [of.undefined] if of.undefined else [of.note, found.reason, own, few, alone]
    return Estimate(
        statistic=c.name,
        oracle_a=a,
        run_a=run_a,
        oracle_b=b,
        run_b=run_b,
        dataset=where.dataset,
        label=where.label,
        videos=where.rule,
        value=of.value,
        low=max(found.low, c.low),
        high=min(found.high, c.high),
        level=level,
        interval=kind,
        replicates=len(of.replicates),
        n_segments=of.segments,
        n_videos=of.videos,
        n_clusters=jackknife.clusters,
        n_left_out=where.videos - of.videos,
        n_undefined=int(np.count_nonzero(~np.isfinite(of.replicates))),
        reason="; ".join(r for r in reasons if r) or None,
        mc_low=found.mc_low,
        mc_high=found.mc_high,
        jackknife_low=max(second.low, c.low),
        jackknife_high=min(second.high, c.high),
    )


def _alone(s: Sampled) -> list[str]:
    """Name the strata that have one cluster, which adds no variance, beside strata that have more."""
    size = np.bincount(s.stratum[s.enters], minlength=len(s.strata))
    return [name for name, n in zip(s.strata, size, strict=True) if n == 1] if size.max(initial=0) > 1 else []


def _why(s: Sampled, ratings: Ratings, where: Slice) -> str:
    """Say why a value is undefined: refused, nothing rated together, or as the coefficient declares."""
    if s.reason:
        return s.reason
    return undefined(s.row.coefficient, together=bool(together(s, ratings)[where.videos].any()))


def together(s: Sampled, ratings: Ratings) -> NDArray[np.bool_]:
    """Return which videos have a segment that two of a row's oracles rate."""
    oracles = list(s.row.oracles)
    kept = s.row.coefficient.reads == "kept"
    rated = ratings.kept[oracles] >= 0 if kept else ~np.isnan(ratings.score[oracles])
    by_two = np.asarray(rated.sum(axis=0) >= 2)
    by_two &= ratings.lined_up(s.row.oracles)[ratings.video_of_segment()]
    return np.asarray(ratings.per_video(by_two) > 0)


def undefined(c: Coefficient, *, together: bool) -> str:
    """Say why a coefficient has no value: nothing rated together, or as it declares."""
    what = "kept flags" if c.reads == "kept" else "scores"
    return c.undefined if together else f"no segment has {what} of two of the oracles"
