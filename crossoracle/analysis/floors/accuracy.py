"""Accuracy floors: how much the accuracy of one condition differs between repetitions, and what that hides.

For the runs r = 1..R of an arm (or the seeds of a condition that draws), on the videos that all of them have:
the mean accuracy, the standard deviation over runs with its chi-squared interval (runs are few, and their
accuracies means of many videos), and the smallest true difference that C videos and R runs would show::

    delta = (z_{1-alpha/2} + z_power) sqrt((omega^2 + s_a^2 / R_a + s_b^2 / R_b) / n)

For a condition against its own repetition omega is 0 and s^2 is the mean variance over runs within a video.
For two conditions the root is the standard error of their paired difference: what of it belongs to videos and
what to runs need not be told apart, and clusters of several videos are left out whole (jackknife).

References
----------
Miller (2024), arXiv:2411.00640, section 5 (sample size from within- and between-question variance).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import chi2

from crossoracle.analysis.catalogue import comparisons, find
from crossoracle.analysis.floors.arm import Arm
from crossoracle.analysis.floors.ratios import Floats, Grid, Mask, mean
from crossoracle.analysis.floors.rows import ACCURACY, ACCURACY_SD, DETECTABLE, Floor
from crossoracle.analysis.floors.spending import filled
from crossoracle.analysis.predictions import Predictions
from crossoracle.errors import UnknownNameError
from crossoracle.options import METRICS
from crossoracle.results import NAN
from crossoracle.sampling.catalogue import parse

POWER = 0.8
SEEDS = "seeds"


@dataclass(frozen=True)
class Runs:
    """The repetitions of one condition: outcomes (runs, videos), NaN where one has none."""

    recognizer: str | None
    arm: str | None
    condition: str
    metric: str
    outcomes: Floats

    @property
    def means(self) -> Floats:
        """Mean over the runs of each video; NaN where a run has no outcome."""
        return np.asarray(self.outcomes.mean(axis=0))


def accuracy_floors(
    p: Predictions, arms: Sequence[Arm], grid: Grid, datasets: Sequence[str]
) -> Iterator[Floor]:
    """Yield the accuracy floors of every repeated condition, and of the contrasts between them."""
    for metric in p.metrics:
        every = list(_repeated(p, arms, metric))
        for dataset in datasets:
            here = grid.chosen(dataset)
            for one in every:
                yield from _of_condition(one, here, dataset, grid)
            for a, b in _contrasts(every):
                yield _between(a, b, here, dataset, grid)


def _repeated(p: Predictions, arms: Sequence[Arm], metric: str) -> Iterator[Runs]:
    """Yield conditions with several runs of one arm, or of none where they need no oracle."""
    of = {(member.oracle, member.run): arm.name for arm in arms for member in arm.members}
    groups: dict[tuple[str | None, str | None, str], list[int]] = {}
    for i, view in enumerate(p.views):
        arm = of.get((view.oracle, view.run)) if view.oracle is not None else None
        if view.oracle is None or arm is not None:
            groups.setdefault((view.recognizer, arm, unseeded(view.condition)), []).append(i)
    values = p.values[METRICS.index(metric)]
    for (recognizer, arm, condition), views in groups.items():
        if len(views) > 1 and not np.isnan(values[views]).all():
            yield Runs(recognizer, arm, condition, metric, values[views])


def unseeded(condition: str) -> str:
    """Return a condition without its seed: draws with other seeds repeat it.

    Examples
    --------
    >>> unseeded("random@0.3#7"), unseeded("led@0")
    ('random@0.3', 'led@0')
    """
    try:
        return str(replace(parse(condition), seed=None))
    except UnknownNameError:
        return condition


def _contrasts(every: Sequence[Runs]) -> Iterator[tuple[Runs, Runs]]:
    """Yield the plain contrasts between repeated conditions of one arm, or with one that needs no oracle."""
    groups: dict[tuple[str | None, str | None], dict[str, Runs]] = {}
    for one in every:
        groups.setdefault((one.recognizer, one.arm), {})[one.condition] = one
    for (recognizer, arm), own in groups.items():
        views: Mapping[str, Runs] = {**groups.get((recognizer, None), {}), **own}
        for what in comparisons(find((), list(views)), list(views)):
            if what.simple and (arm is None or any(name in own for name in what.conditions)):
                yield views[what.plus[0]], views[what.minus[0]]


def _start(quantity: str, one: Runs, dataset: str, grid: Grid, **more: Any) -> Floor:
    row = Floor(quantity, one.arm, None, one.metric, dataset, one.recognizer, one.condition)
    return replace(row, n_runs_a=len(one.outcomes), level=grid.level, **more)


def _of_condition(one: Runs, here: Mask, dataset: str, grid: Grid) -> Iterator[Floor]:
    among = here & ~np.isnan(one.outcomes).all(axis=0)
    found = mean(grid, one.means, among)
    yield filled(_start(ACCURACY, one, dataset, grid), found, among, grid, "no video has every run")
    used = among & ~np.isnan(one.means)
    counts = {"n_videos": found.videos, "n_clusters": len(found.left_out)}
    counts["n_left_out"] = int(among.sum()) - found.videos
    outcomes = one.outcomes[:, used]
    spread = float(outcomes.mean(axis=1).std(ddof=1)) if outcomes.shape[1] else NAN
    low, high = spread_interval(spread, len(outcomes), grid.level)
    few = "warning: 2 runs" if len(outcomes) == 2 else None
    row = _start(ACCURACY_SD, one, dataset, grid, interval="chi2", resampled="none", reason=few, **counts)
    yield replace(row, value=spread, low=low, high=high)
    within = float(outcomes.var(axis=0, ddof=1).mean()) if outcomes.shape[1] else NAN
    noise = sqrt(2 * within / len(outcomes) / found.videos) if found.videos else NAN
    row = _start(DETECTABLE, one, dataset, grid, interval="none", resampled="none", **counts)
    yield replace(row, value=factor(grid.level) * noise, reason="between two repetitions of the condition")


def _between(a: Runs, b: Runs, here: Mask, dataset: str, grid: Grid) -> Floor:
    among = here & ~np.isnan(a.outcomes).all(axis=0) & ~np.isnan(b.outcomes).all(axis=0)
    found = mean(grid, a.means - b.means, among)
    row = _start(DETECTABLE, a, dataset, grid, interval="none", resampled="none")
    why = None if np.isfinite(found.jackknife.se if found.videos else NAN) else "needs at least two clusters"
    return replace(
        row,
        arm_a=a.arm or b.arm,
        condition=f"{a.condition} - {b.condition}",
        value=factor(grid.level) * found.jackknife.se if why is None else NAN,
        n_runs_b=len(b.outcomes),
        n_videos=found.videos,
        n_clusters=len(found.left_out),
        n_left_out=int(among.sum()) - found.videos,
        reason=why,
    )


def factor(level: float, power: float = POWER) -> float:
    """Return z_{1-alpha/2} + z_power, alpha = 1 - level; 2.80 by default."""
    return float(ndtri((1 + level) / 2) + ndtri(power))


def spread_interval(spread: float, runs: int, level: float) -> tuple[float, float]:
    """Return the chi-squared interval of a standard deviation over runs, of R - 1 degrees of freedom."""
    tails = chi2.ppf([(1 + level) / 2, (1 - level) / 2], runs - 1)
    low, high = spread * np.sqrt((runs - 1) / np.asarray(tails))
    return float(low), float(high)
