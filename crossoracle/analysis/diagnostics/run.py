"""Ratings in, diagnostics out: one frame for each table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit
from threadpoolctl import threadpool_limits

from crossoracle.agreement.catalogue import find
from crossoracle.agreement.progress import Tell, say_nothing
from crossoracle.agreement.ratings import Ratings
from crossoracle.analysis.diagnostics.classes import ClassRow, classes
from crossoracle.analysis.diagnostics.distribution import Bin, distribution
from crossoracle.analysis.diagnostics.influence import Influence, influence
from crossoracle.analysis.diagnostics.limits import LimitRow, PointRow, limits, points
from crossoracle.analysis.diagnostics.measures import Measured, measure
from crossoracle.analysis.diagnostics.subsampling import Subset, subsets
from crossoracle.results import NAN, Rows
from crossoracle.stats.paired import clustered_mean

HEADLINES = ("spearman_within", "spearman_within_all", "cohen_kappa", "light_kappa")


@dataclass(frozen=True)
class MeasureRow:
    """One row of the diagnostics table, field for column."""

    dataset: str
    oracle: str
    measure: str
    value: float
    low: float
    high: float
    level: float
    sd: float
    quartile_1: float
    median: float
    quartile_3: float
    n_videos: int
    n_clusters: int
    n_left_out: int
    reason: str | None = None


class MeasureRows(Rows[MeasureRow]):
    """Rows of the diagnostics table."""

    KIND = MeasureRow


class Bins(Rows[Bin]):
    """Rows of the diagnostics_scores table."""

    KIND = Bin


class ClassRows(Rows[ClassRow]):
    """Rows of the diagnostics_classes table."""

    KIND = ClassRow


class Influences(Rows[Influence]):
    """Rows of the diagnostics_influence table."""

    KIND = Influence


class Subsets(Rows[Subset]):
    """Rows of the diagnostics_subsets table."""

    KIND = Subset


class LimitRows(Rows[LimitRow]):
    """Rows of the diagnostics_limits table."""

    KIND = LimitRow


class PointRows(Rows[PointRow]):
    """Rows of the diagnostics_points table."""

    KIND = PointRow


TABLES: tuple[type[Rows[Any]], ...] = (
    MeasureRows,
    Bins,
    ClassRows,
    Influences,
    Subsets,
    LimitRows,
    PointRows,
)


@dataclass(frozen=True)
class Diagnostics:
    """What `diagnose` found, a frame for each table."""

    measures: pd.DataFrame
    scores: pd.DataFrame
    classes: pd.DataFrame
    influence: pd.DataFrame
    subsets: pd.DataFrame
    limits: pd.DataFrame
    points: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by the names they are written under."""
        names = ("scores", "classes", "influence", "subsets", "limits", "points")
        return {"diagnostics": self.measures} | {f"diagnostics_{name}": getattr(self, name) for name in names}


def diagnose(
    ratings: Ratings,
    everything: Ratings,
    passes: NDArray[np.bool_],
    *,
    coefficients: Sequence[str] = (),
    level: float = 0.95,
    seed: int = 0,
    progress: Tell | None = None,
) -> Diagnostics:
    """Look at what estimates rest on.

    Parameters
    ----------
    ratings : Ratings
        Those that agreement is estimated from.
    everything, passes
        Ratings of all videos, and who passed them (videos, oracles): for the spread of scores apart.
    coefficients : sequence of str
        The headlines that influence, subsets and classes are of.

    Raises
    ------
    UnknownNameError
        For a coefficient that the catalogue does not know.
    """
    tell, wanted = progress or say_nothing, find(coefficients or HEADLINES)
    measured = measure(ratings)
    rows = list(_measures(ratings, measured, level))
    bins = distribution(everything, passes)
    some: list[list[ClassRow] | list[Influence] | list[Subset]] = [[], [], []]
    if ratings.videos:
        with threadpool_limits(limits=1):
            tell("diagnosing classes", 0.2)
            some[0] = classes(ratings, wanted, measured.by_name["kept_share"], level)
            tell("leaving clusters and oracles out", 0.4)
            some[1] = influence(ratings, wanted)
            tell("drawing subsets", 0.7)
            some[2] = subsets(ratings, wanted, seed)
    every = (rows, bins, *some, limits(ratings, level), points(ratings))
    return Diagnostics(*(kind(tuple(found)).to_frame() for kind, found in zip(TABLES, every, strict=True)))


def _measures(ratings: Ratings, measured: Measured, level: float) -> Iterator[MeasureRow]:
    places = {"all": np.ones(ratings.videos, dtype=bool)}
    if len(ratings.datasets) > 1:
        places |= {name: ratings.dataset == d for d, name in enumerate(ratings.datasets)}
    cluster = ratings.dataset * max(ratings.videos, 1) + ratings.cluster
    for dataset, here in places.items():
        for g, oracle in enumerate(ratings.oracles):
            for name, values in measured.by_name.items():
                yield _measure_row(dataset, oracle, name, values[g, here], cluster[here], level)


def _measure_row(
    dataset: str,
    oracle: str,
    name: str,
    values: NDArray[np.float64],
    cluster: NDArray[np.int64],
    level: float,
) -> MeasureRow:
    """Summarise a measure over videos: the mean with a clustered t interval, and its spread."""
    known = np.isfinite(values)
    x, left = values[known], int(np.count_nonzero(~known))
    m = clustered_mean(x, cluster[known])
    half = float(stdtrit(m.clusters - 1, (1 + level) / 2)) * m.se if m.clusters > 1 else NAN
    sd = float(x.std(ddof=1)) if len(x) > 1 else NAN
    q1, q2, q3 = np.quantile(x, [0.25, 0.5, 0.75]).tolist() if len(x) else [NAN] * 3
    why = "no video has a value" if not len(x) else "one cluster: no interval" if m.clusters < 2 else None
    low, high = m.value - half, m.value + half
    spread = (sd, q1, q2, q3, len(x), m.clusters, left)
    return MeasureRow(dataset, oracle, name, m.value, low, high, level, *spread, why)
