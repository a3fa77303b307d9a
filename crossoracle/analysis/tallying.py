"""Tallies: what adds up over clusters, and which lines are read from the sums.

A column is the sum of one metric under one view over the videos that have all conditions of a line, or their
number. A line (an accuracy, a contrast) is a ratio of such sums: so its value, its replicates, its left-out
values and its flipped signs are one closed form of one product. Lines that rest on the same videos share
columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from crossoracle.analysis.contrast import Comparison
from crossoracle.analysis.predictions import MISSING, Floats, Group, Mask, Predictions
from crossoracle.analysis.reading import Reading
from crossoracle.analysis.strata import Stratum
from crossoracle.options import METRICS

COVERED = 0.9  # share of the videos that a condition must have to be a choice among others
COUNT, EXTRA = -1, -2  # sources of a column that are no metric
Column = tuple[int, int, bytes]  # metric and view, or COUNT, or EXTRA and which; then which videos


@dataclass(frozen=True)
class Line:
    """One accuracy or contrast in some places, and where its sums stand among the columns.

    ``videos`` are those that have every condition, ``of`` those that the recognizer saw; ``places`` are
    datasets by position, and -1 for all of them; ``passed_over`` are conditions too rare to be a choice.
    """

    group: Group
    metric: str
    stratum: str | None
    what: Comparison | str
    videos: Mask
    of: Mask
    places: tuple[int, ...]
    plus: tuple[int, ...] = ()
    minus: tuple[int, ...] = ()
    best: tuple[int, ...] = ()
    count: int = 0
    passed_over: tuple[str, ...] = ()

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that enter."""
        return (self.what,) if isinstance(self.what, str) else self.what.conditions

    @property
    def choices(self) -> tuple[str, ...]:
        """The conditions of which the best is taken; none where there is no choice."""
        return () if isinstance(self.what, str) else self.what.best

    def compact(self) -> tuple[Line, list[int]]:
        """Return the line as it reads its own columns alone, and which those are."""
        rows = sorted({*self.plus, *self.minus, *self.best, self.count})
        at = {row: i for i, row in enumerate(rows)}
        plus, minus, best = (tuple(at[i] for i in old) for old in (self.plus, self.minus, self.best))
        return replace(self, plus=plus, minus=minus, best=best, count=at[self.count]), rows

    def numerators(self, sums: Floats) -> Floats:
        """Return sums of differences (choices, n) of sums (columns, n): one row, or one per choice."""
        fixed = sum((sums[i] for i in self.plus), np.zeros(sums.shape[1:]))
        fixed = fixed - sum((sums[i] for i in self.minus), np.zeros(sums.shape[1:]))
        return np.stack([fixed + sums[i] for i in self.best]) if self.best else fixed[None]

    def values(self, sums: Floats) -> Floats:
        """Return the values (choices, n) of sums (columns, n); undefined (NaN) without videos."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.numerators(sums) / sums[self.count])

    def value(self, sums: Floats) -> Floats:
        """Return the value (n,) of sums (columns, n), that of the best choice where there are several."""
        return np.asarray(self.values(sums).max(axis=0))


@dataclass
class Cell:
    """The lines and readings of one recognizer and stratum, and the columns that they read.

    ``extras`` are values (videos,) that columns sum beside the metrics.
    """

    predictions: Predictions
    lines: list[Line] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    columns: dict[Column, int] = field(default_factory=dict)
    extras: list[Floats] = field(default_factory=list)
    _masks: dict[bytes, Mask] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """Add a line, giving its sums their columns."""
        metric, views = METRICS.index(line.metric), line.group.views
        plus, minus, best = (
            ((line.what,), (), ())
            if isinstance(line.what, str)
            else (line.what.plus, line.what.minus, line.what.best)
        )
        placed = [
            self.column(line.videos, metric, [views[name] for name in of]) for of in (plus, minus, best)
        ]
        self.place(line, *placed)

    def place(
        self, line: Line, plus: tuple[int, ...], minus: tuple[int, ...], best: tuple[int, ...] = ()
    ) -> None:
        """Add a line whose sums have their columns."""
        videos, (count,) = self._masks[np.packbits(line.videos).tobytes()], self.column(line.videos, COUNT)
        self.lines.append(replace(line, videos=videos, plus=plus, minus=minus, best=best, count=count))

    def column(self, videos: Mask, source: int, at: Sequence[int] = (-1,)) -> tuple[int, ...]:
        """Return the columns that sum a source over some videos: a metric in views, or the number of them."""
        packed = np.packbits(videos).tobytes()
        self._masks.setdefault(packed, videos)
        return tuple(self.columns.setdefault((source, i, packed), len(self.columns)) for i in at)

    def extra(self, videos: Mask, values: Floats) -> tuple[int, ...]:
        """Return the column that sums other values of the videos."""
        self.extras.append(values)
        return self.column(videos, EXTRA, (len(self.extras) - 1,))

    def tally(self, dataset: int) -> Tally:
        """Return the columns summed over the clusters of a dataset that enter at all."""
        p, place = self.predictions, self.predictions.places[dataset]
        some = np.flatnonzero(reduce(np.logical_or, (m[place] for m in self._masks.values())))
        index, code = np.unique(p.cluster[place][some], return_inverse=True)
        sums = np.zeros((len(self.columns), len(index)))
        for (source, at, packed), row in self.columns.items():
            used = self._masks[packed][place][some]
            values = used if source == COUNT else np.where(used, self._source(source, at)[place][some], 0.0)
            sums[row] = np.bincount(code, values, minlength=len(index))
        return Tally(dataset, index.astype(np.int64), sums)

    def _source(self, source: int, at: int) -> Floats:
        return self.extras[at] if source == EXTRA else self.predictions.values[source, at]


@dataclass(frozen=True)
class Tally:
    """Sums (columns, clusters) of a dataset; ``index`` is where its clusters stand among all."""

    dataset: int
    index: NDArray[np.int64]
    sums: Floats


def accuracies(p: Predictions, group: Group, stratum: Stratum, metric: str) -> Iterator[Line]:
    """Yield the accuracy under each condition that is the group's own."""
    for name, view in group.views.items():
        if name in group.own and (places := places_of(p, group, stratum, [name])):
            used = ~np.isnan(p.values[METRICS.index(metric), view]) & stratum.videos
            yield Line(group, metric, stratum.name, name, used, stratum.videos, places)


def contrasts(
    p: Predictions, group: Group, stratum: Stratum, metric: str, wanted: Sequence[Comparison]
) -> Iterator[Line]:
    """Yield the comparisons that are the group's own, each of the videos that have all its conditions.

    A choice is made anew in every place: among the conditions that nearly all of its videos have.
    """
    values = p.values[METRICS.index(metric)]
    known = {name: ~np.isnan(values[view]) for name, view in group.views.items()}
    single = (comparison for comparison in wanted if not comparison.areas)
    for one in (comparison for comparison in single if group.has(comparison.conditions)):
        for places in _apart(one, places_of(p, group, stratum, (*one.plus, *one.minus))):
            here = stratum.videos & _within(p, places)
            fixed = np.logical_and.reduce([here, *(known[name] for name in (*one.plus, *one.minus))])
            best = tuple(name for name in one.best if (known[name] & fixed).sum() >= COVERED * fixed.sum())
            if one.best and (not best or not fixed.any()):
                continue
            used = np.logical_and.reduce([fixed, *(known[name] for name in best)])
            over = tuple(name for name in one.best if name not in best)
            what = replace(one, best=best)
            yield Line(group, metric, stratum.name, what, used, stratum.videos, places, passed_over=over)


def _apart(one: Comparison, places: tuple[int, ...]) -> list[tuple[int, ...]]:
    if not places:
        return []
    return [(place,) for place in places] if one.best else [places]


def _within(p: Predictions, places: tuple[int, ...]) -> Mask:
    if -1 in places:
        return np.ones(p.videos, dtype=bool)
    return np.isin(p.dataset, places)


def places_of(p: Predictions, group: Group, stratum: Stratum, conditions: Sequence[str]) -> tuple[int, ...]:
    """Return the datasets in which every condition has rows of the stratum, and -1 for all before them."""
    views = [group.views[name] for name in conditions]
    there = [
        d
        for d, place in enumerate(p.places)
        if ((p.state[views, place] != MISSING) & stratum.videos[place]).any(axis=1).all()
    ]
    return (-1, *there) if there and stratum.pooled else tuple(there)
