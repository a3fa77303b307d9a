"""The covariates of the propensity model as columns of numbers, each with its penalty.

Columns: 1; each dataset but the first; each label of enough videos; the logarithms of duration and number of
segments, standardised. All but the constant are shrunk a little, as effects of variance 10 would be. Nothing
here comes from an oracle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.levels import indicator
from crossoracle.analysis.selection.population import Population

Floats = NDArray[np.float64]
FEWEST = 5  # videos that a label needs for an effect of its own
MOST_LABELS = 40  # that have one: those with most videos
SLIGHT = (
    0.1  # penalty: separation has a finite answer. At 1, kappa was 0.04 off with 150 videos; at 0.1, 0.01
)


@dataclass(frozen=True)
class Design:
    """Columns (videos, columns), the penalty of each, and what to call them; the first is constant.

    ``covariate`` is what a column belongs to ("dataset", "label", "duration", "segments"), ``value`` which
    one it marks, None for a number. ``group`` (videos,) numbers the labels that have a column, and the other
    videos of each dataset.
    """

    columns: Floats
    penalty: Floats
    covariate: tuple[str, ...]
    value: tuple[str | None, ...]
    group: NDArray[np.int64]

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the covariates that the model has."""
        return tuple(dict.fromkeys(self.covariate[1:]))

    @cached_property
    def patterns(self) -> tuple[Floats, sp.csr_array]:
        """The distinct rows of the columns, and the 0/1 matrix (patterns, videos) of who has which."""
        rows, code = np.unique(self.columns, axis=0, return_inverse=True)
        return rows, indicator(code.ravel(), len(rows))


def design(population: Population) -> Design:
    """Return the design of the propensity model of a population."""
    r = population.ratings
    columns, penalty = [np.ones(r.videos)], [0.0]
    names: list[tuple[str, str | None]] = [("", None)]
    for d, name in list(enumerate(r.datasets))[1:]:
        columns.append((r.dataset == d).astype(float))
        names.append(("dataset", name))
        penalty.append(SLIGHT)
    group, labels = _labels(population)
    for code, name in enumerate(labels, len(r.datasets)):
        columns.append((group == code).astype(float))
        names.append(("label", name))
        penalty.append(SLIGHT)
    for name, x in population.covariates.items():
        log = np.log(x)
        if log.std() > 1e-9:
            columns.append((log - log.mean()) / log.std())
            names.append((name, None))
            penalty.append(SLIGHT)
    covariate, value = zip(*names, strict=True)
    return Design(np.stack(columns, axis=1), np.array(penalty), covariate, value, group)


def _labels(population: Population) -> tuple[NDArray[np.int64], list[str]]:
    """Return the group of each video and the labels that have a column: dataset number, or label after those.

    A label that all videos of its dataset have says nothing beyond the dataset.
    """
    r = population.ratings
    named = np.flatnonzero([isinstance(label, str) for label in r.label])
    both = [f"{r.datasets[r.dataset[v]]}: {r.label[v]}" for v in named]
    values, code, counts = np.unique(np.array(both, dtype=str), return_inverse=True, return_counts=True)
    of = np.zeros(len(values), dtype=np.int64)
    of[code] = r.dataset[named]
    size = np.bincount(r.dataset, minlength=len(r.datasets))[of]
    some = np.flatnonzero((counts >= FEWEST) & (counts < size))
    some = np.sort(some[np.argsort(-counts[some], kind="stable")][:MOST_LABELS])
    place = np.full(len(values), -1)
    place[some] = len(r.datasets) + np.arange(len(some))
    group = r.dataset.copy()
    group[named] = np.where(place[code] >= 0, place[code], r.dataset[named])
    return group, [str(values[i]) for i in some]
