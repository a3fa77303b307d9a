"""Values, replicates and sign-flip p-values of every line of some cells, from one pass over the weights.

The weights are those of agreement: where the same clusters are compared with the same seed, replicate b of an
accuracy and replicate b of an agreement are of the same draw. They are drawn once for all cells of a pass and
not stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from crossoracle.agreement.progress import Tell
from crossoracle.analysis.flips import Flips
from crossoracle.analysis.predictions import Floats, Predictions
from crossoracle.analysis.reading import Read, Reading
from crossoracle.analysis.signs import Counts, SignTests
from crossoracle.analysis.tallying import Cell, Line, Tally
from crossoracle.stats.intervals import Jackknife
from crossoracle.stats.resampling import BLOCK, GROUP, GivenWeights, Weights, map_replicates, weighted_sums


def _no_cluster() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


HELD = 1 << 25  # numbers held at a time: replicates of the columns of the cells of one pass
CHUNK = 1 << 21  # weights held at a time by one thread
Sums = list[dict[int, Floats]]  # of each cell, of each dataset: (columns, replicates)


@dataclass(frozen=True)
class Sampled:
    """A line in one place (a dataset, or -1 for all): what its row is made from.

    ``chosen`` is the best condition on the data, where there is a choice. ``deviations`` (choices, B) are
    replicates minus their estimate, one row without a choice; ``left_out`` (clusters,) are values without one
    of the clusters that enter, ``stratum`` the dataset of each; ``most`` is the largest number of videos of a
    cluster; ``p`` is of the sign-flip test.
    """

    line: Line
    place: int
    value: float = np.nan
    chosen: str = ""
    deviations: Floats = field(default_factory=partial(np.empty, (1, 0)))
    left_out: Floats = field(default_factory=partial(np.empty, 0))
    stratum: NDArray[np.int64] = field(default_factory=_no_cluster)
    most: int = 0
    p: float = np.nan

    @property
    def jackknife(self) -> Jackknife:
        """Left-out values of the clusters that enter."""
        return Jackknife(self.left_out, self.stratum)


@dataclass(frozen=True)
class Drawn:
    """Where weights and signs come from, and how many of them."""

    weights: Weights
    flips: Flips
    threads: int | None = None

    @property
    def replicates(self) -> int:
        """Number of replicates, and of random sign flips."""
        return self.weights.replicates


@dataclass(frozen=True)
class Pass:
    """Some cells with their tallies (dataset -> tally), and one pass over the weights for all of them."""

    predictions: Predictions
    cells: Sequence[Cell]
    tallies: Sequence[dict[int, Tally]]

    @classmethod
    def some(cls, predictions: Predictions, cells: Sequence[Cell], replicates: int) -> Iterator[Pass]:
        """Yield passes over all cells, each of so many that their replicates can be held."""
        datasets = range(len(predictions.datasets))
        now: list[tuple[Cell, dict[int, Tally]]] = []
        size = 0
        for cell in cells:
            tallies = {d: t for d in datasets if len((t := cell.tally(d)).index)}
            more = len(cell.columns) * len(tallies) * replicates
            if now and size + more > HELD:
                yield cls(predictions, *map(list, zip(*now, strict=True)))
                now, size = [], 0
            now.append((cell, tallies))
            size += more
        if now:
            yield cls(predictions, *map(list, zip(*now, strict=True)))

    def sampled(self, drawn: Drawn, tell: Tell) -> Iterator[Sampled | Read]:
        """Yield every line in every place of its, and then the readings, cell by cell."""
        sums: Sums = [
            {d: np.empty((len(t.sums), drawn.replicates)) for d, t in of.items()} for of in self.tallies
        ]
        tests = [SignTests(cell, of) for cell, of in zip(self.cells, self.tallies, strict=True)]

        def chunk(start: int, stop: int) -> list[Counts]:
            for d in range(len(self.predictions.datasets)):
                matrix = self._matrix(drawn.weights, d, start, stop)
                for tallies, found in zip(self.tallies, sums, strict=True):
                    if d in tallies:
                        found[d][:, start:stop] = _product(matrix, tallies[d], tallies[d].sums)
            tell("resampling", stop / drawn.replicates)
            return self._flipped(tests, drawn.flips, start, stop)

        counts = map_replicates(chunk, drawn.replicates, self._step(), drawn.threads)
        for c, test in enumerate(tests):
            extreme = np.sum([some[c] for some in counts], axis=0)
            yield from self._lines(c, sums[c], test.p(extreme, drawn.replicates))
            yield from self._readings(c, sums[c])

    def _step(self) -> int:
        clusters = max(self.predictions.clusters.values(), default=1)
        return int(max(GROUP, CHUNK // clusters // GROUP * GROUP))

    def _matrix(self, weights: Weights, d: int, start: int, stop: int) -> GivenWeights:
        """Draw the weights of one dataset once, for all cells."""
        name = self.predictions.datasets[d]
        blocks = range(-(-self.predictions.clusters[name] // BLOCK))
        drawn = [weights.block(name, start, stop, b) for b in blocks]
        return GivenWeights({"": np.concatenate(drawn, axis=1).astype(np.float64)})

    def _flipped(self, tests: Sequence[SignTests], flips: Flips, start: int, stop: int) -> list[Counts]:
        found: list[dict[int, Floats]] = [{} for _ in tests]
        for d in sorted({d for test in tests for d in test.differences}):
            matrix = self._matrix(flips, d, start, stop)
            for test, sums in zip(tests, found, strict=True):
                if d in test.differences:
                    sums[d] = _product(matrix, test.tallies[d], test.differences[d])
        return [test.extreme(sums, stop - start) for test, sums in zip(tests, found, strict=True)]

    def _lines(self, c: int, found: dict[int, Floats], p: dict[tuple[int, int], float]) -> Iterator[Sampled]:
        contrast = -1
        for line in self.cells[c].lines:
            contrast += not isinstance(line.what, str)
            for place in line.places:
                here = [d for d in self.tallies[c] if place in (-1, d)]
                if not here or not line.videos[self.predictions.within(place)].any():
                    yield Sampled(line, place)
                    continue
                tested = np.nan if isinstance(line.what, str) else p[contrast, place]
                yield _sampled(line, place, [(self.tallies[c][d], found[d]) for d in here], tested)

    def _readings(self, c: int, found: dict[int, Floats]) -> Iterator[Read]:
        for reading in self.cells[c].readings:
            for place in reading.places:
                here = [d for d in self.tallies[c] if place in (-1, d)]
                if here:
                    yield _read(reading, place, [(self.tallies[c][d], found[d]) for d in here])


def _product(matrix: GivenWeights, tally: Tally, rows: Floats) -> Floats:
    sums = weighted_sums(matrix, "", tally.index, [rows], 0, matrix.replicates)[0]
    return np.asarray(sums, dtype=np.float64)


def _read(reading: Reading, place: int, parts: Sequence[tuple[Tally, Floats]]) -> Read:
    own, rows = reading.compact()
    sums = np.concatenate([tally.sums[rows] for tally, _ in parts], axis=1)
    of = np.repeat([tally.dataset for tally, _ in parts], [len(tally.index) for tally, _ in parts])
    total = sums.sum(axis=1)[:, None]
    return Read(
        reading,
        place,
        own.values(total)[:, 0],
        own.values(np.sum([found[rows] for _, found in parts], axis=0)),
        own.values(total - sums),
        np.stack([sums[part.count] > 0 for part in own.parts]),
        of,
    )


def _sampled(line: Line, place: int, parts: Sequence[tuple[Tally, Floats]], p: float) -> Sampled:
    own, rows = line.compact()
    sums = np.concatenate([tally.sums[rows] for tally, _ in parts], axis=1)
    of = np.repeat([tally.dataset for tally, _ in parts], [len(tally.index) for tally, _ in parts])
    enters = sums[own.count] > 0
    sums, total = sums[:, enters], sums.sum(axis=1)[:, None]
    replicates = np.sum([found[rows] for _, found in parts], axis=0)
    values = own.values(total)
    best = int(values[:, 0].argmax())
    return Sampled(
        line,
        place,
        float(values[best, 0]),
        own.choices[best] if own.best else "",
        own.values(replicates) - values,
        own.value(total - sums),
        of[enters],
        int(sums[own.count].max()),
        p,
    )
