"""Estimates on reweighted videos: the tallies are those of `agreement`, the weights those of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement import counting
from crossoracle.agreement.coefficient import Coefficient, Levels
from crossoracle.agreement.estimation import Marks, Sampled, estimate, mean_over_pairs
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Slice, Tallied, replicate
from crossoracle.agreement.tallying import Row, rows_of, with_bases
from crossoracle.analysis.selection.weighting import MOST_LEFT_OUT, InverseWeights, Propensity
from crossoracle.results import Estimate, Interval
from crossoracle.stats.intervals import jackknife_t
from crossoracle.stats.resampling import GivenWeights, Weights

Floats = NDArray[np.float64]


def tallied(ratings: Ratings, coefficients: Sequence[Coefficient]) -> Tallied:
    """Count the tallies of some coefficients, pooled and by dataset, ready for any weights."""
    rows = [row for c in with_bases(coefficients) for row in rows_of(c, len(ratings.oracles))]
    return counting.tallied(ratings, rows, Levels(), *counting.by_dataset(ratings))


def each_its_own(ratings: Ratings) -> Ratings:
    """Return the same ratings with every video a cluster of its own, for weights of videos."""
    position = np.zeros(ratings.videos, dtype=np.int64)
    for d in range(len(ratings.datasets)):
        here = ratings.dataset == d
        position[here] = np.arange(here.sum())
    return replace(ratings, cluster=position)


@dataclass(frozen=True)
class _Values:
    """Values of every row (slices, ...): of the data, of the replicates, with each cluster left out."""

    point: Mapping[Row, Floats]
    replicates: Mapping[Row, Floats]
    left_out: Mapping[Row, Floats]
    stratum: NDArray[np.int64]
    strata: tuple[str, ...]


def reweighted(
    joint: Ratings,
    model: Propensity,
    coefficients: Sequence[Coefficient],
    weights: Weights,
    replicates: int,
    *,
    level: float = 0.95,
    threads: int | None = None,
) -> list[Estimate]:
    """Estimate coefficients on all videos from those that passed, each weighted by 1 / p.

    Parameters
    ----------
    joint : Ratings
        The ratings on the videos that passed, ``model.passed`` among those of ``model.ratings``.
    weights : Weights
        Of all the clusters of ``model.ratings``; the model is fitted again under each.

    Returns
    -------
    list of Estimate
        Their column videos is "ipw"; the jackknife bounds leave out one cluster of the population at a time,
        also those without a passing video, with a fit each.
    """
    study = tallied(each_its_own(joint), coefficients)
    found = _values(study, joint, model, weights, replicates, threads)
    marks, n = Marks.of(joint), len(joint.oracles)
    rows = []
    for s, where in enumerate(study.slices):
        samples = _chosen(coefficients, _samples(study, joint, where, s, found), n)
        for sample, second in zip(
            samples, _chosen(coefficients, _left_out(study, where, s, found), n), strict=True
        ):
            made = estimate(sample, joint, where, marks.within(where), level=level, kind="expanded")
            rows.append(_with_jackknife(made, sample, second, level))
    return rows


def _with_jackknife(made: Estimate, sample: Sampled, second: Sampled, level: float) -> Estimate:
    """Return the estimate with the jackknife interval of the population's clusters."""
    c, nothing = sample.row.coefficient, Interval(level=level, kind="jackknife")
    found = jackknife_t(sample.value, second.jackknife, level) if np.isfinite(made.jackknife_low) else nothing
    told = found.reason
    if told and not len(second.left_out):
        told = f"not worked out beyond {MOST_LEFT_OUT:,} clusters"
    why = "; ".join(r for r in (made.reason, told and f"jackknife: {told}") if r) or None
    low, high = max(found.low, c.low), min(found.high, c.high)
    return replace(made, videos="ipw", jackknife_low=low, jackknife_high=high, reason=why)


def _values(
    study: Tallied, joint: Ratings, model: Propensity, weights: Weights, replicates: int, threads: int | None
) -> _Values:
    passing = np.flatnonzero(model.passed)
    videos = {name: passing[joint.dataset == d] for d, name in enumerate(joint.datasets)}
    keys = list(study.by_key)
    beta = model.refits(weights, replicates, threads)
    fitted = InverseWeights(weights, model, beta, videos)
    left, stratum = model.left_out()
    once = np.concatenate([model.weight[passing][None], left])
    given = GivenWeights({name: once[:, joint.dataset == d] for d, name in enumerate(joint.datasets)})
    both = replicate(study, given, keys, len(once), threads)
    return _Values(
        {row: v[:, 0] for row, v in both.items()},
        replicate(study, fitted, keys, replicates, threads),
        {row: v[:, 1:] for row, v in both.items()},
        stratum,
        model.ratings.datasets,
    )


def _samples(study: Tallied, joint: Ratings, where: Slice, s: int, found: _Values) -> dict[Row, Sampled]:
    """Return the samples of all rows in a slice, by the clusters that have a passing video."""
    pairs = np.stack([joint.dataset[where.videos], joint.cluster[where.videos]])
    clusters, code = np.unique(pairs, axis=1, return_inverse=True)
    of, stratum = np.unique(clusters[0], return_inverse=True)
    samples = {}
    for row, key in study.keys.items():
        used = study.counted[key].entering(row.coefficient.lone)[where.videos]
        samples[row] = Sampled(
            row,
            float(found.point[row][s]) if row in found.point else float("nan"),
            found.replicates[row][s] if row in found.point else np.empty(0),
            np.zeros(clusters.shape[1]),  # other clusters are left out: see _left_out
            np.bincount(code.ravel(), used, minlength=clusters.shape[1]) > 0,
            stratum,
            tuple(joint.datasets[d] for d in of),
            used,
            study.refused.get(row),
        )
    return samples


def _left_out(study: Tallied, where: Slice, s: int, found: _Values) -> dict[Row, Sampled]:
    """Return the rows with each cluster of the population left out that is of the slice."""
    names = {study.parts[p].stratum for p in where.parts}
    here = np.isin(found.stratum, [d for d, name in enumerate(found.strata) if name in names])
    every = np.ones(int(here.sum()), dtype=bool)
    nothing, used = np.empty(0), np.zeros(1, dtype=np.int64)
    return {
        row: Sampled(
            row,
            float("nan"),
            nothing,
            found.left_out[row][s][here] if row in found.left_out else np.full(len(every), np.nan),
            every,
            found.stratum[here],
            found.strata,
            used,
        )
        for row in study.keys
    }


def _chosen(wanted: Sequence[Coefficient], samples: Mapping[Row, Sampled], oracles: int) -> list[Sampled]:
    """Return the samples of the coefficients that are wanted, means over pairs among them."""
    found: list[Sampled] = []
    for c in wanted:
        own = [s for row, s in samples.items() if row.coefficient.name == (c.mean_of or c.name)]
        found += [mean_over_pairs(c, own, oracles)] if c.mean_of else own
    return found
