"""Repeated runs in, floors out: self- and cross-agreement, differences with verdicts, and what arms take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from crossoracle.agreement.catalogue import find
from crossoracle.agreement.coefficient import Coefficient
from crossoracle.agreement.progress import Tell, say_nothing
from crossoracle.analysis.floors.arm import ADVISED, Arm
from crossoracle.analysis.floors.averaging import Averaged, Multiplicities, average, ceiling, draw_runs
from crossoracle.analysis.floors.loading import Repeated
from crossoracle.analysis.floors.ratios import Grid
from crossoracle.analysis.floors.rows import CEILING, CROSS, DIFFERENCE, DISATTENUATED, SELF, Floor, Floors
from crossoracle.analysis.floors.sampling import Pairs, Sampler, check_about_agreement
from crossoracle.analysis.floors.spending import spending
from crossoracle.analysis.floors.verdict import Margin, direction, judge, kind_of, one_sided
from crossoracle.errors import InputError
from crossoracle.options import FloorOptions
from crossoracle.results import Interval
from crossoracle.stats.clusters import FEW
from crossoracle.stats.intervals import interval
from crossoracle.stats.resampling import REPLICATES, Weights, cluster_weights
from crossoracle.tables.wording import several

HEADLINES = ("spearman_within", "kappa_quadratic", "cohen_kappa")
CORRELATIONS = ("pearson", "spearman")  # for these the ratio to the ceiling is the classical disattenuation


def floors(
    repeated: Repeated,
    ref: Arm,
    options: FloorOptions,
    *,
    weights: Weights | None = None,
    progress: Tell | None = None,
) -> Floors:
    """Compare arms with the repetitions of a reference.

    Parameters
    ----------
    repeated : Repeated
    ref : Arm
        The one whose floor the others are read against.
    weights : Weights
        Those of an agreement, say; by default they are drawn by cluster.

    Returns
    -------
    Floors
        For every coefficient and set of videos: self-agreement of each arm, cross-agreement, difference with
        its verdict and ratio to the ceiling of each other arm; then what the arms take.

    Raises
    ------
    InputError
        For a coefficient without a floor, a margin that is none, or too few runs to resample.
    """
    coefficients = find(options.coefficients or HEADLINES)
    check_about_agreement(coefficients)
    margin = Margin.read(options.margin)
    one_sided(options.level)
    if options.two_way and options.interval not in ("expanded", "percentile"):
        raise InputError(f"--two-way: found --interval {options.interval}, expected expanded or percentile")
    forced = weights.replicates if weights else options.replicates
    weights = weights or cluster_weights(
        repeated.ratings.clusters, options.replicates or REPLICATES, options.seed
    )
    runs = draw_runs(repeated.arms, weights.replicates, options.seed) if options.two_way else None
    rows: list[Floor] = []
    if len(repeated.videos):
        how = (weights, forced, options.bins, options.threads)
        sampler = Sampler(repeated.ratings, repeated.videos, *how)
        for pairs in sampler.pairs(coefficients, progress or say_nothing):
            rows += _Rowing(repeated, ref, options, margin, pairs, runs).rows()
        datasets = [where.dataset for where in sampler.slices()[1]]
        rows += spending(repeated, ref, grid_of(repeated, weights, options), datasets)
    return Floors(tuple(rows))


def grid_of(repeated: Repeated, weights: Weights, options: FloorOptions) -> Grid:
    """Return where the videos of the ratings stand."""
    r = repeated.ratings
    return Grid(r.datasets, r.dataset, r.cluster, weights, options.level, options.interval)


class _Rowing:
    """The rows of one coefficient in one slice."""

    def __init__(
        self,
        repeated: Repeated,
        ref: Arm,
        options: FloorOptions,
        margin: Margin,
        pairs: Pairs,
        runs: Multiplicities | None,
    ) -> None:
        self.repeated, self.ref, self.options, self.margin = repeated, ref, options, margin
        self.pairs, self.runs = pairs, runs
        self.c: Coefficient = pairs.coefficient
        self.own = {arm.name: self._average(arm, arm) for arm in repeated.arms}

    def rows(self) -> Iterator[Floor]:
        """Yield self-agreements, then what each other arm has with the reference."""
        for arm in self.repeated.arms:
            yield self._row(SELF, arm, None, self.own[arm.name], (self.c.low, self.c.high))
        for arm in (arm for arm in self.repeated.arms if arm != self.ref):
            cross = self._average(arm, self.ref)
            yield self._row(CROSS, arm, self.ref, cross, (self.c.low, self.c.high))
            yield self._judged(arm, cross)
            yield self._ceiling(arm, cross)

    def _average(self, a: Arm, b: Arm) -> Averaged:
        return average(self.pairs, self.repeated.raters, a.name, b.name, self.runs)

    def _judged(self, arm: Arm, cross: Averaged) -> Floor:
        o, own = self.options, self.own[self.ref.name]
        kind = kind_of(o.interval, two_way=self.runs is not None)
        found = judge(cross, own, self.c, self.margin, level=o.level, kind=kind)
        row = self._row(DIFFERENCE, arm, self.ref, found.difference, kind=kind)
        notes = [*(row.reason or "").split("; "), found.reason, self._few()]
        return replace(
            row,
            margin=found.margin,
            margin_rule=str(self.margin),
            bound=found.bound,
            upper_bound=found.upper_bound,
            verdict=found.verdict,
            reason="; ".join(dict.fromkeys(note for note in notes if note)) or None,
        )

    def _few(self) -> str | None:
        n = len(self.ref.members)
        if n >= ADVISED:
            return None
        return f"warning: {several(n, 'run')} of {self.ref.name}, a single pair; better {ADVISED} or more"

    def _ceiling(self, arm: Arm, cross: Averaged) -> Floor:
        plain = self.c.name.removesuffix("_all").removesuffix("_within").removesuffix("_between")
        quantity = DISATTENUATED if plain in CORRELATIONS else CEILING
        found = ceiling(cross, self.own[arm.name], self.own[self.ref.name])
        if direction(self.c) < 0:
            nothing = np.full_like(found.replicates, np.nan)
            why = "a distance has no ceiling"
            found = replace(found, value=float("nan"), replicates=nothing, reason=why)
        return self._row(quantity, arm, self.ref, found)

    def _row(
        self,
        quantity: str,
        a: Arm,
        b: Arm | None,
        one: Averaged,
        range_: tuple[float, float] = (-np.inf, np.inf),
        kind: str = "",
    ) -> Floor:
        o, where, jackknife = self.options, self.pairs.where, one.jackknife
        kind = kind or o.interval
        defined = np.isfinite(one.value)
        found = Interval(reason=one.barred)
        if defined and not one.barred:
            found = interval(one.value, one.replicates, jackknife, o.level, kind)
        few = f"warning: {several(jackknife.clusters, 'cluster')}" if jackknife.clusters < FEW else None
        reasons = [found.reason, few] if defined else [one.reason or self.c.undefined]
        total = self.repeated.found
        return Floor(
            quantity,
            a.name,
            b.name if b else None,
            self.c.name,
            where.dataset,
            value=one.value,
            low=max(found.low, range_[0]),
            high=min(found.high, range_[1]),
            level=o.level,
            interval=kind,
            resampled="videos and runs" if self.runs is not None else "videos",
            replicates=len(one.replicates),
            n_runs_a=len(a.members),
            n_runs_b=len(b.members) if b else None,
            n_videos=int(one.used.sum()),
            n_clusters=jackknife.clusters,
            n_left_out=sum(total.values() if where.dataset == "all" else [total[where.dataset]])
            - int(one.used.sum()),
            n_undefined=int(np.count_nonzero(~np.isfinite(one.replicates))),
            reason="; ".join(r for r in reasons if r) or None,
        )


def verdicts(rows: Sequence[Floor]) -> list[Floor]:
    """Return the rows that carry the claim: differences over all videos."""
    return [row for row in rows if row.quantity == DIFFERENCE and row.dataset == "all"]
