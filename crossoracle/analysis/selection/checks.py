"""What the weights rest on: effective sample size, balance, positivity, and what the model explains.

Balance is the standardised difference of means between the videos that passed and all videos, before and
after weighting. Positivity fails where no video of a kind passes: then none can stand for it. What no
covariate tells cannot be weighted away, and these numbers cannot show it.

References
----------
Kish (1965), *Survey Sampling*, section 11.7 (effective size); Austin & Stuart (2015), *Stat. Med.*
34:3661-3679 (balance); McFadden (1974), in *Frontiers in Econometrics*, 105-142 (pseudo R squared).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import rankdata

from crossoracle.analysis.selection.weighting import Propensity
from crossoracle.results import NAN
from crossoracle.stats.clusters import effective_number
from crossoracle.tables.wording import several

Floats = NDArray[np.float64]
RARE = 0.05  # probability to pass under which a video counts as hardly represented
UNBALANCED = 0.1  # standardised difference that is noticed (Austin & Stuart)
LITTLE = 0.6  # area under the curve below which covariates explain little of who passes
HEAVY = 0.1  # share of all weight on one video that is noticed


@dataclass(frozen=True)
class Weighting:
    """One row of the weighting table, field for column."""

    oracles: str
    covariates: str | None
    n_videos: int
    n_passed: int
    effective: float = NAN
    lowest: float = NAN
    n_rare: int = 0
    n_unsupported: int = 0
    largest: float = NAN
    auc: float = NAN
    r_squared: float = NAN
    largest_before: float = NAN
    largest_after: float = NAN
    reason: str | None = None


@dataclass(frozen=True)
class Balance:
    """One row of the balance table, field for column."""

    oracles: str
    covariate: str
    value: str | None
    mean_all: float
    mean_passed: float
    mean_weighted: float
    before: float
    after: float


def balance(model: Propensity, name: str) -> list[Balance]:
    """Return a row for each column of the design but the constant; means are of that column."""
    x, w, passed = model.design.columns, model.weight, model.passed
    if not passed.any():
        return []
    rows = []
    for j in range(1, x.shape[1]):
        every, own = float(x[:, j].mean()), float(x[passed, j].mean())
        weighted, sd = float((w @ x[:, j]) / w.sum()), float(x[:, j].std())
        gap = [(mean - every) / sd if sd > 0 else NAN for mean in (own, weighted)]
        covariate, value = model.design.covariate[j], model.design.value[j]
        rows.append(Balance(name, covariate, value, every, own, weighted, *gap))
    return rows


def weighting(model: Propensity, rows: list[Balance], name: str) -> Weighting:
    """Return what there is to know of the weights of one set of oracles."""
    p, passed, w = model.p, model.passed, model.weight[model.passed]
    known = ", ".join(model.design.covariates) or None
    n, k = len(passed), int(passed.sum())
    if not k:
        return Weighting(name, known, n, k, reason="no video is passed by all: none can stand for the others")
    before, after = (max((abs(gap) for gap in gaps), default=NAN) for gaps in _gaps(rows))
    passing_of_kind = np.bincount(model.design.group, passed)[model.design.group]
    made = Weighting(
        name,
        known,
        n,
        k,
        effective_number(w),
        float(p.min()),
        int((p < RARE).sum()),
        int((passing_of_kind == 0).sum()),
        float(w.max() / w.sum()),
        area(p, passed),
        _explained(p, passed),
        before,
        after,
    )
    return Weighting(**vars(made) | {"reason": "; ".join(_remarks(made)) or None})


def _gaps(rows: list[Balance]) -> tuple[list[float], list[float]]:
    return [r.before for r in rows if r.before == r.before], [r.after for r in rows if r.after == r.after]


def _remarks(w: Weighting) -> Iterator[str]:
    """Yield what a reader has to know before the weighted estimate is believed."""
    if w.n_passed == w.n_videos:
        yield "every video is passed by all: nothing to weight"
        return
    if w.covariates is None:
        yield "no covariate is known of every video: the weights are all equal"
    elif w.auc < LITTLE:
        yield f"the covariates explain little of who passes (area {w.auc:.2f}): weighting can change little"
    if w.n_unsupported:
        videos = several(w.n_unsupported, "video")
        yield f"positivity: {videos} of a dataset and label of which none passes, nothing stands for them"
    elif w.n_rare:
        yield f"positivity: {several(w.n_rare, 'video')} with a probability to pass under {RARE}"
    if w.largest > HEAVY:
        yield f"one video carries {w.largest:.0%} of the weight"
    if w.largest_after > UNBALANCED:
        yield f"a covariate is still {w.largest_after:.2f} standard deviations off balance"
    yield "what no covariate tells is not weighted away"


def area(p: Floats, passed: NDArray[np.bool_]) -> float:
    """Return the area under the curve: how often a video that passed has the higher probability of two.

    Undefined where all or none passed.
    """
    k, n = int(passed.sum()), len(passed)
    if k in (0, n):
        return NAN
    return float((rankdata(p)[passed].sum() - k * (k + 1) / 2) / (k * (n - k)))


def _explained(p: Floats, passed: NDArray[np.bool_]) -> float:
    """Return McFadden's pseudo R squared, 1 - log likelihood / that of one rate for all."""
    y, rate = passed.astype(float), passed.mean()
    nothing = float((xlogy(y, rate) + xlogy(1 - y, 1 - rate)).sum())
    own = float((xlogy(y, p) + xlogy(1 - y, 1 - p)).sum())
    return 1 - own / nothing if nothing < 0 else NAN
