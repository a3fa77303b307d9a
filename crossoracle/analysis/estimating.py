"""From sampled lines to rows: the interval, what it rests on, and the tests that are valid there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crossoracle.analysis.choosing import interval_of_best
from crossoracle.analysis.predictions import FAILED, Floats, Predictions
from crossoracle.analysis.resampled import Sampled
from crossoracle.analysis.rows import Accuracy, Contrasted
from crossoracle.options import METRICS
from crossoracle.results import Interval
from crossoracle.stats.clusters import FEW
from crossoracle.stats.intervals import SAME, Jackknife, interval
from crossoracle.stats.matched import mcnemar_midp, tango
from crossoracle.tables.wording import several

EVERY = "all"


@dataclass(frozen=True)
class Rowing:
    """How lines become rows of one study."""

    predictions: Predictions
    level: float
    kind: str
    by: str | None = None

    def accuracy(self, s: Sampled) -> Accuracy:
        """Return the row of an accuracy."""
        line, here = s.line, self.predictions.within(s.place)
        view = line.group.views[str(line.what)]
        of, used = line.of[here], line.videos[here]
        kept = self.predictions.kept[view, here][used]
        failed = of & (self.predictions.state[view, here] == FAILED)
        found, reason = self._interval(s, 0.0)
        return Accuracy(
            **self._names(s),
            condition=str(line.what),
            value=s.value,
            low=found.low,
            high=found.high,
            level=self.level,
            interval=self.kind,
            n_videos=int(used.sum()),
            n_clusters=len(s.stratum),
            n_failed=int(failed.sum()),
            n_missing=int((of & ~used & ~failed).sum()),
            kept_fraction=float(np.nanmean(kept)) if not np.isnan(kept).all() else np.nan,
            reason=reason,
        )

    def contrast(self, s: Sampled) -> Contrasted:
        """Return the row of a contrast, but for what its family adds."""
        line, here = s.line, self.predictions.within(s.place)
        if isinstance(line.what, str):
            raise TypeError(f"{line.what} is a condition, not a contrast")
        a, b = line.what.sides(s.chosen)
        used = line.videos[here]
        found, reason = self._interval(s, -1.0)
        best = f"the best of {', '.join(line.what.best)}, so too large by chance" if line.what.best else None
        row = Contrasted(
            line.what.contrast,
            **self._names(s),
            condition_a=a,
            condition_b=b,
            value=s.value,
            low=found.low,
            high=found.high,
            level=self.level,
            interval=found.kind,
            n_videos=int(used.sum()),
            n_clusters=len(s.stratum),
            n_left_out=int((line.of[here] & ~used).sum()),
            p_signflip=s.p,
            family=self._family(s),
            reason="; ".join(part for part in (best, reason) if part) or None,
        )
        return self._matched(row, s) if line.what.simple and line.metric != "p_true" else row

    def _matched(self, row: Contrasted, s: Sampled) -> Contrasted:
        """Add the counts of videos that differ, and the tests of independent pairs where they are that."""
        one, other = (self._values(s, name) for name in s.line.conditions)
        b, c = int((one > other).sum()), int((one < other).sum())
        row = replace(row, b=b, c=c)
        if s.most != 1:
            return row
        score = tango(b, c, row.n_videos, self.level)
        p = mcnemar_midp(b, c)
        return replace(row, p_mcnemar=p, tango_low=score.low, tango_high=score.high)

    def _values(self, s: Sampled, condition: str) -> Floats:
        here, view = self.predictions.within(s.place), s.line.group.views[condition]
        rows: Floats = self.predictions.values[METRICS.index(s.line.metric), view, here]
        return rows[s.line.videos[here]]

    def _names(self, s: Sampled) -> dict[str, Any]:
        group = s.line.group
        return {
            "dataset": EVERY if s.place < 0 else self.predictions.datasets[s.place],
            "recognizer": group.recognizer,
            "oracle": group.oracle,
            "run": group.run,
            "stratum": s.line.stratum,
            "metric": s.line.metric,
        }

    def _family(self, s: Sampled) -> str:
        names = self._names(s)
        dataset = "all datasets" if s.place < 0 else names["dataset"]
        areas = "areas" if not isinstance(s.line.what, str) and s.line.what.areas else None
        parts = [names["metric"], dataset, names["recognizer"], s.line.stratum and f"by {self.by}", areas]
        return ", ".join(part for part in parts if part)

    def _interval(self, s: Sampled, lowest: float) -> tuple[Interval, str | None]:
        """Return the interval within what is possible, and why it is null or what qualifies it."""
        if np.isnan(s.value):
            return Interval(level=self.level, kind=self.kind), self._nothing(s, lowest)
        if not s.line.best:
            return self.bounded(s.value, s.value + s.deviations[0], s.jackknife, lowest)
        if still := self._still(s.value, s.value + s.deviations, s.jackknife):
            return still
        found = interval_of_best(s.value, s.deviations, s.jackknife, self.level, self.kind)
        return self._qualified(found, s.jackknife, lowest, 1.0)

    def bounded(
        self,
        value: float,
        replicates: Floats,
        jackknife: Jackknife,
        lowest: float,
        highest: float = 1.0,
        kind: str = "",
    ) -> tuple[Interval, str | None]:
        """Return an interval that stays within what is possible, and why it is null or what qualifies it.

        ``kind`` is how it is constructed where that is not the study's own way.
        """
        if still := self._still(value, replicates, jackknife):
            return still
        found = interval(value, replicates, jackknife, self.level, kind or self.kind)
        return self._qualified(found, jackknife, lowest, highest)

    def _still(self, value: float, replicates: Floats, jackknife: Jackknife) -> tuple[Interval, str] | None:
        """Return no interval, and why, where no resample differs from the data."""
        if jackknife.clusters < 2 or (np.abs(np.nan_to_num(replicates - value)) > SAME).any():
            return None
        why = "no cluster differs: resampling cannot show how uncertain this is"
        return Interval(level=self.level, kind=self.kind), why

    def _qualified(
        self, found: Interval, jackknife: Jackknife, lowest: float, highest: float
    ) -> tuple[Interval, str | None]:
        few = f"warning: {several(jackknife.clusters, 'cluster')}" if jackknife.clusters < FEW else None
        sizes = np.bincount(jackknife.stratum, minlength=len(self.predictions.datasets))
        lone = [n for n, size in zip(self.predictions.datasets, sizes, strict=True) if size == 1]
        alone = (
            f"warning: one cluster adds no variance: {', '.join(lone)}" if lone and sizes.max() > 1 else None
        )
        reason = "; ".join(part for part in (found.reason, few, alone) if part) or None
        return replace(found, low=max(found.low, lowest), high=min(found.high, highest)), reason

    def _nothing(self, s: Sampled, lowest: float) -> str:
        """Say why nothing enters a line."""
        if isinstance(s.line.what, str) or not s.line.what.areas:
            return "no video has a prediction" + (" for every side" if lowest else "")
        return self.no_area(s.line.metric, s.place)

    def no_area(self, metric: str, place: int) -> str:
        """Say why there is no area under a curve."""
        here = self.predictions.within(place)
        if np.isnan(self.predictions.chance(metric)[here]).all():
            return "chance is unknown: no two labels in the videos table tell the number of classes"
        return "no video has every point of the curve"
