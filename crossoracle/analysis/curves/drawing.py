"""Which curves the conditions of a cell make, as readings of the columns that its accuracies have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crossoracle.analysis.curves.areas import under
from crossoracle.analysis.predictions import Floats, Group, Mask
from crossoracle.analysis.reading import Part, Reading
from crossoracle.analysis.strata import Stratum
from crossoracle.analysis.sweeps import ENDS, FULL, LEAST, ORDERS, Sweep, inner, swept
from crossoracle.analysis.tallying import COUNT, Cell, places_of
from crossoracle.options import METRICS

ALONG = ("led", "inverted", "threshold", *ORDERS)
GAP = "gap"


@dataclass(frozen=True)
class Curve:
    """A curve of one group: its family, and the parameter and conditions of every point, in order.

    ``seen`` is the share of each video that was seen at each point, (points, videos).
    """

    family: str
    x: tuple[float, ...]
    conditions: tuple[tuple[str, ...], ...]
    seen: Floats


@dataclass(frozen=True)
class Area:
    """The area under the curve of an order of segments."""

    family: str


@dataclass(frozen=True)
class Drawer:
    """Adds the curves of one group and metric to a cell; ``stratum`` is all that its recognizer saw."""

    cell: Cell
    group: Group
    stratum: Stratum
    metric: str

    def add(self) -> None:
        """Add every curve, the gap of led and inverted, and the areas."""
        for family in ALONG:
            sweep = swept(self.group.own, family)
            if len([x for x in sweep if x < 1]) >= LEAST:
                self._curve(family, self._ended(sweep, ENDS.get(family)))
        self._gap()
        for order, sweep, values in under(self.cell.predictions, self.group, self.metric):
            names = [name for f in inner(sweep) for name in sweep[f]]
            places = places_of(self.cell.predictions, self.group, self.stratum, [*names, FULL])
            videos = self.stratum.videos & ~np.isnan(values)
            if places:
                (count,) = self.cell.column(videos, COUNT)
                part = Part(videos, self.cell.extra(videos, values), (), count)
                self._add(Area(order), places, [part])

    def _ended(self, sweep: Sweep, end: float | None) -> Sweep:
        """Return a sweep with the whole video at its end, where it has none of its own."""
        whole = {end: (FULL,)} if end is not None and end not in sweep and FULL in self.group.views else {}
        return sweep | whole

    def _curve(self, family: str, sweep: Sweep) -> None:
        parts = [self._part(names) for names in sweep.values()]
        places = self._places([names for names in sweep.values() if names != (FULL,)])
        self._add(self._of(family, sweep), places, parts)

    def _gap(self) -> None:
        """Add led minus inverted at every alpha that both have."""
        one, other = (self._ended(swept(self.group.own, word), 1.0) for word in ("led", "inverted"))
        both = {x: (*one[x], *other[x]) for x in one if x in other}
        if len([x for x in both if x < 1]) >= LEAST:
            parts = [self._part(one[x], other[x]) for x in both]
            places = self._places([names for x, names in both.items() if x < 1])
            self._add(self._of(GAP, both), places, parts)

    def _of(self, family: str, sweep: Sweep) -> Curve:
        kept, views = self.cell.predictions.kept, self.group.views
        seen = np.stack([kept[[views[name] for name in names]].mean(axis=0) for names in sweep.values()])
        return Curve(family, tuple(sweep), tuple(sweep.values()), seen)

    def _part(self, plus: Sequence[str], minus: Sequence[str] = ()) -> Part:
        """Return accuracy under conditions that count as one, less that under others."""
        metric, views = METRICS.index(self.metric), self.group.views
        values = self.cell.predictions.values[metric]
        rows = [[views[name] for name in names] for names in (plus, minus)]
        known = np.logical_and.reduce([~np.isnan(values[i]) for some in rows for i in some])
        videos: Mask = self.stratum.videos & known
        (count,) = self.cell.column(videos, COUNT)
        a, b = (self.cell.column(videos, metric, some) for some in rows)
        return Part(videos, a, b, count)

    def _places(self, points: Sequence[Sequence[str]]) -> tuple[int, ...]:
        """Return the places where at least two points of a curve are."""
        of = [places_of(self.cell.predictions, self.group, self.stratum, names) for names in points]
        every = sorted({place for places in of for place in places})
        return tuple(place for place in every if sum(place in places for places in of) >= LEAST)

    def _add(self, what: Curve | Area, places: tuple[int, ...], parts: Sequence[Part]) -> None:
        if places:
            reading = Reading(what, self.group, self.metric, self.stratum.videos, places, tuple(parts))
            self.cell.readings.append(reading)
