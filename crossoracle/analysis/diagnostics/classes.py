"""Classes one by one, small ones drawn towards the mean of all: empirical Bayes.

A class k of C_k clusters has the value y_k with the squared error s_k^2 = sigma^2 / C_k; sigma^2 is pooled
over classes from jackknife variances, sum (C_k - 1) C_k v_k / sum (C_k - 1), since a small class says little
of its own error. With tau^2, the variance between classes by DerSimonian and Laird, and mu the mean with
weights 1 / (tau^2 + s_k^2), the shrunk value is mu + B_k (y_k - mu), B_k = tau^2 / (tau^2 + s_k^2), and its
variance B_k s_k^2 + (1 - B_k)^2 / sum_j 1 / (tau^2 + s_j^2).

References
----------
Morris (1983), *J. Am. Stat. Assoc.* 78:47-55; DerSimonian & Laird (1986), *Control. Clin. Trials* 7:177-188.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from crossoracle.agreement.coefficient import Coefficient, Levels, StackTally
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.tallying import Row, count, key_of, rows_of, with_bases
from crossoracle.results import NAN

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Shrunk:
    """Values of classes drawn towards their mean; arrays (classes,), NaN where a class has no value.

    ``kept`` is B_k, the share of its own distance from the mean that a class keeps.
    """

    value: Floats
    low: Floats
    high: Floats
    kept: Floats
    mean: float
    between: float


def shrunk(y: Floats, variance: Floats, clusters: Codes, level: float = 0.95) -> Shrunk:
    """Draw the values of classes towards their mean.

    Parameters
    ----------
    y, variance : arrays, shape (classes,)
        Values, and jackknife variances (NaN where a class has one cluster).
    clusters : array, shape (classes,)

    Returns
    -------
    Shrunk
        Undefined with fewer than two classes that have a value, or where no class has a variance.
    """
    ok = np.isfinite(y) & (clusters > 0)
    known = ok & np.isfinite(variance) & (clusters > 1)
    nothing = np.full(len(y), np.nan)
    free = (clusters[known] - 1).sum()
    if ok.sum() < 2 or free == 0:
        return Shrunk(nothing, nothing, nothing, nothing, NAN, NAN)
    sigma2 = ((clusters[known] - 1) * clusters[known] * variance[known]).sum() / free
    s2 = np.where(ok, sigma2 / np.maximum(clusters, 1), np.nan)
    tau2 = _between(y[ok], s2[ok])
    total = np.maximum(tau2 + s2, 1e-300)
    mu = float((y[ok] / total[ok]).sum() / (1 / total[ok]).sum())
    own = np.where(s2 > 0, tau2 / total, 1.0)
    value = mu + own * (y - mu)
    se = np.sqrt(own * s2 + (1 - own) ** 2 / (1 / total[ok]).sum())
    half = ndtri((1 + level) / 2) * se
    return Shrunk(value, value - half, value + half, np.where(ok, own, np.nan), mu, float(np.sqrt(tau2)))


def _between(y: Floats, s2: Floats) -> float:
    """Return the variance between classes by the method of moments, at least 0."""
    if (s2 <= 0).any():
        return float(y.var(ddof=1))
    w = 1 / s2
    q = (w * (y - (w * y).sum() / w.sum()) ** 2).sum()
    return float(max(0.0, (q - (len(y) - 1)) / (w.sum() - (w**2).sum() / w.sum())))


@dataclass(frozen=True)
class ClassRow:
    """One row of the diagnostics_classes table, field for column."""

    dataset: str
    label: str
    statistic: str
    oracle_a: str | None
    oracle_b: str | None
    value: float
    shrunk: float
    low: float
    high: float
    level: float
    own_share: float
    mean: float
    between_sd: float
    n_videos: int
    n_clusters: int
    reason: str | None = None


@dataclass(frozen=True)
class _Units:
    """Clusters within classes: the class of each unit, and the unit of each video that has a label."""

    names: tuple[tuple[str, str], ...]
    klass: Codes
    videos: Codes
    unit: Codes

    @classmethod
    def of(cls, ratings: Ratings) -> _Units:
        videos = np.flatnonzero([isinstance(label, str) for label in ratings.label])
        labels = ratings.label[videos].astype(str)
        values, of_label = np.unique(labels, return_inverse=True)
        pairs = np.stack([ratings.dataset[videos], of_label])
        kinds, klass = np.unique(pairs, axis=1, return_inverse=True)
        both = np.stack([klass.ravel(), ratings.cluster[videos]])
        units, unit = np.unique(both, axis=1, return_inverse=True)
        names = tuple((ratings.datasets[d], str(values[i])) for d, i in kinds.T.tolist())
        return cls(names, units[0].astype(np.int64), videos, unit.ravel().astype(np.int64))

    def into_units(self, columns: Floats) -> Floats:
        """Sum columns (columns, videos) into units."""
        return np.stack([np.bincount(self.unit, row[self.videos], len(self.klass)) for row in columns])

    def into_classes(self, columns: Floats) -> Floats:
        """Sum columns (columns, units) into classes."""
        return np.stack([np.bincount(self.klass, row, len(self.names)) for row in columns])


def classes(
    ratings: Ratings, coefficients: Sequence[Coefficient], kept_share: Floats, level: float = 0.95
) -> list[ClassRow]:
    """Return every class of every dataset, for the kept share of each oracle and each coefficient.

    Parameters
    ----------
    kept_share : array, shape (oracles, videos)
        NaN where a video has none.

    Returns
    -------
    list of ClassRow
        Shrunk within datasets. Only narrow tallies, and videos that have a label.
    """
    units = _Units.of(ratings)
    if not len(units.videos):
        return []
    found: list[ClassRow] = []
    for g, name in enumerate(ratings.oracles):
        known = np.isfinite(kept_share[g])
        sums = np.stack([known.astype(float), np.where(known, kept_share[g], 0.0)])
        found += _rows(units, "kept_share", (name, None), sums, known, _mean, level)
    for row, columns, used in _tallies(ratings, coefficients):
        pair = [ratings.oracles[g] for g in row.oracles] if row.coefficient.of == "pair" else [None, None]
        found += _rows(units, row.coefficient.name, (pair[0], pair[1]), columns, used, _form(row), level)
    return found


def _mean(sums: Floats) -> Floats:
    return np.asarray(sums[1] / sums[0])


def _form(row: Row) -> Callable[[Floats], Floats]:
    tally, value = row.coefficient.tally, row.coefficient.value
    if tally is None or value is None:
        raise TypeError(f"{row.coefficient.name} has no tally of its own")
    return lambda sums: np.asarray(value(tally.view(sums, None)), dtype=float)


def _tallies(
    ratings: Ratings, coefficients: Sequence[Coefficient]
) -> Iterator[tuple[Row, Floats, NDArray[np.bool_]]]:
    wanted = [c for c in coefficients if isinstance(c.tally, StackTally)]
    rows = [row for c in with_bases(wanted) for row in rows_of(c, len(ratings.oracles))]
    keys = {row: key_of(row, Levels()) for row in rows}
    counts = count(ratings, keys.values())
    for row, key in keys.items():
        counted = counts.by_key[key]
        yield row, np.asarray(counted.columns), counted.segments > 0


def _rows(
    units: _Units,
    statistic: str,
    oracles: tuple[str | None, str | None],
    columns: Floats,
    used: NDArray[np.bool_],
    form: Callable[[Floats], Floats],
    level: float,
) -> Iterator[ClassRow]:
    """Yield the classes of one quantity, whose closed form takes summed columns (columns, ...)."""
    by_unit = units.into_units(columns)
    total = units.into_classes(by_unit)
    n_videos = units.into_classes(units.into_units(used[None].astype(float)))[0].astype(int)
    enters = units.into_units(used[None].astype(float))[0] > 0
    clusters = np.bincount(units.klass[enters], minlength=len(units.names))
    with np.errstate(divide="ignore", invalid="ignore"):
        y, left = form(total), form(total[:, units.klass] - by_unit)
    variance = _variances(left[enters], units.klass[enters], clusters)
    for dataset in dict.fromkeys(name for name, _ in units.names):
        here = np.array([name == dataset for name, _ in units.names])
        s = shrunk(y[here], variance[here], clusters[here], level)
        for i, k in enumerate(np.flatnonzero(here)):
            bad = "undefined in this class" if np.isnan(y[k]) else None
            alone = "one class, or one cluster a class: nothing to shrink to" if np.isnan(s.mean) else None
            yield ClassRow(
                dataset,
                units.names[k][1],
                statistic,
                *oracles,
                value=float(y[k]),
                shrunk=float(s.value[i]),
                low=float(s.low[i]),
                high=float(s.high[i]),
                level=level,
                own_share=float(s.kept[i]),
                mean=s.mean,
                between_sd=s.between,
                n_videos=int(n_videos[k]),
                n_clusters=int(clusters[k]),
                reason=bad or alone,
            )


def _variances(left: Floats, klass: Codes, clusters: Codes) -> Floats:
    """Return the jackknife variance of every class; NaN where a left-out value is undefined."""
    n = len(clusters)
    size = np.maximum(clusters, 1)
    mean = np.bincount(klass, left, n) / size
    squares = np.bincount(klass, (left - mean[klass]) ** 2, n)
    return np.where(clusters > 1, (size - 1) / size * squares, np.nan)
