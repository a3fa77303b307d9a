"""Predictions in, accuracies and differences out: every condition and contrast, from one set of weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from threadpoolctl import threadpool_limits

from crossoracle.agreement.progress import Tell, say_nothing
from crossoracle.analysis import losses, tallying
from crossoracle.analysis.across.directions import directions
from crossoracle.analysis.across.disagreement import foretell
from crossoracle.analysis.across.rows import Directions, Disagreement, Heterogeneity
from crossoracle.analysis.across.spread import across_oracles
from crossoracle.analysis.catalogue import comparisons, find
from crossoracle.analysis.contrast import Contrast
from crossoracle.analysis.curves.areas import compare_areas
from crossoracle.analysis.curves.drawing import Drawer
from crossoracle.analysis.curves.rows import Curves, Landmarks
from crossoracle.analysis.estimating import Rowing
from crossoracle.analysis.families import Families
from crossoracle.analysis.flips import Flips
from crossoracle.analysis.matched import equal_conditions
from crossoracle.analysis.predictions import Floats, Predictions, View
from crossoracle.analysis.read_rows import ReadRows
from crossoracle.analysis.reading import Read
from crossoracle.analysis.resampled import Drawn, Pass
from crossoracle.analysis.rows import Accuracies, Accuracy, Contrasted, Contrasts
from crossoracle.analysis.strata import Stratified, Sure
from crossoracle.analysis.tallying import Cell
from crossoracle.errors import UnknownNameError
from crossoracle.options import METRICS, CompareOptions
from crossoracle.results import Tests
from crossoracle.stats.memory import keep_freed_memory
from crossoracle.stats.resampling import ClusterWeights, Weights


@dataclass(frozen=True)
class Comparisons:
    """What `compare` returns: accuracies, differences, and what was left out of them and why.

    ``curves`` and ``landmarks`` are read along parameters; ``directions``, ``heterogeneity`` and
    ``disagreement`` across oracles, with the ``tests`` that belong to them.
    """

    accuracies: Accuracies
    differences: Contrasts
    notes: tuple[str, ...]
    curves: Curves = field(default_factory=Curves)
    landmarks: Landmarks = field(default_factory=Landmarks)
    directions: Directions = field(default_factory=Directions)
    heterogeneity: Heterogeneity = field(default_factory=Heterogeneity)
    disagreement: Disagreement = field(default_factory=Disagreement)
    tests: Tests = field(default_factory=Tests)


@dataclass(frozen=True)
class Known:
    """What is known beside the predictions: why they failed, and how sure oracles were of the action.

    ``disagreement`` of oracles on each video is (videos,), by statistic; ``notes`` say what is not known.
    """

    failures: Mapping[View, str] = field(default_factory=dict)
    sure: Sure = field(default_factory=dict)
    disagreement: Mapping[str, Floats] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def compare(
    predictions: Predictions,
    options: CompareOptions | None = None,
    known: Known | None = None,
    *,
    weights: Weights | None = None,
    progress: Tell | None = None,
) -> Comparisons:
    """Compare the accuracy of recognizers under several conditions.

    Parameters
    ----------
    weights : Weights
        Those of an agreement, say; by default they are drawn by cluster.
    progress : callable
        Told what is being done, and which share of it is done.

    Returns
    -------
    Comparisons
        One accuracy per condition and one difference per contrast, of every dataset and of all together;
        curves where a parameter has several values, and what is said across oracles where there are several.

    Raises
    ------
    UnknownNameError, InputError
        For a contrast that neither the catalogue nor the predictions know, and strata that nothing tells.
    """
    options, known = options or CompareOptions(), known or Known()
    _check(options.metrics)
    wanted = find(options.contrasts, predictions.conditions)
    strata = Stratified(predictions, options.by, known.sure)
    strata.check()
    cells = list(_cells(predictions, wanted, strata, options.metrics, known.disagreement))
    drawn = _drawn(predictions, options, weights)
    rowing = Rowing(predictions, options.level, options.interval, options.by)
    rows = _Rows(rowing, Families(options.level), ReadRows(rowing))
    keep_freed_memory()
    with threadpool_limits(limits=1):  # the threads are ours: those of BLAS would only wait for each other
        for some in Pass.some(predictions, cells, drawn.replicates):
            rows.add(some, drawn, progress or say_nothing)
    rows.read.tests += equal_conditions(predictions, options.metrics)
    notes = [
        *_noted(predictions, known, wanted, options.metrics),
        *losses.unchosen([line for cell in cells for line in cell.lines], predictions),
        *losses.unstratified(strata),
    ]
    return rows.finished(tuple(dict.fromkeys(notes)))


def _noted(p: Predictions, known: Known, wanted: Sequence[Contrast], metrics: Sequence[str]) -> Iterator[str]:
    """Yield what the predictions lack, before anything is computed."""
    yield from (*p.notes, *known.notes)
    yield from losses.absent(p, wanted)
    yield from losses.untold(p)
    yield from losses.unmeasured(p, metrics)
    yield from losses.lost(p, known.failures)


def _check(metrics: Sequence[str]) -> None:
    for name in metrics:
        if name not in METRICS:
            raise UnknownNameError("metric", name, METRICS)


def _drawn(p: Predictions, options: CompareOptions, weights: Weights | None) -> Drawn:
    weights = weights or ClusterWeights(p.clusters, options.replicates, options.seed)
    flips = Flips(p.clusters, weights.replicates, options.seed)
    return Drawn(weights, flips, options.threads)


def _cells(
    p: Predictions,
    wanted: Sequence[Contrast],
    strata: Stratified,
    metrics: Sequence[str],
    disagreement: Mapping[str, Floats],
) -> Iterator[Cell]:
    """Yield the lines of every recognizer and stratum; only where that is all videos, readings too."""
    measured = [name for name in p.metrics if not metrics or name in metrics]
    cells: dict[tuple[str | None, str | None], Cell] = {}
    for group in p.groups:
        possible = list(comparisons(wanted, list(group.views)))
        for stratum in strata.of(group):
            cell = cells.setdefault((group.recognizer, stratum.name), Cell(p))
            for metric in measured:
                for line in tallying.accuracies(p, group, stratum, metric):
                    cell.add(line)
                for line in tallying.contrasts(p, group, stratum, metric, possible):
                    cell.add(line)
                compare_areas(cell, group, stratum, metric, possible)
                if stratum.name is None:
                    Drawer(cell, group, stratum, metric).add()
            if stratum.name is None and measured:
                foretell(cell, group, stratum, measured[0], disagreement)
    for cell in (cell for cell in cells.values() if cell.lines):
        across_oracles(cell)
        yield cell


@dataclass
class _Rows:
    """The rows found so far."""

    rowing: Rowing
    families: Families
    read: ReadRows
    accuracies: list[Accuracy] = field(default_factory=list)
    differences: list[Contrasted] = field(default_factory=list)

    def add(self, some: Pass, drawn: Drawn, tell: Tell) -> None:
        for s in some.sampled(drawn, tell):
            if isinstance(s, Read):
                self.read.add(s)
                continue
            if isinstance(s.line.what, str):
                self.accuracies.append(self.rowing.accuracy(s))
                continue
            row = self.rowing.contrast(s)
            if row.low == row.low:
                self.families.add(len(self.differences), row, s.deviations)
            self.differences.append(row)

    def finished(self, notes: tuple[str, ...]) -> Comparisons:
        """Return the rows, those of all videos of all datasets first."""
        places = ["all", *self.rowing.predictions.datasets]
        order = {name: i for i, name in enumerate(places)}
        accuracies = sorted(self.accuracies, key=lambda row: (row.stratum is not None, order[row.dataset]))
        ordered = sorted(
            self.families.finished(self.differences),
            key=lambda row: (row.stratum is not None, order[row.dataset]),
        )
        found = self.read.sorted(order)
        return Comparisons(
            Accuracies(tuple(accuracies)),
            Contrasts(tuple(ordered)),
            notes,
            directions=directions(ordered, self.rowing.level),
            **found,
        )
