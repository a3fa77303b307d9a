"""How far a headline rests on single clusters and single oracles: its value without each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.coefficient import Coefficient
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import Slice, Tallied, jackknife_values, point
from crossoracle.agreement.tallying import Row
from crossoracle.analysis.selection.population import restricted
from crossoracle.analysis.selection.reweighted import tallied
from crossoracle.results import NAN
from crossoracle.stats.intervals import Jackknife

Floats = NDArray[np.float64]
MOST = 10  # clusters that are listed for a headline: those that move it most
NAMED = 3  # videos that stand for a cluster


@dataclass(frozen=True)
class Influence:
    """One row of the diagnostics_influence table, field for column."""

    statistic: str
    oracle_a: str | None
    oracle_b: str | None
    left_out: str
    name: str
    value: float
    without: float
    change: float
    in_errors: float
    n_videos: int


@dataclass(frozen=True)
class Headline:
    """A value of some oracles, and its values with each cluster left out (clusters,).

    ``enters`` (clusters,) marks the clusters that it rests on.
    """

    coefficient: Coefficient
    oracles: tuple[str, ...]
    value: float
    left_out: Floats
    stratum: NDArray[np.int64]
    enters: NDArray[np.bool_]

    @property
    def se(self) -> float:
        """Jackknife standard error, of the clusters that it rests on."""
        return Jackknife(self.left_out[self.enters], self.stratum[self.enters]).se


def headlines(ratings: Ratings, coefficients: Sequence[Coefficient]) -> list[Headline]:
    """Return the pooled value of every row of some coefficients, whole and without each cluster."""
    study = tallied(ratings, coefficients)
    where = study.slices[0]
    values, left = point(study, where), dict(jackknife_values(study, where, list(study.by_key)))
    stratum = np.repeat(np.arange(len(where.parts)), [len(study.parts[p].index) for p in where.parts])
    found = []
    for c in coefficients:
        rows = [row for row in study.keys if row.coefficient.name == (c.mean_of or c.name)]
        for some in [rows] if c.mean_of else [[row] for row in rows]:
            names = tuple(ratings.oracles[g] for g in some[0].oracles) if c.of == "pair" else ()
            value = float(np.mean([values.get(row, NAN) for row in some]))
            nothing = np.full(len(stratum), np.nan)
            without = np.mean([left.get(row, nothing) for row in some], axis=0)
            enters = np.any([_enters(study, where, row) for row in some], axis=0)
            found.append(Headline(c, names, value, without, stratum, enters))
    return found


def _enters(study: Tallied, where: Slice, row: Row) -> NDArray[np.bool_]:
    return np.concatenate(
        [study.parts[p].entering(study.keys[row], row.coefficient.lone) for p in where.parts]
    )


def influence(ratings: Ratings, coefficients: Sequence[Coefficient]) -> list[Influence]:
    """Return the clusters that move each headline most, and every oracle's share in it.

    Parameters
    ----------
    ratings : Ratings
        With at least one video.

    Returns
    -------
    list of Influence
        ``change`` is the value minus that without the cluster or oracle; ``in_errors`` the same in
        jackknife standard errors. Of a coefficient of pairs, an oracle's influence is on the mean over pairs.
    """
    found = []
    clusters = list(_clusters(ratings))
    for h in headlines(ratings, coefficients):
        change = h.value - h.left_out
        se = h.se
        a, b = h.oracles or (None, None)
        size = np.abs(change)
        order = np.argsort(-np.where(np.isnan(size), -1.0, size), kind="stable")[:MOST]
        for i in (i for i in order if np.isfinite(change[i])):
            name, n = clusters[i]
            moved = float(change[i])
            errors = moved / se if se > 0 else NAN
            without = float(h.left_out[i])
            found.append(
                Influence(h.coefficient.name, a, b, "cluster", name, h.value, without, moved, errors, n)
            )
    return [*found, *_of_oracles(ratings, coefficients)]


def _clusters(ratings: Ratings) -> Iterator[tuple[str, int]]:
    """Yield a name and the number of videos of every cluster, in the order of the left-out values."""
    for d, dataset in enumerate(ratings.datasets):
        here = np.flatnonzero(ratings.dataset == d)
        for position in np.unique(ratings.cluster[here]):
            videos = ratings.video_id[here[ratings.cluster[here] == position]]
            more = ", ..." if len(videos) > NAMED else ""
            yield f"{dataset} {', '.join(map(str, videos[:NAMED]))}{more}", len(videos)


def _of_oracles(ratings: Ratings, coefficients: Sequence[Coefficient]) -> Iterator[Influence]:
    k = len(ratings.oracles)
    if k < 3:  # without one of two there is nothing to compare
        return
    every = np.ones(ratings.videos, dtype=bool)
    whole = _means(ratings, coefficients)
    for g, name in enumerate(ratings.oracles):
        rest = tuple(i for i in range(k) if i != g)
        without = _means(restricted(ratings, rest, every), coefficients)
        for c in coefficients:
            a, b = whole[c.name], without[c.name]
            yield Influence(c.name, None, None, "oracle", name, a, b, a - b, NAN, ratings.videos)


def _means(ratings: Ratings, coefficients: Sequence[Coefficient]) -> dict[str, float]:
    """Return the pooled value of each coefficient, for those of pairs the mean over pairs."""
    study = tallied(ratings, coefficients)
    values = point(study, study.slices[0])
    of = {
        c.name: [v for row, v in values.items() if row.coefficient.name == (c.mean_of or c.name)]
        for c in coefficients
    }
    return {name: float(np.mean(some)) if some else NAN for name, some in of.items()}
