"""Does agreement between oracles foretell accuracy? Videos by how much oracles disagree on them.

Disagreement of a video is 1 minus its own agreement, the mean over pairs of oracles (``spearman_within_all``
of scores, ``jaccard_all`` of what is kept). It is set against what the recognizer made of the video, and
against difficulty: how often the *other* clusters of its class are wrong under ``full``. Quarters are of the
videos of one dataset. The correlation is Pearson's, of values less the mean of their dataset, which is
estimated anew in each resample, so that pooling does not mistake a difference of datasets for one of videos.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crossoracle.analysis.across.rows import Foretold
from crossoracle.analysis.estimating import Rowing
from crossoracle.analysis.predictions import Floats, Group, Mask, Predictions
from crossoracle.analysis.reading import Part, Read, Reading
from crossoracle.analysis.strata import QUARTERS, Stratum, difficulty, quarters
from crossoracle.analysis.tallying import COUNT, Cell, places_of
from crossoracle.options import METRICS
from crossoracle.results import NAN, Test
from crossoracle.stats.intervals import SAME

CONDITIONS = ("full", "led@0")
PARTS = (*(f"quarter {i + 1}/{QUARTERS}" for i in range(QUARTERS)), "last - first quarter", "correlation")


@dataclass(frozen=True)
class Foretelling:
    """One kind of disagreement against what happens under one condition: "accuracy" or "difficulty"."""

    statistic: str
    condition: str
    against: str


def foretell(cell: Cell, group: Group, stratum: Stratum, metric: str, known: Mapping[str, Floats]) -> None:
    """Add the readings of one group; ``known`` are disagreements (videos,), NaN where unknown."""
    p = cell.predictions
    for statistic, d in known.items():
        for condition in (name for name in CONDITIONS if name in group.own):
            outcomes = p.values[METRICS.index(metric), group.views[condition]]
            against = {"accuracy": outcomes}
            if condition == "full":
                against["difficulty"] = difficulty(p, group)
            for name, y in against.items():
                places = places_of(p, group, stratum, [condition])
                videos = stratum.videos & ~np.isnan(d) & ~np.isnan(y)
                if places and videos.any():
                    what = Foretelling(statistic, condition, name)
                    parts = (*_quarters(cell, d, y, videos), *_moments(cell, d, y, videos))
                    cell.readings.append(Reading(what, group, metric, stratum.videos, places, parts))


def _quarters(cell: Cell, d: Floats, y: Floats, videos: Mask) -> Iterator[Part]:
    quarter = quarters(cell.predictions, np.where(videos, d, np.nan))
    for i in range(QUARTERS):
        some = quarter == i
        yield Part(some, cell.extra(some, y), (), *cell.column(some, COUNT))


def _moments(cell: Cell, d: Floats, y: Floats, videos: Mask) -> Iterator[Part]:
    """Yield the means of d, y, d^2, y^2 and d y in every dataset, and the dataset's share of the videos.

    Constants are subtracted, so that squares lose no digits: how far they are from the means does not matter.
    """
    p, (every,) = cell.predictions, cell.column(videos, COUNT)
    a, b = (_centred(p, x, videos) for x in (d, y))
    for dataset in np.unique(p.dataset[videos]):
        here = videos & (p.dataset == dataset)
        (count,) = cell.column(here, COUNT)
        for x in (a, b, a * a, b * b, a * b):
            yield Part(here, cell.extra(here, x), (), count)
        yield Part(videos, (count,), (), every)


def _centred(p: Predictions, x: Floats, videos: Mask) -> Floats:
    n = np.bincount(p.dataset[videos], minlength=len(p.datasets))
    total = np.bincount(p.dataset[videos], x[videos], minlength=len(p.datasets))
    return np.asarray(x - (total / np.maximum(n, 1))[p.dataset])


def correlation(moments: Floats) -> Floats:
    """Return Pearson's r (n,) within datasets; NaN where d or y does not vary within any.

    Parameters
    ----------
    moments : array, shape (6 datasets, n)
        Of each dataset the means of d, y, d^2, y^2 and d y, and its share of the videos; where that is 0, the
        means do not matter.
    """
    d, y, dd, yy, dy, share = moments.reshape(-1, 6, moments.shape[1]).swapaxes(0, 1)
    spreads = np.stack([dd - d * d, yy - y * y, dy - d * y])
    spread_d, spread_y, both = np.where(share > 0, share * spreads, 0.0).sum(axis=1)
    square_d, square_y = np.where(share > 0, share * np.stack([dd, yy]), 0.0).sum(axis=1)
    varies = (spread_d > SAME * square_d) & (spread_y > SAME * square_y)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = both / np.sqrt(spread_d * spread_y)
    return np.asarray(np.where(varies, r, np.nan))


@dataclass(frozen=True)
class Telling:
    """How the readings of disagreement become rows."""

    rowing: Rowing

    def rows(self, read: Read, what: Foretelling) -> list[Foretold]:
        """Return the quarters, the last less the first, and the correlation."""
        blank = self._blank(read, what)
        made = [self._quarter(read, i, replace(blank, part=PARTS[i])) for i in range(QUARTERS)]
        first, last = 0, QUARTERS - 1
        value, replicates, left_out = (
            x[last] - x[first] for x in (read.values, read.replicates, read.left_out)
        )
        made.append(
            self._row(replace(blank, part=PARTS[-2]), read, float(value), replicates, left_out, [first, last])
        )
        value, replicates, left_out = (
            correlation(x[QUARTERS:]) for x in (read.values[:, None], read.replicates, read.left_out)
        )
        row = replace(blank, part=PARTS[-1])
        every = list(range(QUARTERS, len(read.values)))
        made.append(self._row(row, read, float(value[0]), replicates, left_out, every))
        return made

    def test(self, row: Foretold) -> Test:
        """Return the test of one correlation."""
        where = "all datasets" if row.dataset == "all" else row.dataset
        run = f"run {row.run}" if row.run != "0" else None
        family = ", ".join(part for part in (row.metric, where, row.recognizer, run) if part)
        whose = f" ({row.oracle})" if row.oracle else ""
        name = f"{row.statistic}, {row.against} under {row.condition}{whose}: correlation"
        return Test(f"disagreement: {family}", name, row.dataset, row.value, "", row.p)

    def _quarter(self, read: Read, i: int, row: Foretold) -> Foretold:
        found = self._row(row, read, float(read.values[i]), read.replicates[i], read.left_out[i], [i])
        return replace(found, p=NAN)

    def _row(
        self,
        row: Foretold,
        read: Read,
        value: float,
        replicates: Floats,
        left_out: Floats,
        parts: list[int],
    ) -> Foretold:
        jackknife = read.joint(left_out, parts)
        lowest = 0.0 if row.part in PARTS[:QUARTERS] else -1.0
        found, reason = self.rowing.bounded(value, replicates, jackknife, lowest)
        if np.isnan(value):
            reason = "one of the two does not vary" if row.part == PARTS[-1] else "no video in a quarter"
        here = self.rowing.predictions.within(read.place)
        used = np.logical_or.reduce([read.reading.parts[i].videos[here] for i in parts])
        return replace(
            row,
            value=value,
            low=found.low,
            high=found.high,
            n_videos=int(used.sum()),
            n_clusters=jackknife.clusters,
            n_undefined=int(np.isnan(replicates).sum()),
            p=jackknife.p(value),
            reason=reason,
        )

    def _blank(self, read: Read, what: Foretelling) -> Foretold:
        p, group = self.rowing.predictions, read.reading.group
        here = p.within(read.place)
        every: Any = read.reading.parts[-1].videos[here]  # a share is of all of them
        return Foretold(
            "all" if read.place < 0 else p.datasets[read.place],
            group.recognizer,
            group.oracle,
            group.run,
            what.condition,
            read.reading.metric,
            what.statistic,
            what.against,
            "",
            level=self.rowing.level,
            interval=self.rowing.kind,
            n_left_out=int((read.reading.of[here] & ~every).sum()),
        )
