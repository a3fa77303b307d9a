"""The same point values from other libraries: scikit-learn, SciPy, statsmodels, krippendorff, irrCAC.

Each check is asked for only where the library defines the same thing on the same data; the pooled row is
compared, and what could not be checked is named with the reason. Krippendorff's package is GPL-3 and no base
of crossoracle: it checks, it is not built upon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from itertools import combinations
from typing import Any

import numpy as np

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.coefficient import Floats, Levels
from crossoracle.agreement.levels import coded
from crossoracle.agreement.ratings import Ratings
from crossoracle.errors import install
from crossoracle.results import Estimates, Rows

FEW_LEVELS = 128  # krippendorff and irrCAC hold units x levels x levels
Value = Callable[[], float]
NO_COUNTERPART = "no library defines the same"
UNDEFINED = "undefined here"
MANY_LEVELS = f"more than {FEW_LEVELS} levels of scores"
UNEVEN = "scikit-learn needs levels at equal distances"
INCOMPLETE = "statsmodels needs every oracle's answer on every segment"
MISSING = {
    "krippendorff": f"krippendorff is not installed: {install('crosscheck')}",
    "irrCAC": "irrCAC is not installed: pip install irrCAC",
}


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


@dataclass(frozen=True)
class Checks(Rows[Check]):
    """All values that were checked; ``unchecked`` names the coefficients that were not, each with why."""

    KIND = Check
    unchecked: dict[str, str] = field(default_factory=dict)

    @property
    def largest(self) -> Check | None:
        """The check that differs most, by being undefined elsewhere before all; None when there is none."""
        return max(self, key=lambda check: np.nan_to_num(check.difference, nan=np.inf), default=None)


def cross_check(ratings: Ratings, estimates: Estimates, *, as_they_come: bool = True) -> Checks:
    """Compute the pooled point values of estimates once more with other libraries.

    ``as_they_come`` is whether scores became levels as they are; binned ones are not compared.
    """
    ours = {
        (e.statistic, e.oracle_a, e.oracle_b): e.value
        for e in estimates
        if e.dataset == "all" and e.label is None
    }
    found, why = [], {name: NO_COUNTERPART for name, _, _ in ours}
    for statistic, a, b, library, value in _available(ratings) if ratings.videos else ():
        mine = ours.get((statistic, a, b), np.nan)
        if not as_they_come and COEFFICIENTS[statistic].reads == "levels":
            why[statistic] = "the levels are given, not the scores as they come"
        elif isinstance(value, str):
            why[statistic] = value
        elif not np.isfinite(mine):
            why[statistic] = UNDEFINED
        else:
            found.append(Check(statistic, a, b, library, mine, float(value())))
    checked = {check.statistic for check in found}
    left = {name for name, _, _ in ours} - checked
    return Checks(tuple(found), {name: said for name, said in why.items() if name in left})


def _available(ratings: Ratings) -> Iterator[tuple[str, str | None, str | None, str, Value | str]]:
    for i, j in combinations(range(len(ratings.oracles)), 2):
        lined_up = ratings.lined_up((i, j))[ratings.video_of_segment()]
        for statistic, library, value in (
            *_of_scores(ratings, i, j, lined_up),
            *_of_flags(ratings, i, j, lined_up),
        ):
            yield statistic, ratings.oracles[i], ratings.oracles[j], library, value
    for statistic, library, value in (*_of_all(ratings),):
        yield statistic, None, None, library, value


def _of_scores(ratings: Ratings, i: int, j: int, lined_up: Any) -> Iterator[tuple[str, str, Value | str]]:
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
    if len(values) > FEW_LEVELS:
        named = ("percent_agreement_levels", "cohen_kappa_levels", "kappa_linear", "kappa_quadratic")
        yield from ((name, "scikit-learn", MANY_LEVELS) for name in named)
        return
    yield from _sklearn(codes, "_levels")
    even = len(values) > 1 and np.allclose(np.diff(values), values[1] - values[0], atol=1e-12)
    for weights in ("linear", "quadratic"):
        value = partial(_cohen, codes, weights, len(values))
        yield f"kappa_{weights}", "scikit-learn", value if even else UNEVEN


def _pooled(function: Any, x: Floats, y: Floats) -> float:
    return float(function(x, y)[0])


def _within(function: Any, x: Floats, y: Floats, video: Any) -> float:
    splits = np.flatnonzero(np.diff(video)) + 1
    pairs = zip(np.split(x, splits), np.split(y, splits), strict=True)
    values = [function(p, q)[0] for p, q in pairs if np.ptp(p) > 0 and np.ptp(q) > 0]
    return float(np.mean(values)) if values else np.nan


def _of_flags(ratings: Ratings, i: int, j: int, lined_up: Any) -> Iterator[tuple[str, str, Value | str]]:
    flags = ratings.kept[[i, j]]
    yield from _sklearn(flags[:, lined_up & (flags >= 0).all(axis=0)].astype(np.int64), "")


def _sklearn(codes: Any, suffix: str) -> Iterator[tuple[str, str, Value | str]]:
    from sklearn.metrics import accuracy_score

    levels = int(codes.max(initial=0)) + 1
    values = {"percent_agreement": partial(accuracy_score, *codes)}
    values |= {"cohen_kappa": partial(_cohen, codes, None, levels)}
    for name, value in values.items():
        yield f"{name}{suffix}", "scikit-learn", value if codes.shape[1] else UNDEFINED


def _cohen(codes: Any, weights: str | None, levels: int) -> float:
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(*codes, weights=weights, labels=np.arange(levels)))


def _of_all(ratings: Ratings) -> Iterator[tuple[str, str, Value | str]]:
    oracles = tuple(range(len(ratings.oracles)))
    lined_up = ratings.lined_up(oracles)[ratings.video_of_segment()]
    codes, values = coded(ratings, oracles, Levels())
    flags = ratings.kept.astype(np.int64)
    yield from _units(flags[:, lined_up], np.array([0.0, 1.0]), "")
    few = 1 < len(values) <= FEW_LEVELS
    no = UNDEFINED if len(values) < 2 else MANY_LEVELS
    for statistic, library, value in _units(codes[:, lined_up], values, "_levels", few=few):
        yield statistic, library, value if few else no
    score = np.where(lined_up, ratings.score, np.nan)
    for level in ("interval", "ordinal", "ratio"):
        value = partial(_alpha, score, level)
        yield f"alpha_{level}", "krippendorff", _with("krippendorff", value) if few else no


def _with(library: str, value: Value) -> Value | str:
    """Return how to ask a library, or why it cannot be asked."""
    return value if find_spec(library) else MISSING[library]


def _units(
    codes: Any, values: Floats, suffix: str, *, few: bool = True
) -> Iterator[tuple[str, str, Value | str]]:
    from statsmodels.stats.inter_rater import fleiss_kappa

    levels = range(len(values)) if few else ()
    counts = np.array([(codes == k).sum(axis=0) for k in levels], dtype=np.int64).T
    complete = counts.size > 0 and bool((counts.sum(axis=1) == len(codes)).all())
    for name, method in (("fleiss_kappa", "fleiss"), ("brennan_prediger", "randolph")):
        value = partial(fleiss_kappa, counts, method)
        yield f"{name}{suffix}", "statsmodels", value if complete else INCOMPLETE
    rated = np.where(codes >= 0, codes, np.nan).astype(float)
    value = partial(_alpha, rated, "nominal")
    yield f"alpha_nominal{suffix}", "krippendorff", _with("krippendorff", value)
    for name, method in (("gwet_ac1_all", "gwet"), ("conger_kappa", "conger")):
        yield f"{name}{suffix}", "irrCAC", _with("irrCAC", partial(_irrcac, rated, method))


def _alpha(ratings: Floats, level: Any) -> float:
    import krippendorff

    return float(krippendorff.alpha(reliability_data=ratings, level_of_measurement=level))


def _irrcac(ratings: Floats, method: str) -> float:
    import pandas as pd
    from irrCAC.raw import CAC

    return float(getattr(CAC(pd.DataFrame(ratings.T), digits=15), method)()["est"]["coefficient_value"])
