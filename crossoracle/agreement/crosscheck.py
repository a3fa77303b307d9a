"""The same point values from other libraries: scikit-learn, SciPy, statsmodels, krippendorff, irrCAC.

Each check is asked for only where the library defines the same thing on the same data; the pooled row is
compared. Krippendorff's package is GPL-3 and no base of crossoracle: it checks, it is not built upon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import combinations
from typing import Any

import numpy as np

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.coefficient import Floats, Levels
from crossoracle.agreement.levels import coded
from crossoracle.agreement.ratings import Ratings
from crossoracle.results import Estimates, Rows

FEW_LEVELS = 128  # krippendorff and irrCAC hold units x levels x levels
Value = Callable[[], float]


@dataclass(frozen=True)
class Check:
    """One value, ours and a library's."""

    statistic: str
    oracle_a: str | None
    oracle_b: str | None
    library: str
    ours: float
    theirs: float

    @property
    def difference(self) -> float:
        """Absolute difference."""
        return abs(self.ours - self.theirs)

    def __str__(self) -> str:
        return f"{self.statistic}: {self.ours:.12g} here, {self.theirs:.12g} by {self.library}"


class Checks(Rows[Check]):
    """All values that were checked."""

    KIND = Check

    @property
    def largest(self) -> Check | None:
        """The check with the largest difference; None when nothing could be checked."""
        return max(self, key=lambda check: check.difference, default=None)


def cross_check(ratings: Ratings, estimates: Estimates, *, as_they_come: bool = True) -> Checks:
    """Compute the pooled point values of estimates once more with other libraries.

    ``as_they_come`` is whether scores became levels as they are; binned ones are not compared.
    """
    ours = {(e.statistic, e.oracle_a, e.oracle_b): e.value for e in estimates if e.dataset == "all"}
    found = []
    for statistic, a, b, library, value in _available(ratings):
        mine = ours.get((statistic, a, b), np.nan)
        if np.isfinite(mine) and (as_they_come or COEFFICIENTS[statistic].reads != "levels"):
            found.append(Check(statistic, a, b, library, mine, float(value())))
    return Checks(tuple(found))


def _available(ratings: Ratings) -> Iterator[tuple[str, str | None, str | None, str, Value]]:
    for i, j in combinations(range(len(ratings.oracles)), 2):
        lined_up = ratings.lined_up((i, j))[ratings.video_of_segment()]
        for statistic, library, value in (
            *_of_scores(ratings, i, j, lined_up),
            *_of_flags(ratings, i, j, lined_up),
        ):
            yield statistic, ratings.oracles[i], ratings.oracles[j], library, value
    for statistic, library, value in (*_of_all(ratings),):
        yield statistic, None, None, library, value


def _of_scores(ratings: Ratings, i: int, j: int, lined_up: Any) -> Iterator[tuple[str, str, Value]]:
    from scipy import stats

    both = lined_up & ~np.isnan(ratings.score[[i, j]]).any(axis=0)
    x, y = ratings.score[[i, j]][:, both]
    video = ratings.video_of_segment()[both]
    for statistic, function in (
        ("pearson", stats.pearsonr),
        ("spearman", stats.spearmanr),
        ("kendall_tau_b", stats.kendalltau),
    ):
        yield statistic, "scipy", partial(_pooled, function, x, y)
        within = statistic.removesuffix("_tau_b") + "_within"
        yield within, "scipy", partial(_within, function, x, y, video)
    codes, values = coded(ratings, (i, j), Levels())
    codes = codes[:, both]
    if len(values) <= FEW_LEVELS:
        yield from _sklearn(codes, "_levels")
    if 1 < len(values) <= FEW_LEVELS and np.allclose(np.diff(values), values[1] - values[0], atol=1e-12):
        for weights in ("linear", "quadratic"):
            yield f"kappa_{weights}", "scikit-learn", partial(_cohen, codes, weights, len(values))


def _pooled(function: Any, x: Floats, y: Floats) -> float:
    return float(function(x, y)[0])


def _within(function: Any, x: Floats, y: Floats, video: Any) -> float:
    splits = np.flatnonzero(np.diff(video)) + 1
    pairs = zip(np.split(x, splits), np.split(y, splits), strict=True)
    values = [function(p, q)[0] for p, q in pairs if np.ptp(p) > 0 and np.ptp(q) > 0]
    return float(np.mean(values)) if values else np.nan


def _of_flags(ratings: Ratings, i: int, j: int, lined_up: Any) -> Iterator[tuple[str, str, Value]]:
    flags = ratings.kept[[i, j]]
    yield from _sklearn(flags[:, lined_up & (flags >= 0).all(axis=0)].astype(np.int64), "")


def _sklearn(codes: Any, suffix: str) -> Iterator[tuple[str, str, Value]]:
    from sklearn.metrics import accuracy_score

    if codes.shape[1]:
        yield f"percent_agreement{suffix}", "scikit-learn", partial(accuracy_score, *codes)
        yield f"cohen_kappa{suffix}", "scikit-learn", partial(_cohen, codes, None, int(codes.max()) + 1)


def _cohen(codes: Any, weights: str | None, levels: int) -> float:
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(*codes, weights=weights, labels=np.arange(levels)))


def _of_all(ratings: Ratings) -> Iterator[tuple[str, str, Value]]:
    oracles = tuple(range(len(ratings.oracles)))
    lined_up = ratings.lined_up(oracles)[ratings.video_of_segment()]
    codes, values = coded(ratings, oracles, Levels())
    flags = ratings.kept.astype(np.int64)
    yield from _units(flags[:, lined_up], np.array([0.0, 1.0]), "")
    if 1 < len(values) <= FEW_LEVELS:
        yield from _units(codes[:, lined_up], values, "_levels")
        if find_spec("krippendorff"):
            score = np.where(lined_up, ratings.score, np.nan)
            for level in ("interval", "ordinal", "ratio"):
                yield f"alpha_{level}", "krippendorff", partial(_alpha, score, level)


def _units(codes: Any, values: Floats, suffix: str) -> Iterator[tuple[str, str, Value]]:
    from statsmodels.stats.inter_rater import fleiss_kappa

    counts = np.stack([(codes == k).sum(axis=0) for k in range(len(values))], axis=1)
    complete = counts.sum(axis=1) == len(codes)
    if not counts.any():
        return
    if complete.all():
        yield f"fleiss_kappa{suffix}", "statsmodels", partial(fleiss_kappa, counts, "fleiss")
        yield f"brennan_prediger{suffix}", "statsmodels", partial(fleiss_kappa, counts, "randolph")
    rated = np.where(codes >= 0, codes, np.nan).astype(float)
    if find_spec("krippendorff"):
        yield f"alpha_nominal{suffix}", "krippendorff", partial(_alpha, rated, "nominal")
    if find_spec("irrCAC"):
        for name, method in (("gwet_ac1_all", "gwet"), ("conger_kappa", "conger")):
            yield f"{name}{suffix}", "irrCAC", partial(_irrcac, rated, method)


def _alpha(ratings: Floats, level: Any) -> float:
    import krippendorff

    return float(krippendorff.alpha(reliability_data=ratings, level_of_measurement=level))


def _irrcac(ratings: Floats, method: str) -> float:
    import pandas as pd
    from irrCAC.raw import CAC

    return float(getattr(CAC(pd.DataFrame(ratings.T), digits=15), method)()["est"]["coefficient_value"])
