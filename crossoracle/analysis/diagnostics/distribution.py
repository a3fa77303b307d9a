"""How the scores of each oracle are spread, apart for videos that it recognised and those that it did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.ratings import Ratings
from crossoracle.results import NAN

BINS = 20  # of equal width over [0, 1]; a score on an edge belongs to the bin above, 1 to the last


@dataclass(frozen=True)
class Bin:
    """One row of the diagnostics_scores table, field for column; without edges: no score was given."""

    dataset: str
    oracle: str
    passed: bool
    low: float
    high: float
    n: int
    share: float


def distribution(ratings: Ratings, passes: NDArray[np.bool_]) -> list[Bin]:
    """Count the scores in bins.

    Parameters
    ----------
    ratings : Ratings
        Of all videos, prechecks ignored.
    passes : array, shape (videos, oracles)

    Returns
    -------
    list of Bin
        For each dataset (and "all"), oracle and outcome of the precheck that there are segments of; shares
        are of all segments of those videos, scored or not.
    """
    places = {"all": np.ones(ratings.videos, dtype=bool)}
    if len(ratings.datasets) > 1:
        places |= {name: ratings.dataset == d for d, name in enumerate(ratings.datasets)}
    return [
        row
        for name, here in places.items()
        for g in range(len(ratings.oracles))
        for passed in (True, False)
        for row in _bins(ratings, name, g, passed, here & (passes[:, g] == passed))
    ]


def _bins(ratings: Ratings, dataset: str, g: int, passed: bool, videos: NDArray[np.bool_]) -> Iterator[Bin]:
    score = ratings.score[g, np.repeat(videos, ratings.length)]
    if not len(score):
        return
    edges = np.linspace(0, 1, BINS + 1)
    known = score[~np.isnan(score)]
    counts = np.bincount(np.minimum((known * BINS + 1e-9).astype(int), BINS - 1), minlength=BINS)
    oracle = ratings.oracles[g]
    for low, high, n in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True):
        yield Bin(dataset, oracle, passed, low, high, n, n / len(score))
    silent = len(score) - len(known)
    yield Bin(dataset, oracle, passed, NAN, NAN, silent, silent / len(score))
