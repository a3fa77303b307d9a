"""Whether oracles differ in a contrast, by how much, and whether the answer hangs on one of them.

``theta_i`` is the contrast of oracle i on its own videos, the same number as in the differences table;
replicates and left-out values of all oracles come from the same resamples, so what they share is in their
covariance S.

* Equality: Hotelling's T^2 with S, and the largest |t| of all pairs of oracles (its p from the resamples).
* Standard deviation between oracles: sqrt(max(0, s^2 - tr(M S)/(k - 1))), s the standard deviation of the
  theta, M the centring matrix; s alone counts noise as difference. The interval is s -+ the ``level``
  quantile of the standard deviation of the deviations theta* - theta: by the triangle inequality s is no
  further from the truth than that, so it covers at least as often as it says, also where no oracles differ.
* Leave-one-oracle-out: the mean over the other oracles.

References
----------
Hotelling (1931), *Ann. Math. Statist.* 2:360-378; Romano & Wolf (2005), *Econometrica* 73:1237-1282;
DerSimonian & Laird (1986), *Control. Clin. Trials* 7:177-188 (a variance less its noise).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from crossoracle.analysis.across.directions import ALONG
from crossoracle.analysis.across.rows import Direction, Spread
from crossoracle.analysis.estimating import Rowing
from crossoracle.analysis.predictions import Floats
from crossoracle.analysis.reading import Part, Read, Reading
from crossoracle.analysis.tallying import Cell, Line
from crossoracle.results import NAN, Test
from crossoracle.stats.equality import equal, jackknife_covariance
from crossoracle.stats.intervals import MANY, SAME, conditional, quantiles
from crossoracle.stats.multiplicity import simultaneous

T2, MAX_T = "Hotelling T2", "max-|t|"


@dataclass(frozen=True)
class Across:
    """One contrast of several oracles."""

    contrast: str
    oracles: tuple[str, ...]


def across_oracles(cell: Cell) -> None:
    """Add a reading for every contrast that several oracles have in the same places; a choice has none."""
    found: dict[tuple[object, ...], list[Line]] = {}
    for line in cell.lines:
        if isinstance(line.what, str) or line.best or line.group.oracle is None or line.stratum is not None:
            continue
        if line.what.contrast not in ALONG:
            what = line.what
            key = (what.contrast, what.plus, what.minus, line.metric, line.group.run)
            found.setdefault(key, []).append(line)
    for lines in found.values():
        for places, some in _together(lines):
            parts = tuple(Part(line.videos, line.plus, line.minus, line.count) for line in some)
            first, names = some[0], tuple(str(line.group.oracle) for line in some)
            across = Across(getattr(first.what, "contrast", ""), names)
            cell.readings.append(Reading(across, first.group, first.metric, first.of, places, parts))


def _together(lines: Sequence[Line]) -> Iterator[tuple[tuple[int, ...], list[Line]]]:
    """Yield places with the lines that are there, at least two; places with the same lines together."""
    of: dict[tuple[int, ...], list[int]] = {}
    for place in sorted({place for line in lines for place in line.places}):
        here = tuple(i for i, line in enumerate(lines) if place in line.places)
        if len(here) > 1:
            of.setdefault(here, []).append(place)
    for here, places in of.items():
        yield tuple(places), [lines[i] for i in here]


@dataclass(frozen=True)
class Comparing:
    """How a reading across oracles becomes rows and tests."""

    rowing: Rowing

    def rows(self, read: Read, across: Across) -> tuple[list[Spread], list[Test]]:
        """Return the rows of one contrast in one place, and its two tests of equality.

        Oracles for which the contrast is undefined are left out of all of them, and named.
        """
        known = np.flatnonzero(np.isfinite(read.values))
        names = [across.oracles[i] for i in known]
        gone = [name for i, name in enumerate(across.oracles) if i not in known]
        why = f"undefined for {', '.join(gone)}" if gone else None
        some = replace(
            read,
            reading=replace(read.reading, parts=tuple(read.reading.parts[i] for i in known)),
            values=read.values[known],
            replicates=read.replicates[known],
            left_out=read.left_out[known],
            enters=read.enters[known],
        )
        blank = replace(self._blank(some, across), n_oracles=len(names), reason=why)
        if len(names) < 2:
            why = f"fewer than two oracles: {why}" if why else "fewer than two oracles"
            return [replace(blank, quantity="sd_between", reason=why)], []
        made = [
            self._between(some, blank),
            *self._means(some, names, blank),
            *self._pairs(some, names, blank),
        ]
        return made, self._tests(some, across)

    def _blank(self, read: Read, across: Across) -> Spread:
        group, p = read.reading.group, self.rowing.predictions
        here = p.within(read.place)
        masks = [part.videos[here] for part in read.reading.parts]
        return Spread(
            across.contrast,
            "all" if read.place < 0 else p.datasets[read.place],
            group.recognizer,
            group.run,
            read.reading.metric,
            "",
            level=self.rowing.level,
            interval=self.rowing.kind,
            n_videos=int(np.logical_or.reduce(masks).sum()) if masks else 0,
            n_joint=int(np.logical_and.reduce(masks).sum()) if masks else 0,
            n_clusters=int(read.enters.any(axis=0).sum()) if masks else 0,
        )

    def _between(self, read: Read, blank: Spread) -> Spread:
        """Return the standard deviation between oracles."""
        spread, row = float(read.values.std(ddof=1)), replace(blank, quantity="sd_between", interval="norm")
        noise = np.trace(_centred(_covariance(read))) / (len(read.values) - 1)
        if np.isnan(noise):
            return _reasoned(row, "undefined when one cluster is left out")
        row = replace(row, value=float(np.sqrt(max(0.0, spread**2 - noise))))
        known = np.asarray(np.isfinite(read.replicates).all(axis=0))
        enough, note = conditional(known)
        if not enough:
            return _reasoned(row, note)
        apart = (read.replicates[:, known] - read.values[:, None]).std(axis=0, ddof=1)
        if not (apart > SAME).any():
            return _reasoned(row, "oracles say the same in every resample: no uncertainty can be shown")
        reach = float(quantiles(apart, np.array([self.rowing.level]))[0])
        return _reasoned(replace(row, low=max(0.0, spread - reach), high=spread + reach), note)

    def _means(self, read: Read, names: Sequence[str], blank: Spread) -> Iterator[Spread]:
        """Yield the mean over oracles, and the mean without each of them."""
        every = list(range(len(names)))
        yield self._mean(read, every, replace(blank, quantity="mean"))
        for i, name in enumerate(names):
            others = [j for j in every if j != i]
            yield self._mean(read, others, replace(blank, quantity="mean_without", oracle=name))

    def _mean(self, read: Read, some: list[int], row: Spread) -> Spread:
        value, replicates = float(read.values[some].mean()), read.replicates[some].mean(axis=0)
        return self._with(row, value, replicates, read.left_out[some].mean(axis=0), read, some)

    def _pairs(self, read: Read, names: Sequence[str], blank: Spread) -> list[Spread]:
        """Return the difference of every pair of oracles, with bounds that hold for all pairs at once."""
        pairs = list(combinations(range(len(names)), 2))
        values, replicates, left_out = (
            _differences(x, pairs) for x in (read.values, read.replicates, read.left_out)
        )
        low, high = simultaneous(values, replicates, self.rowing.level)
        made = []
        for i, (a, b) in enumerate(pairs):
            row = replace(blank, quantity="difference", oracle=names[a], other=names[b])
            row = self._with(row, float(values[i]), replicates[i], left_out[i], read, [a, b])
            made.append(replace(row, simultaneous_low=float(low[i]), simultaneous_high=float(high[i])))
        return made

    def _with(
        self, row: Spread, value: float, replicates: Floats, left_out: Floats, read: Read, parts: list[int]
    ) -> Spread:
        jackknife = read.joint(left_out, parts)
        wide = 2.0 if row.quantity == "difference" else 1.0
        found, reason = self.rowing.bounded(value, replicates, jackknife, -wide, wide)
        return _reasoned(replace(row, value=value, low=found.low, high=found.high), reason)

    def _tests(self, read: Read, across: Across) -> list[Test]:
        blank = self._blank(read, across)
        clusters = blank.n_clusters - len(np.unique(read.stratum[read.enters.any(axis=0)])) + 1
        found = equal(read.values, _covariance(read), clusters)
        family, df = family_of(T2, blank), f"{found.df[0]}, {found.df[1]}"
        largest, p = _largest(read)
        return [
            Test(family, f"{across.contrast}: {T2}", blank.dataset, found.statistic, df, found.p),
            Test(family_of(MAX_T, blank), f"{across.contrast}: {MAX_T}", blank.dataset, largest, "", p),
        ]


def family_of(test: str, row: Spread | Direction) -> str:
    """Return the family of the tests of equality that a contrast of several oracles belongs to."""
    where = "all datasets" if row.dataset == "all" else row.dataset
    named = [row.metric, where, row.recognizer, f"run {row.run}" if row.run != "0" else None]
    return f"equality of oracles ({test}): {', '.join(part for part in named if part)}"


def _covariance(read: Read) -> Floats:
    inside = read.enters.any(axis=0)
    return jackknife_covariance(read.left_out[:, inside], read.stratum[inside])


def _centred(covariance: Floats) -> Floats:
    k = len(covariance)
    centre = np.eye(k) - 1 / k
    return np.asarray(centre @ covariance @ centre)


def _differences(values: Floats, pairs: Sequence[tuple[int, int]]) -> Floats:
    return np.stack([values[a] - values[b] for a, b in pairs])


def _largest(read: Read) -> tuple[float, float]:
    """Return the largest |t| of all pairs of oracles, and its p-value: (resamples beyond + 1)/(B + 1).

    Undefined where no pair varies, or a resample leaves too many values undefined.
    """
    pairs = list(combinations(range(len(read.values)), 2))
    d, replicates = _differences(read.values, pairs), _differences(read.replicates, pairs)
    joint = replicates[:, np.isfinite(replicates).all(axis=0)]
    if joint.shape[1] < max(2, (1 - MANY) * replicates.shape[1]):
        return NAN, NAN
    se = joint.std(axis=1, ddof=1)
    varies = se > 0
    if not varies.any():
        return NAN, NAN
    t = np.abs(joint - d[:, None])[varies] / se[varies, None]
    largest = float((np.abs(d[varies]) / se[varies]).max())
    beyond = np.count_nonzero(t.max(axis=0) >= largest * (1 - 1e-12))
    return largest, float((beyond + 1) / (joint.shape[1] + 1))


def _reasoned(row: Spread, reason: Any) -> Spread:
    return replace(row, reason="; ".join(why for why in (row.reason, reason) if why) or None)
